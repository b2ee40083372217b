import type { Windows } from "../../backend/backend.js";
import { isFloating } from "../../backend/dtype.js";
import { zeros } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { relu } from "../activation/relu.js";
import { asVolume, type PerDim, perDim } from "../conv/spatial.js";
import { mul, pow } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { abs, sign } from "../elementwise/unary.js";
import { scatter } from "../indexing/scatter.js";
import { reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { averageOver, maxOver } from "./pooling.js";
import { adaptiveWindows, movingWindows, type PoolOptions, windowsOf3 } from "./windows.js";

type Dims = 1 | 2 | 3;

/** x with a batch, whether it had one, and its spatial sizes. */
const batched = (op: string, x: Tensor, dims: Dims): { input: Tensor; isSingle: boolean; sizes: number[] } => {
  if (x.ndim !== dims + 1 && x.ndim !== dims + 2) {
    throw new ShapeError({
      op,
      problem: `the input has ${x.ndim} dimensions`,
      rule: `[N, C, ${dims} sizes] or [C, ${dims} sizes]`,
      args: { input: x.shape },
    });
  }
  const isSingle = x.ndim === dims + 1;
  const input = isSingle ? unsqueeze(x, 0) : x;
  const sizes = input.shape.slice(2);
  if (input.shape.slice(1).some((size) => size === 0))
    throw new ShapeError({ op, problem: "only the batch may have size 0", args: { input: x.shape } });
  return { input, isSingle, sizes };
};

const flat = (y: Tensor, lead: readonly number[], list: readonly Windows[], isSingle: boolean): Tensor => {
  const z = reshape(y, [...lead, ...list.map(({ starts }) => starts.length)]);
  return isSingle ? squeeze(z, 0) : z;
};

export interface MaxPoolOptions extends PoolOptions {
  /** Give { output, indices }: where each largest element is in its plane. Default false. */
  returnIndices?: boolean | undefined;
}

/** What pooling gives where the places are asked for. */
export interface Pooled {
  readonly output: Tensor;
  readonly indices: Tensor;
}

/** With returnIndices, two tensors. */
interface MaxPool<A extends readonly unknown[]> {
  (x: Tensor, ...args: [...A, options: MaxPoolOptions & { returnIndices: true }]): Pooled;
  (x: Tensor, ...args: [...A, options?: MaxPoolOptions & { returnIndices?: false | undefined }]): Tensor;
}

const largest = (
  op: string,
  x: Tensor,
  dims: Dims,
  windowsFor: (sizes: readonly number[]) => Windows[],
  returnIndices: boolean,
): Tensor | Pooled => {
  const { input, isSingle, sizes } = batched(op, x, dims);
  const list = windowsFor(sizes);
  const [values, places] = maxOver(asVolume(input), windowsOf3(list));
  const lead = input.shape.slice(0, 2);
  const output = flat(values, lead, list, isSingle);
  return returnIndices ? { output, indices: flat(places, lead, list, isSingle) } : output;
};

const defineMaxPool = (dims: Dims): MaxPool<[kernelSize: PerDim]> =>
  ((x: Tensor, kernelSize: PerDim, { returnIndices = false, ...options }: MaxPoolOptions = {}) => {
    const op = `maxPool${dims}d`;
    return largest(op, x, dims, (sizes) => movingWindows(op, sizes, kernelSize, options), returnIndices);
  }) as MaxPool<[kernelSize: PerDim]>;

/**
 * The largest element of each window; NaN wins.
 *
 * @shape x [N, C, L] or [C, L] → [N, C, L′]
 * @grad  to the place that was found, the first of several
 * @source torch.nn.functional.max_pool1d
 */
export const maxPool1d = defineMaxPool(1);
/** The largest element of each window of [N, C, H, W]. @source torch.nn.functional.max_pool2d */
export const maxPool2d = defineMaxPool(2);
/** The largest element of each window of [N, C, D, H, W]. @source torch.nn.functional.max_pool3d */
export const maxPool3d = defineMaxPool(3);

/** A size for each dimension, or one for all; null keeps a dimension's. */
type OutputSize = number | readonly (number | null)[];

const defineAdaptiveMaxPool = (dims: Dims): MaxPool<[outputSize: OutputSize]> =>
  ((x: Tensor, outputSize: OutputSize, { returnIndices = false }: MaxPoolOptions = {}) => {
    const op = `adaptiveMaxPool${dims}d`;
    return largest(op, x, dims, (sizes) => adaptiveWindows(op, sizes, outputSize), returnIndices);
  }) as MaxPool<[outputSize: OutputSize]>;

/** The largest elements of as many windows as asked for. @source torch.nn.functional.adaptive_max_pool1d */
export const adaptiveMaxPool1d = defineAdaptiveMaxPool(1);
/** The largest elements of as many windows as asked for. @source torch.nn.functional.adaptive_max_pool2d */
export const adaptiveMaxPool2d = defineAdaptiveMaxPool(2);
/** The largest elements of as many windows as asked for. @source torch.nn.functional.adaptive_max_pool3d */
export const adaptiveMaxPool3d = defineAdaptiveMaxPool(3);

export interface AvgPoolOptions extends PoolOptions {
  /** The border counts as zeros. Default true. */
  countIncludePad?: boolean | undefined;
  /** Divide by this instead of the window's size. Default null. */
  divisorOverride?: number | null | undefined;
}

const average = (
  op: string,
  x: Tensor,
  dims: Dims,
  windowsFor: (sizes: readonly number[]) => Windows[],
  divisor: number | null,
): Tensor => {
  if (!isFloating(x.dtype))
    throw new DTypeError({ op, problem: `the input is ${x.dtype}, not a float`, args: { input: x.shape } });
  const { input, isSingle, sizes } = batched(op, x, dims);
  const list = windowsFor(sizes);
  return flat(averageOver(asVolume(input), windowsOf3(list), divisor), input.shape.slice(0, 2), list, isSingle);
};

const defineAvgPool =
  (dims: Dims) =>
  (
    x: Tensor,
    kernelSize: PerDim,
    { countIncludePad = true, divisorOverride = null, ...options }: AvgPoolOptions = {},
  ): Tensor => {
    const op = `avgPool${dims}d`;
    if (divisorOverride === 0) throw new ValueError({ op, problem: "divisorOverride is 0" });
    return average(
      op,
      x,
      dims,
      (sizes) => movingWindows(op, sizes, kernelSize, options, countIncludePad),
      divisorOverride,
    );
  };

/** The average of each window of [N, C, L]. @source torch.nn.functional.avg_pool1d */
export const avgPool1d = defineAvgPool(1);
/** The average of each window of [N, C, H, W]. @source torch.nn.functional.avg_pool2d */
export const avgPool2d = defineAvgPool(2);
/** The average of each window of [N, C, D, H, W]. @source torch.nn.functional.avg_pool3d */
export const avgPool3d = defineAvgPool(3);

const defineAdaptiveAvgPool =
  (dims: Dims) =>
  (x: Tensor, outputSize: OutputSize): Tensor => {
    const op = `adaptiveAvgPool${dims}d`;
    return average(op, x, dims, (sizes) => adaptiveWindows(op, sizes, outputSize), null);
  };

/** The averages of as many windows as asked for. @source torch.nn.functional.adaptive_avg_pool1d */
export const adaptiveAvgPool1d = defineAdaptiveAvgPool(1);
/** The averages of as many windows as asked for. @source torch.nn.functional.adaptive_avg_pool2d */
export const adaptiveAvgPool2d = defineAdaptiveAvgPool(2);
/** The averages of as many windows as asked for. @source torch.nn.functional.adaptive_avg_pool3d */
export const adaptiveAvgPool3d = defineAdaptiveAvgPool(3);

const defineLpPool =
  (dims: Dims) =>
  (
    x: Tensor,
    normType: number,
    kernelSize: PerDim,
    options: { stride?: PerDim | null | undefined; ceilMode?: boolean | undefined } = {},
  ): Tensor => {
    const kernel = perDim(`lpPool${dims}d`, "kernelSize", kernelSize, dims, 1);
    const average = [avgPool1d, avgPool2d, avgPool3d][dims - 1] as typeof avgPool1d;
    const mean = average(pow(x, normType), kernel, options);
    return pow(
      mul(
        mul(sign(mean), relu(abs(mean))),
        kernel.reduce((a, b) => a * b, 1),
      ),
      1 / normType,
    );
  };

/** The p-norm of each window of [N, C, L]. @source torch.nn.functional.lp_pool1d */
export const lpPool1d = defineLpPool(1);
/** The p-norm of each window of [N, C, H, W]. @source torch.nn.functional.lp_pool2d */
export const lpPool2d = defineLpPool(2);
/** The p-norm of each window of [N, C, D, H, W]. @source torch.nn.functional.lp_pool3d */
export const lpPool3d = defineLpPool(3);

export interface MaxUnpoolOptions {
  stride?: PerDim | null | undefined;
  padding?: PerDim | undefined;
  /** The sizes before pooling, where pooling has cut off a rest. */
  outputSize?: readonly number[] | null | undefined;
}

const defineMaxUnpool =
  (dims: Dims) =>
  (
    x: Tensor,
    indices: Tensor,
    kernelSize: PerDim,
    { stride, padding = 0, outputSize }: MaxUnpoolOptions = {},
  ): Tensor => {
    const op = `maxUnpool${dims}d`;
    const { input, isSingle, sizes } = batched(op, x, dims);
    if (x.shape.join() !== indices.shape.join())
      throw new ShapeError({
        op,
        problem: "there is not one place for each element",
        args: { input: x.shape, indices: indices.shape },
      });
    const kernel = perDim(op, "kernelSize", kernelSize, dims, 1);
    const steps = stride === null || stride === undefined ? kernel : perDim(op, "stride", stride, dims, 1);
    const sides = perDim(op, "padding", padding, dims, 0);
    const usual = sizes.map(
      (size, i) => (size - 1) * (steps[i] as number) - 2 * (sides[i] as number) + (kernel[i] as number),
    );
    const wanted = outputSize === null || outputSize === undefined ? usual : outputSize.slice(-dims);
    const [N, C] = input.shape as [number, number];
    const plane = wanted.reduce((a, b) => a * b, 1);
    const blank = zeros([N * C, plane], { dtype: x.dtype });
    const rows = [N * C, sizes.reduce((a, b) => a * b, 1)];
    const filled = scatter(blank, 1, reshape(to(indices, "int32"), rows), reshape(input, rows));
    const y = reshape(filled, [N, C, ...wanted]);
    return isSingle ? squeeze(y, 0) : y;
  };

/** Elements put back where maxPool1d found them, zeros elsewhere. @source torch.nn.functional.max_unpool1d */
export const maxUnpool1d = defineMaxUnpool(1);
/** Elements put back where maxPool2d found them, zeros elsewhere. @source torch.nn.functional.max_unpool2d */
export const maxUnpool2d = defineMaxUnpool(2);
/** Elements put back where maxPool3d found them, zeros elsewhere. @source torch.nn.functional.max_unpool3d */
export const maxUnpool3d = defineMaxUnpool(3);
