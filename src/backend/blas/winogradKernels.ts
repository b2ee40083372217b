import type { Kernel } from "../wasm/queue.js";
import { namedArgs } from "./namedArgs.js";
import { type BlasThread, call, DONE, REFUSED } from "./thread.js";

// Convolutions of 3 × 3 as Winograd multiplies (kernels/winograd.ts), the products of its 16 points by the system's BLAS.
//
// Letters: O output channels, C input channels, TW tiles of a line, `most` tiles of a block of lines. Elements are float32.

const POINTS = 16;
const BYTES = 4;

/** The arguments, in order. `all` lines of tiles of all samples, `lines` of a block; `spoiled` is a word for what is not finite. */
export const winogradArgs = namedArgs([
  "first",
  "count",
  "place",
  "base",
  "spoiled",
  "out",
  "weights",
  "image",
  "bias",
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

/** Item: a block of lines of tiles. `weights` [O, 16, C] as winogradPack makes them, row by row. */
const forward =
  ({ exports, index, libraryAt }: BlasThread): Kernel =>
  (...args) => {
    const a = winogradArgs.fromNumbers(args);
    const library = libraryAt(a.place);
    if (library === null) return REFUSED;
    const { O, C, base } = a;
    const most = a.lines * a.TW;
    const tile = a.tiles + index * a.tileBytes;
    const sums = tile + POINTS * C * most * BYTES;
    for (let item = a.first; item < a.first + a.count; item++) {
      const start = item * a.lines;
      const end = Math.min(start + a.lines, a.all);
      exports["winogradSpread_f32"]?.(tile, a.image, start, end, most, a.imageStride, C, 0, 4);
      for (let p = 0; p < POINTS; p++) {
        const [w, x, to] = [a.weights + p * C * BYTES, tile + p * C * most * BYTES, sums + p * O * most * BYTES];
        const T = (end - start) * a.TW;
        call(library.sgemm, O, T, C, base + w, POINTS * C, base + x, most, 0, base + to, most);
      }
      exports["winogradTake_f32"]?.(a.out, sums, a.bias, start, end, most, a.outStride, O, a.spoiled);
    }
    return DONE;
  };

/** Item: a line of points. `weights` [16, O, C] ← sums over all tiles; `out` is the gradient of the result. */
const weight =
  ({ exports, index, libraryAt }: BlasThread): Kernel =>
  (...args) => {
    const a = winogradArgs.fromNumbers(args);
    const library = libraryAt(a.place);
    if (library === null) return REFUSED;
    const { O, C, base } = a;
    const most = a.lines * a.TW;
    const tile = a.tiles + index * a.tileBytes;
    const gradients = tile + 4 * C * most * BYTES;
    for (let r = a.first; r < a.first + a.count; r++)
      for (let start = 0; start < a.all; start += a.lines) {
        const end = Math.min(start + a.lines, a.all);
        exports["winogradSpread_f32"]?.(tile, a.image, start, end, most, a.imageStride, C, r, r + 1);
        exports["winogradSpreadGradient_f32"]?.(gradients, a.out, start, end, most, a.outStride, O, r);
        for (let j = 0; j < 4; j++) {
          const [d, x] = [gradients + j * O * most * BYTES, tile + j * C * most * BYTES];
          const to = a.weights + (4 * r + j) * O * C * BYTES;
          const T = (end - start) * a.TW;
          call(library.sgemm, O, C, T, base + d, most, base + x, -most, start > 0 ? 1 : 0, base + to, C);
        }
      }
    return DONE;
  };

export const winogradKernels = (thread: BlasThread): Readonly<Record<string, Kernel>> => ({
  blasWinograd_f32: forward(thread),
  blasWinogradWeight_f32: weight(thread),
});
