import { formatShape, ShapeError } from "./errors.js";

export type Shape = readonly number[];

/** Where elements lie in a storage. */
export interface Geometry {
  readonly shape: Shape;
  /** Elements to step over for each dimension. */
  readonly strides: Shape;
  /** Elements of the storage before the first. */
  readonly offset: number;
}

/** Number of elements: the product of the sizes, 1 for a scalar's `[]`. */
export const sizeOf = (shape: Shape): number => {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i] as number;
  return n;
};

/** Row-major strides, in elements. A dimension of size 0 or 1 counts as 1, as in PyTorch. */
export const contiguousStrides = (shape: Shape): number[] => {
  // An array of a length that the engine does not know costs more than the rest of a small tensor.
  if (shape.length === 0) return [];
  if (shape.length === 1) return [1];
  if (shape.length === 2) return [Math.max(1, shape[1] as number), 1];
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(1, shape[i] as number);
  }
  return strides;
};

/** Whether elements lie row-major without gaps. Dimensions of size 1 may have any stride; so may all when size is 0. */
export const isContiguous = (shape: Shape, strides: Shape): boolean => {
  let step = 1;
  let contiguous = true;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    if (size === 0) return true;
    if (size === 1) continue;
    if (strides[i] !== step) contiguous = false;
    step *= size;
  }
  return contiguous;
};

/** How far elements reach into their storage: one past the last one. */
export const extentOf = ({ shape, strides, offset }: Geometry): number =>
  sizeOf(shape) === 0 ? offset : shape.reduce((end, size, d) => end + (size - 1) * (strides[d] as number), offset + 1);

/** Whether two elements may lie at one place. Errs on the side of yes. */
export const mayOverlap = ({ shape, strides }: Geometry): boolean => {
  const dims = shape.map((size, d) => ({ size, stride: strides[d] as number })).filter(({ size }) => size !== 1);
  if (dims.some(({ size }) => size === 0)) return false;
  let reach = 0;
  for (const { size, stride } of dims.sort((a, b) => a.stride - b.stride)) {
    if (stride <= reach) return true;
    reach += (size - 1) * stride;
  }
  return false;
};

export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/**
 * The shape that both broadcast to: aligned at the last dimension, sizes equal or 1.
 *
 * @throws ShapeError naming the dimension that does not fit
 */
export const broadcastShapes = (op: string, a: Shape, b: Shape): Shape => {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const sizeA = a[a.length - i] ?? 1;
    const sizeB = b[b.length - i] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new ShapeError({
        op,
        problem: `shapes do not broadcast: sizes ${sizeA} and ${sizeB} at dimension ${rank - i}`,
        rule: "aligned at the last dimension, sizes are equal or one of them is 1",
        args: { a, b },
      });
    }
    out[rank - i] = sizeA === 1 ? sizeB : sizeA;
  }
  return out;
};

/**
 * A dimension from −rank…rank−1 as 0…rank−1. A scalar takes 0 and −1, as in PyTorch.
 *
 * @throws ShapeError when it is out of range or not an integer
 */
export const normalizeDim = (op: string, dim: number, rank: number): number => {
  const range = Math.max(1, rank);
  if (!Number.isInteger(dim) || dim < -range || dim >= range) {
    throw new ShapeError({
      op,
      problem: `dimension ${dim} is out of range`,
      rule: `an integer from ${-range} to ${range - 1} for ${rank} dimension${rank === 1 ? "" : "s"}`,
      args: { dim: String(dim) },
    });
  }
  return dim < 0 ? dim + range : dim;
};

/** Several dimensions, normalised and sorted; none given means all. A repeated one is an error. */
export const normalizeDims = (
  op: string,
  dim: number | readonly number[] | null | undefined,
  rank: number,
): number[] => {
  if (dim === null || dim === undefined) return allDims(rank);
  if (typeof dim === "number") {
    const d = normalizeDim(op, dim, rank);
    return rank === 0 ? [] : [d];
  }
  if (dim.length === 0) return allDims(rank);
  const dims = dim.map((d) => normalizeDim(op, d, rank)).sort((p, q) => p - q);
  for (let i = 1; i < dims.length; i++) {
    if (dims[i] === dims[i - 1]) {
      throw new ShapeError({ op, problem: `dimension ${dims[i]} appears twice`, args: { dim: formatShape(dim) } });
    }
  }
  return rank === 0 ? [] : dims;
};

const allDims = (rank: number): number[] => {
  const dims = new Array<number>(rank);
  for (let d = 0; d < rank; d++) dims[d] = d;
  return dims;
};

/** Whether `size` can be a size: an integer from 0 up. */
export const isSize = (size: unknown): size is number =>
  typeof size === "number" && Number.isSafeInteger(size) && size >= 0;

/** @throws ShapeError when a size is negative or not an integer */
export const checkShape = (op: string, shape: Shape): void => {
  for (const size of shape) {
    if (!isSize(size)) {
      throw new ShapeError({
        op,
        problem: `${String(size)} is not a size`,
        rule: "sizes are integers from 0 up",
        args: { shape },
      });
    }
  }
};
