import type { Heap } from "../heap.js";
import { blasLibrary } from "./blas.js";
import type { Library } from "./library.js";

/** The system's BLAS as the kernels of all threads find it. */
export interface Gemm {
  /** Whether there is one; it is looked for at the first question. */
  isThere(): boolean;
  /** What such kernels are told first: the place of the library's name in the heap, and where the heap lies in the process. */
  handle(): readonly [place: number, base: number];
  /** The library in use, for the thread that owns the heap. */
  readonly libraryAt: () => Library | null;
  /** Whether other threads may call it too. */
  isShared(): boolean;
  /** Has this thread alone call it from here on: another could not open it. */
  keepAlone(): void;
}

/** The BLAS that `setBlas` and MYTORCH_BLAS choose, over a heap. */
export const createGemm = (heap: Heap): Gemm => {
  const places = new Map<string, number>();
  const keptAlone = new Set<string>();
  // The memory's place in the process: it may move when the memory grows, unless threads share it, and the heap then renews its views.
  let seen: Uint8Array | null = null;
  let base = 0;
  const placeOf = (name: string): number => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const place = heap.reserve(4 * (name.length + 1));
    writeName(heap.i32, place, name);
    places.set(name, place);
    return place;
  };
  return {
    isShared: () => {
      const library = blasLibrary();
      return library?.isThreadSafe === true && !keptAlone.has(library.name);
    },
    keepAlone: () => {
      keptAlone.add((blasLibrary() as Library).name);
    },
    libraryAt: blasLibrary,
    isThere: () => blasLibrary() !== null,
    handle: () => {
      const { name, addressOf } = blasLibrary() as Library;
      const place = placeOf(name);
      if (seen !== heap.u8) {
        seen = heap.u8;
        base = addressOf(seen);
      }
      return [place, base];
    },
  };
};

const writeName = (words: Int32Array, place: number, name: string): void => {
  words[place / 4] = name.length;
  for (let i = 0; i < name.length; i++) words[place / 4 + 1 + i] = name.charCodeAt(i);
};

/** The name that lies at a place of the heap. */
export const readName = (memory: WebAssembly.Memory, place: number): string => {
  const length = new Int32Array(memory.buffer, place, 1)[0] as number;
  return String.fromCharCode(...new Int32Array(memory.buffer, place + 4, length));
};

/** Elements from row to row of a matrix as BLAS wants it: negative where it lies by columns, 0 where neither rows nor columns are in one piece. */
export const leading = (rows: number, columns: number, rs: number, cs: number): number => {
  if ((cs === 1 || columns === 1) && (rs >= columns || rows === 1)) return Math.max(rs, columns);
  if ((rs === 1 || rows === 1) && (cs >= rows || columns === 1)) return -Math.max(cs, rows);
  return 0;
};

/** Multiplications that a piece has at least, where there are more than two, and those from which on work is cut in two. */
const PIECE = 1 << 22;
const HALVED = 1 << 21;
/** The same of a product: with little work for what it reads, such as that of a batch of 10, it takes as long as others with more. */
const HALVED_PRODUCT = 1e6;
const MOST = 16;
/** Of the result, whose other side every piece packs again: with fewer columns or rows, one thread would lose more than 3 %. */
export const LEAST_COLUMNS = 128;
export const LEAST_ROWS = 256;
/** Pieces begin at whole registers of the library's kernels. */
const REGISTERS = 16;

/** How many pieces of a side of a result, which takes so many multiplications, are worth it: a power of two, as numbers of threads mostly are. */
export const piecesOf = (side: number, least: number, work: number, most = MOST, halved = HALVED): number => {
  if (work < halved || most < 2) return 1;
  return 2 ** Math.floor(Math.log2(Math.min(most, Math.max(2, work / PIECE), 1 + side / least)));
};

/** How a product falls into pieces of its rows or columns. */
export interface Cut {
  readonly isByRows: boolean;
  /** Rows or columns of a piece; the last has what is left. */
  readonly size: number;
  readonly pieces: number;
}

/**
 * The pieces of a product, which threads share out: they depend on its sizes alone, and one thread multiplies piece by piece too, since
 * a BLAS adds in another order where it is given other sizes.
 */
export const cut = (M: number, N: number, K: number): Cut => {
  const work = M * N * K;
  const rows = piecesOf(M, LEAST_ROWS, work, MOST, HALVED_PRODUCT);
  const columns = piecesOf(N, LEAST_COLUMNS, work, MOST, HALVED_PRODUCT);
  const isByRows = rows > columns || (rows === columns && M / LEAST_ROWS > N / LEAST_COLUMNS);
  const whole = isByRows ? M : N;
  const size = Math.ceil(whole / Math.max(rows, columns) / REGISTERS) * REGISTERS;
  return { isByRows, size, pieces: Math.ceil(whole / size) };
};
