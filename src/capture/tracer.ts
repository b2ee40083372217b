import { isAnomalyEnabled } from "../autograd/anomaly.js";
import { OpNode } from "../autograd/node.js";
import type { Backend, Operand } from "../backend/backend.js";
import { backend, heap, setBackend } from "../backend/current.js";
import { itemSize, type TypedArray } from "../backend/dtype.js";
import { defaultGenerator } from "../random/generator.js";
import { here } from "../tensor/callSite.js";
import type { CaptureError } from "../tensor/errors.js";
import { type Draw, type Recorder, setRecorder } from "../tensor/recorder.js";
import type { Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { captureError } from "./captureError.js";
import { structureOf } from "./structure.js";
import { type Block, type Entry, type KernelName, type LeafRef, outputsOf, Ref, type Trace } from "./trace.js";

/** What has to hold for a trace to be right, beyond its arguments. */
export interface Conditions {
  /** Whether each of these leaves has a gradient when the step begins. */
  readonly gradients: ReadonlyMap<LeafRef, boolean>;
  readonly requiresGrad: ReadonlyMap<Tensor, boolean>;
  readonly assumptions: ReadonlyMap<object, () => boolean>;
}

const isOperand = (value: unknown): value is Operand =>
  typeof value === "object" && value !== null && "address" in value && "strides" in value;

/** Notes what one run of a step does, while it does it. */
export class Tracer implements Recorder, Conditions {
  readonly gradients = new Map<LeafRef, boolean>();
  readonly requiresGrad = new Map<Tensor, boolean>();
  readonly assumptions = new Map<object, () => boolean>();
  /** Why this run cannot be replayed, where that is no reason to stop it. */
  refusal: CaptureError | null = null;
  readonly #entries: Entry[] = [];
  readonly #blocks: Block[] = [];
  readonly #blockOf = new Map<Storage, Block>();
  readonly #args: readonly Tensor[];
  readonly #throws: boolean;
  /** Leaves whose gradient the step itself has set or asked for. */
  readonly #known = new Set<LeafRef>();
  /** Blocks whose elements JavaScript wrote, not yet seen by a kernel. */
  readonly #written = new Set<Block>();
  /** The version of each storage when it was first met, and what calls that are not recorded added since. */
  readonly #versions = new Map<Block, { first: number; called: number }>();
  #drawn = 0;
  #isPaused = false;

  /** @param throws stop at what cannot be recorded, with a CaptureError; otherwise go on, and keep it in `refusal` */
  constructor(args: readonly Tensor[], throws: boolean) {
    this.#args = args;
    this.#throws = throws;
    args.forEach((arg, i) => {
      if (!this.#blockOf.has(arg.storage)) this.#add(arg.storage, { kind: "argument", argument: i });
    });
  }

  /** Runs the step. */
  run<T>(step: () => T): { returned: T; trace: Trace } {
    const kernels = backend();
    const { drawn } = defaultGenerator;
    setRecorder(this);
    setBackend(this.#recording(kernels));
    let returned: T;
    try {
      returned = step();
    } finally {
      setRecorder(null);
      setBackend(kernels);
    }
    if (returned instanceof Promise)
      throw captureError("capture", "the step is async", "read and wait outside of it", null);
    if (isAnomalyEnabled()) this.refuses("capture", "anomaly mode reads every gradient", "turn it off");
    if (defaultGenerator.drawn - drawn !== this.#drawn)
      this.refuses(
        "capture",
        "the step draws random numbers in JavaScript, or seeds the generator",
        "draw with rand, randn or dropout, or outside of the step",
      );
    return { returned, trace: this.#finish(returned) };
  }

  #finish(returned: unknown): Trace {
    const found: Tensor[] = [];
    const result = structureOf(returned, found);
    const results = found.map((tensor) => {
      const node = tensor.edge?.node;
      if (node instanceof OpNode && !node.isFreed) {
        this.refuses(
          node.name,
          "a result of the step has a graph that no backward has walked",
          "call backward() in the step, detach() the result, or run the step under noGrad",
        );
      }
      return this.#ref(tensor, this.#entries.length, false);
    });
    const versions = new Map<Block, number>();
    for (const [block, { first, called }] of this.#versions) {
      const added = (block.storage as Storage).version - first - called;
      if (added > 0) versions.set(block, added);
    }
    for (const block of this.#blocks) if (block.kind !== "outer") block.storage = null;
    return { entries: this.#entries, blocks: this.#blocks, result, results, versions };
  }

  /** The backend, with every call noted before it is made. */
  #recording(kernels: Backend): Backend {
    return new Proxy(kernels, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const run = (): unknown => Reflect.apply(value, target, args);
          return this.#isPaused ? run() : this.#kernel(name as KernelName | "nonzero", args, run);
        };
      },
    });
  }

  #kernel(name: KernelName | "nonzero", args: readonly unknown[], run: () => unknown): unknown {
    if (name === "nonzero") {
      this.#refuseRead(name);
      return run();
    }
    const at = this.#entries.length;
    const outputs = outputsOf[name];
    const refs = new Array<unknown>(args.length);
    // Inputs first: what a kernel reads must have been written by an earlier one.
    let output = 0;
    const isOutput = args.map((arg) => (isOperand(arg) || Array.isArray(arg)) && output++ < outputs);
    for (let i = args.length - 1; i >= 0; i--) refs[i] = this.#argument(args[i], at, isOutput[i] === true);
    const result = run();
    this.#entries.push({ kind: "kernel", name, args: refs, result, at: here() });
    return result;
  }

  #argument(value: unknown, at: number, isOutput: boolean): unknown {
    if (isOperand(value)) return this.#ref(value as Tensor, at, isOutput);
    if (Array.isArray(value)) return value.map((item) => this.#argument(item, at, isOutput));
    return value;
  }

  /** Notes that entry `at` touches a tensor. */
  #ref(x: Tensor, at: number, isOutput: boolean): Ref {
    const { storage } = x;
    const block = this.#blockOf.get(storage) ?? this.#add(storage, { kind: "outer" });
    if (block.kind !== "inner" && !this.#versions.has(block))
      this.#versions.set(block, { first: storage.version, called: 0 });
    if (block.kind === "inner" && x.numel() > 0) this.#touch(block, storage, at, isOutput);
    const first = block.kind === "argument" ? (this.#args[block.argument] as Tensor).offset : 0;
    return new Ref(block, (x.offset - first) * itemSize[x.dtype], x);
  }

  #touch(block: Block, storage: Storage, at: number, isOutput: boolean): void {
    if (this.#written.delete(block)) block.constant = heap.u8.slice(storage.address, storage.address + block.bytes);
    else if (block.first < 0 && !isOutput)
      this.refuses("empty", "the step reads memory that nothing was written to", "use zeros() in the place of empty()");
    if (block.first < 0) block.first = at;
    if (isOutput && block.constant !== null) block.isChanged = true;
    block.last = at;
  }

  #add(storage: Storage, what: Partial<Block> & Pick<Block, "kind">): Block {
    const block: Block = {
      bytes: storage.bytes,
      argument: -1,
      leaf: null,
      storage,
      first: -1,
      last: -1,
      isGradient: false,
      constant: null,
      isChanged: false,
      ...what,
    };
    this.#blockOf.set(storage, block);
    this.#blocks.push(block);
    return block;
  }

  #leafRef(leaf: Tensor): LeafRef {
    const i = this.#args.indexOf(leaf);
    return i >= 0 ? i : leaf;
  }

  #isInner(x: Tensor): boolean {
    return this.#blockOf.get(x.storage)?.kind === "inner";
  }

  // --- what the library reports -------------------------------------------------------------------------------

  made(storage: Storage): void {
    if (!this.#isPaused) this.#add(storage, { kind: "inner" });
  }

  took(inputs: readonly Tensor[]): void {
    if (this.#isPaused) return;
    for (const x of inputs) {
      const kind = this.#blockOf.get(x.storage)?.kind ?? "outer";
      if (x.isLeaf && kind === "outer") this.requiresGrad.set(x, x.leafRequiresGrad);
    }
  }

  writes(x: Tensor): void {
    if (this.#isPaused || x.numel() === 0) return;
    const block = this.#blockOf.get(x.storage);
    if (block?.kind === "inner" && block.first < 0) this.#written.add(block);
    else this.refuses("tensor", "JavaScript writes into a tensor", "use copy_ or fill_");
  }

  draws(x: Tensor, draw: Draw): void {
    if (this.#isPaused) {
      draw(heap.view(x.dtype, x.address, x.numel()) as Float32Array | Float64Array);
      return;
    }
    this.#entries.push({ kind: "draw", out: this.#ref(x, this.#entries.length, true), draw });
    this.#counted(() =>
      this.#paused(() => draw(heap.view(x.dtype, x.address, x.numel()) as Float32Array | Float64Array)),
    );
  }

  reads(op: string, x: Tensor): void {
    if (!this.#isPaused && x.numel() > 0) this.#refuseRead(op);
  }

  #refuseRead(op: string): void {
    this.refuses(
      op,
      "the step reads values into JavaScript",
      "return the tensor from the step, and read it after the call; what depends on values in other ways cannot be captured",
    );
  }

  observes<T>(x: Tensor, look: (elements: TypedArray) => T): T {
    if (this.#isPaused) return look(x.toTypedArray());
    const ref = this.#ref(x, this.#entries.length, false);
    const seen = this.#paused(() => look(x.toTypedArray()));
    this.#entries.push({ kind: "observe", x: ref, look, seen, at: here() });
    return seen;
  }

  readsGradient(leaf: Tensor): void {
    if (this.#isPaused || this.#isInner(leaf)) return;
    const ref = this.#leafRef(leaf);
    if (this.#known.has(ref)) return;
    this.#known.add(ref);
    const grad = leaf.gradValue;
    this.gradients.set(ref, grad !== null);
    if (grad === null) return;
    if (!isWhole(grad) || this.#blockOf.has(grad.storage))
      this.refuses("grad", "a gradient is a part of another tensor", "set a clone() of it");
    else this.#add(grad.storage, { kind: "gradient", leaf: ref });
  }

  setsGradient(leaf: Tensor, value: Tensor | null): void {
    if (this.#isInner(leaf)) return;
    const ref = this.#leafRef(leaf);
    this.#known.add(ref);
    if (this.#isPaused) return;
    if (value === null) {
      this.#entries.push({ kind: "gradient", leaf: ref, value: null });
      return;
    }
    if (!isWhole(value) || !this.#isInner(value) || value.edge !== null)
      this.refuses(
        "grad",
        "a gradient is set that the step did not compute as a tensor of its own",
        "set a clone() of it",
      );
    const grad = this.#ref(value, this.#entries.length, false);
    grad.block.isGradient = true;
    this.#entries.push({ kind: "gradient", leaf: ref, value: grad });
  }

  calls<T>(owner: object, name: string, call: () => T): T {
    if (this.#isPaused) return call();
    const before = [...this.#versions.keys()].map((block) => (block.storage as Storage).version);
    const result = this.#counted(() => this.#paused(call));
    let i = 0;
    for (const [block, version] of this.#versions)
      version.called += (block.storage as Storage).version - (before[i++] as number);
    this.#entries.push({ kind: "call", owner, name, call });
    return result;
  }

  assumes(subject: object, holds: () => boolean): void {
    if (!this.#isPaused) this.assumptions.set(subject, holds);
  }

  /** @param at an error that was made where the op was called */
  refuses(op: string, problem: string, hint: string, at: Error | null = here()): void {
    if (this.#isPaused) return;
    const error = captureError(op, problem, hint, at);
    if (this.#throws) throw error;
    this.refusal ??= error;
  }

  /** Draws in `fn` are drawn in each run. */
  #counted<T>(fn: () => T): T {
    const { drawn } = defaultGenerator;
    const result = fn();
    this.#drawn += defaultGenerator.drawn - drawn;
    return result;
  }

  #paused<T>(fn: () => T): T {
    this.#isPaused = true;
    try {
      return fn();
    } finally {
      this.#isPaused = false;
    }
  }
}

/** Whether a tensor is all of its storage, row-major. */
export const isWhole = (x: Tensor): boolean => x.offset === 0 && x.isContiguous() && x.storage.length === x.numel();
