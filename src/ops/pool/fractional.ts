import { rand, tensor } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type PerDim, perDim } from "../conv/spatial.js";
import { gather } from "../indexing/gather.js";
import { reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { argmax } from "../reduce/reduce.js";
import type { Pooled } from "./pool.js";

export interface FractionalOptions {
  /** Sizes of the result: this, or `outputRatio`. */
  outputSize?: PerDim | null | undefined;
  /** Sizes of the result as shares of the input's, between 0 and 1. */
  outputRatio?: PerDim | null | undefined;
  /** Give { output, indices }: where each largest element is in its plane. Default false. */
  returnIndices?: boolean | undefined;
  /** Numbers from 0 to 1 [N, C, dims] that shift the windows. Default: drawn. */
  randomSamples?: Tensor | null | undefined;
}

/** Where the windows along one dimension start: steps of two lengths in an order that the sample decides. */
const startsOf = (sample: number, size: number, outputs: number, kernel: number): number[] => {
  const step = outputs > 1 ? (size - kernel) / (outputs - 1) : 0;
  const first = Math.trunc(sample * step);
  return Array.from({ length: outputs }, (_, i) =>
    i === outputs - 1 ? size - kernel : Math.trunc((i + sample) * step) - first,
  );
};

const sizesOf = (
  op: string,
  sizes: readonly number[],
  kernel: readonly number[],
  options: FractionalOptions,
): number[] => {
  const { outputSize = null, outputRatio = null } = options;
  if ((outputSize === null) === (outputRatio === null))
    throw new ValueError({ op, problem: "give either outputSize or outputRatio" });
  const ratios = typeof outputRatio === "number" ? sizes.map(() => outputRatio) : outputRatio;
  if (ratios?.some((ratio) => !(ratio > 0 && ratio < 1)))
    throw new ValueError({ op, problem: `outputRatio is ${ratios.join(", ")}`, rule: "between 0 and 1" });
  const wanted =
    ratios === null
      ? perDim(op, "outputSize", outputSize as PerDim, sizes.length, 1)
      : sizes.map((size, i) => Math.trunc(size * (ratios[i] as number)));
  if (sizes.some((size, i) => (wanted[i] as number) < 1 || (wanted[i] as number) + (kernel[i] as number) - 1 > size))
    throw new ShapeError({
      op,
      problem: "the windows do not fit the input",
      rule: "outputSize + kernelSize − 1 ≤ size",
      args: { sizes, outputSize: wanted, kernelSize: kernel },
    });
  return wanted;
};

/** Offsets in a plane of each window's elements: [positions, elements of a window]. */
const offsetsIn = (sizes: readonly number[], starts: readonly number[][], kernel: readonly number[]): number[] => {
  const along = sizes.map((_, i) =>
    (starts[i] as number[]).map((start) => Array.from({ length: kernel[i] as number }, (_k, k) => start + k)),
  );
  const join = (windows: readonly number[][], next: readonly number[][], size: number): number[][] =>
    windows.flatMap((window) => next.map((more) => window.flatMap((at) => more.map((step) => at * size + step))));
  return along
    .slice(1)
    .reduce((all, next, i) => join(all, next, sizes[i + 1] as number), along[0] as number[][])
    .flat();
};

interface FractionalMaxPool {
  (x: Tensor, kernelSize: PerDim, options: FractionalOptions & { returnIndices: true }): Pooled;
  (x: Tensor, kernelSize: PerDim, options: FractionalOptions & { returnIndices?: false | undefined }): Tensor;
}

const define = (dims: 2 | 3): FractionalMaxPool =>
  ((x: Tensor, kernelSize: PerDim, options: FractionalOptions) => {
    const op = `fractionalMaxPool${dims}d`;
    if (x.ndim !== dims + 1 && x.ndim !== dims + 2)
      throw new ShapeError({ op, problem: `the input has ${x.ndim} dimensions`, args: { input: x.shape } });
    const input = x.ndim === dims + 1 ? unsqueeze(x, 0) : x;
    const [N, C, ...sizes] = input.shape as [number, number, ...number[]];
    const kernel = perDim(op, "kernelSize", kernelSize, dims, 1);
    const wanted = sizesOf(op, sizes, kernel, options);
    const samples = options.randomSamples ?? rand(N, C, dims, { dtype: x.dtype });
    if (samples.shape.join() !== [N, C, dims].join())
      throw new ShapeError({
        op,
        problem: "randomSamples do not fit",
        rule: "[N, C, dims]",
        args: { randomSamples: samples.shape },
      });
    const drawn = samples.toTypedArray();
    const places: number[] = [];
    for (let plane = 0; plane < N * C; plane++) {
      // PyTorch draws width before height, but depth, height, width.
      const sampleOf = (i: number): number => drawn[plane * dims + (dims === 2 ? 1 - i : i)] as number;
      const starts = sizes.map((size, i) => startsOf(sampleOf(i), size, wanted[i] as number, kernel[i] as number));
      places.push(...offsetsIn(sizes, starts, kernel));
    }
    const flat = reshape(input, [N * C, sizes.reduce((a, b) => a * b, 1)]);
    const window = kernel.reduce((a, b) => a * b, 1);
    const offsets = reshape(tensor(Int32Array.from(places)), [N * C, places.length / (N * C)]);
    const best = argmax(reshape(gather(flat, 1, offsets).detach(), [-1, window]), 1, { keepdim: true });
    const indices = reshape(gather(reshape(offsets, [-1, window]), 1, best), [N * C, -1]);
    const shaped = (y: Tensor): Tensor => {
      const whole = reshape(y, [N, C, ...wanted]);
      return x.ndim === dims + 1 ? squeeze(whole, 0) : whole;
    };
    const output = shaped(gather(flat, 1, indices));
    return options.returnIndices === true ? { output, indices: shaped(indices) } : output;
  }) as FractionalMaxPool;

/**
 * The largest element of each window, where windows start at steps of two lengths in random order: for sizes of the result
 * that are no whole part of the input's.
 *
 * @shape x [N, C, H, W] or [C, H, W] → [N, C, outputSize]
 * @grad  to the place that was found, the first of several
 * @source torch.nn.functional.fractional_max_pool2d; Graham, 2014
 */
export const fractionalMaxPool2d = define(2);
/** The largest element of each randomly placed window of [N, C, D, H, W]. @source torch.nn.functional.fractional_max_pool3d */
export const fractionalMaxPool3d = define(3);
