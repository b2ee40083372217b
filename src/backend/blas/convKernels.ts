import type { Kernel } from "../wasm/queue.js";
import type { ForeignGemm } from "./library.js";
import { namedArgs } from "./namedArgs.js";
import { type BlasThread, call, DONE, REFUSED } from "./thread.js";

// The three passes of a convolution as products by the system's BLAS. Every item is done by one thread from the unrolled image to the
// result, a tile of positions at a time, in a tile of its own. kernels/unroll.ts finds at LAYOUT how a window moves.
//
// Letters: N images, O output channels of a group, C input channels of a group, K = C · taps, P = lines · OW positions.

/** The arguments, in order. Sizes in elements. */
export const convArgs = namedArgs([
  "first",
  "count",
  "place",
  "base",
  // x or its gradient, the weights or theirs, the result or its gradient; the bias, or 0; a zero to fill with.
  "image",
  "w",
  "positions",
  "bias",
  "zero",
  // A tile for each thread, and the bytes of one: none where the image is its own unrolled form.
  "tiles",
  "tileBytes",
  "N",
  "groups",
  "O",
  "C",
  "taps",
  "OW",
  "lines",
  // Lines of a tile; channels of a block, of the result or of the image; elements of a channel of an image.
  "tileLines",
  "block",
  "V",
]);

export type ConvCall = ReturnType<typeof convArgs.fromNumbers>;

/** What an item needs of its thread. */
interface Tools {
  readonly gemm: ForeignGemm;
  readonly bytes: number;
  /** The thread's tile, 0 where none is needed. */
  readonly tile: number;
  readonly kernel: (op: string) => Kernel;
}

/** Calls `run` for each tile of lines. */
const eachTile = ({ lines, tileLines }: ConvCall, run: (first: number, lines: number) => void): void => {
  for (let first = 0; first < lines; first += tileLines) run(first, Math.min(tileLines, lines - first));
};

/** Item: a block of channels of a tile of a group of an image. out ← weights · unrolled image, plus bias. */
const forward = (c: ConvCall, item: number, { gemm, bytes, tile, kernel }: Tools): void => {
  const { base, O, C, OW, lines, tileLines, block } = c;
  const [K, P, tiles, blocks] = [C * c.taps, lines * OW, Math.ceil(lines / tileLines), Math.ceil(O / block)];
  const at = Math.floor(item / blocks);
  const start = (item - at * blocks) * block;
  const channels = Math.min(block, O - start);
  const part = Math.floor(at / tiles);
  const first = (at - part * tiles) * tileLines;
  const count = Math.min(tileLines, lines - first);
  const T = count * OW;
  const image = c.image + part * C * c.V * bytes;
  const row = (part % c.groups) * O + start;
  const to = c.positions + ((part * O + start) * P + first * OW) * bytes;
  // Only once for the blocks that this call does of it.
  if (tile !== 0 && (start === 0 || item === c.first)) kernel("convUnroll")(tile, image, 0, K, first, count);
  const [right, ldb] = tile === 0 ? [image + first * OW * bytes, P] : [tile, T];
  call(gemm, channels, T, K, base + c.w + row * K * bytes, K, base + right, ldb, 0, base + to, P);
  if (c.bias === 0) return;
  for (let o = 0; o < channels; o++) {
    const line = to + o * P * bytes;
    kernel("add")(line, line, c.bias + (row + o) * bytes, 1, T, 0, 1, 0, 0);
  }
};

/** Item: a block of channels of a group of an image. dX ← weights transposed · dOut, added back to where the window was. */
const input = (c: ConvCall, item: number, { gemm, bytes, tile, kernel }: Tools): void => {
  const { base, O, C, taps, OW, lines, block, V } = c;
  const [K, P, blocks] = [C * taps, lines * OW, Math.ceil(C / block)];
  const part = Math.floor(item / blocks);
  const start = (item - part * blocks) * block;
  const channels = Math.min(block, C - start);
  const image = c.image + part * C * V * bytes;
  const w = c.w + ((part % c.groups) * O * K + start * taps) * bytes;
  if (tile !== 0) kernel("fill")(image + start * V * bytes, c.zero, channels * V);
  eachTile(c, (first, count) => {
    const T = count * OW;
    const from = c.positions + (part * O * P + first * OW) * bytes;
    const [to, ldOut] = tile === 0 ? [image + (start * P + first * OW) * bytes, P] : [tile, T];
    call(gemm, channels * taps, T, O, base + w, -K, base + from, P, 0, base + to, ldOut);
    if (tile !== 0) kernel("convFold")(image, tile, start, channels, first, count);
  });
};

/** Item: a block of channels of a group. dW ← dOut · unrolled image transposed, summed over images and tiles. */
const weight = (c: ConvCall, item: number, { gemm, bytes, tile, kernel }: Tools): void => {
  const { base, O, C, taps, OW, lines, block } = c;
  const [K, P, blocks] = [C * taps, lines * OW, Math.ceil(C / block)];
  const g = Math.floor(item / blocks);
  const start = (item - g * blocks) * block;
  const rows = Math.min(block, C - start) * taps;
  const to = c.w + (g * O * K + start * taps) * bytes;
  for (let n = 0; n < c.N; n++) {
    const part = n * c.groups + g;
    const image = c.image + part * C * c.V * bytes;
    eachTile(c, (first, count) => {
      const T = count * OW;
      const from = c.positions + (part * O * P + first * OW) * bytes;
      if (tile !== 0) kernel("convUnroll")(tile, image, start * taps, rows, first, count);
      const [right, ldb] = tile === 0 ? [image + (start * P + first * OW) * bytes, P] : [tile, T];
      call(gemm, O, rows, T, base + from, P, base + right, -ldb, n > 0 || first > 0 ? 1 : 0, base + to, K);
    });
  }
};

const perItem =
  ({ exports, index, libraryAt }: BlasThread, dtype: "f32" | "f64", run: typeof forward): Kernel =>
  (...args) => {
    const c = convArgs.fromNumbers(args);
    const library = libraryAt(c.place);
    if (library === null) return REFUSED;
    const tools: Tools = {
      gemm: dtype === "f32" ? library.sgemm : library.dgemm,
      bytes: dtype === "f32" ? 4 : 8,
      tile: c.tileBytes === 0 ? 0 : c.tiles + index * c.tileBytes,
      kernel: (op) => exports[`${op}_${op === "fill" ? (dtype === "f32" ? 4 : 8) : dtype}`] as Kernel,
    };
    for (let item = c.first; item < c.first + c.count; item++) run(c, item, tools);
    return DONE;
  };

export const convKernels = (thread: BlasThread): Readonly<Record<string, Kernel>> => ({
  blasConv_f32: perItem(thread, "f32", forward),
  blasConv_f64: perItem(thread, "f64", forward),
  blasConvInput_f32: perItem(thread, "f32", input),
  blasConvInput_f64: perItem(thread, "f64", input),
  blasConvWeight_f32: perItem(thread, "f32", weight),
  blasConvWeight_f64: perItem(thread, "f64", weight),
});
