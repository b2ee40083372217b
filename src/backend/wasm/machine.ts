import type { Operand } from "../backend.js";
import type { Gemm } from "../blas/gemm.js";
import { DONE } from "../blas/thread.js";
import { type DType, itemSize } from "../dtype.js";
import type { Heap } from "../heap.js";
import { contiguousStrides, count, isWhole, Layout } from "./layout.js";
import { LAYOUT, MAX_RANK, SCALARS } from "./memory.js";
import { alone, type Items, type Pool } from "./pool.js";
import { type Kernel, made } from "./queue.js";
import { CallTape, TouchesElements } from "./tape.js";

type Table = Readonly<Record<string, Kernel | undefined>>;

declare const runnable: unique symbol;
/**
 * A kernel for `run`, not to be called: a call past the machine would be missing on a tape, and made while calls are noted it would
 * write to addresses that only stand for others.
 */
export interface Runnable {
  readonly [runnable]: true;
}
/** The only way back: the mark exists for the compiler alone. */
const callable = (kernel: Runnable): Kernel => kernel as unknown as Kernel;

/** What a dtype is called in the names of kernels that know it, and of those that move elements as bits. */
const suffixes: Readonly<Record<DType, readonly string[]>> = {
  float32: ["f32", "4"],
  float64: ["f64", "8"],
  int32: ["i32", "4"],
  uint8: ["u8", "1"],
  bool: ["u8", "1"],
};
const castNames: Readonly<Record<DType, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint8: "u8",
  bool: "bool",
};

/** Nanoseconds a byte of a plain copy takes, and an element of one that steps or converts. */
const COPY_COST = 0.03;
const STRIDED_COPY_COST = 0.5;

/** The compiled kernels over one heap, and what calling them takes: a layout, places for numbers, temporary copies. */
export class Machine {
  readonly layout = new Layout();
  /** Rows of a tile of this build's matmul. */
  readonly tileRows: number;
  readonly #heap: Heap;
  readonly #gemm: Gemm | null;
  readonly #pool: Pool;
  readonly #all: Table;
  readonly #tables: Readonly<Record<DType, Table>>;
  /** Address and bytes of each temporary, in turn. */
  readonly #temporaries: number[] = [];
  /** Where calls are noted now in the place of being made. */
  #tape: CallTape | null = null;

