import { defineMultiOp } from "../../autograd/defineOp.js";
import { eye, tensor } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { takeAlongDim } from "../indexing/gather.js";
import { expand } from "../movement/broadcast.js";
import { cat, unsqueeze } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { tril, triu } from "../movement/triangle.js";
import { solveTriangular } from "./functions.js";
import { matmul } from "./matmul.js";
import { mT, requireMatrices } from "./solve.js";

/** Rows of a matrix [...B, m, n] in the order [...B, m]. */
const rowsOf = (x: Tensor, order: Tensor): Tensor => takeAlongDim(x, unsqueeze(order, -1), { dim: -2 });

/** Which place each row went to: the order that undoes an order. */
const undone = (order: Tensor): Tensor => {
  const m = order.shape.at(-1) as number;
  const places = Int32Array.from(order.toTypedArray());
  const back = new Int32Array(places.length);
  places.forEach((row, i) => {
    back[i - (i % m) + row] = i % m;
  });
  return tensor(back, { shape: order.shape });
};

/** L [...B, m, k] and U [...B, k, n] of the rows of A in `order`; pivots count from 1, as LAPACK's. */
const lu_ = defineMultiOp({
  name: "lu",
  shape: ([A_]) => {
    const { shape, dtype } = A_ as Tensor;
    const [lead, m, n] = [shape.slice(0, -2), shape.at(-2) as number, shape.at(-1) as number];
    const k = Math.min(m, n);
    return [
      { shape: [...lead, m, k], dtype },
      { shape: [...lead, k, n], dtype },
      { shape: [...lead, m], dtype: "int32" },
      { shape: [...lead, k], dtype: "int32" },
    ];
  },
  forward: (k, outputs, [A]) => {
    k.factor("lu", outputs, [A as Tensor], (A as Tensor).shape.slice(-2));
  },
  savesOutputs: [0, 1, 2],
  backward: ([dL, dU], { output }) => {
    const [L, U, order] = [output(0), output(1), output(2)];
    return [rowsOf(inOrder(L, U, dL as Tensor, dU as Tensor), undone(order))];
  },
});

/** The gradient of L · U. For L and U square: L⁻ᵀ · (tril(Lᵀ · dL, −1) + triu(dU · Uᵀ)) · U⁻ᵀ. */
const inOrder = (L: Tensor, U: Tensor, dL: Tensor, dU: Tensor): Tensor => {
  const [m, k, n] = [L.shape.at(-2) as number, L.shape.at(-1) as number, U.shape.at(-1) as number];
  const [L1, U1] = [narrow(L, -2, 0, k), narrow(U, -1, 0, k)];
  const byL = (x: Tensor): Tensor => solveTriangular(mT(L1), x, { upper: true, unitriangular: true });
  const byU = (x: Tensor): Tensor => solveTriangular(mT(U1), x, { upper: false, left: false });
  let [left, right] = [narrow(dL, -2, 0, k), narrow(dU, -1, 0, k)];
  const beside: Tensor[] = [];
  const below: Tensor[] = [];
  if (n > k) {
    // Columns further right: U₂ = L⁻¹ · A₂.
    const dA2 = byL(narrow(dU, -1, k, n - k));
    beside.push(dA2);
    left = sub(left, matmul(dA2, mT(narrow(U, -1, k, n - k))));
  }
  if (m > k) {
    // Rows further down: L₂ = A₂ · U⁻¹.
    const dA2 = byU(narrow(dL, -2, k, m - k));
    below.push(dA2);
    right = sub(right, matmul(mT(narrow(L, -2, k, m - k)), dA2));
  }
  const core = add(tril(matmul(mT(L1), left), -1), triu(matmul(right, mT(U1))));
  return cat([cat([byU(byL(core)), ...beside], -1), ...below], -2);
};

interface Parts {
  readonly L: Tensor;
  readonly U: Tensor;
  readonly order: Tensor;
  readonly pivots: Tensor;
}

const partsOf = (op: string, A: Tensor): Parts => {
  requireMatrices(op, A, false);
  const [L, U, order, pivots] = lu_([A], undefined) as [Tensor, Tensor, Tensor, Tensor];
  return { L, U, order, pivots };
};

/** The matrix whose product with L · U has the rows in their old order. */
const permutation = (order: Tensor, like: Tensor): Tensor => {
  const m = order.shape.at(-1) as number;
  return rowsOf(expand(eye(m, { dtype: like.dtype }), [...order.shape, m]), undone(order));
};

