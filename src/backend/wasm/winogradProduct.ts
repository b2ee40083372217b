import type { ConvSpec, Operand } from "../backend.js";
import { tileBytesOf, winogradArgs } from "../blas/winogradKernels.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import { type Moving, tilesOf } from "./winograd.js";

// Winograd's products by the system's BLAS. Each function returns whether it was done: what becomes infinite or NaN is convolved
// otherwise, which keeps it where it belongs.
//
// Letters: O output channels, C input channels of a convolution without groups, TH × TW tiles of 2 × 2 positions.

const BYTES = 4;
const POINTS = 16;
/** Nanoseconds of a multiplication, and of an element on its way to the 16 points or back. */
const MULTIPLICATION_COST = 0.02;
const POINT_COST = 0.3;
/** Bytes of a block, which stays in the second-level cache; tiles that a block has at least. */
const BLOCK = 640 * 1024;
const LEAST = 48;
/** Channels, and tiles in all, from which on there is more to save than what spreading tiles and weights costs. */
const CHANNELS = 16;
const TILES = 128;

interface Plan {
  readonly moving: Moving;
  readonly O: number;
  readonly C: number;
  /** Lines of tiles in all, of a block, and tiles of a line. */
  readonly all: number;
  readonly lines: number;
  readonly TW: number;
}

/** @param points how many of the 16 a thread has room for at once */
const planOf = (
  m: Machine,
  N: number,
  O: number,
  C: number,
  groups: number,
  points: number,
  moving: Moving,
): Plan | null => {
  const tiles = tilesOf(N, O, C, moving);
  if (groups > 1 || Math.min(O, C) < CHANNELS || tiles === null || N * tiles.TH * tiles.TW < TILES) return null;
  if (m.kernel("winograd", "float32") === undefined || !m.gemm?.isThere()) return null;
  const { TH, TW } = tiles;
  const most = Math.max(LEAST, BLOCK / (points * (O + C) * BYTES));
  return { moving, O, C, TW, all: N * TH, lines: Math.min(N * TH, Math.max(1, Math.floor(most / TW))) };
};

interface Operands {
  readonly out: Operand;
  readonly image: Operand;
  readonly weights: number;
  readonly bias: number;
}

/** Runs a kernel of the BLAS over items. @returns whether all that it made is finite, where it looks */
const run = (m: Machine, op: string, plan: Plan, operands: Operands, items: number, points: number): boolean => {
  const { O, C, all, lines, TW, moving } = plan;
  const { out, image, weights, bias } = operands;
  const { gemm, heap } = m;
  if (gemm === null) return false;
  const tileBytes = tileBytesOf(points, O, C, lines * TW);
  const tiles = m.temporary("uint8", [m.threads * tileBytes]).address;
  const spoiled = m.words([0]);
  const strides = { outStride: O * count(out.shape.slice(2)), imageStride: C * count(image.shape.slice(2)) };
  m.layOut([...moving.image, ...moving.positions, ...moving.window, 1, 1, 1, ...moving.padding, 1, 1, 1, 1, 1, 1]);
  const [place, base] = gemm.handle();
  const sizes = { O, C, all, lines, TW, ...strides };
  const addresses = { out: out.address, weights, image: image.address, bias, tiles, tileBytes, spoiled };
  m.runBlas(
    gemm,
    m.kernel(op, "float32") as Runnable,
    winogradArgs.toNumbers({ first: 0, count: items, place, base, ...addresses, ...sizes }),
    {
      count: items,
      steps: [1],
      counter: 1,
      cost: (POINTS * all * TW * (O * C * MULTIPLICATION_COST + (O + C) * POINT_COST)) / items,
    },
  );
  return heap.i32[spoiled / BYTES] === 0;
};

const movingOf = (
  image: Operand,
  positions: Operand,
  window: readonly number[],
  spec: ConvSpec,
  padding: readonly number[],
): Moving => ({
  image: image.shape.slice(2),
  positions: positions.shape.slice(2),
  window,
  padding,
  others: [spec.stride, spec.dilation],
});

/** out ← image under w [rows, outer, 1, 3, 3], or with `isTurned` under w [outer, rows, …] turned round. */
const convolve = (
  m: Machine,
  out: Operand,
  image: Operand,
  w: Operand,
  bias: Operand | null,
  isTurned: boolean,
  groups: number,
  moving: Moving,
): boolean => {
  const [C, O] = [image.shape[1] as number, out.shape[1] as number];
  const plan = planOf(m, image.shape[0] as number, O, C, groups, POINTS, moving);
  if (plan === null || out.dtype !== "float32") return false;
  const [x, weights] = [m.contiguous(image), m.contiguous(w)];
  const addend = bias === null ? 0 : m.contiguous(bias).address;
  const spread = m.temporary("float32", [O * POINTS * C]).address;
  const [rowStride, outerStride] = isTurned ? [9, O * 9] : [C * 9, 9];
  // Row by row, as matrices of a single row are packed as they are.
  m.run(
    m.kernel("winogradPack", "float32") as Runnable,
    [spread, weights.address, 1, C, rowStride, outerStride, Number(isTurned), 0, C],
    { count: O, steps: [POINTS * C * BYTES, rowStride * BYTES], cost: C * POINTS * POINT_COST },
  );
  const operands = { out, image: x, weights: spread, bias: addend };
  return run(m, "blasWinograd", plan, operands, Math.ceil(plan.all / plan.lines), POINTS);
};

/** out ← x under w, plus bias. */
export const conv = (m: Machine, out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): boolean =>
  convolve(m, out, x, w, bias, false, spec.groups, movingOf(x, out, w.shape.slice(2), spec, spec.padding));

/** dX is the convolution of dOut with the window turned round and channels exchanged. */
export const convBackwardInput = (m: Machine, dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): boolean => {
  const padding = spec.padding.map((p, i) => (w.shape[i + 2] as number) - 1 - p);
  return convolve(m, dX, dOut, w, null, true, spec.groups, movingOf(dOut, dX, w.shape.slice(2), spec, padding));
};

/** dW from the points of dOut and x, multiplied over all tiles. */
export const convBackwardWeight = (m: Machine, dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): boolean => {
  const [O, C] = [dOut.shape[1] as number, x.shape[1] as number];
  const moving = movingOf(x, dOut, dW.shape.slice(2), spec, spec.padding);
  const plan = planOf(m, x.shape[0] as number, O, C, spec.groups, 4, moving);
  if (plan === null || dW.dtype !== "float32") return false;
  const sums = m.temporary("float32", [POINTS * O * C]).address;
  const operands = { out: m.contiguous(dOut), image: m.contiguous(x), weights: sums, bias: 0 };
  run(m, "blasWinogradWeight", plan, operands, 4, 4);
  const unpack = m.kernel("winogradUnpack", "float32") as Runnable;
  return m.attempt(unpack, [dW.address, sums, O, C, O], {
    count: O,
    steps: [C * 9 * BYTES, C * BYTES],
    counter: 4,
    cost: C * POINTS * POINT_COST,
  });
};
