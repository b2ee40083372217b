import { tensor } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { gather } from "../indexing/gather.js";

export interface SearchOptions {
  /** The place after equals instead of before them. Default false. */
  right?: boolean | undefined;
  /** "right" is the same as right: true. */
  side?: "left" | "right" | null | undefined;
  /** Order of a sequence that is not sorted. */
  sorter?: Tensor | null | undefined;
  /** Indices are always int32. */
  outInt32?: boolean | undefined;
}

/** Where each value would be put into sorted rows; NaN goes last. */
const placesOf = (
  rows: ArrayLike<number>,
  size: number,
  values: ArrayLike<number>,
  each: number,
  isRight: boolean,
): Int32Array => {
  const places = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const row = each === 0 ? 0 : Math.floor(i / each) * size;
    const value = values[i] as number;
    let [low, high] = [0, size];
    while (low < high) {
      const middle = (low + high) >> 1;
      const held = rows[row + middle] as number;
      const goesOn = isRight
        ? !(held > value || (Number.isNaN(held) && !Number.isNaN(value)))
        : comesBefore(held, value);
      if (goesOn) low = middle + 1;
      else high = middle;
    }
    places[i] = low;
  }
  return places;
};

const comesBefore = (held: number, value: number): boolean =>
  held < value || (Number.isNaN(value) && !Number.isNaN(held));

/**
 * Where each value would be put into a sorted sequence so that it stays sorted, int32.
 *
 * @shape sequence [size] for values of any shape, or [...S, size] for values [...S, n]
 * @source torch.searchsorted
 */
export const searchsorted = (
  sequence: Tensor,
  values: Tensor | number,
  { right, side = null, sorter = null }: SearchOptions = {},
): Tensor => {
  if (right === true && side === "left")
    throw new ValueError({ op: "searchsorted", problem: 'right is true, but side is "left"' });
  const input = typeof values === "number" ? tensor(values) : values;
  const fits =
    sequence.ndim === 1 ||
    (input.ndim === sequence.ndim && sequence.shape.slice(0, -1).every((size, i) => size === input.shape[i]));
  if (!fits || sequence.ndim === 0) {
    throw new ShapeError({
      op: "searchsorted",
      problem: "the values do not fit the sequence",
      rule: "a vector, or all dimensions but the last equal",
      args: { sequence: sequence.shape, values: input.shape },
    });
  }
  const sorted = sorter === null ? sequence : gather(sequence, -1, sorter);
  const size = sequence.shape.at(-1) as number;
  const each = sequence.ndim === 1 ? 0 : (input.shape.at(-1) as number);
  const places = placesOf(sorted.toTypedArray(), size, input.toTypedArray(), each, right === true || side === "right");
  return tensor(places).reshape(input.shape);
};

/** The bucket of each value between sorted boundaries. @source torch.bucketize */
export const bucketize = (
  values: Tensor | number,
  boundaries: Tensor,
  options: { right?: boolean | undefined; outInt32?: boolean | undefined } = {},
): Tensor => {
  if (boundaries.ndim !== 1)
    throw new ShapeError({
      op: "bucketize",
      problem: "boundaries are a vector",
      args: { boundaries: boundaries.shape },
    });
  return searchsorted(boundaries, values, options);
};
