import type { ConvSpec, Operand } from "../backend.js";
import type { Gemm } from "../blas/gemm.js";
import { itemSize } from "../dtype.js";
import * as elementwise from "./elementwise.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";
import type { Kernel } from "./queue.js";

// Convolutions as products by the system's BLAS, with an image that is unrolled a tile of positions at a time. Each function returns
// whether it was done; where not, nothing has happened.
//
// Letters: O output channels of a group, C input channels of a group, K = C · window, P positions, T positions of a tile.

/** Bytes of an unrolled tile, where it can be chosen: it stays in the second-level cache. */
const TILE = 512 * 1024;
/** Positions of a tile at least: with fewer, packing the weights for each product would cost too much. */
const LEAST = 256;
/** Multiplications up to which the kernels are as fast. */
const SMALL = 1 << 16;

/** What the three passes of a convolution share. */
interface Plan {
  readonly gemm: Gemm;
  readonly O: number;
  readonly C: number;
  readonly K: number;
  readonly P: number;
  /** Elements of a line of positions, the number of lines, and how many a tile has. */
  readonly OW: number;
  readonly lines: number;
  readonly tileLines: number;
  /** Elements of a group's part of an image. */
  readonly V: number;
  /** Whether the image is its own unrolled form. */
  readonly isPlain: boolean;
  /** What kernels/unroll.ts reads. */
  readonly layout: readonly number[];
}

const planOf = (
  m: Machine,
  unrolled: Unrolled,
  image: Operand,
  positions: Operand,
  w: Operand,
  spec: ConvSpec,
): Plan | null => {
  const { gemm } = m;
  const { stride, padding, dilation, groups } = spec;
  const [O, C] = [(w.shape[0] as number) / groups, w.shape[1] as number];
  const window = w.shape.slice(2);
  const [K, P] = [C * count(window), count(positions.shape.slice(2))];
  if (gemm === null || O * K * P < SMALL || m.kernel("convUnroll", w.dtype) === undefined) return null;
  const isAll = (triple: readonly number[], value: number): boolean => triple.every((v) => v === value);
  const isPlain = isAll(window, 1) && isAll(stride, 1) && isAll(padding, 0);
  const OW = positions.shape[4] as number;
  if (!(isPlain || isWorthwhile(unrolled, O, K, OW)) || !gemm.isThere()) return null;
  const sides = image.shape.slice(2);
  const layout = [...sides, ...positions.shape.slice(2), ...window, ...stride, ...padding, ...dilation];
  const lines = P / OW;
  const wanted = isPlain ? P : Math.max(LEAST, TILE / (K * itemSize[w.dtype]));
  const tiles = Math.ceil(lines / Math.max(1, Math.floor(wanted / OW)));
  return { gemm, O, C, K, P, OW, lines, tileLines: Math.ceil(lines / tiles), V: C * count(sides), isPlain, layout };
};

type Unrolled = "the image, read" | "the gradient, added back";

/**
 * Whether the product saves more than unrolling costs. Each unrolled element saves time for each of the O channels; it costs a share of
 * what a line costs, and of its own; a product that is narrow (K) saves little. Adding a gradient back pays sooner, for the kernel that it replaces is slower. Measured with
 * OpenBLAS on the layers of small networks and of ResNet-18.
 */
const isWorthwhile = (unrolled: Unrolled, O: number, K: number, OW: number): boolean =>
  unrolled === "the image, read" ? K >= 32 && O * OW >= 900 + 8 * OW : O >= 12 && O * OW >= 150;

/** Calls `run` for each sample n, group g and tile of `lines` lines from `first` on. */
const eachTile = (
  m: Machine,
  { layout, lines, tileLines }: Plan,
  samples: number,
  groups: number,
  run: (n: number, g: number, first: number, lines: number) => void,
): void => {
  // Here, since copies of the operands have a layout of their own.
  m.layOut(layout);
  for (let n = 0; n < samples; n++)
    for (let g = 0; g < groups; g++)
      for (let first = 0; first < lines; first += tileLines) run(n, g, first, Math.min(tileLines, lines - first));
};

