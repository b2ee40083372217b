import type { Windows, WindowsOf3 } from "../../backend/backend.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { type PerDim, perDim } from "../conv/spatial.js";

export interface PoolOptions {
  /** Steps of the window. Default the window itself. */
  stride?: PerDim | null | undefined;
  /** Border on both sides, at most half the window. Default 0. */
  padding?: PerDim | undefined;
  /** Distance of the window's elements. Default 1. */
  dilation?: PerDim | undefined;
  /** A window that starts inside but ends outside counts too. Default false. */
  ceilMode?: boolean | undefined;
}

const ONE: Windows = { starts: new Int32Array(1), ends: Int32Array.of(1), step: 1, counts: Int32Array.of(1) };

/** Windows along three dimensions from those along the last one, two or three. */
export const windowsOf3 = (list: readonly Windows[]): WindowsOf3 =>
  [...new Array<Windows>(3 - list.length).fill(ONE), ...list] as readonly Windows[] as WindowsOf3;

const positionsOf = (
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  isCeil: boolean,
): number => {
  const free = size + 2 * padding - dilation * (kernel - 1) - 1;
  const count = (isCeil ? Math.ceil(free / stride) : Math.floor(free / stride)) + 1;
  // The last window must start inside of the image or the border before it.
  return isCeil && (count - 1) * stride >= size + padding ? count - 1 : count;
};

/** Moving windows over sizes. @throws ValueError or ShapeError for windows that do not fit */
export const movingWindows = (
  op: string,
  sizes: readonly number[],
  kernelSize: PerDim,
  { stride, padding = 0, dilation = 1, ceilMode = false }: PoolOptions,
  countsPadding = true,
): Windows[] => {
  const dims = sizes.length;
  const kernel = perDim(op, "kernelSize", kernelSize, dims, 1);
  const isGiven = stride !== null && stride !== undefined && !(Array.isArray(stride) && stride.length === 0);
  const steps = isGiven ? perDim(op, "stride", stride, dims, 1) : kernel;
  const sides = perDim(op, "padding", padding, dims, 0);
  const spread = perDim(op, "dilation", dilation, dims, 1);
  return sizes.map((size, i) => {
    const [k, s, p, d] = [kernel[i], steps[i], sides[i], spread[i]] as [number, number, number, number];
    if (2 * p > k)
      throw new ValueError({
        op,
        problem: `padding ${p} is more than half the window of ${k}`,
        rule: "padding ≤ kernelSize / 2",
      });
    const count = positionsOf(size, k, s, p, d, ceilMode);
    if (count < 1) {
      throw new ShapeError({
        op,
        problem: "the window is larger than the padded input",
        args: { sizes, kernelSize: kernel, padding: sides },
      });
    }
    const first = Array.from({ length: count }, (_, o) => o * s - p);
    const starts = Int32Array.from(first, (start) => (start < 0 ? start + Math.ceil(-start / d) * d : start));
    const ends = Int32Array.from(first, (start) => Math.min(start + d * (k - 1) + 1, size));
    const counts = Int32Array.from(first, (start, o) =>
      countsPadding ? Math.min(start + k, size + p) - start : (ends[o] as number) - (starts[o] as number),
    );
    return { starts, ends, step: d, counts };
  });
};

/** As many windows as asked for, that together cover all: a null keeps the size. */
export const adaptiveWindows = (
  op: string,
  sizes: readonly number[],
  outputSize: number | readonly (number | null)[],
): Windows[] => {
  const list = typeof outputSize === "number" ? sizes.map(() => outputSize) : [...outputSize];
  const wanted = list.length === 1 ? sizes.map(() => list[0] as number | null) : list;
  if (wanted.length !== sizes.length)
    throw new ShapeError({
      op,
      problem: `${wanted.length} output sizes for ${sizes.length} dimensions`,
      args: { sizes },
    });
  return sizes.map((size, i) => {
    const n = wanted[i] ?? size;
    if (!Number.isInteger(n) || n < 0)
      throw new ValueError({ op, problem: `an output size is ${n}`, rule: "integers from 0 up" });
    if (size === 0 && n > 0) throw new ShapeError({ op, problem: "the input has a size of 0", args: { sizes } });
    const starts = Int32Array.from({ length: n }, (_, o) => Math.floor((o * size) / n));
    const ends = Int32Array.from({ length: n }, (_, o) => Math.ceil(((o + 1) * size) / n));
    return { starts, ends, step: 1, counts: ends.map((end, o) => end - (starts[o] as number)) };
  });
};
