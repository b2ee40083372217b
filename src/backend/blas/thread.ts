import type { Kernel } from "../wasm/queue.js";
import { readName } from "./gemm.js";
import { loadKoffi } from "./koffi.js";
import { type ForeignGemm, type Library, openLibrary } from "./library.js";

/** A thread, as the kernels below need it. */
export interface BlasThread {
  /** The kernels in WebAssembly of this thread. */
  readonly exports: Readonly<Record<string, Kernel>>;
  /** 0 for the caller's thread, then 1, 2, …: which of the tiles is this thread's. */
  readonly index: number;
  /** The library whose name lies at a place of the heap; null where this thread cannot open it. */
  readonly libraryAt: (place: number) => Library | null;
}

/** Opens libraries for a worker, each once. */
export const openerOf = (memory: WebAssembly.Memory, from: string): BlasThread["libraryAt"] => {
  const known = new Map<number, Library | null>();
  return (place) => {
    const opened = known.get(place);
    if (opened !== undefined) return opened;
    const koffi = loadKoffi(from);
    const library = typeof koffi === "string" ? koffi : openLibrary(koffi, readName(memory, place));
    known.set(place, typeof library === "string" ? null : library);
    return known.get(place) as Library | null;
  };
};

/** A kernel's refusal of its first item, and that it took all. */
export const REFUSED = 0;
export const DONE = -1;

const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/** out [M, N] ← a [M, K] · b [K, N] + beta · out, at addresses in the process; a side whose `ld` is negative lies transposed. */
export const call = (
  gemm: ForeignGemm,
  M: number,
  N: number,
  K: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: 0 | 1,
  out: number,
  ldOut: number,
): void => {
  const [sideA, sideB] = [lda > 0 ? AS_IT_IS : TRANSPOSED, ldb > 0 ? AS_IT_IS : TRANSPOSED];
  gemm(ROW_MAJOR, sideA, sideB, M, N, K, 1, a, Math.abs(lda), b, Math.abs(ldb), beta, out, ldOut);
};

/** What kernels/blas.ts imports: as `call`, from heap addresses, which arrive with a sign. @returns whether this thread could */
export const multiplierOf =
  (libraryAt: BlasThread["libraryAt"]) =>
  (
    place: number,
    base: number,
    bytes: number,
    M: number,
    N: number,
    K: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    isSum: number,
    out: number,
    ldOut: number,
  ): number => {
    const library = libraryAt(place);
    if (library === null) return 0;
    const gemm = bytes === 4 ? library.sgemm : library.dgemm;
    call(gemm, M, N, K, base + (a >>> 0), lda, base + (b >>> 0), ldb, isSum ? 1 : 0, base + (out >>> 0), ldOut);
    return 1;
  };
