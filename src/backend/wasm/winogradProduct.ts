import type { ConvSpec, Operand } from "../backend.js";
import { tileBytesOf, winogradArgs } from "../blas/winogradKernels.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import type { Moving } from "./winograd.js";
import * as winograd from "./winograd.js";
import { tilesOf } from "./winogradWeight.js";

// Winograd's products by the system's BLAS. Each function returns whether it was done: what becomes infinite or NaN is convolved
// otherwise, which keeps it where it belongs.
//
// Letters: O output channels, C input channels of a convolution without groups, TH × TW tiles of 2 × 2 positions.

const BYTES = 4;
const POINTS = 16;
/** Of the gradient of the weights, a line at a time. */
const LINE = 4;
/** Nanoseconds of a multiplication, and of an element on its way to the 16 points or back. */
const MULTIPLICATION_COST = 0.02;
const POINT_COST = 0.3;
/** Bytes of a block, which stays in the second-level cache; tiles that a block has at least. */
const BLOCK = 640 * 1024;
const LEAST = 48;
/** Channels, and tiles in all, from which on there is more to save than what spreading tiles and weights costs. */
const CHANNELS = 16;
const TILES = 128;

/** Puts at LAYOUT how the window moves. */
const layOut = (m: Machine, { image, positions, window, padding }: Moving): void =>
  m.layOut([...image, ...positions, ...window, 1, 1, 1, ...padding, 1, 1, 1, 1, 1, 1]);

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
  const { gemm } = m;
  if (out.dtype !== "float32" || !winograd.isStep(moving) || !gemm?.isThere()) return false;
  const [x, weights] = [m.contiguous(image), m.contiguous(w)];
  const addend = bias === null ? null : m.contiguous(bias);
  const [C, O] = [(image.shape[1] as number) / groups, (out.shape[1] as number) / groups];
  const [rowStride, outerStride] = isTurned ? [9, O * 9] : [C * 9, 9];
  layOut(m, moving);
  const matrix = { address: weights.address, rows: O, outer: C, rowStride, outerStride, isTurned };
  return winograd.convolve(m, gemm, out, x, matrix, addend, groups, moving);
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
export const convBackwardWeight = (m: Machine, dW: Operand, dOut_: Operand, x_: Operand, spec: ConvSpec): boolean => {
  const [N, O, C] = [x_.shape[0] as number, dOut_.shape[1] as number, x_.shape[1] as number];
  const moving = movingOf(x_, dOut_, dW.shape.slice(2), spec, spec.padding);
  const found = tilesOf(N, O, C, moving);
  const { gemm } = m;
  if (dW.dtype !== "float32" || spec.groups > 1 || Math.min(O, C) < CHANNELS) return false;
  if (found === null || N * found.TH * found.TW < TILES || !gemm?.isThere()) return false;
  const { TH, TW } = found;
  const all = N * TH;
  const most = Math.max(LEAST, BLOCK / (LINE * (O + C) * BYTES));
  const lines = Math.min(all, Math.max(1, Math.floor(most / TW)));
  const tileBytes = tileBytesOf(LINE, O, C, lines * TW);
  const tiles = m.temporary("uint8", [m.threads * tileBytes]).address;
  const sums = m.temporary("float32", [POINTS * O * C]).address;
  const [dOut, x] = [m.contiguous(dOut_), m.contiguous(x_)];
  layOut(m, moving);
  const [place, base] = gemm.handle();
  const strides = { outStride: O * count(dOut.shape.slice(2)), imageStride: C * count(x.shape.slice(2)) };
  const addresses = { out: dOut.address, weights: sums, image: x.address, tiles, tileBytes };
  const args = { first: 0, count: POINTS / LINE, place, base, ...addresses, O, C, all, lines, TW, ...strides };
  m.runBlas(gemm, m.kernel("blasWinogradWeight", "float32") as Runnable, winogradArgs.toNumbers(args), {
    count: POINTS / LINE,
    steps: [1],
    counter: 1,
    cost: LINE * all * TW * (O * C * MULTIPLICATION_COST + (O + C) * POINT_COST),
  });
  const unpack = m.kernel("winogradUnpack", "float32") as Runnable;
  return m.attempt(unpack, [dW.address, sums, O, C, O], {
    count: O,
    steps: [C * 9 * BYTES, C * BYTES],
    counter: 4,
    cost: C * POINTS * POINT_COST,
  });
};
