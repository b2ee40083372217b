import type { DType } from "../dtype.js";
import type { Heap } from "../heap.js";
import { blasLibrary } from "./blas.js";

/** Products by the system's BLAS on the heap's own memory. */
export interface Gemm {
  /** Whether there is a BLAS; it is looked for at the first question. */
  isThere(): boolean;
  /**
   * out [M, N] ← a [M, K] · b [K, N], or added to it; rs and cs are row and column strides in elements.
   *
   * @returns false, having done nothing, where there is no BLAS or it cannot take these strides or this dtype
   */
  multiply(
    dtype: DType,
    out: number,
    outRs: number,
    a: number,
    b: number,
    M: number,
    N: number,
    K: number,
    aRs: number,
    aCs: number,
    bRs: number,
    bCs: number,
    isAdded?: boolean,
  ): boolean;
}

const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/** Elements from row to row of a matrix as BLAS wants it: negative where it lies by columns, 0 where neither rows nor columns are in one piece. */
const leading = (rows: number, columns: number, rs: number, cs: number): number => {
  if ((cs === 1 || columns === 1) && (rs >= columns || rows === 1)) return Math.max(rs, columns);
  if ((rs === 1 || rows === 1) && (cs >= rows || columns === 1)) return -Math.max(cs, rows);
  return 0;
};

/** Products by the BLAS that `setBlas` and MYTORCH_BLAS choose. */
export const createGemm = (heap: Heap): Gemm => {
  // The memory's place in the process: it may move when the memory grows, and the heap then renews its views.
  let seen: Uint8Array | null = null;
  let base = 0;
  const multiply: Gemm["multiply"] = (dtype, out, outRs, a, b, M, N, K, aRs, aCs, bRs, bCs, isAdded = false) => {
    const library = blasLibrary();
    if (library === null || (dtype !== "float32" && dtype !== "float64")) return false;
    const lda = leading(M, K, aRs, aCs);
    const ldb = leading(K, N, bRs, bCs);
    if (lda === 0 || ldb === 0) return false;
    if (seen !== heap.u8) {
      seen = heap.u8;
      base = library.addressOf(seen);
    }
    const gemm = dtype === "float32" ? library.sgemm : library.dgemm;
    gemm(
      ROW_MAJOR,
      lda > 0 ? AS_IT_IS : TRANSPOSED,
      ldb > 0 ? AS_IT_IS : TRANSPOSED,
      M,
      N,
      K,
      1,
      base + a,
      Math.abs(lda),
      base + b,
      Math.abs(ldb),
      isAdded ? 1 : 0,
      base + out,
      outRs,
    );
    return true;
  };
  return { isThere: () => blasLibrary() !== null, multiply };
};
