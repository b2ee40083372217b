import { moveStrided } from "../../autograd/strided.js";
import { ShapeError } from "../../tensor/errors.js";
import { type Geometry, normalizeDim, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { clone } from "../elementwise/cast.js";
import { defineStridedView, packedGeometry } from "./defineStridedView.js";
import { reshape } from "./reshape.js";

export interface DiagonalOptions {
  /** Diagonals above the main one; below it when negative. Default 0. */
  offset?: number | undefined;
  /** The two dimensions whose diagonal it is. Default 0 and 1 (diagEmbed: −2 and −1). */
  dim1?: number | undefined;
  dim2?: number | undefined;
}

interface Diagonal {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

const geometryOfDiagonal = (x: Geometry, { offset, dim1, dim2 }: Diagonal): Geometry => {
  const [rows, columns] = [x.shape[dim1] as number, x.shape[dim2] as number];
  const [down, right] = [x.strides[dim1] as number, x.strides[dim2] as number];
  const length = Math.max(0, offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns));
  const isKept = (_: number, d: number): boolean => d !== dim1 && d !== dim2;
  const start = length === 0 ? 0 : offset >= 0 ? offset * right : -offset * down;
  return {
    shape: [...x.shape.filter(isKept), length],
    strides: [...x.strides.filter(isKept), down + right],
    offset: x.offset + start,
  };
};

const diagonal_ = defineStridedView<Diagonal>("diagonal", geometryOfDiagonal);

const twoDims = (op: string, shape: Shape, { offset = 0, dim1 = 0, dim2 = 1 }: DiagonalOptions): Diagonal => {
  const rank = shape.length;
  const a = normalizeDim(op, dim1, rank);
  const b = normalizeDim(op, dim2, rank);
  if (a === b || rank < 2)
    throw new ShapeError({
      op,
      problem: "a diagonal lies in two different dimensions",
      args: { x: shape, dims: [dim1, dim2] },
    });
  if (!Number.isInteger(offset)) throw new ShapeError({ op, problem: `${offset} is not an integer offset` });
  return { offset, dim1: a, dim2: b };
};

/**
 * The elements with equal indices in two dimensions, as a view; the diagonal becomes the last dimension.
 *
 * @shape x [...S, M, N] → y [...S, min(M, N)] for dims −2 and −1
 * @grad  dY on the diagonal, 0 elsewhere
 * @source torch.diagonal
 */
export const diagonal = (x: Tensor, options: DiagonalOptions = {}): Tensor =>
  diagonal_(x, twoDims("diagonal", x.shape, options));

/**
 * Matrices of zeros with x's last dimension on a diagonal.
 *
 * @shape x [...S, N] → y [...S, N + |offset|, N + |offset|], the new dimensions at dim1 and dim2
 * @grad  the diagonal of dY
 * @source torch.diag_embed
 */
export const diagEmbed = (x: Tensor, { offset = 0, dim1 = -2, dim2 = -1 }: DiagonalOptions = {}): Tensor => {
  if (x.ndim === 0)
    throw new ShapeError({ op: "diagEmbed", problem: "a scalar has no last dimension", args: { x: [] } });
  const size = (x.shape.at(-1) as number) + Math.abs(offset);
  const rank = x.ndim + 1;
  const dims = [normalizeDim("diagEmbed", dim1, rank), normalizeDim("diagEmbed", dim2, rank)];
  const rest = x.shape.slice(0, -1);
  const shape = Array.from({ length: rank }, (_, d) => (dims.includes(d) ? size : (rest.shift() as number)));
  const to = packedGeometry(shape);
  const from = geometryOfDiagonal(to, twoDims("diagEmbed", shape, { offset, dim1, dim2 }));
  return moveStrided([x], { from, to, dtype: x.dtype, shared: null });
};

/** A vector as a diagonal matrix, or a copy of a matrix's diagonal. @source torch.diag */
export const diag = (x: Tensor, diagonalOffset = 0): Tensor => {
  if (x.ndim === 1) return diagEmbed(x, { offset: diagonalOffset });
  if (x.ndim === 2) return clone(diagonal(x, { offset: diagonalOffset }));
  throw new ShapeError({ op: "diag", problem: "takes a vector or a matrix", args: { x: x.shape } });
};

/** All elements as a diagonal matrix. @source torch.diagflat */
export const diagflat = (x: Tensor, diagonalOffset = 0): Tensor =>
  diagEmbed(reshape(x, [x.numel()]), { offset: diagonalOffset });
