import { defineOp, type Op } from "../../autograd/defineOp.js";
import { tensor } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { expand } from "../movement/broadcast.js";
import { reshape } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";
import { checkIndex, checkSameDtype, checkVector } from "./checkIndex.js";
import { alongDim, indexSelect } from "./gather.js";
import { type ScatterReduceOptions, scatter_ } from "./scatter.js";

interface Into {
  readonly dim: number;
  readonly how: "set" | "sum";
}

/** @internal x with source's slices [S] set or added at index [S] of a dimension: everything fits already. */
export const indexInto: Op<Into> = defineOp<Into>({
  name: "indexInto",
  shape: ([x]) => x as Tensor,
  forward: (k, [out], [x, index, source], { dim, how }) => {
    const [y, src] = [out as Tensor, source as Tensor];
    k.copy(y, x as Tensor);
    k.scatter(how, y, alongDim(index as Tensor, src.shape, dim), src, dim);
  },
  savesInputs: [1],
  backward: ([d], { attrs: { dim, how }, input, needs }) => {
    const index = input(1);
    const dX = how === "sum" ? (d as Tensor) : fillAt(d as Tensor, dim, index, 0);
    return [needs[0] ? dX : null, null, needs[2] ? indexSelect(d as Tensor, dim, index) : null];
  },
});

const fillAt = (x: Tensor, dim: number, index: Tensor, value: number): Tensor =>
  indexInto([x, index, expand(tensor(value, { dtype: x.dtype }), x.shape.with(dim, index.numel()))], {
    dim,
    how: "set",
  });

interface Checked {
  readonly x: Tensor;
  readonly dim: number;
  readonly index: Tensor;
  readonly source: Tensor;
}

/** Everything that fits, with scalars as vectors of one element. */
const checked = (op: string, x: Tensor, dim: number, index: Tensor, source: Tensor): Checked => {
  const d = normalizeDim(op, dim, x.ndim);
  checkVector(op, index);
  checkSameDtype(op, x, source, "source");
  const at = checkIndex(op, index, { size: x.shape[d] ?? 1 });
  const [whole, src] = [x, source].map((y) => (y.ndim === 0 ? reshape(y, [1]) : y)) as [Tensor, Tensor];
  const fits = src.ndim === whole.ndim && src.shape.every((n, i) => n === (i === d ? at.numel() : whole.shape[i]));
  if (!fits) {
    throw new ShapeError({
      op,
      problem: "the source does not fit",
      rule: `x's shape, with the index's size in dimension ${d}`,
      args: { x: x.shape, index: index.shape, source: source.shape },
    });
  }
  return { x: whole, dim: d, index: reshape(at, [at.numel()]), source: src };
};

export interface IndexAddOptions {
  /** What the source is multiplied by. Default 1. */
  alpha?: number | undefined;
}

/**
 * A copy of x with alpha · source's slices added at `index` of dimension `dim`.
 *
 * @shape x [..., N, ...], index [S], source [..., S, ...] → x's
 * @grad  dX = dY, dSource = alpha · dY at the index
 * @source torch.index_add
 */
export const indexAdd = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  { alpha = 1 }: IndexAddOptions = {},
): Tensor => {
  const c = checked("indexAdd", x, dim, index, source);
  const scaled = alpha === 1 ? c.source : to(mul(c.source, x.isFloatingPoint() ? alpha : Math.trunc(alpha)), x.dtype);
  return reshape(indexInto([c.x, c.index, scaled], { dim: c.dim, how: "sum" }), x.shape);
};

/** A copy of x with source's slices at `index` of dimension `dim`; of those that repeat the last. @source torch.index_copy */
export const indexCopy = (x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor => {
  const c = checked("indexCopy", x, dim, index, source);
  return reshape(indexInto([c.x, c.index, c.source], { dim: c.dim, how: "set" }), x.shape);
};

const reductions = ["prod", "mean", "amax", "amin"] as const;

/** A copy of x whose slices at `index` are reduced with source's: as scatterReduce does. @source torch.index_reduce */
export const indexReduce = (
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: (typeof reductions)[number],
  { includeSelf = true }: ScatterReduceOptions = {},
): Tensor => {
  if (!reductions.includes(reduce)) {
    throw new ValueError({
      op: "indexReduce",
      problem: `reduce ${String(reduce)} is not known`,
      rule: '"prod", "mean", "amax" or "amin"',
    });
  }
  const c = checked("indexReduce", x, dim, index, source);
  const spread = alongDim(c.index, c.source.shape, c.dim);
  return reshape(scatter_([c.x, spread, c.source], { dim: c.dim, how: reduce, includeSelf }), x.shape);
};

/** The value of an indexFill as a tensor: its gradient counts every place once. */
const indexFill_ = defineOp<{ dim: number }>({
  name: "indexFill",
  shape: ([x]) => x as Tensor,
  forward: (k, [out], [x, index, value], { dim }) => {
    const y = out as Tensor;
    const shape = y.shape.with(dim, (index as Tensor).numel());
    k.copy(y, x as Tensor);
    k.scatter("set", y, alongDim(index as Tensor, shape, dim), alongDim(value as Tensor, shape, -1), dim);
  },
  savesInputs: [1],
  backward: ([d], { attrs: { dim }, input, needs }) => {
    const places = tensor(Int32Array.from(new Set(input(1).toTypedArray())));
    const dValue = needs[2] ? sum(indexSelect(d as Tensor, dim, places)) : null;
    return [needs[0] ? fillAt(d as Tensor, dim, places, 0) : null, null, dValue];
  },
});

/**
 * A copy of x with one value (a number or a scalar) in the slices at `index`, which may be negative.
 *
 * @grad dX is dY with 0 there; dValue the sum of dY there
 * @source torch.index_fill
 */
export const indexFill = (x: Tensor, dim: number, index: Tensor, value: number | Tensor): Tensor => {
  const d = normalizeDim("indexFill", dim, x.ndim);
  checkVector("indexFill", index);
  const at = checkIndex("indexFill", index, { size: x.shape[d] ?? 1, countsFromEnd: true });
  if (typeof value === "object" && value.ndim > 0)
    throw new ShapeError({
      op: "indexFill",
      problem: "the value is a number or a scalar",
      args: { value: value.shape },
    });
  const filling = typeof value === "object" ? to(value, x.dtype) : tensor(valueFor(x, value), { dtype: x.dtype });
  const whole = x.ndim === 0 ? reshape(x, [1]) : x;
  return reshape(indexFill_([whole, reshape(at, [at.numel()]), filling], { dim: d }), x.shape);
};

const valueFor = (x: Tensor, value: number): number => (x.isFloatingPoint() ? value : Math.trunc(value));
