import { type ArrayOf, type DType, itemSize } from "./dtype.js";
import { FreeStretches } from "./freeStretches.js";
import { whyAlone } from "./threads.js";

/** Bytes of a WebAssembly page. */
const PAGE = 65536;
/** WebAssembly's 32-bit addresses end here: 4 GiB, less a page so that sizes fit. */
const MAX_PAGES = 65535;
/** Blocks start at multiples of this, so that vectors and cache lines never straddle. */
const ALIGN = 64;
/** Up to this many bytes blocks have size classes of their own. */
const MAX_SMALL = 16384;
/** Small blocks are cut from slabs of this many bytes. */
const SLAB = 1 << 18;
/** Below this address nothing is allocated: kernels keep constants and scratch there. */
const RESERVED = 1 << 20;

/**
 * One WebAssembly memory and its free blocks. Every CPU kernel, in WebAssembly or in TypeScript, works on it.
 *
 * Small blocks are rounded up to a class (four to an octave, so at most a fifth is wasted); a freed one waits in its class's list.
 * Large ones are taken from, and become, free stretches that merge with their neighbours.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Views of the whole memory, renewed when it grows: never keep one across an allocation. */
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u8!: Uint8Array;
  /** Bytes handed out and not yet given back, in whole classes. */
  inUse = 0;
  peak = 0;
  blocks = 0;
  /** Makes the error for `bytes` that do not fit, whoever asked for them: an op for its result, or a kernel for its scratch. */
  errorWhenFull = (bytes: number, inUse: number, limit: number): Error =>
    new RangeError(`heap full: ${bytes} bytes asked, ${inUse} of ${limit} in use`);
  #limit = MAX_PAGES * PAGE;
  #top = RESERVED;
  /** The part of the newest slab that was not handed out yet. */
  #slab = { next: 0, end: 0 };
  /** Free small blocks, by their size in multiples of ALIGN. */
  readonly #small: readonly number[][] = Array.from({ length: MAX_SMALL / ALIGN + 1 }, () => []);
  readonly #large = new FreeStretches();

  constructor(initialBytes = 16 << 20, isShared = whyAlone === null) {
    const size = { initial: Math.ceil(initialBytes / PAGE), maximum: MAX_PAGES };
    this.memory = (isShared ? sharedMemory(size) : null) ?? new WebAssembly.Memory(size);
    this.#renewViews();
  }

  /** Whether threads can work on the memory. */
  get isShared(): boolean {
    return typeof SharedArrayBuffer !== "undefined" && this.memory.buffer instanceof SharedArrayBuffer;
  }

  /** Bytes that may be in use at most. */
  get limit(): number {
    return this.#limit;
  }
  set limit(bytes: number) {
    this.#limit = Math.min(bytes, MAX_PAGES * PAGE);
  }

  /** @returns the address of at least `bytes` bytes, not cleared, aligned to 64 */
  alloc(bytes: number): number {
    const size = sizeClass(bytes);
    if (this.inUse + size > this.#limit) throw this.errorWhenFull(bytes, this.inUse, this.#limit);
    const address =
      size > MAX_SMALL ? this.#takeLarge(size) : (this.#small[size / ALIGN]?.pop() ?? this.#cutFromSlab(size));
    this.inUse += size;
    this.blocks++;
    if (this.inUse > this.peak) this.peak = this.inUse;
    return address;
  }

  /** Gives back a block of `alloc(bytes)`. */
  free(address: number, bytes: number): void {
    const size = sizeClass(bytes);
    this.inUse -= size;
    this.blocks--;
    if (size > MAX_SMALL) {
      this.#large.add(address, address + size);
      this.#top = this.#large.takeLast(this.#top);
      return;
    }
    this.#small[size / ALIGN]?.push(address);
  }

  #takeLarge(size: number): number {
    return this.#large.take(size) ?? this.#extend(size);
  }

  #cutFromSlab(size: number): number {
    if (this.#slab.end - this.#slab.next < size) {
      const next = this.#takeLarge(SLAB);
      this.#slab = { next, end: next + SLAB };
    }
    const address = this.#slab.next;
    this.#slab.next += size;
    return address;
  }

  /** Room that is kept for good and counts as nobody's: scratch and queues of threads. */
  reserve(bytes: number): number {
    return this.#extend(sizeClass(bytes));
  }

  /** The elements from `address` on, as a view: valid until the next allocation. */
  view<T extends DType>(dtype: T, address: number, length: number): ArrayOf[T] {
    const start = address / itemSize[dtype];
    return this.array(dtype).subarray(start, start + length) as ArrayOf[T];
  }

  /** The whole memory as elements of one dtype: index by address / itemSize. */
  array<T extends DType>(dtype: T): ArrayOf[T] {
    const arrays: ArrayOf = { float32: this.f32, float64: this.f64, int32: this.i32, uint8: this.u8, bool: this.u8 };
    return arrays[dtype];
  }

  #extend(size: number): number {
    const address = this.#top;
    const end = address + size;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(missing, size);
    this.#top = end;
    return address;
  }

  #grow(missing: number, asked: number): void {
    const now = this.memory.buffer.byteLength / PAGE;
    const needed = Math.ceil(missing / PAGE);
    // Growing by an eighth at least keeps the number of growths, each of which renews every view, logarithmic.
    const wanted = Math.min(Math.max(needed, now >> 3), MAX_PAGES - now);
    try {
      if (wanted < needed) throw new RangeError("beyond 4 GiB");
      this.memory.grow(wanted);
    } catch {
      throw this.errorWhenFull(asked, this.inUse, now * PAGE);
    }
    this.#renewViews();
  }

  #renewViews(): void {
    const { buffer } = this.memory;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

/** A memory that threads share, or null where the engine has no room for one. */
const sharedMemory = (size: WebAssembly.MemoryDescriptor): WebAssembly.Memory | null => {
  try {
    return new WebAssembly.Memory({ ...size, shared: true });
  } catch {
    return null;
  }
};

/** Rounds up to 64, or to a quarter of the octave: 64 80→128 … 1024 1280 1536 1792 2048 …; large sizes to 64 only. */
export const sizeClass = (bytes: number): number => {
  if (bytes <= ALIGN) return ALIGN;
  if (bytes > MAX_SMALL) return Math.ceil(bytes / ALIGN) * ALIGN;
  const octave = 31 - Math.clz32(bytes - 1);
  const step = Math.max(ALIGN, 1 << (octave - 2));
  return Math.ceil(bytes / step) * step;
};
