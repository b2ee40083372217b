import { heap } from "../backend/current.js";
import { type DType, itemSize } from "../backend/dtype.js";
import { DTypeError, OutOfMemoryError, ReleasedError, ValueError } from "./errors.js";
import { Nursery } from "./nursery.js";
import { recorder as stepRecorder } from "./recorder.js";
import { type Shape, sizeOf } from "./shape.js";
import { track, tracked } from "./tracking.js";

/** What the garbage collector needs to give a block of the heap back. */
interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** A place inside of another storage. */
export interface Place {
  readonly arena: Storage;
  /** Bytes from the arena's start. */
  readonly offset: number;
}

/** V8 sees only small handles, so after this many bytes it is shown a large, untouched ArrayBuffer: then it collects. */
const PRESSURE_STEP = 32 * 2 ** 20;
/** Size of the ArrayBuffer that makes V8 collect; smaller ones do not on Node 20. */
const NUDGE_BYTES = 128 * 2 ** 20;
/** Handles that the collector was told of, and their entries in its registry, are garbage too: after so many it is made to collect them. */
const HANDLES_STEP = 8_000;
let pressure = 0;
let handles = 0;

const giveBack = ({ address, bytes }: Block): void => {
  heap.free(address, bytes);
  tracked?.delete(address);
};
const finalizer = new FinalizationRegistry<Block>(giveBack);

/** Stands where there is no block. */
const NOWHERE = -1;

const nursery = new Nursery();

/** @internal Tells the collector of every storage that was left to it, the youngest too. */
export const registerYoung = (): void => nursery.empty();

/** Storages made while a `scope` or a backward walk records them; the innermost recorder. */
let recorder: Storage[] | null = null;

/**
 * The memory under a tensor and all of its views: one block of the heap, one dtype.
 *
 * Lifetime: the library releases what it made for itself as soon as nothing `holds` it. What a person may still reach
 * through a handle of theirs is `kept`: only the garbage collector, or the person, gives it back.
 */
export class Storage {
  readonly dtype: DType;
  /** Elements. */
  readonly length: number;
  readonly bytes: number;
  /** Counts in-place changes, so that backward can refuse a saved value that was changed since. */
  version = 0;
  /** Reasons to keep the block: values saved for backward, gradients, optimizer state. */
  holds = 0;
  /** A person may hold an alias that outlives the graph (detach, a view outside of the graph, a gradient that was read). */
  kept = false;
  /** Made during a backward walk and not yet seen by anyone outside of it. */
  isTemporary = false;
  /** Where the block begins in the heap, in bytes. */
  #address: number;
  /** The storage that the block is a part of, where it is not a block of its own. */
  #arena: Storage | null;
  #lastValue: number | undefined;
  #releasedBy = "";
  /** Whether the garbage collector knows of the block. */
  #isRegistered = false;

