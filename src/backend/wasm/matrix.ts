import type { Operand } from "../backend.js";
import { type DType, itemSize } from "../dtype.js";
import * as elementwise from "./elementwise.js";
import { count, isContiguous } from "./layout.js";
import type { Machine } from "./machine.js";
import { PACKING } from "./memory.js";

/** Multiplications up to which packing, or a call of the system's BLAS, costs more than it saves. */
const SMALL = 4096;

/** One product out [M, N] ← a · b (+ bias); rs and cs are row and column strides. */
const product = (
  m: Machine,
  out: Operand,
  at: number,
  a: number,
  b: number,
  bias: number,
  M: number,
  N: number,
  K: number,
  aRs: number,
  aCs: number,
  bRs: number,
  bCs: number,
): void => {
  const small = m.kernel("matmulSmall", out.dtype);
  const packed = m.kernel("matmul", out.dtype);
  // A single column is the row of the transposed product, which reads memory in order.
  if (N === 1 && M > 1 && bias === 0) small?.(at, b, a, 0, 1, M, K, bCs, bRs, aCs, aRs);
  else if (packed === undefined || M === 1 || M * N * K <= SMALL) small?.(at, a, b, bias, M, N, K, aRs, aCs, bRs, bCs);
  else if (N > 1 && m.gemm?.multiply(out.dtype, at, N, a, b, M, N, K, aRs, aCs, bRs, bCs)) {
    if (bias !== 0) addBias(m, out.dtype, at, bias, M, N);
  } else packed(at, a, b, bias, M, N, K, aRs, aCs, bRs, bCs, PACKING);
};

/** Adds bias [N] to the rows of out [M, N]: after the products, beside a large bias they would have lost digits. */
const addBias = (m: Machine, dtype: DType, out: number, bias: number, M: number, N: number): void => {
  const y: Operand = { dtype, address: out, shape: [M, N], strides: [N, 1] };
  elementwise.binary(m, "add", y, y, { dtype, address: bias, shape: [N], strides: [1] });
};

/** @returns whether there is a kernel for the dtype */
export const matmul = (m: Machine, out: Operand, a: Operand, b: Operand): boolean => {
  if (m.kernel("matmulSmall", out.dtype) === undefined) return false;
  const rank = out.shape.length;
  const M = out.shape[rank - 2] as number;
  const N = out.shape[rank - 1] as number;
  const K = a.shape[rank - 1] as number;
  const aRs = a.strides[rank - 2] as number;
  const aCs = a.strides[rank - 1] as number;
  const bRs = b.strides[rank - 2] as number;
  const bCs = b.strides[rank - 1] as number;
  if (count(out.shape) === 0) return true;
  if (rank === 2) {
    product(m, out, out.address, a.address, b.address, 0, M, N, K, aRs, aCs, bRs, bCs);
    return true;
  }
  const batches = count(out.shape) / (M * N);
  // Where every batch has the same b, and a's rows follow each other from batch to batch, it is one tall product.
  if (isRepeated(b) && areRowsEven(a)) {
    product(m, out, out.address, a.address, b.address, 0, batches * M, N, K, aRs, aCs, bRs, bCs);
    return true;
  }
  const bytes = itemSize[out.dtype];
  for (let batch = 0; batch < batches; batch++) {
    const atA = a.address + bytes * batchOffset(a, batch);
    const atB = b.address + bytes * batchOffset(b, batch);
    product(m, out, out.address + bytes * batch * M * N, atA, atB, 0, M, N, K, aRs, aCs, bRs, bCs);
  }
  return true;
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

const batchOffset = (x: Operand, batch: number): number => {
  let offset = 0;
  let rest = batch;
  for (let d = x.shape.length - 3; d >= 0; d--) {
    const size = x.shape[d] as number;
    const next = Math.floor(rest / size);
    offset += (rest - next * size) * (x.strides[d] as number);
    rest = next;
  }
  return offset;
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
  product(m, out, out.address, x.address, w.address, atBias, M, N, K, xRs, xCs, wCs, wRs);
  return true;
};
