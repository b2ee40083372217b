import type { Operand } from "../backend.js";
import type { Gemm } from "../blas/gemm.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";

// Convolutions of 3 × 3 with fewer multiplications: kernels/winograd.ts, its products by the kernels or by the system's BLAS. What becomes
// infinite or NaN is left to the direct kernels, which keep it where it belongs.
//
// A block of tiles is spread to their points by channels, multiplied point by point, and taken back by channels: each step has work for
// all threads, however few tiles there are.
//
// Letters: O output channels of a group, C input channels of a group, T tiles of a block.

/** How a window moves; depth, height, width. */
export interface Moving {
  readonly image: readonly number[];
  readonly positions: readonly number[];
  readonly window: readonly number[];
  readonly padding: readonly number[];
  /** Steps and distances, all of which must be 1. */
  readonly others: readonly (readonly number[])[];
}

/** Whether a window of 3 × 3 moves step by step over a flat image. */
export const isStep = ({ image, positions, window, padding, others }: Moving): boolean =>
  others.every((triple) => triple.every((v) => v === 1)) &&
  window.join() === "1,3,3" &&
  image[0] === 1 &&
  positions[0] === 1 &&
  padding.every((p) => p >= 0);

/** Tiles of side × side positions, their points, and positions of a line that its kernels take. */
export interface Form {
  readonly side: 2 | 4;
  readonly points: number;
  readonly least: number;
}
/** A quarter of the multiplications. Its results round 3 times as much as those of a plain sum: for channels of which it saves most. */
export const FOUR: Form = { side: 4, points: 36, least: 4 };
/** Four ninths of them. Rounds as a plain sum does. */
const TWO: Form = { side: 2, points: 16, least: 7 };
/** Channels from which on there is something to save, and those from which on there is so much. */
const FEW = 8;
export const MANY = 16;

const BYTES = 4;
/** Bytes of a block's tiles and sums, and tiles that it has at least: products of fewer are slow. */
const BLOCK = 3 * 1024 * 1024;
const LEAST = 48;
/** Elements of a line that there is room for. */
const LINE = 1000;
/** Elements of a cache line: points lie an odd number of them apart, or they would share a few sets of the cache. */
const ALIGN = 16;

/** Nanoseconds of what decides. */
interface Costs {
  /** An element under a window, and its multiplication, directly. */
  readonly unrolled: number;
  readonly direct: number;
  /** A multiplication of points; an element on its way to a point of the image, or back; and one to a point of the weights. */
  readonly product: number;
  readonly image: number;
  readonly weight: number;
}
/**
 * Measured on layers of ResNet-18, 64 to 512 channels, batches of 1 and 8, and of small networks, 8 to 64 channels, batches of 1 and
 * 100. Points of weights are so dear since those of many channels leave the caches, and are read from memory again.
 */
export const KERNELS: Costs = { unrolled: 0.1, direct: 0.038, product: 0.032, image: 0.25, weight: 0.5 };
export const BLAS: Costs = { unrolled: 0.4, direct: 0.016, product: 0.02, image: 0.25, weight: 0.4 };

/** Weights of a group: row o and outer index c lie rowStride and outerStride apart. */
export interface Weights {
  readonly address: number;
  readonly rows: number;
  readonly outer: number;
  readonly rowStride: number;
  readonly outerStride: number;
  readonly isTurned: boolean;
}

/** Lines of tiles of all samples, of a block, and tiles of a line. */
interface Blocks {
  readonly all: number;
  readonly lines: number;
  readonly TW: number;
}

/** How the tiles fall into blocks, of `fewest` tiles at least: by sizes alone. @returns null where there is less to save than what tiles and weights cost */
export const blocksOf = (
  { side, points, least }: Form,
  N: number,
  O: number,
  C: number,
  moving: Moving,
  costs: Costs,
  fewest = 0,
): Blocks | null => {
  const [, IH, IW] = moving.image as [number, number, number];
  const [, OH, OW] = moving.positions as [number, number, number];
  if (!isStep(moving) || IH < 1 || IW < 4 || OW < least || Math.max(IW, OW) > LINE) return null;
  const [TH, TW] = [Math.ceil(OH / side), Math.ceil(OW / side)];
  const tiles = N * TH * TW;
  const fewer = points * (tiles * (O * C * costs.product + (O + C) * costs.image) + O * C * costs.weight);
  if (fewer > N * OH * OW * 9 * C * (O * costs.direct + costs.unrolled)) return null;
  const all = N * TH;
  const blocks = Math.ceil(tiles / Math.max(LEAST, fewest, BLOCK / (points * (O + C) * BYTES)));
  return { all, lines: Math.ceil(all / blocks), TW };
};