/** out [N, groups · O, …] ← x under w, plus bias. */
export const conv = (
  m: Machine,
  out: Operand,
  x_: Operand,
  w_: Operand,
  bias: Operand | null,
  spec: ConvSpec,
): boolean => {
  const plan = planOf(m, "the image, read", x_, out, w_, spec);
  if (plan === null) return false;
  const { gemm, O, K, P, OW, V, isPlain } = plan;
  const [x, w] = [m.contiguous(x_), m.contiguous(w_)];
  const bytes = itemSize[out.dtype];
  const tile = tileOf(m, plan, out);
  eachTile(m, plan, x.shape[0] as number, spec.groups, (n, g, first, lines) => {
    const part = n * spec.groups + g;
    const image = x.address + part * V * bytes;
    if (!isPlain) unroll(m, tile, image, plan, first, lines);
    const T = lines * OW;
    const to = out.address + (part * O * P + first * OW) * bytes;
    gemm.multiply(out.dtype, to, P, w.address + g * O * K * bytes, isPlain ? image : tile.address, O, T, K, K, 1, T, 1);
  });
  if (bias !== null) {
    const [step] = bias.strides as readonly [number];
    const column = {
      dtype: bias.dtype,
      address: bias.address,
      shape: [bias.shape[0] as number, 1, 1, 1],
      strides: [step, 0, 0, 0],
    };
    elementwise.binary(m, "add", out, out, column);
  }
  return true;
};

/** dX from dOut and w: products with the weights transposed, added back to where the window was. */
export const convBackwardInput = (m: Machine, dX: Operand, dOut_: Operand, w_: Operand, spec: ConvSpec): boolean => {
  const plan = planOf(m, "the gradient, added back", dX, dOut_, w_, spec);
  if (plan === null) return false;
  const { gemm, O, C, K, P, OW, V, isPlain } = plan;
  const [dOut, w] = [m.contiguous(dOut_), m.contiguous(w_)];
  const bytes = itemSize[dX.dtype];
  const tile = tileOf(m, plan, dX);
  const fold = m.kernel("convFold", dX.dtype) as Kernel;
  if (!isPlain) m.fill(dX, 0);
  eachTile(m, plan, dX.shape[0] as number, spec.groups, (n, g, first, lines) => {
    const part = n * spec.groups + g;
    const image = dX.address + part * V * bytes;
    const T = lines * OW;
    const from = dOut.address + (part * O * P + first * OW) * bytes;
    const to = isPlain ? image : tile.address;
    gemm.multiply(dX.dtype, to, T, w.address + g * O * K * bytes, from, K, T, O, 1, K, P, 1);
    if (!isPlain) fold(image, tile.address, 0, C, first, lines);
  });
  return true;
};

/** dW: dOut times the unrolled image transposed, summed over samples and tiles. */
export const convBackwardWeight = (m: Machine, dW: Operand, dOut_: Operand, x_: Operand, spec: ConvSpec): boolean => {
  const plan = planOf(m, "the image, read", x_, dOut_, dW, spec);
  if (plan === null) return false;
  const { gemm, O, K, P, OW, V, isPlain } = plan;
  const [dOut, x] = [m.contiguous(dOut_), m.contiguous(x_)];
  const bytes = itemSize[dW.dtype];
  const tile = tileOf(m, plan, dW);
  eachTile(m, plan, x.shape[0] as number, spec.groups, (n, g, first, lines) => {
    const part = n * spec.groups + g;
    const image = x.address + part * V * bytes;
    if (!isPlain) unroll(m, tile, image, plan, first, lines);
    const T = lines * OW;
    const from = dOut.address + (part * O * P + first * OW) * bytes;
    const right = isPlain ? image : tile.address;
    gemm.multiply(dW.dtype, dW.address + g * O * K * bytes, K, from, right, O, K, T, P, 1, 1, T, n > 0 || first > 0);
  });
  return true;
};

/** Room for a tile; none where the image is its own. */
const tileOf = (m: Machine, { K, OW, tileLines, isPlain }: Plan, { dtype }: Operand): Operand =>
  m.temporary(dtype, [isPlain ? 0 : K * tileLines * OW]);

const unroll = (
  m: Machine,
  { dtype, address }: Operand,
  image: number,
  { K }: Plan,
  first: number,
  lines: number,
): void => {
  (m.kernel("convUnroll", dtype) as Kernel)(address, image, 0, K, first, lines);
};
