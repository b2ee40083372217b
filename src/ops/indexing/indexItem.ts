import { tensor } from "../../tensor/create.js";
import { DTypeError, IndexError } from "../../tensor/errors.js";
import { broadcastShapes, type Shape } from "../../tensor/shape.js";
import { type Nested, Tensor } from "../../tensor/tensor.js";
import { ne } from "../elementwise/compare.js";
import { reshape } from "../movement/reshape.js";
import { region, type Step, stepOf } from "../movement/slice.js";
import { checkIndex } from "./checkIndex.js";
import { placesInside } from "./masked.js";

/** start : stop : step of a dimension, as Python writes it. Made by `slice`. */
export class Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;

  constructor(start: number | null, stop: number | null, step: number | null) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/**
 * A part of a dimension, for `x.index(…)`: from `start` up to, not including, `stop`; null leaves an end open, negative numbers
 * count from the end.
 *
 * @example x.index(slice(1, null), slice(null, null, 2)) // x[1:, ::2]
 */
export const slice = (start: number | null = null, stop: number | null = null, step: number | null = null): Slice =>
  new Slice(start, stop, step);

/**
 * What stands between the brackets: a position, a slice, "..." for all dimensions that are not named, null for a new one, a
 * bool or int32 tensor, arrays that stand for one, or a bool.
 */
export type IndexItem = number | boolean | Slice | "..." | null | Tensor | Nested<number | boolean>[];

/** Dimensions side by side that one index tensor picks from: a mask takes several. */
export interface Picked {
  readonly dims: readonly number[];
  /** Row-major places within the dimensions. */
  readonly places: Tensor;
}

/** A view by the plain items, and what is still to be picked from it. */
export interface Resolved {
  readonly view: Tensor;
  readonly picked: readonly Picked[];
}

type Item = number | boolean | Slice | "..." | null | Tensor;

/** Arrays as tensors, bytes as masks, scalar tensors as the numbers or bools that they are. */
const simplify = (op: string, item: IndexItem): Item => {
  if (Array.isArray(item)) return simplify(op, tensor(item, item.length === 0 ? { dtype: "int32" } : {}));
  if (!(item instanceof Tensor)) {
    const isKnown = item === null || item === "..." || typeof item === "boolean" || item instanceof Slice;
    if (isKnown || Number.isInteger(item)) return item;
    throw new IndexError({
      op,
      problem: `${String(item)} is not an index`,
      rule: 'integers, slice(…), "...", null, bools, and bool or int32 tensors',
    });
  }
  if (item.isFloatingPoint()) {
    throw new DTypeError({
      op,
      problem: `a ${item.dtype} tensor is not an index`,
      rule: "int32 for positions, bool for a mask",
      args: { index: item.shape },
    });
  }
  if (item.ndim === 0) return item.dtype === "int32" ? item.item() : item.item() !== 0;
  return item.dtype === "uint8" ? ne(item, 0) : item;
};

/** How many dimensions of x an item takes. */
const taken = (item: Item): number => {
  if (item instanceof Tensor) return item.dtype === "bool" ? item.ndim : 1;
  return typeof item === "number" || item instanceof Slice ? 1 : 0;
};

const positionIn = (op: string, x: Tensor, d: number, position: number): Step => {
  const size = x.shape[d] as number;
  if (position < -size || position >= size) {
    throw new IndexError({
      op,
      problem: `index ${position} is out of range for dimension ${d} of size ${size}`,
      args: { x: x.shape },
    });
  }
  return { start: position < 0 ? position + size : position, step: 1, count: -1 };
};

/** @throws IndexError when the mask does not have x's sizes from dimension d on */
const checkMask = (op: string, x: Tensor, d: number, mask: Tensor): void => {
  if (mask.shape.every((size, i) => size === x.shape[d + i])) return;
  throw new IndexError({
    op,
    problem: `the mask does not fit the tensor from dimension ${d} on`,
    args: { x: x.shape, mask: mask.shape },
  });
};

/** "..." as the slices that it stands for; where there is none it stands at the end. */
const withoutEllipsis = (op: string, x: Tensor, items: readonly Item[]): Item[] => {
  const free = x.ndim - items.reduce<number>((n, item) => n + taken(item), 0);
  if (free < 0) {
    throw new IndexError({
      op,
      problem: `there are indices for ${x.ndim - free} dimensions, the tensor has ${x.ndim}`,
      args: { x: x.shape },
    });
  }
  const place = items.indexOf("...");
  const at = place < 0 ? items.length : place;
  const rest = items.slice(at).filter((item) => item !== "...");
  return [...items.slice(0, at), ...new Array<Item>(free).fill(slice()), ...rest];
};

/** @internal Applies what gives a view, and collects what index tensors pick, checked and counted from the start. */
export const resolve = (op: string, x: Tensor, items: readonly IndexItem[]): Resolved => {
  const simple = items.map((item) => simplify(op, item));
  const steps: Step[] = [];
  const shape: number[] = [];
  const picked: Picked[] = [];
  const pick = (sizes: Shape, places: Tensor): void => {
    picked.push({ dims: sizes.map((_, i) => shape.length + i), places });
    shape.push(...sizes);
  };
  for (const item of withoutEllipsis(op, x, simple)) {
    const d = steps.length;
    if (item === null) shape.push(1);
    else if (typeof item === "boolean") pick([1], tensor(new Int32Array(Number(item))));
    else if (typeof item === "number") steps.push(positionIn(op, x, d, item));
    else if (item instanceof Slice) {
      const { start, stop, step } = item;
      const part = stepOf(op, x.shape[d] as number, { start, end: stop, step });
      steps.push(part);
      shape.push(part.count);
    } else if (item instanceof Tensor) {
      const sizes = x.shape.slice(d, d + taken(item));
      if (item.dtype === "bool") {
        checkMask(op, x, d, item);
        pick(sizes, placesInside(op, item));
      } else pick(sizes, checkIndex(op, item, { size: sizes[0] as number, countsFromEnd: true }));
      for (const count of sizes) steps.push({ start: 0, step: 1, count });
    }
  }
  const isWhole = steps.every(({ start, step, count }, d) => start === 0 && step === 1 && count === x.shape[d]);
  const part = isWhole && picked.length > 0 ? x : region(x, steps);
  return { view: reshape(part, shape), picked };
};

/** The shape to which index tensors broadcast. */
export const commonShape = (op: string, vectors: readonly Tensor[]): Shape => {
  try {
    return vectors.map((vector) => vector.shape).reduce((a, b) => broadcastShapes(op, a, b));
  } catch (cause) {
    const args = Object.fromEntries(vectors.map(({ shape }, i) => [`index ${i}`, shape]));
    throw new IndexError({ op, problem: "the indices do not broadcast to one shape", args }, { cause });
  }
};
