import { defineOp, type Op, type OpDefinition } from "../../autograd/defineOp.js";
import type { Backend } from "../../backend/backend.js";
import type { DType } from "../../backend/dtype.js";
import { isFloating } from "../../backend/dtype.js";
import type { ScatterOp } from "../../backend/ops.js";
import { full } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { normalizeDim, sameShape } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { expand } from "../movement/broadcast.js";
import { reshape } from "../movement/reshape.js";
import { everything, region } from "../movement/slice.js";
import { checkIndex, checkSameDtype } from "./checkIndex.js";
import { gather } from "./gather.js";
import { gradientsOfReduced } from "./scatterReduceBackward.js";

export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** @internal How what is scattered meets what is there: "set" takes its place. */
export interface Scatter {
  readonly dim: number;
  readonly how: ScatterReduction | "set";
  /** Whether the value that is there counts. */
  readonly includeSelf: boolean;
}

const lowest: Readonly<Record<DType, number>> = {
  bool: 0,
  uint8: 0,
  int32: -(2 ** 31),
  float32: Number.NEGATIVE_INFINITY,
  float64: Number.NEGATIVE_INFINITY,
};
const highest: Readonly<Record<DType, number>> = {
  bool: 1,
  uint8: 255,
  int32: 2 ** 31 - 1,
  float32: Number.POSITIVE_INFINITY,
  float64: Number.POSITIVE_INFINITY,
};

/** What leaves every value that meets it as it is. */
const neutral = (how: ScatterReduction, dtype: DType): number =>
  how === "prod" ? 1 : how === "amax" ? lowest[dtype] : how === "amin" ? highest[dtype] : 0;

const divideByCounts = (k: Backend, y: Tensor, index: Tensor, { dim, includeSelf }: Scatter): void => {
  const counts = Tensor.empty(y.shape, y.dtype);
  k.fill(counts, Number(includeSelf));
  k.scatter("sum", counts, index, 1, dim);
  k.binary("maximum", counts, counts, 1);
  k.binary(isFloating(y.dtype) ? "div" : "floorDivide", y, y, counts);
  counts.storage.release("scatterReduce");
};

const definition: OpDefinition<Scatter> = {
  name: "scatter",
  shape: ([x]) => x as Tensor,
  forward: (k, [out], [x, index, src], attrs) => {
    const [y, at] = [out as Tensor, index as Tensor];
    const { dim, how, includeSelf } = attrs;
    k.copy(y, x as Tensor);
    if (how !== "set" && !includeSelf) k.scatter("set", y, at, neutral(how, y.dtype), dim);
    const kernel: ScatterOp = how === "mean" ? "sum" : how;
    k.scatter(kernel, y, at, src as Tensor, dim);
    if (how === "mean") divideByCounts(k, y, at, attrs);
  },
  savesInputs: [1],
  backward: ([grad], { attrs, input, output, needs, inputMeta }) => {
    const d = grad as Tensor;
    const { dim, how, includeSelf } = attrs;
    const index = input(1);
    if (how === "set" || how === "sum") {
      const dX = how === "sum" && includeSelf ? d : withZeros(d, dim, index);
      return [needs[0] ? dX : null, null, needs[2] ? gather(d, dim, index) : null];
    }
    const { dX, dSrc } = gradientsOfReduced(d, {
      dim,
      how,
      includeSelf,
      index,
      srcShape: (inputMeta[2] as Tensor).shape,
      x: () => input(0),
      src: () => input(2),
      y: () => output(0),
    });
    return [needs[0] ? (includeSelf ? dX() : withZeros(dX(), dim, index)) : null, null, needs[2] ? dSrc() : null];
  },
};

const bySumming = defineOp(definition);
const byComparing = defineOp({ ...definition, savesInputs: [0, 1, 2], savesOutputs: [0] });

/** @internal x, index (in range, as many dimensions) and src of the index's shape. */
export const scatter_: Op<Scatter> = (inputs, attrs) =>
  attrs.how === "prod" || attrs.how === "amax" || attrs.how === "amin"
    ? byComparing(inputs, attrs)
    : bySumming(inputs, attrs);

/** d with 0 wherever the index points. */
const withZeros = (d: Tensor, dim: number, index: Tensor): Tensor =>
  scatter_([d, index, scalarLike(d, 0, index)], { dim, how: "set", includeSelf: false });

const scalarLike = (x: Tensor, value: number | boolean, index: Tensor): Tensor =>
  expand(full([], value, { dtype: x.dtype }), index.shape);

