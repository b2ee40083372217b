import { inPlace } from "../../autograd/inPlace.js";
import { tensor } from "../../tensor/create.js";
import { DTypeError, ShapeError } from "../../tensor/errors.js";
import { contiguousStrides, type Shape, sizeOf } from "../../tensor/shape.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { add } from "../elementwise/arithmetic.js";
import { clone, to } from "../elementwise/cast.js";
import { expand } from "../movement/broadcast.js";
import { movedim, reshape } from "../movement/reshape.js";
import { indexSelect } from "./gather.js";
import { indexInto } from "./indexInto.js";
import { commonShape, type IndexItem, type Resolved, resolve } from "./indexItem.js";
import type { AccumulateOptions } from "./put.js";

/**
 * The indexed dimensions as one dimension with one index: they come together where they stand, or in front when others stand
 * between them, as in PyTorch.
 */
interface Merged {
  /** Where the indexed dimensions stood, when they are moved to the front. */
  readonly moved: readonly number[] | null;
  readonly before: Shape;
  readonly sizes: Shape;
  readonly after: Shape;
  /** The shape of the indices. */
  readonly common: Shape;
  /** Row-major places in the merged dimension. */
  readonly places: Tensor;
}

const plan = (op: string, { view, picked }: Resolved): Merged => {
  const dims = picked.flatMap((group) => group.dims);
  const vectors = picked.map(({ places }) => places);
  const common = commonShape(op, vectors);
  const first = dims[0] as number;
  const isTogether = dims.every((d, i) => d === first + i);
  const rest = view.shape.filter((_, d) => !dims.includes(d));
  const sizesOf = (group: readonly number[]): number[] => group.map((d) => view.shape[d] as number);
  return {
    moved: isTogether ? null : dims,
    before: isTogether ? rest.slice(0, first) : [],
    after: isTogether ? rest.slice(first) : rest,
    sizes: sizesOf(dims),
    common,
    places: placesOf(
      vectors,
      picked.map((group) => sizeOf(sizesOf(group.dims))),
      common,
    ),
  };
};

/** Row-major places among all picked dimensions, from those of each group. */
const placesOf = (vectors: readonly Tensor[], sizes: Shape, common: Shape): Tensor => {
  const [only] = vectors;
  if (vectors.length === 1) return reshape(only as Tensor, [sizeOf(common)]);
  const steps = contiguousStrides(sizes);
  const places = Tensor.empty([sizeOf(common)], "int32");
  const columns = vectors.map((vector) => expand(vector, common).toTypedArray());
  const out = elementsOf(places, "int32");
  for (let i = 0; i < out.length; i++)
    out[i] = columns.reduce((sum, column, j) => sum + (column[i] as number) * (steps[j] as number), 0);
  return places;
};

const frontOf = (moved: readonly number[]): number[] => moved.map((_, i) => i);

const merge = (x: Tensor, { moved, before, sizes, after }: Merged): Tensor => {
  const together = moved === null ? x : movedim(x, moved, frontOf(moved));
  return reshape(together, [...before, sizeOf(sizes), ...after]);
};

const unmerge = (x: Tensor, { moved, before, sizes, after }: Merged): Tensor => {
  const apart = reshape(x, [...before, ...sizes, ...after]);
  return moved === null ? apart : movedim(apart, frontOf(moved), moved);
};

/**
 * x[…]: a view by numbers, slices, "..." and null; a copy as soon as a tensor or array is among the items.
 *
 * @grad   dY where it was read, added up where that was more than once
 * @throws IndexError when an item is out of range, or there are too many
 * @source torch.Tensor.__getitem__
 * @example x.index(0), x.index("...", slice(1, 3)), x.index(x.gt(0)), x.index([0, 2], slice())
 */
export const index = (x: Tensor, ...items: IndexItem[]): Tensor => {
  const resolved = resolve("index", x, items);
  if (resolved.picked.length === 0) return resolved.view;
  const merged = plan("index", resolved);
  const y = indexSelect(merge(resolved.view, merged), merged.before.length, merged.places);
  return reshape(y, [...merged.before, ...merged.common, ...merged.after]);
};

/** The value for a place of that shape; sizes of 1 in front of it do not matter. */
const fitting = (op: string, value: Tensor, shape: Shape): Tensor => {
  const firstLarge = value.shape.findIndex((size) => size !== 1);
  const own = firstLarge < 0 ? [] : value.shape.slice(firstLarge);
  const lead = shape.length - own.length;
  if (lead < 0 || own.some((size, i) => size !== 1 && size !== shape[lead + i])) {
    throw new ShapeError({
      op,
      problem: "the value does not fit the indexed place",
      rule: "it broadcasts to the place's shape",
      args: { place: shape, value: value.shape },
    });
  }
  return expand(reshape(value, own), shape);
};

/**
 * x[…] = value, in place: the value (a number, a bool or a tensor) broadcasts to the indexed place. With indices that repeat the
 * last value stays, or all are added (accumulate).
 *
 * @grad   dX is dY with 0 at the place (dY when accumulating), dValue is dY read there
 * @throws IndexError for the items, ShapeError when the value does not fit, DTypeError when a tensor that is written by tensors
 *   has another dtype, GradError for a leaf that requires a gradient
 * @source torch.Tensor.index_put_ and __setitem__
 */
export const indexPut_ = <T extends Tensor>(
  x: T,
  indices: readonly IndexItem[],
  value: Tensor | number | boolean,
  { accumulate = false }: AccumulateOptions = {},
): T => {
  const op = "indexPut_";
  const resolved = resolve(op, x, indices);
  const { view } = resolved;
  const given = typeof value === "object" ? value : tensor(value);
  if (resolved.picked.length === 0) {
    const source = fitting(op, given, view.shape);
    inPlace(op, view, () => (accumulate ? add(view, source) : clone(to(source, x.dtype))));
    return x;
  }
  if (given.ndim > 0 && given.dtype !== x.dtype) {
    throw new DTypeError({
      op,
      problem: `the value is ${given.dtype}, but the tensor is ${x.dtype}`,
      hint: `convert it: value.to("${x.dtype}")`,
    });
  }
  const merged = plan(op, resolved);
  const { before, common, after, places } = merged;
  const source = fitting(op, to(given, x.dtype), [...before, ...common, ...after]);
  const flat = reshape(source, [...before, places.numel(), ...after]);
  inPlace(op, view, () =>
    unmerge(
      indexInto([merge(view, merged), places, flat], { dim: before.length, how: accumulate ? "sum" : "set" }),
      merged,
    ),
  );
  return x;
};

/** As indexPut_, on a copy. @source torch.index_put */
export const indexPut = (
  x: Tensor,
  indices: readonly IndexItem[],
  value: Tensor | number | boolean,
  options: AccumulateOptions = {},
): Tensor => indexPut_(clone(x), indices, value, options);
