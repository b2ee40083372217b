import type { DType } from "../../backend/dtype.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { gt } from "../elementwise/compare.js";
import { abs } from "../elementwise/unary.js";
import { movedim, squeeze, unsqueeze } from "../movement/reshape.js";
import { vectorNorm } from "../reduce/norm.js";
import { amax, amin, type Dim, sum } from "../reduce/reduce.js";
import { svdvals } from "./factor.js";

export interface MatrixNormOptions {
  /** "fro", "nuc" (sum of singular values), ±1, ±2, ±Infinity. Default "fro". */
  ord?: "fro" | "nuc" | number | undefined;
  /** Default the last two. */
  dim?: readonly number[] | undefined;
  keepdim?: boolean | undefined;
  dtype?: DType | undefined;
}

/** A norm of matrices. @source torch.linalg.matrix_norm */
export const matrixNorm = (
  A: Tensor,
  { ord = "fro", dim = [-2, -1], keepdim = false, dtype }: MatrixNormOptions = {},
): Tensor => {
  const x = dtype === undefined ? A : to(A, dtype);
  if (dim.length !== 2 || x.ndim < 2)
    throw new ShapeError({ op: "matrixNorm", problem: "two dimensions are needed", args: { A: A.shape } });
  const [row, column] = dim.map((d) => normalizeDim("matrixNorm", d, x.ndim)) as [number, number];
  if (row === column) throw new ValueError({ op: "matrixNorm", problem: "the two dimensions are one" });
  if (ord === "fro") return vectorNorm(x, { dim: [row, column], keepdim });
  const restored = (y: Tensor): Tensor =>
    keepdim ? [row, column].sort((a, b) => a - b).reduce((z, d) => unsqueeze(z, d), y) : y;
  if (ord === "nuc" || Math.abs(ord) === 2) {
    const singular = svdvals(movedim(x, [row, column], [-2, -1]));
    if (ord === "nuc") return restored(sum(singular, -1));
    return restored(ord > 0 ? amax(singular, -1) : amin(singular, -1));
  }
  const isColumns = Math.abs(ord) === 1;
  if (!isColumns && Math.abs(ord) !== Number.POSITIVE_INFINITY)
    throw new ValueError({ op: "matrixNorm", problem: `ord is ${ord}`, rule: '"fro", "nuc", ±1, ±2 or ±Infinity' });
  const [over, then] = isColumns ? [row, column] : [column, row];
  const sums = sum(abs(x), { dim: over, keepdim: true });
  const found = (ord > 0 ? amax : amin)(sums, { dim: then, keepdim: true });
  return keepdim ? found : squeeze(found, [row, column]);
};

export interface LinalgNormOptions {
  /** A number is a vector norm, or a matrix norm over two dimensions; null is the 2-norm of all. Default null. */
  ord?: "fro" | "nuc" | number | null | undefined;
  dim?: Dim;
  keepdim?: boolean | undefined;
  dtype?: DType | undefined;
}

/** A vector or matrix norm. @source torch.linalg.norm */
export const norm = (A: Tensor, options: LinalgNormOptions = {}): Tensor => {
  const { ord = null, dim = null, keepdim, dtype } = options;
  const dims = typeof dim === "number" ? [dim] : dim;
  if (ord === null) return vectorNorm(A, { dim: dims, keepdim, dtype });
  const over = dims ?? A.shape.map((_, i) => i);
  if (dims === null && A.ndim !== 1 && A.ndim !== 2)
    throw new ShapeError({
      op: "norm",
      problem: "without dim an ord is that of a vector or a matrix",
      args: { A: A.shape },
    });
  if (over.length === 2) return matrixNorm(A, { ord, dim: over, keepdim, dtype });
  if (typeof ord === "string")
    throw new ValueError({ op: "norm", problem: `${ord} is a norm of matrices, over two dimensions` });
  return vectorNorm(A, { ord, dim: over, keepdim, dtype });
};

/** How many singular values are above tolerance: max(m, n) · ε · the largest. @source torch.linalg.matrix_rank */
export const matrixRank = (A: Tensor): Tensor => {
  const S = svdvals(A);
  const [m, n] = A.shape.slice(-2) as [number, number];
  const eps = A.dtype === "float64" ? 2 ** -52 : 2 ** -23;
  return sum(gt(S, mul(amax(S, { dim: -1, keepdim: true }), Math.max(m, n) * eps)), -1);
};
