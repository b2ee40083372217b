import { defineOp } from "../../autograd/defineOp.js";
import { noGrad } from "../../autograd/mode.js";
import { ShapeError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { eq, isnan } from "../elementwise/compare.js";
import { maximum, minimum } from "../elementwise/extremum.js";
import { where } from "../elementwise/where.js";
import { gather } from "../indexing/gather.js";
import { reshape, unsqueeze } from "../movement/reshape.js";
import { amax, amin, argmax, argmin, type DimOr, optionsOf, type ReduceOptions, sum } from "./reduce.js";

/** What was found along a dimension, and where. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

export interface OneDimOptions {
  dim?: number | undefined;
  /** Keep the dimension with size 1. Default false. */
  keepdim?: boolean | undefined;
}

/** Reads x at the places [.., 1, ..] that were found along `dim`; the gradient goes there. */
export const pick = (x: Tensor, dim: number, places: Tensor, keepdim: boolean): ValuesAndIndices => {
  const shape = keepdim || x.ndim === 0 ? places.shape : places.shape.toSpliced(dim, 1);
  return { values: reshape(gather(x, dim, places), shape), indices: reshape(places, shape) };
};

/** One overload set for max and min: all elements, along a dimension, or two tensors. */
export interface Extremum {
  (x: Tensor): Tensor;
  (x: Tensor, other: Tensor): Tensor;
  (x: Tensor, dim: number, options?: { keepdim?: boolean | undefined }): ValuesAndIndices;
  (x: Tensor, options: OneDimOptions & { dim: number }): ValuesAndIndices;
}

const defineExtremum = (
  name: string,
  place: (x: Tensor, dim?: DimOr<ReduceOptions>, options?: ReduceOptions) => Tensor,
  ofTwo: (a: Tensor, b: Tensor) => Tensor,
): Extremum =>
  ((x: Tensor, second?: Tensor | DimOr<OneDimOptions>, options?: OneDimOptions) => {
    if (typeof second === "object" && second !== null && "storage" in second) return ofTwo(x, second);
    const { dim, keepdim = false } = optionsOf(second as DimOr<OneDimOptions>, options);
    if (dim === undefined || dim === null) {
      if (x.numel() === 0)
        throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
      const flat = reshape(x, [-1]).contiguous();
      return foundAmongAll(
        flat,
        noGrad(() => place(flat)),
      );
    }
    const d = normalizeDim(name, dim, x.ndim);
    if (x.ndim > 0 && x.shape[d] === 0)
      throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
    return pick(
      x,
      d,
      noGrad(() => place(x, d, { keepdim: true })),
      keepdim,
    );
  }) as Extremum;

/**
 * The largest element; along a dimension with its first place; of two tensors element by element. NaN wins.
 *
 * @grad shared evenly between ties of all elements; along a dimension to the place that was found
 * @source torch.max
 * @example max(x, 1).values
 */
export const max: Extremum = defineExtremum("max", argmax, maximum);

/** The smallest element; along a dimension with its first place; of two tensors element by element. NaN wins. @source torch.min */
export const min: Extremum = defineExtremum("min", argmin, minimum);

/** Both ends at once. @source torch.aminmax */
export const aminmax = (x: Tensor, { dim, keepdim = false }: OneDimOptions = {}): { min: Tensor; max: Tensor } => ({
  min: amin(x, { dim, keepdim }),
  max: amax(x, { dim, keepdim }),
});

/** A scalar as a vector of one. */
export const atLeast1d = (x: Tensor): Tensor => (x.ndim === 0 ? unsqueeze(x, 0) : x);

const found_ = defineOp({
  name: "found",
  shape: ([x]) => ({ shape: [], dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x, place]) => k.take(y as Tensor, x as Tensor, place as Tensor),
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([d], { input, output }) => {
    const [x, y] = [input(0), output(0)];
    const isIt = to(where(isnan(y), isnan(x), eq(x, y)), x.dtype);
    return [mul(div(isIt, sum(isIt)), d as Tensor), null];
  },
});

/** The element of a contiguous vector at a place; its gradient is shared evenly between all that equal it, NaN included. */
export const foundAmongAll = (flat: Tensor, place: Tensor): Tensor => found_([flat, place], undefined);