/** Nothing to scatter: no elements of the source, in the index's shape. */
const emptyLike = (x: Tensor, source: Tensor | number | boolean, index: Tensor): Tensor => {
  if (typeof source !== "object") return scalarLike(x, 0, index);
  return reshape(region(reshape(source, [source.numel()]), [{ start: 0, step: 1, count: 0 }]), index.shape);
};

const isSmaller = (a: readonly number[], b: readonly number[], besides = -1): boolean =>
  a.length === b.length && a.every((size, d) => d === besides || size <= (b[d] as number));

/** @internal Checks everything that has to fit, and scatters. */
export const scatterChecked = (
  op: string,
  x: Tensor,
  index: Tensor,
  source: Tensor | number | boolean,
  { dim, ...rest }: Scatter,
): Tensor => {
  const d = normalizeDim(op, dim, x.ndim);
  if (typeof source === "object") checkSameDtype(op, x, source, "src");
  const at = checkIndex(op, index, { size: x.shape[d] ?? 1 });
  if (at.numel() === 0) return scatter_([x, at, emptyLike(x, source, at)], { dim: d, ...rest });
  const src = typeof source === "object" ? source : scalarLike(x, source, at);
  // A scalar counts as a vector of one element.
  const [wholeX, wholeAt, wholeSrc] = [x, at, src].map((y) => (y.ndim === 0 ? reshape(y, [1]) : y)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  if (!isSmaller(wholeAt.shape, wholeX.shape, d) || !isSmaller(wholeAt.shape, wholeSrc.shape)) {
    throw new ShapeError({
      op,
      problem: "the index does not fit",
      rule: "as many dimensions as x and src, none larger than src's, none but dim larger than x's",
      args: { x: x.shape, index: index.shape, src: src.shape },
    });
  }
  const corner = everything(wholeSrc).map((step, i) => ({ ...step, count: wholeAt.shape[i] as number }));
  const used = sameShape(wholeSrc.shape, wholeAt.shape) ? wholeSrc : region(wholeSrc, corner);
  const y = scatter_([wholeX, wholeAt, used], { dim: d, ...rest });
  return reshape(y, x.shape);
};

export interface ScatterOptions {
  /** Adds to what is there, or multiplies it; null takes its place. Default null. */
  reduce?: "add" | "multiply" | null | undefined;
}

/**
 * A copy of x with y[index[i][j]][j] = src[i][j] for dim 0, and so on; src may be a number. Where places repeat, the last wins.
 *
 * @grad dX is dY with 0 at the places; dSrc is dY read there
 * @source torch.scatter
 */
export const scatter = (
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | number | boolean,
  { reduce = null }: ScatterOptions = {},
): Tensor => {
  if (reduce === null) return scatterChecked("scatter", x, index, src, { dim, how: "set", includeSelf: false });
  const how = reduce === "add" ? "sum" : reduce === "multiply" ? "prod" : null;
  if (how === null)
    throw new ValueError({
      op: "scatter",
      problem: `reduce ${String(reduce)} is not known`,
      rule: '"add" or "multiply"',
    });
  return scatterChecked("scatter", x, index, src, { dim, how, includeSelf: true });
};

/** A copy of x with src added at the places, as in scatter. @grad dX = dY, dSrc is dY read there @source torch.scatter_add */
export const scatterAdd = (x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor =>
  scatterChecked("scatterAdd", x, index, src, { dim, how: "sum", includeSelf: true });

export interface ScatterReduceOptions {
  /** Whether the value that is there counts among those that meet. Default true. */
  includeSelf?: boolean | undefined;
}

const reductions: readonly ScatterReduction[] = ["sum", "prod", "mean", "amax", "amin"];

/**
 * A copy of x in which what meets at a place, as in scatter, is summed, multiplied, averaged, or the largest or smallest taken.
 *
 * @grad as of the reduction; the largest and smallest share it at ties (x counts there even without includeSelf)
 * @source torch.scatter_reduce
 */
export const scatterReduce = (
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ScatterReduction,
  { includeSelf = true }: ScatterReduceOptions = {},
): Tensor => {
  if (!reductions.includes(reduce)) {
    throw new ValueError({
      op: "scatterReduce",
      problem: `reduce ${String(reduce)} is not known`,
      rule: '"sum", "prod", "mean", "amax" or "amin"',
    });
  }
  return scatterChecked("scatterReduce", x, index, src, { dim, how: reduce, includeSelf });
};
