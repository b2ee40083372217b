import type { Operand } from "../backend.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import { isStep, type Moving } from "./winograd.js";

// The gradient of the weights of convolutions of 3 × 3 with fewer multiplications: kernels/winogradWeight.ts. What becomes infinite or
// NaN is left to the direct kernels, which keep it where it belongs.
//
// Letters: O output channels of a group, C input channels of a group, T tiles of 2 × 2 positions that are worked on at once.

const BYTES = 4;
const POINTS = 16;
/** Nanoseconds of a multiplication, and of an element on its way to the 16 points or back. */
const MULTIPLICATION_COST = 0.045;
const POINT_COST = 0.3;
/** What a thread has room for, in bytes. */
const ROOM = 832 * 1024;
/** Tiles of a block that its products are efficient with. */
const DEEP = 256;
/** Channels, and tiles in all, from which on there is more to save than what tiles cost. */
const CHANNELS = 8;
const LEAST = 32;
/** Output channels of an item, and of a block of them at most. */
const GROUP = 16;
const BLOCK = 128;
/** Elements of a line that there is room for. */
const LINE = 1000;

export interface Tiles {
  /** Lines of tiles, and tiles of a line. */
  readonly TH: number;
  readonly TW: number;
}

export const tilesOf = (N: number, O: number, C: number, moving: Moving): Tiles | null => {
  if (!isStep(moving)) return null;
  const [, IH, IW] = moving.image as [number, number, number];
  const [, OH, OW] = moving.positions as [number, number, number];
  const [TH, TW] = [Math.ceil(OH / 2), Math.ceil(OW / 2)];
  if (O < CHANNELS || C < CHANNELS || N * TH * TW < LEAST || IH < 1 || IW < 4 || OW < 7 || Math.max(IW, OW) > LINE)
    return null;
  return { TH, TW };
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
