import { releaseWalked } from "../autograd/backward.js";
import type { Backend, Operand } from "../backend/backend.js";
import { backend, heap } from "../backend/current.js";
import { type DType, itemSize, type TypedArray } from "../backend/dtype.js";
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

/** A step as a list of calls with everything looked up: on planned memory, with no allocation but the results. */
export class Program {
  readonly #kernels: Backend = backend();
  readonly #arena: Storage;
  readonly #offsets: ReadonlyMap<Block, number>;
  readonly #steps: (() => void)[] = [];
  readonly #bound: Bound[] = [];
  readonly #gradients = new Map<Block, Gradient>();
  readonly #trace: Trace;
  /** Gradients that leaves have when a run begins: they are moved to their places. */
  readonly #entering: readonly { readonly leaf: LeafRef; readonly offset: number }[];
  readonly #results: readonly (() => Tensor)[];
  #args: readonly Tensor[] = [];

  constructor(trace: Trace) {
    this.#trace = trace;
    const { offsets, bytes } = planMemory(trace.blocks);
    this.#offsets = offsets;
    this.#arena = new Storage("uint8", [bytes]);
    this.#entering = trace.blocks.flatMap((block) =>
      block.kind === "gradient" ? [{ leaf: block.leaf as LeafRef, offset: offsets.get(block) as number }] : [],
    );
    this.#placeConstants();
    trace.entries.forEach((entry, at) => {
      this.#restoreConstants(at);
      this.#steps.push(this.#compiled(entry));
    });
    this.#results = trace.results.map((ref) => this.#result(ref));
  }

  /** Bytes of the memory that the program keeps for itself. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  /** Runs the step. @returns its result, around tensors of their own */
  run(args: readonly Tensor[]): unknown {
    this.#args = args;
    for (const { slot, argument, offset } of this.#bound) slot.address = (args[argument] as Tensor).address + offset;
    for (const { leaf, offset } of this.#entering) this.#enter(this.#leaf(leaf).gradValue as Tensor, offset);
    for (const gradient of this.#gradients.values()) this.#vacate(gradient);
    releaseWalked();
    const steps = this.#steps;
    try {
      for (let i = 0; i < steps.length; i++) (steps[i] as () => void)();
      return rebuild(this.#trace.result, (i) => (this.#results[i] as () => Tensor)());
    } finally {
      for (const [block, added] of this.#trace.versions) {
        const storage = this.#storageOf(block);
        if (storage !== undefined) storage.version += added;
      }
      this.#args = [];
    }
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
  #restoreConstants(at: number): void {
    for (const block of this.#trace.blocks) {
      const { constant } = block;
      if (constant === null || !block.isChanged || block.first !== at) continue;
      const address = this.#addressOf(block);
      this.#steps.push(() => heap.u8.set(constant, address));
    }
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

  #slot(ref: Ref): Slot {
    const { block, offset } = ref;
    if (block.kind !== "argument") return new Slot(ref, this.#addressOf(block) + offset);
    const slot = new Slot(ref, 0);
    this.#bound.push({ slot, argument: block.argument, offset });
    return slot;
  }

  #compiled(entry: Entry): () => void {
    if (entry.kind === "kernel") return this.#kernel(entry);
    if (entry.kind === "observe") return this.#observation(entry);
    if (entry.kind === "gradient") return this.#gradient(entry.leaf, entry.value);
    if (entry.kind === "call") return entry.call;
    const slot = this.#slot(entry.out);
    const n = lengthOf(slot);
    return () => {
      entry.draw(heap.view(slot.dtype, slot.address, n) as Float32Array | Float64Array);
    };
  }

  #kernel({ name, args, result, at }: Entry & { kind: "kernel" }): () => void {
    const prepared = args.map((arg) => this.#argument(arg));
    const call = called(this.#kernels, name, prepared);
    if (typeof result !== "number") return call;
    return () => {
      const now = call();
      if (now !== result)
        throw captureError(
          name,
          `it answers ${String(now)} where it answered ${result} when captured`,
          "check what the step is given",
          at,
        );
    };
  }

  #argument(value: unknown): unknown {
    if (value instanceof Ref) return this.#slot(value);
    return Array.isArray(value) ? value.map((item) => this.#argument(item)) : value;
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
    this.#gradients.set(block, gradient);
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

/** A call with everything looked up. Written out by length: calling with a list of arguments costs more than some kernels. */
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
