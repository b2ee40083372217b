import { eye } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div } from "../elementwise/arithmetic.js";
import { abs } from "../elementwise/unary.js";
import { expand } from "../movement/broadcast.js";
import { tril, triu } from "../movement/triangle.js";
import { amax, sum } from "../reduce/reduce.js";
import { matmul } from "./matmul.js";
import { powerBySquares } from "./products.js";
import { inv, mT, requireMatrices, solve } from "./solve.js";

/** A times itself n times; negative n takes the inverse. @source torch.linalg.matrix_power */
export const matrixPower = (A: Tensor, n: number): Tensor => {
  requireMatrices("matrixPower", A, true);
  if (!Number.isInteger(n)) throw new ValueError({ op: "matrixPower", problem: `n is ${n}`, rule: "an integer" });
  return n < 0 ? powerBySquares(inv(A), -n) : powerBySquares(A, n);
};

/** eᴬ, by a series of A halved until it is small, and squared as often. @source torch.linalg.matrix_exp */
export const matrixExp = (A: Tensor): Tensor => {
  requireMatrices("matrixExp", A, true);
  const n = A.shape.at(-1) as number;
  const size = A.numel() === 0 ? 0 : amax(sum(abs(A.detach()), -1)).item();
  const halvings = size > 0.5 ? Math.ceil(Math.log2(size / 0.5)) : 0;
  const small = div(A, 2 ** halvings);
  const identity = expand(eye(n, { dtype: A.dtype }), A.shape);
  // Horner's scheme; the 18th term is below rounding for sizes up to a half.
  let y = identity;
  for (let k = 18; k >= 1; k--) y = add(identity, div(matmul(small, y), k));
  for (let i = 0; i < halvings; i++) y = matmul(y, y);
  return y;
};

export interface TriangularOptions {
  /** Read the upper triangle; the lower one otherwise. */
  upper: boolean;
  /** A · X = B; otherwise X · A = B. Default true. */
  left?: boolean | undefined;
  /** Take the diagonal as ones. Default false. */
  unitriangular?: boolean | undefined;
}

/** X of A · X = B for a triangular A. @source torch.linalg.solve_triangular */
export const solveTriangular = (
  A: Tensor,
  B: Tensor,
  { upper, left, unitriangular = false }: TriangularOptions,
): Tensor => {
  const triangle = (diagonal: number): Tensor => (upper ? triu(A, diagonal) : tril(A, -diagonal));
  const matrix = unitriangular ? add(triangle(1), eye(A.shape.at(-1) as number, { dtype: A.dtype })) : triangle(0);
  return solve(matrix, B, { left });
};

/** X of L · Lᵀ · X = B from Cholesky's L. @source torch.cholesky_solve */
export const choleskySolve = (B: Tensor, L: Tensor, { upper = false }: { upper?: boolean | undefined } = {}): Tensor =>
  solve(upper ? matmul(mT(triu(L)), triu(L)) : matmul(tril(L), mT(tril(L))), B);

/** (L · Lᵀ)⁻¹ from Cholesky's L. @source torch.cholesky_inverse */
export const choleskyInverse = (L: Tensor, { upper = false }: { upper?: boolean | undefined } = {}): Tensor =>
  inv(upper ? matmul(mT(triu(L)), triu(L)) : matmul(tril(L), mT(tril(L))));