/** So many points of elements: where they begin, and the bytes from one to the next. */
export const room = (m: Machine, points: number, elements: number): readonly [address: number, step: number] => {
  const step = Math.ceil(elements / (2 * ALIGN)) * 2 * ALIGN + ALIGN;
  return [m.temporary("float32", [points * step]).address, step * BYTES];
};

/**
 * out [N, groups · O, …] ← weights · image [N, groups · C, …], plus bias; operands are contiguous, LAYOUT is written.
 *
 * @param gemm multiplies, or null for the kernels
 * @returns whether it was done
 */
export const convolve = (
  m: Machine,
  gemm: Gemm | null,
  out: Operand,
  image: Operand,
  { address, rows: O, outer: C, rowStride, outerStride, isTurned }: Weights,
  bias: Operand | null,
  groups: number,
  moving: Moving,
): boolean => {
  const costs = gemm === null ? KERNELS : BLAS;
  const form = Math.min(O, C) < MANY ? TWO : FOUR;
  // A BLAS is no faster with so few.
  if (Math.min(O, C) < FEW || (form === TWO && gemm !== null)) return false;
  const { side, points } = form;
  const kernel = (name: string): Runnable | undefined => m.kernel(`winograd${name}`, out.dtype);
  const kernels = [kernel(`Pack${side}`), kernel(`Spread${side}`), kernel("Multiply"), kernel(`Take${side}`)];
  const blocks = blocksOf(form, image.shape[0] as number, O, C, moving, costs);
  if (blocks === null || kernels.includes(undefined)) return false;
  const [pack, spread, multiply, take] = kernels as [Runnable, Runnable, Runnable, Runnable];
  const { all, lines, TW } = blocks;
  const row = Math.ceil((lines * TW + 3) / ALIGN) * ALIGN;
  const [P, V] = [count(out.shape.slice(2)), count(image.shape.slice(2))];
  const [panels, panelStep] = room(m, points, O * C);
  const [tiles, inStep] = room(m, points, C * row);
  const [sums, outStep] = room(m, points, O * row);
  // Matrices for the BLAS are tiles of one row.
  const packs = gemm === null ? Math.ceil(O / m.tileRows) : O;
  const product = O * C * costs.product;
  for (let g = 0; g < groups; g++) {
    const weights = address + g * O * C * 9 * BYTES;
    m.run(pack, [panels, panelStep, weights, O, C, rowStride, outerStride, Number(isTurned), packs, 0, packs], {
      count: packs,
      steps: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      counter: 10,
      cost: ((points * O * C) / packs) * costs.weight,
    });
    const from = image.address + g * C * V * BYTES;
    const to = out.address + g * O * P * BYTES;
    const addend = bias === null ? 0 : bias.address + g * O * BYTES;
    for (let start = 0; start < all; start += lines) {
      const end = Math.min(start + lines, all);
      const T = (end - start) * TW;
      const channels = { steps: [0, 0, 0, 0, 1], cost: points * T * costs.image };
      m.run(spread, [tiles, inStep, from, 0, C, row, start, end, groups * C * V], {
        count: C,
        steps: [0, 0, 0, 1],
        counter: 4,
        cost: channels.cost,
      });
      if (gemm === null)
        m.run(multiply, [sums, outStep, panels, panelStep, tiles, inStep, 0, points, O, C, T, row], {
          count: points,
          steps: [0, 0, 0, 0, 0, 0, 1],
          counter: 7,
          cost: T * product,
        });
      else {
        const [place, base] = gemm.handle();
        const sizes = [O, T, C, row, C, row, 0, T, 1];
        m.runBlas(
          gemm,
          m.kernel("gemm", out.dtype) as Runnable,
          [0, points, place, base, sums, panels, tiles, 0, ...sizes, outStep, panelStep, inStep, 0],
          { count: points, steps: [1], counter: 1, cost: T * product },
        );
      }
      const taken = [to, sums, outStep, addend, 0, O, row, start, end, groups * O * P];
      if (!m.attempt(take, taken, { count: O, steps: channels.steps, counter: 5, cost: channels.cost })) return false;
    }
  }
  return true;
};