  /**
   * @param place where the elements lie: a block of their own unless it is given. For a single element its value can be given: then
   * it takes no block until somebody asks for its address.
   * @throws DTypeError for what is no dtype, OutOfMemoryError
   */
  constructor(dtype: DType, shape: Shape, place: Place | number | null = null) {
    if (!(dtype in itemSize)) throw unknownDType(dtype);
    this.dtype = dtype;
    this.length = sizeOf(shape);
    this.bytes = this.length * itemSize[dtype];
    this.#arena = null;
    if (typeof place === "number") {
      this.#address = NOWHERE;
      this.#lastValue = place;
      return;
    }
    if (place !== null) {
      this.#address = place.arena.address + place.offset;
      this.#arena = place.arena;
      return;
    }
    this.#address = takeBlock(this.bytes);
    stepRecorder?.made(this);
    if (tracked !== null) track(this.#address, dtype, shape);
    if (recorder !== null) {
      this.isTemporary = true;
      recorder.push(this);
    } else nursery.add(this);
  }

  /** Whether the elements are gone: a single one never is. */
  get isReleased(): boolean {
    return this.#address === NOWHERE && this.#lastValue === undefined;
  }

  /** @throws ReleasedError when the block was given back; a single value comes back by itself */
  get address(): number {
    return this.#address === NOWHERE ? this.#revived() : this.#address;
  }

  /** The value of a single element that has no block: `item()` still answers. */
  get lastValue(): number | undefined {
    return this.#lastValue;
  }

  /** A person can reach this from now on: leave it to the garbage collector. */
  keep(): void {
    this.kept = true;
    this.stopRecording();
  }

  /** Ends the care of a recorder: from here on the garbage collector looks after the block. */
  stopRecording(): void {
    if (!this.isTemporary) return;
    this.isTemporary = false;
    if (this.#address !== NOWHERE) nursery.add(this);
  }

  /** Has the garbage collector give the block back, unless somebody did or looks after it. */
  register(): void {
    if (this.#address === NOWHERE || this.#isRegistered || this.isTemporary || this.#arena !== null) return;
    this.#isRegistered = true;
    finalizer.register(this, { address: this.#address, bytes: this.bytes }, this);
    if (++handles > HANDLES_STEP) nudgeCollector();
  }

  #unregister(): void {
    if (!this.#isRegistered) return;
    this.#isRegistered = false;
    finalizer.unregister(this);
  }

  /** @internal Moves the elements: into an arena, or to a block of their own. Every tensor over this storage moves along. */
  move(place: Place | null): void {
    if (this.#address === NOWHERE) throw releasedError(this.#releasedBy);
    const from = { address: this.#address, bytes: this.bytes };
    this.#address = place === null ? takeBlock(this.bytes) : place.arena.address + place.offset;
    heap.u8.copyWithin(this.#address, from.address, from.address + from.bytes);
    this.stopRecording();
    if (this.#arena === null) {
      this.#unregister();
      giveBack(from);
    }
    this.#arena = place === null ? null : place.arena;
    if (this.#arena === null) nursery.add(this);
  }

  /** Gives the block back unless something holds it or a person may reach it. */
  releaseIfDead(by: string): void {
    if (this.holds === 0 && !this.kept) this.release(by);
  }

  /** Gives the block back now. Reading afterwards is a ReleasedError that says `by` what. */
  release(by: string): void {
    const address = this.#address;
    if (address === NOWHERE) return;
    if (this.length === 1) this.#lastValue = Number(heap.array(this.dtype)[address / itemSize[this.dtype]]);
    this.isTemporary = false;
    this.#unregister();
    this.#address = NOWHERE;
    this.#releasedBy = by;
    if (this.#arena !== null) return;
    const { bytes } = this;
    pressure -= bytes;
    giveBack({ address, bytes });
  }

  /** A block of its own for a single value that has none, so that losses that were kept can be stacked: the person's from now on. */
  #revived(): number {
    if (this.#lastValue === undefined) throw releasedError(this.#releasedBy);
    const address = takeBlock(this.bytes);
    heap.array(this.dtype)[address / itemSize[this.dtype]] = this.#lastValue;
    this.#lastValue = undefined;
    this.#address = address;
    this.#arena = null;
    this.kept = true;
    nursery.add(this);
    return address;
  }
}

/** The address of a block of the heap; now and then the collector is told how much was taken. */
const takeBlock = (bytes: number): number => {
  const address = heap.alloc(bytes);
  pressure += bytes;
  if (pressure > PRESSURE_STEP) nudgeCollector();
  return address;
};

const unknownDType = (dtype: unknown): DTypeError =>
  new DTypeError({
    op: "dtype",
    problem: `${String(dtype)} is not a dtype`,
    rule: Object.keys(itemSize).join(", "),
    hint: dtype === "int64" ? "int32 stands where PyTorch has int64" : undefined,
  });

const releasedError = (by: string): ReleasedError =>
  new ReleasedError({
    op: "read",
    problem: `this tensor's memory was given back by ${by}`,
    rule: "values computed on the way to a loss stay readable until the next backward()",
    hint: "keep a copy that has no graph with detach(), before the next backward(); item() of a scalar works always",
  });

heap.errorWhenFull = (bytes, inUse, limit) => {
  nudgeCollector();
  return new OutOfMemoryError({
    op: "allocate",
    problem: `no room for ${megabytes(bytes)}: ${megabytes(inUse)} of ${megabytes(limit)} are in use`,
    rule: "memory of tensors that are no longer reachable comes back when the program yields to the event loop",
    hint: "in a long synchronous loop use scope(() => …), `using`, or await something once in a while; evaluate under noGrad",
  });
};

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** @internal Makes V8 collect by an allocation that is never touched, so costs no memory. */
export const nudgeCollector = (): void => {
  pressure = 0;
  handles = 0;
  new ArrayBuffer(NUDGE_BYTES);
};

/** Runs `fn` and hands every storage it made to `done`, which settles what becomes of them. */
export const recordStorages = <T>(fn: () => T, done: (made: Storage[], result: T | undefined) => void): T => {
  const outer = recorder;
  const made: Storage[] = [];
  let result: T | undefined;
  recorder = made;
  try {
    result = fn();
    return result;
  } finally {
    recorder = outer;
    done(made, result);
  }
};

/** Heap figures in bytes: in use now, at most so far, the limit; and the number of blocks. */
export interface MemoryStats {
  readonly inUse: number;
  readonly peak: number;
  readonly limit: number;
  readonly blocks: number;
}

/** How much memory tensors take now. */
export const memoryStats = (): MemoryStats => ({
  inUse: heap.inUse,
  peak: heap.peak,
  limit: heap.limit,
  blocks: heap.blocks,
});

/**
 * Sets how many bytes tensors may take at most. Beyond it an op throws an OutOfMemoryError and changes nothing.
 *
 * @throws ValueError for what is not a number of bytes
 */
export const setMemoryLimit = (bytes: number): void => {
  if (!(bytes >= 0)) throw new ValueError({ op: "setMemoryLimit", problem: `${bytes} is not a number of bytes` });
  heap.limit = bytes;
};
