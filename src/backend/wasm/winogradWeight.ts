import type { Operand } from "../backend.js";
import type { Gemm } from "../blas/gemm.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import { BLAS, blocksOf, FOUR, isStep, KERNELS, MANY, type Moving, room } from "./winograd.js";

// The gradient of the weights of convolutions of 3 × 3 with fewer multiplications: kernels/winogradSums.ts, with few channels
// kernels/winogradWeight.ts. What becomes infinite or NaN is left to the direct kernels, which keep it where it belongs.
//
// Letters: O output channels of a group, C input channels of a group, T tiles of a block.

/**
 * dW [groups · O, C, 1, 3, 3] ← the gradient from dOut and the image; operands are contiguous, LAYOUT is written.
 *
 * @param gemm multiplies, or null for the kernels
 * @returns whether it was done
 */
export const weightGradient = (
  m: Machine,
  gemm: Gemm | null,
  dW: Operand,
  dOut: Operand,
  image: Operand,
  groups: number,
  moving: Moving,
): boolean => {
  const isMany = Math.min((dW.shape[0] as number) / groups, dW.shape[1] as number) >= MANY;
  if (isMany) return ofMany(m, gemm, dW, dOut, image, groups, moving);
  return gemm === null && ofFew(m, dW, dOut, image, groups, moving);
};

/** In tiles of 4 × 4: a block of them is spread to the points by channels, multiplied and added point by point. */
const ofMany = (
  m: Machine,
  gemm: Gemm | null,
  dW: Operand,
  dOut: Operand,
  image: Operand,
  groups: number,
  moving: Moving,
): boolean => {
  const [N, O, C] = [image.shape[0] as number, (dW.shape[0] as number) / groups, dW.shape[1] as number];
  const { points } = FOUR;
  const costs = gemm === null ? KERNELS : BLAS;
  const kernels = ["Spread4", "SpreadGradient", "Sum", "Unpack4"].map((name) => m.kernel(`winograd${name}`, dW.dtype));
  // Every block adds to all sums, which take as long as tiles that are as many elements.
  const blocks = blocksOf(FOUR, N, O, C, moving, costs, (O * C) / (O + C));
  if (blocks === null || kernels.includes(undefined)) return false;
  const [spread, spreadGradient, sum, unpack] = kernels as [Runnable, Runnable, Runnable, Runnable];
  const { all, lines, TW } = blocks;
  const row = Math.ceil((lines * TW + 3) / 16) * 16;
  const [P, V] = [count(dOut.shape.slice(2)), count(image.shape.slice(2))];
  const [tiles, inStep] = room(m, points, C * row);
  const [gradients, outStep] = room(m, points, O * row);
  const [sums, sumStep] = room(m, points, O * C);
  for (let g = 0; g < groups; g++) {
    const [x, d] = [image.address + g * C * V * BYTES, dOut.address + g * O * P * BYTES];
    for (let start = 0; start < all; start += lines) {
      const end = Math.min(start + lines, all);
      const T = (end - start) * TW;
      const channels = { steps: [0, 0, 0, 1], counter: 4, cost: points * T * costs.image };
      m.run(spread, [tiles, inStep, x, 0, C, row, start, end, groups * C * V], { count: C, ...channels });
      m.run(spreadGradient, [gradients, outStep, d, 0, O, row, start, end, groups * O * P], { count: O, ...channels });
      const isSum = Number(start > 0);
      const cost = T * O * C * costs.product;
      if (gemm === null)
        m.run(sum, [sums, sumStep, gradients, outStep, tiles, inStep, 0, points, O, C, T, row, isSum], {
          count: points,
          steps: [0, 0, 0, 0, 0, 0, 1],
          counter: 7,
          cost,
        });
      else {
        const [place, base] = gemm.handle();
        const sizes = [O, C, T, C, row, -row, 0, C, 1];
        m.runBlas(
          gemm,
          m.kernel("gemm", dW.dtype) as Runnable,
          [0, points, place, base, sums, gradients, tiles, 0, ...sizes, sumStep, outStep, inStep, isSum],
          { count: points, steps: [1], counter: 1, cost },
        );
      }
    }
    const to = dW.address + g * O * C * 9 * BYTES;
    const rows = { count: O, steps: [0, 0, 0, 1], counter: 4, cost: C * points * costs.weight };
    if (!m.attempt(unpack, [to, sums, sumStep, 0, O, C], rows)) {
      // The direct kernels add to what is there.
      m.fill(dW, 0);
      return false;
    }
  }
  return true;
};

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

interface Tiles {
  /** Lines of tiles, and tiles of a line. */
  readonly TH: number;
  readonly TW: number;
}

const tilesOf = (N: number, O: number, C: number, moving: Moving): Tiles | null => {
  if (!isStep(moving)) return null;
  const [, IH, IW] = moving.image as [number, number, number];
  const [, OH, OW] = moving.positions as [number, number, number];
  const [TH, TW] = [Math.ceil(OH / 2), Math.ceil(OW / 2)];
  if (O < CHANNELS || C < CHANNELS || N * TH * TW < LEAST || IH < 1 || IW < 4 || OW < 7 || Math.max(IW, OW) > LINE)
    return null;
  return { TH, TW };
};

/** In tiles of 2 × 2, by the kernels. */
const ofFew = (m: Machine, dW: Operand, dOut: Operand, image: Operand, groups: number, moving: Moving): boolean => {
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
  const unpack = m.kernel("winogradUnpack2", dW.dtype) as Runnable;
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
