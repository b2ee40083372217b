import type { Operand } from "../backend.js";
import { cut, leading } from "../blas/gemm.js";
import { type DType, itemSize } from "../dtype.js";
import { contiguousStrides, count, isContiguous } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import type { Items } from "./pool.js";

/** Multiplications up to which packing, or a call of the system's BLAS, costs more than it saves. */
const SMALL = 4096;
/** Sums of so many products, and fewer, take more time to pack than to multiply: the gradient of a weight by a batch of a few. */
const FLAT = 4;
/** Multiplications from which on each product of a batch is shared out, rather than the batch. */
const LARGE = 1 << 24;

/** Nanoseconds for each byte of an element: a multiplication with packing and without, and an element that is packed. */
const PACKED_COST = 0.01;
const PLAIN_COST = 0.03;
const PACKING_COST = 0.08;

/** The same for a BLAS with wide vectors, and what each element takes that it packs or writes. */
const BLAS_COST = 0.0045;
const BLAS_MOVING_COST = 0.03;

/** One side of a product: where it is, its row and column stride, and its strides from batch to batch. */
interface Side {
  readonly address: number;
  readonly rs: number;
  readonly cs: number;
  readonly strides: readonly number[];
}

/** One product as a call, and how it falls into rows or columns of the result. */
interface Product {
  readonly kernel: Runnable;
  readonly args: number[];
  readonly items: Items;
  /** Whether BLAS may do it instead. */
  readonly isLarge: boolean;
}

/** Places among the arguments of both kernels. */
const OUT = 0;
const A = 1;
const B = 2;
const ROWS = 4;
const COLUMNS = 5;

const sideOf = (x: Operand, rs: number, cs: number): Side => ({ address: x.address, rs, cs, strides: x.strides });

/** out [M, N] ← a · b (+ bias), as a call. */
const product = (
  m: Machine,
  out: Operand,
  a: Side,
  b: Side,
  bias: number,
  M: number,
  N: number,
  K: number,
): Product => {
  const bytes = itemSize[out.dtype];
  const isLarge = M > 1 && M * N * K > SMALL;
  const packing = isLarge && (K > FLAT || b.cs !== 1) ? m.kernel("matmul", out.dtype) : undefined;
  const isPacked = packing !== undefined;
  const isByRows = isPacked ? M >= N : M > 1;
  // By how much the addresses of out, a, b and the bias grow from a row, or a column, to the next.
  const steps = isByRows ? [N * bytes, a.rs * bytes, 0, 0] : [bytes, 0, b.cs * bytes, bias === 0 ? 0 : bytes];
  const size = isByRows ? M : N;
  return {
    kernel: packing ?? (m.kernel("matmulSmall", out.dtype) as Runnable),
    args: [out.address, a.address, b.address, bias, M, N, K, N, a.rs, a.cs, b.rs, b.cs],
    items: {
      count: size,
      steps,
      counter: isByRows ? ROWS : COLUMNS,
      tile: isByRows ? m.tileRows : 64 / bytes,
      cost: ((M * N * K * bytes) / size) * (isPacked ? PACKED_COST : PLAIN_COST),
      // Of the other side nothing is shared out: every part packs all of it.
      overhead: isPacked ? (isByRows ? N : M) * K * bytes * PACKING_COST : 0,
    },
    isLarge,
  };
};

/** out [M, N] ← a · b (+ bias): small ones here and now, large ones by the system's BLAS, where there is one that takes it. */
const multiply = (m: Machine, out: Operand, a: Side, b: Side, bias: number, M: number, N: number, K: number): void => {
  const { dtype } = out;
  if (M * N * K <= SMALL) {
    const kernel = m.kernel("matmulSmall", dtype) as Runnable;
    const args = [out.address, a.address, b.address, bias, M, N, K, N, a.rs, a.cs, b.rs, b.cs];
    if (m.runSmall(kernel, args, M * N * K * itemSize[dtype] * PLAIN_COST)) return;
  }
  const { kernel, args, items, isLarge } = product(m, out, a, b, bias, M, N, K);
  if (!isLarge || !byBlas(m, dtype, args, 1, [0, 0, 0])) m.run(kernel, args, items);
};

/**
 * Runs as many products, which lie `steps` bytes after each other, by the system's BLAS.
 *
 * @param args as the kernel that packs takes them
 * @returns false, having done nothing, where there is none or it cannot take these strides or this dtype
 */
const byBlas = (m: Machine, dtype: DType, args: number[], products: number, steps: readonly number[]): boolean => {
  const [out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs] = args as Twelve;
  const kernel = m.kernel("gemm", dtype);
  const [lda, ldb] = [leading(M, K, aRs, aCs), leading(K, N, bRs, bCs)];
  if (m.gemm === null || kernel === undefined || N === 1 || lda === 0 || ldb === 0 || !m.gemm.isThere()) return false;
  const [place, base] = m.gemm.handle();
  const { isByRows, size, pieces } = cut(M, N, K);
  const numbers = [0, products * pieces, place, base, out, a, b, bias, M, N, K, outRs, lda, ldb];
  m.runBlas(m.gemm, kernel, [...numbers, Number(isByRows), size, pieces, ...steps, 0], {
    count: products * pieces,
    steps: [1],
    counter: 1,
    cost: (itemSize[dtype] * (M * N * K * BLAS_COST + (M * K + K * N + M * N) * BLAS_MOVING_COST)) / pieces,
  });
  return true;
};

