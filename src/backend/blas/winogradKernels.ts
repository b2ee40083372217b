import type { Kernel } from "../wasm/queue.js";
import { namedArgs } from "./namedArgs.js";
import { type BlasThread, call, DONE, REFUSED } from "./thread.js";

// The gradient of the weights of convolutions of 3 × 3 as Winograd multiplies (kernels/winogradTiles.ts), the products of its 16 points
// by the system's BLAS.
//
// Letters: O output channels, C input channels, TW tiles of a line, `most` tiles of a block of lines. Elements are float32.

const BYTES = 4;

/** Elements from row to row of tiles, which begin with a cache line, and from point to point of so many rows: an odd number of lines, or they would share a few sets of the cache. */
const rowOf = (tiles: number): number => Math.ceil(tiles / 16) * 16;
const pointOf = (rows: number, tiles: number): number => rows * rowOf(tiles) + 16;

/** Bytes that a thread needs for so many points of a block of tiles. */
export const tileBytesOf = (points: number, O: number, C: number, tiles: number): number =>
  points * (pointOf(O, tiles) + pointOf(C, tiles)) * BYTES;

/** The arguments, in order. `all` lines of tiles of all samples, `lines` of a block. */
export const winogradArgs = namedArgs([
  "first",
  "count",
  "place",
  "base",
  "out",
  "weights",
  "image",
  "tiles",
  "tileBytes",
  "outStride",
  "imageStride",
  "O",
  "C",
  "all",
  "lines",
  "TW",
]);

/** Item: a line of points. `weights` [16, O, C] ← sums over all tiles; `out` is the gradient of the result. */
const weight =
  ({ exports, index, libraryAt }: BlasThread): Kernel =>
  (...args) => {
    const a = winogradArgs.fromNumbers(args);
    const library = libraryAt(a.place);
    if (library === null) return REFUSED;
    const { O, C, base } = a;
    const most = rowOf(a.lines * a.TW);
    const [inPoint, outPoint] = [pointOf(C, most) * BYTES, pointOf(O, most) * BYTES];
    const tile = a.tiles + index * a.tileBytes;
    const gradients = tile + 4 * inPoint;
    for (let r = a.first; r < a.first + a.count; r++)
      for (let start = 0; start < a.all; start += a.lines) {
        const end = Math.min(start + a.lines, a.all);
        exports["winogradSpreadImage_f32"]?.(tile, inPoint, a.image, start, end, most, a.imageStride, C, r);
        exports["winogradSpreadGradient_f32"]?.(gradients, outPoint, a.out, start, end, most, a.outStride, O, r);
        for (let j = 0; j < 4; j++) {
          const [d, x] = [gradients + j * outPoint, tile + j * inPoint];
          const to = a.weights + (4 * r + j) * O * C * BYTES;
          const T = (end - start) * a.TW;
          call(library.sgemm, O, C, T, base + d, most, base + x, -most, start > 0 ? 1 : 0, base + to, C);
        }
      }
    return DONE;
  };

export const winogradKernels = (thread: BlasThread): Readonly<Record<string, Kernel>> => ({
  blasWinogradWeight_f32: weight(thread),
});
