import type { ConvSpec, Operand } from "../backend.js";
import { type ConvCall, convArgs } from "../blas/convKernels.js";
import { type Gemm, LEAST_COLUMNS, LEAST_ROWS, piecesOf } from "../blas/gemm.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import * as winograd from "./winogradProduct.js";

// Convolutions as products by the system's BLAS, with an image that is unrolled a tile of positions at a time. Each function returns
// whether it was done; where not, nothing has happened.
//
// Letters: O output channels of a group, C input channels of a group, K = C · taps of the window, P positions, V elements of a channel.

/** Bytes of an unrolled tile, where it can be chosen: it stays in the second-level cache. */
const TILE = 512 * 1024;
/** Positions of a tile at least: with fewer, packing the weights for each product would cost too much. */
const LEAST = 256;
/** Output channels of a product at least, of which every thread unrolls the image anew. */
const LEAST_CHANNELS = 128;
/** Multiplications up to which the kernels are as fast. */
const SMALL = 1 << 16;
/** Images and groups from which on there are enough of them for all threads. */
const MANY = 16;
/** Nanoseconds for each byte of an element: a multiplication, and an element that is unrolled or added back. */
const MULTIPLICATION_COST = 0.005;
const UNROLLING_COST = 0.1;

type Pass = "forward" | "input" | "weight";

/** What the three passes of a convolution share. */
interface Plan {
  readonly gemm: Gemm;
  /** All but the addresses of operands. */
  readonly sizes: Omit<ConvCall, "place" | "base" | "image" | "w" | "positions" | "bias">;
  readonly items: number;
  /** Nanoseconds of an item, and of what each part of them unrolls besides. */
  readonly cost: number;
  readonly overhead: number;
  /** What kernels/unroll.ts reads. */
  readonly layout: readonly number[];
}

const planOf = (
  m: Machine,
  pass: Pass,
  image: Operand,
  positions: Operand,
  w: Operand,
  spec: ConvSpec,
): Plan | null => {
  const { gemm } = m;
  const { stride, padding, dilation, groups } = spec;
  const N = image.shape[0] as number;
  const [O, C] = [(w.shape[0] as number) / groups, w.shape[1] as number];
  const window = w.shape.slice(2);
  const [taps, P] = [count(window), count(positions.shape.slice(2))];
  const [K, bytes] = [C * taps, itemSize[w.dtype]];
  if (gemm === null || O * K * P < SMALL || m.kernel("blasConv", w.dtype) === undefined) return null;
  const isAll = (triple: readonly number[], value: number): boolean => triple.every((v) => v === value);
  const isPlain = isAll(window, 1) && isAll(stride, 1) && isAll(padding, 0);
  const OW = positions.shape[4] as number;
  if (!(isPlain || isWorthwhile(pass, O, K)) || !gemm.isThere()) return null;

  const [lines, parts] = [P / OW, pass === "weight" ? groups : N * groups];
  const work = N * groups * O * K * P;
  let tiles = Math.ceil(lines / Math.max(1, Math.floor(Math.max(LEAST, TILE / (K * bytes)) / OW)));
  if (pass === "forward") tiles = Math.max(tiles, Math.min(lines, piecesOf(P, LEAST_COLUMNS, work, MANY / parts)));
  const tileLines = Math.ceil(lines / tiles);
  // Channels of the result, where there are too few positions for more than one tile, or of the image.
  const side = pass === "forward" ? O : C;
  const blocks = {
    forward: tiles > 1 ? 1 : piecesOf(O, LEAST_CHANNELS, work, MANY / parts),
    input: piecesOf(K, LEAST_ROWS, work, MANY / parts),
    weight: piecesOf(K, LEAST_COLUMNS, work, MANY / parts),
  };
  const block = Math.ceil(side / blocks[pass]);
  const items = parts * Math.ceil(side / block) * (pass === "forward" ? Math.ceil(lines / tileLines) : 1);
  const tileBytes = isPlain
    ? 0
    : Math.ceil(((pass === "forward" ? C : block) * taps * tileLines * OW * bytes) / 64) * 64;
  const sides = image.shape.slice(2);
  const unrolled = isPlain ? 0 : N * groups * K * P * UNROLLING_COST;
  const shape = { N, groups, O, C, taps, OW, lines, V: count(sides) };
  const tiling = { tileLines, block, tileBytes, tiles: m.temporary("uint8", [m.threads * tileBytes]).address };
  return {
    gemm,
    sizes: { first: 0, count: items, ...shape, ...tiling, zero: m.scalar(0, w.dtype, 0) },
    items,
    cost: (bytes * (work * MULTIPLICATION_COST + unrolled)) / items,
    overhead: pass === "forward" && block < O ? (bytes * unrolled) / parts : 0,
    layout: [...sides, ...positions.shape.slice(2), ...window, ...stride, ...padding, ...dilation],
  };
};

/**
 * Whether the product saves more than unrolling costs: each unrolled element saves time for each of the O channels, and a product that
 * is narrow (K) saves little. A gradient added back pays sooner, for the kernel that it replaces is slower; that of the weights
 * later. Measured with OpenBLAS on the layers of small networks and of ResNet-18.
 */
const isWorthwhile = (pass: Pass, O: number, K: number): boolean =>
  pass === "input" ? O >= 12 : O >= 12 && O * K >= (pass === "forward" ? 1000 : 2000);

/** Runs a pass over contiguous operands. */
const run = (
  m: Machine,
  op: string,
  { gemm, sizes, items, cost, overhead, layout }: Plan,
  operands: Operands,
): boolean => {
  const [image, w, positions, bias] = operands;
  // Here, since copies of the operands have a layout of their own.
  m.layOut(layout);
  const addresses = { image: image.address, w: w.address, positions: positions.address, bias: bias?.address ?? 0 };
  const [place, base] = gemm.handle();
  m.runBlas(gemm, m.kernel(op, w.dtype) as Runnable, convArgs.toNumbers({ ...sizes, ...addresses, place, base }), {
    count: items,
    steps: [1],
    counter: 1,
    cost,
    overhead,
  });
  return true;
};

type Operands = readonly [image: Operand, w: Operand, positions: Operand, bias: Operand | null];

/** out [N, groups · O, …] ← x under w, plus bias. */
export const conv = (
  m: Machine,
  out: Operand,
  x: Operand,
  w: Operand,
  bias: Operand | null,
  spec: ConvSpec,
): boolean => {
  if (winograd.conv(m, out, x, w, bias, spec)) return true;
  const plan = planOf(m, "forward", x, out, w, spec);
  if (plan === null) return false;
  return run(m, "blasConv", plan, [m.contiguous(x), m.contiguous(w), out, bias === null ? null : m.contiguous(bias)]);
};

/** dX from dOut and w: products with the weights transposed, added back to where the window was. */
export const convBackwardInput = (m: Machine, dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): boolean => {
  if (winograd.convBackwardInput(m, dX, dOut, w, spec)) return true;
  const plan = planOf(m, "input", dX, dOut, w, spec);
  return plan !== null && run(m, "blasConvInput", plan, [dX, m.contiguous(w), m.contiguous(dOut), null]);
};

/** dW: dOut times the unrolled image transposed, summed over samples and tiles. */
export const convBackwardWeight = (m: Machine, dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): boolean => {
  if (winograd.convBackwardWeight(m, dW, dOut, x, spec)) return true;
  const plan = planOf(m, "weight", x, dOut, dW, spec);
  return plan !== null && run(m, "blasConvWeight", plan, [m.contiguous(x), dW, m.contiguous(dOut), null]);
};
