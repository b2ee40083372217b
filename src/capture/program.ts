import { releaseWalked } from "../autograd/backward.js";
import type { Backend, Operand } from "../backend/backend.js";
import { backend, heap } from "../backend/current.js";
import { type DType, itemSize, type TypedArray } from "../backend/dtype.js";
import type { Tape } from "../backend/tape.js";
import { isContiguous } from "../tensor/shape.js";
import { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { captureError } from "./captureError.js";
import { planMemory } from "./plan.js";
import { rebuild } from "./structure.js";
import { type Block, type Entry, type LeafRef, Ref, type Trace } from "./trace.js";

/** An operand whose place is known, or, where it is an argument's, set anew for each run. */
class Slot implements Operand {
  readonly dtype: DType;
  address: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor({ dtype, shape, strides }: Ref, address: number) {
    this.dtype = dtype;
    this.address = address;
    this.shape = shape;
    this.strides = strides;
  }
}

/** An operand that lies in an argument. */
interface Bound {
  readonly slot: Slot;
  readonly argument: number;
  readonly offset: number;
}

/** A gradient that the program computes at a fixed place, as the tensor that its leaf gets. */
interface Gradient {
  readonly block: Block;
  readonly offset: number;
  readonly ref: Ref;
  tensor: Tensor;
}

type KernelEntry = Entry & { readonly kind: "kernel" };

/**
 * A step as a list of calls with everything looked up: on planned memory, with no allocation but the results. What reaches the
 * kernels is a tape of their calls; where a backend's method does more than to call kernels, the method is called.
 */
export class Program {
  readonly #kernels: Backend = backend();
  readonly #arena: Storage;
  readonly #offsets: ReadonlyMap<Block, number>;
  /** All that the step does, in order: kernels, and what is no kernel's. */
  readonly #parts: readonly (KernelEntry | (() => void))[];
  #steps: (() => unknown)[] = [];
  #tape: Tape | null = null;
  /** What the calls of the tape need besides their operands. */
  #room: Storage | null = null;
  /** The arguments whose places the tape has to know. */
  #argumentsOfTape: readonly number[] = [];
  /** Operands in arguments: of the methods that are called, and of everything else. */
  #boundOfMethods: Bound[] = [];
  readonly #bound: Bound[] = [];
  readonly #gradients: Gradient[] = [];
  readonly #trace: Trace;
  /** Gradients that leaves have when a run begins: they are moved to their places. */
  readonly #entering: readonly { readonly leaf: LeafRef; readonly offset: number }[];
  readonly #results: readonly (() => Tensor)[];
  readonly #versions: readonly { readonly block: Block; readonly added: number }[];
  #args: readonly Tensor[] = [];

  constructor(trace: Trace) {
    this.#trace = trace;
    const { offsets, bytes } = planMemory(trace.blocks, trace.entries);
    this.#offsets = offsets;
    this.#arena = new Storage("uint8", [bytes]);
    this.#entering = trace.blocks.flatMap((block) =>
      block.kind === "gradient" ? [{ leaf: block.leaf as LeafRef, offset: offsets.get(block) as number }] : [],
    );
    this.#placeConstants();
    this.#parts = trace.entries.flatMap((entry, at) => [
      ...this.#restoredConstants(at),
      entry.kind === "kernel" ? entry : this.#compiled(entry),
    ]);
    this.#compile();
    this.#results = trace.results.map((ref) => this.#result(ref));
    this.#versions = [...trace.versions].map(([block, added]) => ({ block, added }));
  }

  /** Bytes of the memory that the program keeps for itself. */
  get bytes(): number {
    return this.#arena.bytes + (this.#room?.bytes ?? 0);
  }

  /** Runs the step. @returns its result, around tensors of their own */
  run(args: readonly Tensor[]): unknown {
    this.#args = args;
    if (this.#tape?.holds() === false) this.#compile();
    for (const i of this.#argumentsOfTape) this.#tape?.bind(i, (args[i] as Tensor).address);
    this.#bind(this.#boundOfMethods);
    this.#bind(this.#bound);
    for (const { leaf, offset } of this.#entering) this.#enter(this.#leaf(leaf).gradValue as Tensor, offset);
    for (const gradient of this.#gradients) this.#vacate(gradient);
    releaseWalked();
    const steps = this.#steps;
    try {
      for (let i = 0; i < steps.length; i++) (steps[i] as () => unknown)();
      return rebuild(this.#trace.result, (i) => (this.#results[i] as () => Tensor)());
    } finally {
      for (const { block, added } of this.#versions) {
        const storage = this.#storageOf(block);
        if (storage !== undefined) storage.version += added;
      }
      this.#args = [];
    }
  }

  #bind(bound: readonly Bound[]): void {
    for (const { slot, argument, offset } of bound) slot.address = (this.#args[argument] as Tensor).address + offset;
  }

  #leaf(leaf: LeafRef): Tensor {
    return typeof leaf === "number" ? (this.#args[leaf] as Tensor) : leaf;
  }

  #storageOf(block: Block): Storage | undefined {
    if (block.kind === "argument") return (this.#args[block.argument] as Tensor).storage;
    if (block.kind === "gradient") return this.#leaf(block.leaf as LeafRef).gradValue?.storage;
    return block.storage as Storage;
  }

  // --- memory -------------------------------------------------------------------------------------------------

  #placeConstants(): void {
    for (const block of this.#trace.blocks)
      if (block.constant !== null && !block.isChanged) heap.u8.set(block.constant, this.#addressOf(block));
  }

  /** Constants that the step changes are written again before their first use. */
  #restoredConstants(at: number): (() => void)[] {
    return this.#trace.blocks.flatMap((block) => {
      const { constant } = block;
      if (constant === null || !block.isChanged || block.first !== at) return [];
      const address = this.#addressOf(block);
      return [() => heap.u8.set(constant, address)];
    });
  }

  #addressOf(block: Block): number {
    if (block.kind === "outer") return (block.storage as Storage).address;
    const offset = this.#offsets.get(block);
    // An empty tensor has no block: nothing reads it.
    return offset === undefined ? this.#arena.address : this.#arena.address + offset;
  }

  /** Moves a leaf's gradient to where the program adds to it. */
  #enter({ storage }: Tensor, offset: number): void {
    if (storage.address !== this.#arena.address + offset) storage.move({ arena: this.#arena, offset });
  }

  /** Gives a person who may hold the last run's gradient a place of its own for it, before it is overwritten. */
  #vacate(gradient: Gradient): void {
    const { storage } = gradient.tensor;
    const isThere = !storage.isReleased && storage.address === this.#arena.address + gradient.offset;
    if (isThere && !storage.kept) return;
    storage.holds--;
    if (isThere) storage.move(null);
    gradient.tensor = this.#gradientTensor(gradient.ref, gradient.offset);
  }

  #gradientTensor({ dtype, shape }: Ref, offset: number): Tensor {
    const storage = new Storage(dtype, shape, { arena: this.#arena, offset });
    // The program holds it too: forgetting the gradient does not give its place back.
    storage.holds++;
    return new Tensor(storage, shape);
  }

  // --- what is run --------------------------------------------------------------------------------------------

  #slot(ref: Ref, bound = this.#bound): Slot {
    const { block, offset } = ref;
    if (block.kind !== "argument") return new Slot(ref, this.#addressOf(block) + offset);
    const slot = new Slot(ref, 0);
    bound.push({ slot, argument: block.argument, offset });
    return slot;
  }

  /** Notes what the kernels do, on a tape if they have one. */
  #compile(): void {
    this.#tape = this.#kernels.tape?.() ?? null;
    this.#boundOfMethods = [];
    const used = new Set<number>();
    this.#steps = this.#parts.flatMap((part) => (typeof part === "function" ? [part] : this.#kernel(part, used)));
    this.#argumentsOfTape = [...used];
    if (this.#tape === null) return;
    this.#steps = this.#tape.chained(this.#steps);
    this.#room = new Storage("uint8", [this.#tape.bytes]);
    this.#tape.place(this.#room.address);
  }

  #compiled(entry: Exclude<Entry, KernelEntry>): () => void {
    if (entry.kind === "observe") return this.#observation(entry);
    if (entry.kind === "gradient") return this.#gradient(entry.leaf, entry.value);
    if (entry.kind === "call") return entry.call;
    const slot = this.#slot(entry.out);
    const n = lengthOf(slot);
    return () => {
      entry.draw(heap.view(slot.dtype, slot.address, n) as Float32Array | Float64Array);
    };
  }

  /** @param used gets the arguments that the tape has to know */
  #kernel(entry: KernelEntry, used: Set<number>): (() => unknown)[] {
    const { name, result, at } = entry;
    const calls = this.#noted(entry, used) ?? [this.#method(entry)];
    // What a method answers is what its last kernel does.
    const answer = calls.at(-1);
    if (typeof result !== "number" || answer === undefined) return [...calls];
    const check = (): void => {
      const now = answer();
      if (now !== result)
        throw captureError(
          name,
          `it answers ${String(now)} where it answered ${result} when captured`,
          "check what the step is given",
          at,
        );
    };
    return [...calls.slice(0, -1), check];
  }

  #method({ name, args }: KernelEntry): () => unknown {
    const operands = this.#operands(args, (ref) => this.#slot(ref, this.#boundOfMethods));
    return called(this.#kernels, name, operands);
  }

  /** The kernel calls that a method makes, or null where it does more than that. */
  #noted({ name, args }: KernelEntry, used: Set<number>): readonly (() => unknown)[] | null {
    const tape = this.#tape;
    if (tape === null) return null;
    const operands = this.#operands(args, (ref) => {
      const { block, offset } = ref;
      if (block.kind !== "argument") return new Slot(ref, this.#addressOf(block) + offset);
      used.add(block.argument);
      return new Slot(ref, tape.argument(block.argument) + offset);
    });
    return tape.note(called(this.#kernels, name, operands));
  }

  #operands(values: readonly unknown[], slotOf: (ref: Ref) => Slot): unknown[] {
    return values.map((value) => {
      if (value instanceof Ref) return slotOf(value);
      return Array.isArray(value) ? this.#operands(value, slotOf) : value;
    });
  }

  #observation({ x, look, seen, at }: Entry & { kind: "observe" }): () => void {
    const slot = this.#slot(x);
    const n = lengthOf(slot);
    const isWhole = isContiguous(slot.shape, slot.strides);
    return () => {
      const elements = isWhole ? heap.view(slot.dtype, slot.address, n) : packed(this.#kernels, slot);
      if (look(elements) !== seen)
        throw captureError(
          "capture",
          "a check of values comes out otherwise than when the step was captured",
          "such values need a step of their own: capture it apart",
          at,
        );
    };
  }

  #gradient(leaf: LeafRef, value: Ref | null): () => void {
    if (value === null) return () => this.#leaf(leaf).setGrad(null);
    const { block } = value;
    const offset = this.#offsets.get(block) ?? 0;
    const gradient = { block, offset, ref: value, tensor: this.#gradientTensor(value, offset) };
    const known = this.#gradients.findIndex((other) => other.block === block);
    this.#gradients.splice(known < 0 ? this.#gradients.length : known, 1, gradient);
    return () => this.#leaf(leaf).setGrad(gradient.tensor);
  }

  /** A copy of a result; what was there before the step is handed out as a view. */
  #result(ref: Ref): () => Tensor {
    const { block, dtype, shape, strides, offset } = ref;
    const elements = offset / itemSize[dtype];
    if (block.kind === "outer") {
      const storage = block.storage as Storage;
      return () => new Tensor(storage, shape, strides, elements);
    }
    if (block.kind === "argument") {
      return () => {
        const arg = this.#args[block.argument] as Tensor;
        return new Tensor(arg.storage, shape, strides, arg.offset + elements);
      };
    }
    const slot = this.#slot(ref);
    if (lengthOf(slot) === 1) {
      return () => {
        const value = heap.array(dtype)[slot.address / itemSize[dtype]] as number;
        return new Tensor(new Storage(dtype, shape, value), shape);
      };
    }
    return () => {
      const copy = Tensor.empty(shape, dtype);
      this.#kernels.copy(copy, slot);
      return copy;
    };
  }
}

const lengthOf = ({ shape }: Operand): number => shape.reduce((a, b) => a * b, 1);

/** An operand's elements, row-major, where they do not lie so. */
const packed = (kernels: Backend, x: Operand): TypedArray => {
  const copy = Tensor.empty(x.shape, x.dtype);
  kernels.copy(copy, x);
  const elements = copy.toTypedArray();
  copy.storage.release("capture");
  return elements;
};

type Method = (this: Backend, ...args: unknown[]) => unknown;

/** A call with everything looked up: each method takes what was noted for it, which no type can say here. Written out by length: calling with a list of arguments costs more than some kernels. */
const called = (kernels: Backend, name: keyof Backend, args: readonly unknown[]): (() => unknown) => {
  const method = kernels[name] as unknown as Method;
  const [a, b, c, d, e, f] = args;
  if (args.length === 2) return () => method.call(kernels, a, b);
  if (args.length === 3) return () => method.call(kernels, a, b, c);
  if (args.length === 4) return () => method.call(kernels, a, b, c, d);
  if (args.length === 5) return () => method.call(kernels, a, b, c, d, e);
  if (args.length === 6) return () => method.call(kernels, a, b, c, d, e, f);
  return () => Reflect.apply(method, kernels, args);
};