  constructor(heap: Heap, kernels: Table, tileRows: number, gemm: Gemm | null, pool: Pool) {
    this.#heap = heap;
    this.#gemm = gemm;
    this.#pool = pool;
    this.tileRows = tileRows;
    this.#all = kernels;
    const tableOf = (dtype: DType): Table => {
      const table: Record<string, Kernel | undefined> = {};
      for (const [name, kernel] of Object.entries(kernels)) {
        const [op, suffix] = name.split("_") as [string, string?];
        if (suffix !== undefined && suffixes[dtype].includes(suffix)) table[op] = kernel;
      }
      return table;
    };
    this.#tables = {
      float32: tableOf("float32"),
      float64: tableOf("float64"),
      int32: tableOf("int32"),
      uint8: tableOf("uint8"),
      bool: tableOf("bool"),
    };
  }

  /** The kernel of an op for a dtype, where there is one. */
  kernel(op: string, dtype: DType): Runnable | undefined {
    return this.#tables[dtype][op] as Runnable | undefined;
  }

  /** A kernel that must be there. */
  named(name: string): Runnable {
    const kernel = this.#all[name];
    if (kernel === undefined) throw new Error(`no kernel ${name} in this build`);
    return kernel as unknown as Runnable;
  }

  /**
   * What a kernel answers that neither reads nor writes elements: how many parts it would have, say. It may read what `layOut` wrote.
   *
   * @returns undefined where there is no such kernel
   */
  ask(op: string, dtype: DType, ...numbers: number[]): number | undefined {
    return this.#tables[dtype][op]?.(...numbers);
  }

  /** A tape that notes what this machine runs. */
  tape(): CallTape {
    return new CallTape(this.#heap, this.#pool, callable(this.named("chain")), (tape, run) => {
      this.#tape = tape;
      try {
        run();
      } finally {
        this.#tape = null;
      }
    });
  }

  /** Where the elements are, for what no kernel does. @throws TouchesElements while calls are noted */
  get heap(): Heap {
    if (this.#tape !== null) throw new TouchesElements();
    return this.#heap;
  }

  /** Large products by the system's BLAS, where they may use it. */
  get gemm(): Gemm | null {
    const gemm = this.#gemm;
    if (gemm === null || this.#tape === null) return gemm;
    const noted = stateOf(gemm);
    this.#tape.assumes(gemm, () => {
      const now = stateOf(gemm);
      return now.length === noted.length && now.every((part, i) => part === noted[i]);
    });
    return gemm;
  }

  /** Runs a kernel over items, on several threads where that is worth it. @returns the first item refused, or −1 */
  run(kernel: Runnable, args: number[], items: Items): number {
    if (this.#tape === null) return this.#pool.run(callable(kernel), args, items);
    this.#tape.add(callable(kernel), args, items);
    return -1;
  }

  /**
   * Runs a kernel over all of its items where `work`, in nanoseconds, is too little to share out: how that would be done need not be
   * said then, which takes longer than a small kernel.
   *
   * @returns whether it did; never while calls are noted
   */
  runSmall(kernel: Runnable, args: readonly number[], work: number): boolean {
    if (this.#tape !== null || !this.#pool.isSmall(work)) return false;
    made(callable(kernel), args);
    return true;
  }

  /**
   * Runs a kernel whose refusal has the caller take another way, which depends on values.
   *
   * @returns whether it took all items
   * @throws TouchesElements while calls are noted
   */
  attempt(kernel: Runnable, args: number[], items: Items): boolean {
    if (this.#tape !== null) throw new TouchesElements();
    return this.#pool.run(callable(kernel), args, items) < 0;
  }

  /** Threads that may take parts of a call of the BLAS. */
  get threads(): number {
    const { threads } = this.#pool;
    // Room for as many was noted: with more of them they would write beyond it.
    this.#tape?.assumes(this.#pool, () => this.#pool.threads === threads);
    return this.gemm?.isShared() ? threads : 1;
  }

  /** Runs a kernel that calls the BLAS: on this thread alone, and from then on, where another cannot open it. */
  runBlas(gemm: Gemm, kernel: Runnable, args: number[], items: Items): void {
    if (this.#tape !== null) {
      this.#tape.addCall(args, (numbers) => this.runBlas(gemm, kernel, numbers, items));
      return;
    }
    if (gemm.isShared()) {
      if (this.#pool.run(callable(kernel), args, items) === DONE) return;
      gemm.keepAlone();
    }
    alone(callable(kernel), args, items);
  }

  /** Puts a number where a kernel can read it as an element. @returns its address */
  scalar(value: number, dtype: DType, slot: 0 | 1 | 2): number {
    const element = dtype === "bool" ? Number(value !== 0) : value;
    if (this.#tape !== null) return this.#tape.constant(dtype, [element]);
    const address = SCALARS + 16 * slot;
    this.#heap.array(dtype)[address / itemSize[dtype]] = element;
    return address;
  }

  /** Puts i32 words where a kernel can read them, until `release`. @returns their address */
  words(values: readonly number[]): number {
    if (this.#tape !== null) return this.#tape.constant("int32", values);
    const { address } = this.temporary("int32", [values.length]);
    this.#heap.i32.set(values, address / itemSize.int32);
    return address;
  }

  /** Puts i32 words at LAYOUT, where some kernels read how their operands lie. */
  layOut(words: readonly number[]): void {
    // While calls are noted too: what a kernel tells of itself may depend on it.
    this.#heap.i32.set(words, LAYOUT / itemSize.int32);
    if (this.#tape !== null)
      this.#copyBytes(LAYOUT, this.#tape.constant("int32", words), words.length * itemSize.int32);
  }

  /** out ← value, any strides. */
  fill(out: Operand, value: number): void {
    const { dtype, address, shape } = out;
    const from = this.scalar(value, dtype, 0);
    if (!isWhole(out, shape)) {
      this.copy(out, { dtype, address: from, shape: [], strides: [] });
      return;
    }
    const n = count(shape);
    const kernel = this.kernel("fill", dtype) as Runnable;
    const args = [address, from, n];
    if (this.runSmall(kernel, args, n * COPY_COST * itemSize[dtype])) return;
    this.run(kernel, args, {
      count: n,
      steps: [itemSize[dtype]],
      counter: 2,
      tile: 64,
      cost: COPY_COST * itemSize[dtype],
      isElementwise: true,
    });
  }

  /** out ← x, casting; x broadcasts against out. */
  copy(out: Operand, x: Operand): void {
    const n = count(out.shape);
    if (n === 0) return;
    const isSame = out.dtype === x.dtype || (out.dtype === "uint8" && x.dtype === "bool");
    if (isSame && isWhole(out, out.shape) && isWhole(x, out.shape)) {
      this.#copyBytes(out.address, x.address, n * itemSize[x.dtype]);
      return;
    }
    const kernel = isSame
      ? (this.kernel("copy", x.dtype) as Runnable)
      : this.named(`cast_${suffixes[x.dtype][0]}_${castNames[out.dtype]}`);
    const { layout } = this;
    layout.set(out.shape, out, x, null);
    const levels = this.#writeLayout();
    const axis = layout.longest;
    const size = layout.sizes[axis] as number;
    this.run(kernel, [out.address, x.address, levels, axis, size], {
      count: size,
      steps: [(layout.a[axis] as number) * itemSize[out.dtype], (layout.b[axis] as number) * itemSize[x.dtype]],
      counter: 4,
      tile: 16,
      cost: (n / size) * STRIDED_COPY_COST,
    });
  }

  #copyBytes(to: number, from: number, bytes: number): void {
    const items = { count: bytes, steps: [1, 1], counter: 2, tile: 4096, cost: COPY_COST };
    this.run(this.named("copyWhole"), [to, from, bytes], items);
  }

  /** Hands the layout's sizes and its first two operands to a strided kernel. @returns the number of levels */
  #writeLayout(): number {
    const { sizes, a, b } = this.layout;
    const levels = Math.max(2, this.layout.levels);
    if (this.#tape !== null) {
      this.layOut([...sizes, ...a, ...b]);
      return levels;
    }
    const { i32 } = this.#heap;
    const start = LAYOUT / 4;
    for (let level = 0; level < levels; level++) {
      i32[start + level] = sizes[level] as number;
      i32[start + MAX_RANK + level] = a[level] as number;
      i32[start + 2 * MAX_RANK + level] = b[level] as number;
    }
    return levels;
  }

  /** x itself where it is contiguous and of this shape, else a temporary copy that is. */
  contiguous(x: Operand, shape: readonly number[] = x.shape): Operand {
    if (isWhole(x, shape)) return x;
    const copy = this.temporary(x.dtype, shape);
    this.copy(copy, x);
    return copy;
  }

  /** Room for a result in between, until `release`. */
  temporary(dtype: DType, shape: readonly number[]): Operand {
    const bytes = count(shape) * itemSize[dtype];
    const address = this.#tape === null ? this.#heap.alloc(bytes) : this.#tape.temporary(bytes);
    if (this.#tape === null) this.#temporaries.push(address, bytes);
    return { dtype, address, shape, strides: contiguousStrides(shape) };
  }

  /** Gives back every temporary. */
  release(): void {
    this.#tape?.release();
    const held = this.#temporaries;
    while (held.length > 0) {
      const bytes = held.pop() as number;
      this.#heap.free(held.pop() as number, bytes);
    }
  }
}

/** What calls of the BLAS depend on. */
const stateOf = (gemm: Gemm): readonly unknown[] => (gemm.isThere() ? [gemm.isShared(), ...gemm.handle()] : []);

/** x seen with its dimensions in another order. */
export const permuted = (x: Operand, order: readonly number[]): Operand => ({
  dtype: x.dtype,
  address: x.address,
  shape: order.map((d) => x.shape[d] as number),
  strides: order.map((d) => x.strides[d] as number),
});