/** The arguments of the kernel that packs. */
type Twelve = [
  ...five: [number, number, number, number, number],
  ...seven: [number, number, number, number, number, number, number],
];

/** @returns whether there is a kernel for the dtype */
export const matmul = (m: Machine, out: Operand, a_: Operand, b_: Operand): boolean => {
  if (m.kernel("matmulSmall", out.dtype) === undefined) return false;
  const rank = out.shape.length;
  const M = out.shape[rank - 2] as number;
  const N = out.shape[rank - 1] as number;
  const K = a_.shape[rank - 1] as number;
  const n = count(out.shape);
  if (n === 0) return true;
  const a = sideOf(a_, a_.strides[rank - 2] as number, a_.strides[rank - 1] as number);
  const b = sideOf(b_, b_.strides[rank - 2] as number, b_.strides[rank - 1] as number);
  // A single column is the row of the transposed product, which reads memory in order.
  const isColumn = N === 1 && M > 1;
  // Where every batch has the same b, and a's rows follow each other from batch to batch, it is one tall product.
  if (rank === 2 || (isRepeated(b_) && areRowsEven(a_))) {
    const tall = n / N;
    if (isColumn) multiply(m, out, turned(b), turned(a), 0, 1, tall, K);
    else multiply(m, out, a, b, 0, tall, N, K);
  } else if (isColumn) batches(m, out, turned(b), turned(a), 1, M, K);
  else batches(m, out, a, b, M, N, K);
  return true;
};

const turned = ({ address, rs, cs, strides }: Side): Side => ({ address, rs: cs, cs: rs, strides });

/** A product for each batch: small ones, and those by the BLAS, are shared out along the longest dimension of the batch, large ones each in itself. */
const batches = (m: Machine, out: Operand, a: Side, b: Side, M: number, N: number, K: number): void => {
  const { kernel, args, items, isLarge } = product(m, out, a, b, 0, M, N, K);
  const sizes = out.shape.slice(0, -2);
  const bytes = itemSize[out.dtype];
  const outStrides = contiguousStrides(out.shape);
  /** Runs the products at every place of the batch, those along dimension d together, as long as `run` does not say no. */
  const each = (d: number, run: (args: number[], count: number, steps: readonly number[]) => unknown): boolean => {
    const others = sizes.map((size, i) => (i === d ? 1 : size));
    const steps = [outStrides, a.strides, b.strides].map((strides) => bytes * (strides[d] ?? 0));
    for (let place = 0; place < count(others); place++) {
      const moved = [...args];
      moved[OUT] = out.address + bytes * offset(place, others, outStrides);
      moved[A] = a.address + bytes * offset(place, others, a.strides);
      moved[B] = b.address + bytes * offset(place, others, b.strides);
      if (run(moved, sizes[d] ?? 1, steps) === false) return false;
    }
    return true;
  };
  const longest = sizes.indexOf(Math.max(...sizes));
  if (isLarge && each(longest, (moved, products, steps) => byBlas(m, out.dtype, moved, products, steps))) return;
  const cost = items.cost * items.count;
  if (M * N * K >= LARGE) each(-1, (moved) => void m.run(kernel, moved, items));
  else each(longest, (moved, products, steps) => void m.run(kernel, moved, { count: products, steps, cost }));
};

const isRepeated = (x: Operand): boolean => {
  for (let d = 0; d < x.shape.length - 2; d++) if (x.strides[d] !== 0 && x.shape[d] !== 1) return false;
  return true;
};

/** Whether all rows of all batches lie at one distance. */
const areRowsEven = (x: Operand): boolean => {
  const last = x.shape.length - 2;
  let step = (x.strides[last] as number) * (x.shape[last] as number);
  for (let d = last - 1; d >= 0; d--) {
    if (x.shape[d] !== 1 && x.strides[d] !== step) return false;
    step *= x.shape[d] as number;
  }
  return true;
};

/** Elements up to a place that is counted row-major over `sizes`. */
const offset = (place: number, sizes: readonly number[], strides: readonly number[]): number => {
  let elements = 0;
  let rest = place;
  for (let d = sizes.length - 1; d >= 0; d--) {
    const size = sizes[d] as number;
    const next = Math.floor(rest / size);
    elements += (rest - next * size) * (strides[d] as number);
    rest = next;
  }
  return elements;
};

/** @returns whether there is a kernel for the dtype */
export const linear = (m: Machine, out: Operand, x: Operand, w: Operand, bias: Operand | null): boolean => {
  if (m.kernel("matmulSmall", out.dtype) === undefined) return false;
  const [M, N] = out.shape as readonly [number, number];
  if (M * N === 0) return true;
  const K = x.shape[1] as number;
  const atBias = bias === null ? 0 : (isContiguous(bias) ? bias : m.contiguous(bias)).address;
  const [xRs, xCs] = x.strides as readonly [number, number];
  const [wRs, wCs] = w.strides as readonly [number, number];
  const [a, b] = [sideOf(x, xRs, xCs), sideOf(w, wCs, wRs)];
  const isColumn = N === 1 && M > 1 && atBias === 0;
  if (isColumn) multiply(m, out, turned(b), turned(a), 0, 1, M, K);
  else multiply(m, out, a, b, atBias, M, N, K);
  return true;
};
