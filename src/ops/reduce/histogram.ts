import { isFloating } from "../../backend/dtype.js";
import { tensor } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface BincountOptions {
  /** What each element counts. Default 1. */
  weights?: Tensor | null | undefined;
  /** Length of the result at least. Default 0. */
  minlength?: number | undefined;
}

/** How often each integer from 0 up is there. @throws ValueError for a negative one @source torch.bincount */
export const bincount = (x: Tensor, { weights = null, minlength = 0 }: BincountOptions = {}): Tensor => {
  if (isFloating(x.dtype) || x.dtype === "bool")
    throw new DTypeError({ op: "bincount", problem: `the tensor is ${x.dtype}, integers are counted` });
  if (x.ndim !== 1) throw new ShapeError({ op: "bincount", problem: "a vector is counted", args: { x: x.shape } });
  if (weights !== null && weights.numel() !== x.numel())
    throw new ShapeError({
      op: "bincount",
      problem: "there is not one weight for each element",
      args: { x: x.shape, weights: weights.shape },
    });
  if (!Number.isInteger(minlength) || minlength < 0)
    throw new ValueError({ op: "bincount", problem: `minlength is ${minlength}`, rule: "an integer from 0 up" });
  const values = Float64Array.from(x.toTypedArray());
  const amounts = weights?.toTypedArray();
  const largest = values.reduce((a: number, b: number) => Math.max(a, b), -1);
  const counts = new Float64Array(Math.max(largest + 1, minlength));
  values.forEach((value: number, i: number) => {
    if (value < 0)
      throw new ValueError({ op: "bincount", problem: `${value} is negative`, rule: "integers from 0 up" });
    counts[value] = (counts[value] as number) + (amounts?.[i] ?? 1);
  });
  const dtype = weights === null ? "int32" : weights.dtype === "float32" ? "float32" : "float64";
  return tensor(counts, { dtype });
};

export interface HistcOptions {
  /** Default 100. */
  bins?: number | undefined;
  /** Both 0: the smallest and the largest element. Default 0. */
  min?: number | undefined;
  max?: number | undefined;
}

/** How many elements fall into each of `bins` equal ranges; those outside are left out. @source torch.histc */
export const histc = (x: Tensor, { bins = 100, min = 0, max = 0 }: HistcOptions = {}): Tensor => {
  if (!isFloating(x.dtype)) throw new DTypeError({ op: "histc", problem: `the tensor is ${x.dtype}, not a float` });
  if (!Number.isInteger(bins) || bins <= 0)
    throw new ValueError({ op: "histc", problem: `bins is ${bins}`, rule: "an integer above 0" });
  const values = Float64Array.from(x.toTypedArray());
  let [low, high] = [min, max];
  if (low === high && values.length > 0) {
    low = values.reduce((a: number, b: number) => Math.min(a, b), Number.POSITIVE_INFINITY);
    high = values.reduce((a: number, b: number) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  }
  if (low === high) [low, high] = [low - 1, high + 1];
  if (!(low < high) || !Number.isFinite(low) || !Number.isFinite(high))
    throw new ValueError({ op: "histc", problem: `the range is ${low} to ${high}`, rule: "finite, min below max" });
  const counts = new Float64Array(bins);
  for (const value of values) {
    if (!(value >= low && value <= high)) continue;
    const at = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    counts[at] = (counts[at] as number) + 1;
  }
  return tensor(counts, { dtype: x.dtype });
};

export interface HistogramOptions {
  /** Lowest and highest edge. Default: the smallest and the largest element. */
  range?: readonly [number, number] | null | undefined;
  /** What each element counts, in x's shape. Default 1. */
  weight?: Tensor | null | undefined;
  /** Share of each bin by its width, so that the area is 1. Default false. */
  density?: boolean | undefined;
}

/**
 * How many elements fall into each bin: `bins` equal ones, or those between rising edges.
 *
 * @shape bins a number n, or edges [n + 1] → hist [n], binEdges [n + 1]
 * @source torch.histogram
 */
export const histogram = (
  x: Tensor,
  bins: number | Tensor,
  { range = null, weight = null, density = false }: HistogramOptions = {},
): { hist: Tensor; binEdges: Tensor } => {
  if (!isFloating(x.dtype)) throw new DTypeError({ op: "histogram", problem: `the tensor is ${x.dtype}, not a float` });
  if (weight !== null && weight.shape.join() !== x.shape.join())
    throw new ShapeError({
      op: "histogram",
      problem: "there is not one weight for each element",
      args: { x: x.shape, weight: weight.shape },
    });
  const values = Float64Array.from(x.toTypedArray());
  const edges = typeof bins === "number" ? equalEdges(values, bins, range) : givenEdges(bins);
  const amounts = weight?.toTypedArray();
  const counts = new Float64Array(edges.length - 1);
  const [lowest, highest] = [edges[0] as number, edges.at(-1) as number];
  values.forEach((value, i) => {
    if (!(value >= lowest && value <= highest)) return;
    let [low, high] = [0, counts.length];
    // The last edge that is not above the value; the highest edge belongs to the last bin.
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((edges[middle] as number) <= value) low = middle;
      else high = middle;
    }
    counts[low] = (counts[low] as number) + (amounts?.[i] ?? 1);
  });
  const total = counts.reduce((a, b) => a + b, 0);
  const shares = counts.map((n, i) => n / total / ((edges[i + 1] as number) - (edges[i] as number)));
  return {
    hist: tensor(density ? shares : counts, { dtype: x.dtype }),
    binEdges: tensor(edges, { dtype: x.dtype }),
  };
};

const equalEdges = (values: Float64Array, bins: number, range: readonly [number, number] | null): Float64Array => {
  if (!Number.isInteger(bins) || bins <= 0)
    throw new ValueError({ op: "histogram", problem: `bins is ${bins}`, rule: "an integer above 0" });
  let [low, high] = range ?? [0, 0];
  if (range === null && values.length > 0) {
    low = values.reduce((a: number, b: number) => Math.min(a, b), Number.POSITIVE_INFINITY);
    high = values.reduce((a: number, b: number) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  if (!(low < high) || !Number.isFinite(low) || !Number.isFinite(high))
    throw new ValueError({ op: "histogram", problem: `the range is ${low} to ${high}`, rule: "finite, min below max" });
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + ((high - low) * i) / bins));
};

const givenEdges = (bins: Tensor): Float64Array => {
  const edges = Float64Array.from(bins.toTypedArray());
  if (bins.ndim !== 1 || edges.length < 2 || edges.some((edge, i) => i > 0 && !(edge >= (edges[i - 1] as number))))
    throw new ValueError({
      op: "histogram",
      problem: "the edges do not rise",
      rule: "a vector of 2 or more edges, rising",
      args: { bins: bins.shape },
    });
  return edges;
};
