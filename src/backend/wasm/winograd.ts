import type { Operand } from "../backend.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";

// Convolutions of 3 × 3 with fewer multiplications: kernels/winograd.ts. Each function returns whether it was done: what becomes
// infinite or NaN is left to the direct kernels, which keep it where it belongs.
//
// Letters: O output channels of a group, C input channels of a group, T tiles of 2 × 2 positions that are worked on at once.

/** How a window moves; depth, height, width. */
export interface Moving {
  readonly image: readonly number[];
  readonly positions: readonly number[];
  readonly window: readonly number[];
  readonly padding: readonly number[];
  /** Steps and distances, all of which must be 1. */
  readonly others: readonly (readonly number[])[];
}

const BYTES = 4;
const POINTS = 16;
/** Nanoseconds of a multiplication, and of an element on its way to the 16 points or back. */
const MULTIPLICATION_COST = 0.045;
const POINT_COST = 0.3;
/** What a thread has room for, in bytes: the tiles of the image, and with them sums or tiles of the gradient. */
const TILES = 448 * 1024;
const ROOM = 832 * 1024;
/** Rows of tiles are a multiple of so many elements: a cache line. */
const ALIGN = 16;
/** Tiles of a block that its products are efficient with, forward and where they are what is summed over. */
const WIDE = 64;
const DEEP = 256;
/** Channels, and tiles in all, from which on there is more to save than what tiles cost. */
const CHANNELS = 8;
const LEAST = 32;
/** Elements of a line that there is room for. */
const LINE = 1000;
/** Output channels of an item of the weights' gradient, and of a block of them at most. */
const GROUP = 16;
const BLOCK = 128;

export interface Tiles {
  /** Lines of tiles, and tiles of a line. */
  readonly TH: number;
  readonly TW: number;
}

export const tilesOf = (
  N: number,
  O: number,
  C: number,
  { image, positions, window, padding, others }: Moving,
): Tiles | null => {
  const [D, IH, IW] = image as [number, number, number];
  const [OD, OH, OW] = positions as [number, number, number];
  const isStep = others.every((triple) => triple.every((v) => v === 1));
  if (!isStep || window.join() !== "1,3,3" || D !== 1 || OD !== 1 || padding.some((p) => p < 0)) return null;
  const [TH, TW] = [Math.ceil(OH / 2), Math.ceil(OW / 2)];
  if (O < CHANNELS || C < CHANNELS || N * TH * TW < LEAST || IH < 1 || IW < 4 || OW < 7 || Math.max(IW, OW) > LINE)
    return null;
  return { TH, TW };
};

/** Weights of a group as conv.ts describes them, and where they lie. */
interface Weights {
  readonly address: number;
  readonly rows: number;
  readonly outer: number;
  readonly rowStride: number;
  readonly outerStride: number;
  readonly isTurned: boolean;
}

/** out [N, groups · O, …] ← weights · image [N, groups · C, …], plus bias; LAYOUT is written. */
export const convolve = (
  m: Machine,
  out: Operand,
  image: Operand,
  { address, rows: O, outer: C, rowStride, outerStride, isTurned }: Weights,
  bias: Operand | null,
  groups: number,
  moving: Moving,
): boolean => {
  const kernel = m.kernel("winograd", out.dtype);
  const N = image.shape[0] as number;
  const tiles = kernel === undefined ? null : tilesOf(N, O, C, moving);
  if (kernel === undefined || tiles === null) return false;
  const { TH, TW } = tiles;
  const lines = Math.max(1, Math.floor(Math.min(WIDE, TILES / (POINTS * C * BYTES)) / TW));
  const T = lines * TW;
  const row = Math.ceil(T / ALIGN) * ALIGN;
  const room = ROOM - POINTS * C * row * BYTES;
  const most = Math.min(O, BLOCK, Math.floor(room / (POINTS * row * BYTES)));
  if (most < CHANNELS) return false;
  const OB = Math.ceil(O / Math.ceil(O / most));
  const [P, V] = [count(out.shape.slice(2)), count(image.shape.slice(2))];
  const panels = m.temporary(out.dtype, [POINTS * O * C]).address;
  const pack = m.kernel("winogradPack", out.dtype) as Runnable;
  const blocks = Math.ceil((N * TH) / lines);
  const cost = POINTS * T * (O * C * MULTIPLICATION_COST + (O + C) * POINT_COST);
  for (let g = 0; g < groups; g++) {
    const weights = address + g * O * C * 9 * BYTES;
    for (let o = 0; o < O; o += OB) {
      const some = Math.min(OB, O - o);
      const args = [panels + POINTS * o * C * BYTES, weights + o * rowStride * BYTES, some, C, rowStride, outerStride];
      args.push(Number(isTurned), 0, C);
      m.run(pack, args, { count: C, steps: [0, 0, 0, 0, 0, 0, 0, 1], counter: 8, cost: some * POINTS * POINT_COST });
    }
    const args = [
      out.address + g * O * P * BYTES,
      panels,
      image.address + g * C * V * BYTES,
      bias === null ? 0 : bias.address + g * O * BYTES,
      0,
      blocks,
      groups * O * P,
      groups * C * V,
      O,
      C,
      N,
      lines,
      OB,
    ];
    if (!m.attempt(kernel, args, { count: blocks, steps: [0, 0, 0, 0, 1], counter: 5, cost })) return false;
  }
  return true;
};

/** dW [groups · O, C, 1, 3, 3] ← the gradient from dOut and the image; LAYOUT is written. */
export const weightGradient = (
  m: Machine,
  dW: Operand,
  dOut: Operand,
  image: Operand,
  groups: number,
  moving: Moving,
): boolean => {
  const kernel = m.kernel("winogradWeight", dW.dtype);
  const [N, O, C] = [image.shape[0] as number, (dW.shape[0] as number) / groups, dW.shape[1] as number];
  const tiles = kernel === undefined ? null : tilesOf(N, O, C, moving);
  if (kernel === undefined || tiles === null) return false;
  const { TH, TW } = tiles;
  // Half of the points of tiles of the image and of the gradient, and the sums of a block.
  const most = Math.min(DEEP, (ROOM / BYTES - BLOCK * C) / (8 * (C + Math.min(BLOCK, O))));
  const lines = Math.min(N * TH, Math.floor(most / TW));
  if (lines < 1) return false;
  const [P, V] = [count(dOut.shape.slice(2)), count(image.shape.slice(2))];
  const sums = m.temporary(dW.dtype, [POINTS * O * C]).address;
  const unpack = m.kernel("winogradUnpack", dW.dtype) as Runnable;
  const items = 2 * Math.ceil(O / GROUP);
  const all = (N * TH * TW * POINTS) / 2;
  for (let g = 0; g < groups; g++) {
    const to = dW.address + g * O * C * 9 * BYTES;
    const args = [sums, dOut.address + g * O * P * BYTES, image.address + g * C * V * BYTES, N, groups * O * P];
    args.push(groups * C * V, O, C, lines, 0, items);
    m.run(kernel, args, {
      count: items,
      steps: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      counter: 10,
      cost: all * GROUP * (C * MULTIPLICATION_COST + POINT_COST),
      // Every part makes the tiles of the image anew.
      overhead: all * C * POINT_COST,
    });
    const rows = { count: O, steps: [C * 9 * BYTES, C * BYTES], counter: 4, cost: C * POINTS * POINT_COST };
    if (!m.attempt(unpack, [to, sums, O, C, O], rows)) {
      // The direct kernels add to what is there.
      m.fill(dW, 0);
      return false;
    }
  }
  return true;
};
