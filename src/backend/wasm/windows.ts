import type { Operand, WindowsOf3 } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";

/** Nanoseconds that an element takes under a window, back to where it came from, and on its way to mean 0 and variance 1. */
const WINDOW_COST = 1;
const SPREAD_COST = 0.3;
const STANDARDIZE_COST = 0.6;

type Sizes = [number, number, number];

/** Puts starts, ends and counts where kernels/pool.ts reads them. @returns the address */
const writeRanges = (m: Machine, windows: WindowsOf3): number =>
  m.words(windows.flatMap(({ starts, ends, counts }) => [...starts, ...ends, ...counts]));

const planesOf = (x: Operand): { planes: number; sizes: Sizes } => ({
  planes: count(x.shape.slice(0, 2)),
  sizes: x.shape.slice(2) as Sizes,
});

const positionsOf = (windows: WindowsOf3): Sizes => windows.map(({ starts }) => starts.length) as Sizes;

/** @returns whether there is a kernel for the dtype */
export const maxPool = (m: Machine, out: Operand, places: Operand, x: Operand, windows: WindowsOf3): boolean => {
  const kernel = m.kernel("maxPool", out.dtype);
  if (kernel === undefined) return false;
  const from = m.contiguous(x).address;
  const { planes, sizes } = planesOf(x);
  const steps = windows.map(({ step }) => step) as Sizes;
  const positions = positionsOf(windows);
  const ranges = writeRanges(m, windows);
  const args = [out.address, places.address, from, planes, ...sizes, ranges, ...positions, ...steps];
  const [bytes, outputs] = [itemSize[x.dtype], count(positions)];
  m.run(kernel, args, {
    count: planes,
    steps: [outputs * bytes, outputs * itemSize.int32, count(sizes) * bytes],
    counter: 3,
    cost: Math.max(outputs, count(sizes)) * WINDOW_COST,
  });
  return true;
};

/** @returns whether there is a kernel for the dtype */
export const maxPoolBackward = (
  m: Machine,
  dX: Operand,
  dOut: Operand,
  places: Operand,
  windows: WindowsOf3,
): boolean => {
  const kernel = m.kernel("maxPoolBackward", dX.dtype);
  if (kernel === undefined) return false;
  const [from, at] = [m.contiguous(dOut).address, m.contiguous(places).address];
  const { planes, sizes } = planesOf(dX);
  const positions = positionsOf(windows);
  const [, stepH, stepW] = windows.map(({ step }) => step) as Sizes;
  const args = [dX.address, from, at, planes, ...sizes, writeRanges(m, windows), ...positions, stepH, stepW];
  const [bytes, outputs] = [itemSize[dX.dtype], count(positions)];
  m.run(kernel, args, {
    count: planes,
    steps: [count(sizes) * bytes, outputs * bytes, outputs * itemSize.int32],
    counter: 3,
    cost: Math.max(outputs, count(sizes)) * SPREAD_COST,
  });
  return true;
};

/** Forward with out as the result, or backward with x (zeros) as the result. @returns whether there is a kernel for the dtype */
export const avgPool = (
  m: Machine,
  out: Operand,
  x: Operand,
  windows: WindowsOf3,
  divisor: number | null,
  isBackward: boolean,
): boolean => {
  const kernel = m.kernel("avgPool", out.dtype);
  if (kernel === undefined) return false;
  const [to, from] = isBackward ? [m.contiguous(out), x] : [out, m.contiguous(x)];
  const { planes, sizes } = planesOf(x);
  const ranges = writeRanges(m, windows);
  const positions = positionsOf(windows);
  const args = [to.address, from.address, planes, ...sizes, ranges, ...positions, divisor ?? 0, Number(isBackward)];
  const bytes = itemSize[x.dtype];
  m.run(kernel, args, {
    count: planes,
    steps: [count(positions) * bytes, count(sizes) * bytes],
    counter: 2,
    cost: Math.max(count(positions), count(sizes)) * WINDOW_COST,
  });
  return true;
};

/** Standardizes over dimensions that lie as one run for each row, or as one run for each of the first dimension. @returns whether they do */
export const standardize = (
  m: Machine,
  y: Operand,
  mean: Operand,
  variance: Operand,
  x: Operand,
  dims: readonly number[],
  eps: number,
): boolean => {
  const kernel = m.kernel("standardize", y.dtype);
  if (kernel === undefined || count(y.shape) === 0) return false;
  const rank = x.shape.length;
  const isTail = (from: number, list: readonly number[]): boolean =>
    list.length === rank - from && list.every((d, i) => d === from + i);
  const sizes = (from: number, to: number): number => count(x.shape.slice(from, to));
  const sorted = [...dims].sort((a, b) => a - b);
  const from = m.contiguous(x).address;
  const bytes = itemSize[x.dtype];
  const first = sorted[0] as number;
  if (isTail(first, sorted)) {
    const length = sizes(first, rank);
    const rows = sizes(0, first);
    m.run(kernel, [y.address, mean.address, variance.address, from, rows, length, 1, 0, length, eps], {
      count: rows,
      steps: [length * bytes, bytes, bytes, length * bytes],
      counter: 4,
      cost: length * STANDARDIZE_COST,
    });
    return true;
  }
  // A batch norm's: the first dimension and all from the third on; rows are the channels between.
  if (first !== 0 || !isTail(2, sorted.slice(1))) return false;
  const length = sizes(2, rank);
  const C = x.shape[1] as number;
  const N = x.shape[0] as number;
  m.run(kernel, [y.address, mean.address, variance.address, from, C, length, N, C * length, length, eps], {
    count: C,
    steps: [length * bytes, bytes, bytes, length * bytes],
    counter: 4,
    cost: N * length * STANDARDIZE_COST,
  });
  return true;
};
