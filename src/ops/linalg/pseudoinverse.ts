import { defineOp } from "../../autograd/defineOp.js";
import { noGrad } from "../../autograd/mode.js";
import { tensor, zeros } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { gt } from "../elementwise/compare.js";
import { maximum } from "../elementwise/extremum.js";
import { abs, reciprocal, square } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { squeeze, unsqueeze } from "../movement/reshape.js";
import { amax, sum } from "../reduce/reduce.js";
import { eigh, svd, svdvals } from "./factor.js";
import { matmul } from "./matmul.js";
import { mT, requireMatrices } from "./solve.js";

export interface ToleranceOptions {
  /** Singular values up to this count as 0; one for each matrix, or one for all. Default 0. */
  atol?: Tensor | number | null | undefined;
  /** And up to this share of the largest. Default max(m, n) · ε, or 0 where atol is given. */
  rtol?: Tensor | number | null | undefined;
  /** The matrices are symmetric: eigenvalues are enough. Default false. */
  hermitian?: boolean | undefined;
}

/** A = U · diag(S) · Vh; of a symmetric matrix by its eigenvalues, which may be negative. */
const parts = (A: Tensor, { hermitian = false }: ToleranceOptions): { U: Tensor; S: Tensor; Vh: Tensor } => {
  if (!hermitian) return svd(A, { fullMatrices: false });
  const { eigenvalues, eigenvectors } = eigh(A);
  return { U: eigenvectors, S: eigenvalues, Vh: mT(eigenvectors) };
};

/** Which of the sizes [...B, k] are above tolerance. */
const aboveTolerance = (A: Tensor, sizes: Tensor, { atol = null, rtol = null }: ToleranceOptions): Tensor => {
  const [m, n] = A.shape.slice(-2) as [number, number];
  const share = rtol ?? (atol === null ? Math.max(m, n) * (A.dtype === "float64" ? 2 ** -52 : 2 ** -23) : 0);
  const each = (x: Tensor | number): Tensor =>
    x instanceof Tensor ? unsqueeze(to(x, A.dtype), -1) : tensor(x, { dtype: A.dtype });
  const largest = amax(sizes, { dim: -1, keepdim: true });
  return gt(sizes, maximum(each(atol ?? 0), mul(each(share), largest)));
};

const pinv_ = defineOp<ToleranceOptions>({
  name: "pinv",
  shape: ([A_]) => {
    const { shape, dtype } = A_ as Tensor;
    return { shape: [...shape.slice(0, -2), shape.at(-1) as number, shape.at(-2) as number], dtype };
  },
  forward: (k, [Y], [A], options) => {
    if ((A as Tensor).numel() === 0) return;
    noGrad(() => {
      const { U, S, Vh } = parts(A as Tensor, options);
      const inverse = where(aboveTolerance(A as Tensor, abs(S), options), reciprocal(S), 0);
      k.copy(Y as Tensor, matmul(mul(mT(Vh), unsqueeze(inverse, -2)), mT(U)));
    });
  },
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([d], { input, output }) => {
    const [A, Y, dT] = [input(0), output(0), mT(d as Tensor)];
    const YT = mT(Y);
    // The order of products that keeps to the smaller side.
    if ((A.shape.at(-2) as number) <= (A.shape.at(-1) as number)) {
      const K = matmul(dT, Y);
      const L = matmul(K, YT);
      const rest = matmul(matmul(YT, Y), sub(dT, matmul(K, A)));
      return [add(sub(sub(L, mT(matmul(Y, K))), matmul(matmul(A, Y), L)), rest)];
    }
    const K = matmul(Y, dT);
    const L = matmul(YT, K);
    const rest = matmul(sub(dT, matmul(A, K)), matmul(Y, YT));
    return [sub(add(sub(L, mT(matmul(K, Y))), rest), matmul(matmul(L, Y), A))];
  },
});

/**
 * The pseudoinverse: singular values up to max(atol, rtol · the largest) are left out.
 *
 * @shape A [...B, m, n] → Y [...B, n, m]
 * @grad  −(Y · dY · Y)ᵀ, and what the parts of dY outside of A's rows and columns add, for matrices whose rank stays
 * @source torch.linalg.pinv; Golub & Pereyra, 1973
 */
export const pinv = (A: Tensor, options: ToleranceOptions = {}): Tensor => {
  requireMatrices("pinv", A, options.hermitian === true);
  return pinv_([A], options);
};

/**
 * How many singular values are above max(atol, rtol · the largest), int32.
 *
 * @shape A [...B, m, n] → [...B]
 * @source torch.linalg.matrix_rank
 */
export const matrixRank = (A: Tensor, options: ToleranceOptions = {}): Tensor => {
  requireMatrices("matrixRank", A, options.hermitian === true);
  if (A.shape.at(-1) === 0 || A.shape.at(-2) === 0) return zeros(A.shape.slice(0, -2), { dtype: "int32" });
  const sizes = abs(parts(A.detach(), options).S);
  return sum(aboveTolerance(A, sizes, options), -1);
};

/** What lstsq found. */
export interface LeastSquares {
  /** [...B, n, k], of several the shortest. */
  readonly solution: Tensor;
  /** ‖A · X − B‖² for each column [...B, k]; empty unless m > n and every matrix has rank n, and for "gelsy". */
  readonly residuals: Tensor;
  /** [...B]; empty for the driver "gels". */
  readonly rank: Tensor;
  /** [...B, min(m, n)] for the drivers "gelsd" and "gelss", else empty. */
  readonly singularValues: Tensor;
}

export interface LeastSquaresOptions {
  /** Singular values up to this share of the largest count as 0. Default max(m, n) · ε. */
  rcond?: number | null | undefined;
  /** Which of LAPACK's answers to give. Default "gelsy". */
  driver?: "gels" | "gelsy" | "gelsd" | "gelss" | null | undefined;
}

/**
 * X that makes ‖A · X − B‖ least.
 *
 * @shape A [...B, m, n], B [...B, m, k] or vectors [...B, m]
 * @grad  that of pinv(A) · B
 * @source torch.linalg.lstsq (by the pseudoinverse, whatever the driver)
 */
export const lstsq = (
  A: Tensor,
  B: Tensor,
  { rcond = null, driver = "gelsy" }: LeastSquaresOptions = {},
): LeastSquares => {
  requireMatrices("lstsq", A, false);
  const isVector = B.ndim === A.ndim - 1;
  const columns = isVector ? unsqueeze(B, -1) : B;
  const [m, n] = A.shape.slice(-2) as [number, number];
  if (columns.ndim < 2 || columns.shape.at(-2) !== m) {
    throw new ShapeError({
      op: "lstsq",
      problem: "the right side does not fit the matrix",
      rule: "A [...B, m, n], B [...B, m, k]",
      args: { A: A.shape, B: B.shape },
    });
  }
  const X = matmul(pinv(A, { rtol: rcond }), columns);
  const rank = matrixRank(A, { rtol: rcond });
  const isFull = driver !== "gelsy" && m > n && rank.toTypedArray().every((r) => r === n);
  const none = (dtype: Tensor["dtype"]): Tensor => zeros(0, { dtype });
  return {
    solution: isVector ? squeeze(X, -1) : X,
    residuals: isFull ? sum(square(sub(matmul(A, X), columns)), -2) : none(A.dtype),
    rank: driver === "gels" ? none("int32") : rank,
    singularValues: driver === "gelsd" || driver === "gelss" ? svdvals(A) : none(A.dtype),
  };
};
