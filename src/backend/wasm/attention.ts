import type { AttentionSpec, Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";

/** Bytes of a tile of scores, where it can be chosen: it stays in the second-level cache beside what is packed. */
const TILE = 128 * 1024;
/** Queries of a tile at most. Under a causal mask small tiles skip more of what is hidden. */
const [MOST, MOST_CAUSAL, FEWEST] = [128, 48, 8];
/** Parts that heads fall into at most: each has tiles of its own, and with more of them tiles would leave the cache before they are used again. */
const PARTS = 8;
/** Nanoseconds for each byte of an element: a multiplication, and a score in which no product is counted. */
const PRODUCT_COST = 0.012;
const SCORE_COST = 0.3;

/** Multiplications of a product, and rows and columns, from which on a head's go to the BLAS, where all threads may call it. */
const BLAS_LEAST = 1 << 15;
const BLAS_SIDE = 8;

/** Queries of a tile: even shares, in whole eights. */
const heightOf = (L: number, S: number, bytes: number, isCausal: boolean): number => {
  const most = Math.max(FEWEST, Math.min(Math.floor(TILE / (S * bytes)), isCausal ? MOST_CAUSAL : MOST));
  const share = L / Math.ceil(L / most);
  return Math.min(L, Math.ceil(share / FEWEST) * FEWEST);
};

/** x with contiguous rows. */
const withRows = (m: Machine, x: Operand): Operand =>
  x.strides.at(-1) === 1 || x.shape.at(-1) === 1 ? x : m.contiguous(x);

/** Whether rows lie apart, as a BLAS wants them. */
const isByRows = (x: Operand): boolean => (x.strides.at(-2) as number) >= (x.shape.at(-1) as number);

type Stride = (x: Operand | null) => number;

/** Elements from the first to the stack that is counted over all dimensions but the last four. */
const offsetOf = (x: Operand, stack: number): number => {
  let offset = 0;
  let rest = stack;
  for (let d = x.shape.length - 5; d >= 0; d--) {
    const size = x.shape[d] as number;
    offset += (rest % size) * (x.strides[d] as number);
    rest = Math.floor(rest / size);
  }
  return offset;
};

/** Calls a kernel for every stack: the heads along the third dimension from the end, of the samples along the fourth. */
const eachStack = (
  m: Machine,
  name: "attention" | "attentionBackward",
  outputs: readonly Operand[],
  [q_, k_, v_]: readonly [Operand, Operand, Operand],
  mask_: Operand | null,
  { scale, isCausal }: AttentionSpec,
): boolean => {
  const kernel = m.kernel(name, q_.dtype);
  if (kernel === undefined) return false;
  const [q, k, v] = [withRows(m, q_), withRows(m, k_), withRows(m, v_)];
  const mask = mask_ === null ? null : withRows(m, mask_);
  const given = [q, k, v, mask];
  const [L, E] = q.shape.slice(-2) as [number, number];
  const [S, V] = v.shape.slice(-2) as [number, number];
  const rank = q.shape.length;
  const [samples, heads] = [q.shape[rank - 4] ?? 1, q.shape[rank - 3] ?? 1];
  const n = samples * heads;
  const bytes = itemSize[q.dtype];
  const height = heightOf(L, S, bytes, isCausal);
  const [tiles, products] = name === "attention" ? [1, 1] : [2, 2.5];
  // Every head brings its share of a part's tiles, in whole cache lines.
  const least = Math.ceil(n / PARTS);
  const share = Math.ceil((tiles * height * (S + 1) * bytes) / least / 64) * 64;
  const tile = m.temporary("uint8", [n * share]).address;
  const isLarge = L * S * Math.min(E, V) >= BLAS_LEAST && Math.min(L, S, E, V) >= BLAS_SIDE;
  const gemm = isLarge && [q, k, v].every((x) => isByRows(x)) ? m.gemm : null;
  const isByBlas = gemm?.isThere() === true && gemm.isShared();
  // Elements from row to row, from head to head, from sample to sample.
  const [row, step, leap] = [2, 3, 4].map(
    (back) =>
      (x: Operand | null): number =>
        x?.strides[rank - back] ?? 0,
  ) as [Stride, Stride, Stride];
  const stacks = count(q.shape.slice(0, -2)) / n;
  const sizes = outputs.map((out) => count(out.shape) / stacks);
  const items = {
    count: n,
    steps: [...sizes.map((size) => (size / n) * bytes), 0, 0, 0, 0, share, 0, 1],
    counter: outputs.length + 5,
    tile: least,
    cost: L * S * bytes * (products * (E + V) * PRODUCT_COST + SCORE_COST),
  };
  for (let stack = 0; stack < stacks; stack++) {
    const args = [
      ...outputs.map((out, i) => out.address + (sizes[i] as number) * stack * bytes),
      ...given.map((x) => (x === null ? 0 : x.address + offsetOf(x, stack) * bytes)),
      tile,
      n,
      0,
      heads,
      ...given.map(step),
      ...given.map(leap),
      L,
      S,
      E,
      V,
      ...given.map(row),
      height,
      scale,
      Number(isCausal),
    ];
    if (gemm !== null && isByBlas) m.runBlas(gemm, kernel, [...args, ...gemm.handle()], items);
    else m.run(kernel, [...args, 0, 0], items);
  }
  return true;
};

type Inputs = readonly [q: Operand, k: Operand, v: Operand];

/** @returns whether there is a kernel for the dtype */
export const attention = (
  m: Machine,
  out: Operand,
  logSums: Operand,
  inputs: Inputs,
  mask: Operand | null,
  spec: AttentionSpec,
): boolean => eachStack(m, "attention", [out, logSums], inputs, mask, spec);

/** @returns whether there is a kernel for the dtype */
export const attentionBackward = (
  m: Machine,
  gradients: readonly Operand[],
  [dOut, out, logSums]: Inputs,
  inputs: Inputs,
  mask: Operand | null,
  spec: AttentionSpec,
): boolean => {
  const whole = [m.contiguous(dOut), m.contiguous(out), m.contiguous(logSums)];
  return eachStack(m, "attentionBackward", [...gradients, ...whole], inputs, mask, spec);
};