/** A = P · L · U: P permutes rows, L is lower triangular with ones on the diagonal, U upper. @source torch.linalg.lu */
export const lu = (A: Tensor): { P: Tensor; L: Tensor; U: Tensor } => {
  const { L, U, order } = partsOf("lu", A);
  return { P: permutation(order, A), L, U };
};

/** L (its ones left out) and U in one matrix, and the rows exchanged, counted from 1. @source torch.linalg.lu_factor */
export const luFactor = (A: Tensor): { LU: Tensor; pivots: Tensor } => {
  const { L, U, pivots } = partsOf("luFactor", A);
  const [m, n] = A.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const lower = tril(L, -1);
  if (m === n) return { LU: add(lower, U), pivots };
  const square = add(narrow(lower, -2, 0, k), narrow(U, -1, 0, k));
  const rest = m > n ? narrow(lower, -2, k, m - k) : narrow(U, -1, k, n - k);
  return { LU: cat([square, rest], m > n ? -2 : -1), pivots };
};

/** The order of rows that a sequence of exchanges leads to. */
const orderOf = (pivots: Tensor, m: number): Tensor => {
  const k = pivots.shape.at(-1) as number;
  const given = pivots.toTypedArray();
  const orders = Int32Array.from({ length: (given.length / Math.max(k, 1)) * m }, (_, i) => i % m);
  for (const [i, pivot] of given.entries()) {
    const start = Math.floor(i / k) * m;
    const [a, b] = [start + (i % k), start + pivot - 1];
    [orders[a], orders[b]] = [orders[b] as number, orders[a] as number];
  }
  return tensor(orders, { shape: [...pivots.shape.slice(0, -1), m] });
};

/** P, L and U of what luFactor gave. @source torch.lu_unpack */
export const luUnpack = (LU: Tensor, pivots: Tensor): { P: Tensor; L: Tensor; U: Tensor } => {
  const [m, n] = LU.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const L = add(tril(narrow(LU, -1, 0, k), -1), eye(m, k, { dtype: LU.dtype }));
  return { P: permutation(orderOf(pivots, m), LU), L, U: triu(narrow(LU, -2, 0, k)) };
};

/**
 * X of A · X = B (or X · A = B; `adjoint` puts Aᵀ in the place of A) by what luFactor made of A.
 *
 * @shape LU [...B, n, n], pivots [...B, n], B [...B, n, k]
 * @throws ShapeError when they do not fit
 * @source torch.linalg.lu_solve
 */
export const luSolve = (
  LU: Tensor,
  pivots: Tensor,
  B: Tensor,
  { left = true, adjoint = false }: { left?: boolean | undefined; adjoint?: boolean | undefined } = {},
): Tensor => {
  requireMatrices("luSolve", LU, true);
  const n = LU.shape.at(-1) as number;
  if (pivots.shape.at(-1) !== n || B.ndim < 2 || B.shape.at(left ? -2 : -1) !== n) {
    throw new ShapeError({
      op: "luSolve",
      problem: "the factors and the right side do not fit",
      rule: "LU [...B, n, n], pivots [...B, n], B [...B, n, k]",
      args: { LU: LU.shape, pivots: pivots.shape, B: B.shape },
    });
  }
  const { P, L, U } = luUnpack(LU, to(pivots, "int32"));
  // X · A = B is Aᵀ · Xᵀ = Bᵀ.
  const columns = left ? B : mT(B);
  const X = left === adjoint ? solveTransposed({ P, L, U }, columns) : solvePlain({ P, L, U }, columns);
  return left ? X : mT(X);
};

interface Factors {
  readonly P: Tensor;
  readonly L: Tensor;
  readonly U: Tensor;
}

/** X of A · X = B. */
const solvePlain = ({ P, L, U }: Factors, B: Tensor): Tensor =>
  solveTriangular(U, solveTriangular(L, matmul(mT(P), B), { upper: false, unitriangular: true }), { upper: true });

/** X of Aᵀ · X = B. */
const solveTransposed = ({ P, L, U }: Factors, B: Tensor): Tensor => {
  const inner = solveTriangular(mT(U), B, { upper: false });
  return matmul(P, solveTriangular(mT(L), inner, { upper: true, unitriangular: true }));
};
