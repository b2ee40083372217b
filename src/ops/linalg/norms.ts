import type { DType } from "../../backend/dtype.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { abs } from "../elementwise/unary.js";
import { movedim, squeeze, unsqueeze } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { vectorNorm } from "../reduce/norm.js";
import { amax, amin, type Dim, sum } from "../reduce/reduce.js";
import { svdvals } from "./factor.js";
import { inv } from "./solve.js";

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

/**
 * How much A · x can amplify errors of x: the norm of A times that of A⁻¹; for ±2 the ratio of singular values.
 *
 * @shape A [...B, n, n], for p ±2 [...B, m, n] → [...B]
 * @source torch.linalg.cond
 */
export const cond = (A: Tensor, { p = null }: { p?: MatrixNormOptions["ord"] | null | undefined } = {}): Tensor => {
  if (p === null || p === 2 || p === -2) {
    const S = svdvals(A);
    const [largest, least] = [narrow(S, -1, 0, 1), narrow(S, -1, (S.shape.at(-1) as number) - 1, 1)];
    return squeeze(p === -2 ? div(least, largest) : div(largest, least), -1);
  }
  return mul(matrixNorm(A, { ord: p }), matrixNorm(inv(A), { ord: p }));
};
