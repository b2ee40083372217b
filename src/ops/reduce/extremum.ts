import { noGrad } from "../../autograd/mode.js";
import { ShapeError } from "../../tensor/errors.js";
import { normalizeDim, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { maximum, minimum } from "../elementwise/extremum.js";
import { gather } from "../indexing/gather.js";
import { reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { amax, amin, argmax, argmin, type DimOr, optionsOf, type ReduceOptions } from "./reduce.js";

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
  whole: (x: Tensor) => Tensor,
  place: (x: Tensor, dim?: DimOr<ReduceOptions>, options?: ReduceOptions) => Tensor,
  ofTwo: (a: Tensor, b: Tensor) => Tensor,
): Extremum =>
  ((x: Tensor, second?: Tensor | DimOr<OneDimOptions>, options?: OneDimOptions) => {
    if (typeof second === "object" && second !== null && "storage" in second) return ofTwo(x, second);
    const { dim, keepdim = false } = optionsOf(second as DimOr<OneDimOptions>, options);
    if (dim === undefined) return whole(x);
    const d = normalizeDim(name, dim as number, x.ndim);
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
export const max: Extremum = defineExtremum("max", (x) => amax(x), argmax, maximum);

/** The smallest element; along a dimension with its first place; of two tensors element by element. NaN wins. @source torch.min */
export const min: Extremum = defineExtremum("min", (x) => amin(x), argmin, minimum);

/** Both ends at once. @source torch.aminmax */
export const aminmax = (x: Tensor, { dim, keepdim = false }: OneDimOptions = {}): { min: Tensor; max: Tensor } => ({
  min: amin(x, { dim, keepdim }),
  max: amax(x, { dim, keepdim }),
});

/** x with the dimension d last, as a scalar's vector too. */
export const atLeast1d = (x: Tensor): Tensor => (x.ndim === 0 ? unsqueeze(x, 0) : x);
export const asGiven = (y: Tensor, shape: Shape): Tensor => (shape.length === 0 ? squeeze(y, 0) : y);
