import type { Kernel } from "../wasm/queue.js";
import { type BlasThread, call, DONE, REFUSED } from "./thread.js";

/**
 * Pieces `first` … `first + count − 1` of out [M, N] ← a · b (+ bias [N], or, with `isSum`, + out), those of each product of a batch after each other. Sizes and
 * leading dimensions in elements, `…Step` in bytes from product to product.
 */
const gemmKernel =
  ({ exports, libraryAt }: BlasThread, suffix: "f32" | "f64") =>
  (
    first: number,
    count: number,
    place: number,
    base: number,
    out: number,
    a: number,
    b: number,
    bias: number,
    M: number,
    N: number,
    K: number,
    ldOut: number,
    lda: number,
    ldb: number,
    isByRows: number,
    size: number,
    pieces: number,
    outStep: number,
    aStep: number,
    bStep: number,
    isSum: number,
  ): number => {
    const library = libraryAt(place);
    if (library === null) return REFUSED;
    const [gemm, bytes] = suffix === "f32" ? [library.sgemm, 4] : [library.dgemm, 8];
    for (let item = first; item < first + count; item++) {
      const product = Math.floor(item / pieces);
      const start = (item - product * pieces) * size;
      const [row, column] = isByRows ? [start, 0] : [0, start];
      const [rows, columns] = isByRows ? [Math.min(size, M - start), N] : [M, Math.min(size, N - start)];
      const to = out + product * outStep + (row * ldOut + column) * bytes;
      const left = a + product * aStep + row * (lda > 0 ? lda : 1) * bytes;
      const right = b + product * bStep + column * (ldb > 0 ? 1 : -ldb) * bytes;
      call(gemm, rows, columns, K, base + left, lda, base + right, ldb, isSum ? 1 : 0, base + to, ldOut);
      // After the products: beside a large bias they would have lost digits.
      if (bias !== 0)
        addToRows(exports[`add_${suffix}`] as Kernel, to, ldOut * bytes, bias + column * bytes, rows, columns);
    }
    return DONE;
  };

const addToRows = (add: Kernel, to: number, step: number, bias: number, rows: number, columns: number): void => {
  for (let i = 0; i < rows; i++) add(to + i * step, to + i * step, bias, 1, columns, 0, 1, 0, 1);
};

/** Products by the BLAS, for one thread. */
export const gemmKernels = (thread: BlasThread): Readonly<Record<string, Kernel>> => ({
  gemm_f32: gemmKernel(thread, "f32"),
  gemm_f64: gemmKernel(thread, "f64"),
});
