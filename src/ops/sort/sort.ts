import { defineMultiOp } from "../../autograd/defineOp.js";
import { zerosLike } from "../../tensor/create.js";
import { IndexError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { clone } from "../elementwise/cast.js";
import { gather } from "../indexing/gather.js";
import { narrow } from "../movement/slice.js";
import { type OneDimOptions, pick, type ValuesAndIndices } from "../reduce/extremum.js";

const sort_ = defineMultiOp<{ dim: number; isDescending: boolean }>({
  name: "sort",
  shape: ([x]) => [x as Tensor, { shape: (x as Tensor).shape, dtype: "int32" }],
  forward: (k, [values, indices], [x], { dim, isDescending }) =>
    k.sort(values as Tensor, indices as Tensor, x as Tensor, dim, isDescending),
});

export interface SortOptions {
  /** Default −1. */
  dim?: number | undefined;
  /** Default false. */
  descending?: boolean | undefined;
  /** Equal elements always keep their order. */
  stable?: boolean | undefined;
}

/**
 * The elements of a dimension in order, and where they were; stable, NaN greatest.
 *
 * @grad dY back to where each element was
 * @source torch.sort
 */
export const sort = (x: Tensor, { dim = -1, descending = false }: SortOptions = {}): ValuesAndIndices => {
  const d = normalizeDim("sort", dim, x.ndim);
  if (x.ndim === 0) return { values: clone(x), indices: zerosLike(x, { dtype: "int32" }) };
  const [values, indices] = sort_([x.detach()], { dim: d, isDescending: descending }) as [Tensor, Tensor];
  return { values: x.requiresGrad ? gather(x, d, indices) : values, indices };
};

/** Where the elements of a dimension would come from in order. @source torch.argsort */
export const argsort = (x: Tensor, options: SortOptions = {}): Tensor => sort(x, options).indices;

/** In order along the first dimension. @source torch.msort */
export const msort = (x: Tensor): Tensor => sort(x, { dim: 0 }).values;

export interface TopkOptions {
  /** Default −1. */
  dim?: number | undefined;
  /** The smallest ones with false. Default true. */
  largest?: boolean | undefined;
  /** Always in order here. */
  sorted?: boolean | undefined;
}

/** The k largest (or smallest) of a dimension, in order, and where they are. @throws IndexError for a k out of range @source torch.topk */
export const topk = (x: Tensor, k: number, { dim = -1, largest = true }: TopkOptions = {}): ValuesAndIndices => {
  const d = normalizeDim("topk", dim, x.ndim);
  checkK("topk", x, k, d, 0);
  if (x.ndim === 0) return { values: clone(x), indices: zerosLike(x, { dtype: "int32" }) };
  const indices = narrow(sort(x.detach(), { dim: d, descending: largest }).indices, d, 0, k).contiguous();
  return { values: gather(x, d, indices), indices };
};

/** The kth smallest of a dimension, counted from 1, and where it is. @throws IndexError for a k out of range @source torch.kthvalue */
export const kthvalue = (x: Tensor, k: number, { dim = -1, keepdim = false }: OneDimOptions = {}): ValuesAndIndices => {
  const d = normalizeDim("kthvalue", dim, x.ndim);
  checkK("kthvalue", x, k, d, 1);
  if (x.ndim === 0) return { values: clone(x), indices: zerosLike(x, { dtype: "int32" }) };
  const place = narrow(sort(x.detach(), { dim: d }).indices, d, k - 1, 1);
  return pick(x, d, place, keepdim);
};

const checkK = (op: string, x: Tensor, k: number, dim: number, least: number): void => {
  const size = x.ndim === 0 ? 1 : (x.shape[dim] as number);
  if (Number.isInteger(k) && k >= least && k <= size) return;
  throw new IndexError({
    op,
    problem: `k is ${k}, the dimension has ${size} elements`,
    rule: `an integer from ${least} to the dimension's size`,
    args: { x: x.shape },
  });
};
