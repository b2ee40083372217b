import type { DType } from "../backend/dtype.js";
import { GradError } from "../tensor/errors.js";
import type { Edge, GradHook, GradNode } from "../tensor/gradNode.js";
import type { Shape } from "../tensor/shape.js";
import type { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";

let created = 0;

/** Takes the place of saving: `keep` gives a ticket for a value that is not held, and `restore` answers it in backward. */
export interface Savings {
  keep(tensor: Tensor): number;
  restore(ticket: number): Tensor;
  /** The ticket will not be asked for again. */
  drop(ticket: number): void;
}

let savings: Savings | null = null;

/** Runs `fn`; what its ops save for backward goes to `other`. */
export const withSavings = <T>(other: Savings, fn: () => T): T => {
  const before = savings;
  savings = other;
  try {
    return fn();
  } finally {
    savings = before;
  }
};

/** A value that backward will need: held, with the version that it had, or a ticket for it. */
interface Saved {
  tensor(op: string): Tensor;
  free(): void;
}

class Held implements Saved {
  readonly #tensor: Tensor;
  readonly #version: number;

  constructor(tensor: Tensor) {
    tensor.storage.holds++;
    this.#tensor = tensor;
    this.#version = tensor.storage.version;
  }

  get storage(): Storage {
    return this.#tensor.storage;
  }

  /** @throws GradError when the value was changed in place since it was saved */
  tensor(op: string): Tensor {
    const { version } = this.storage;
    if (version !== this.#version) {
      throw new GradError({
        op,
        problem: "a value that its backward needs was changed by an in-place op",
        rule: `saved at version ${this.#version}, now at version ${version}`,
        args: { saved: this.#tensor.shape },
        hint: "use the out-of-place form (add instead of add_), or clone() before changing it",
      });
    }
    return this.#tensor;
  }

  free(): void {
    this.storage.holds--;
  }
}

class Ticket implements Saved {
  readonly #savings: Savings;
  readonly #ticket: number;
  readonly #edge: Edge | null;

  constructor(other: Savings, tensor: Tensor) {
    this.#savings = other;
    this.#ticket = other.keep(tensor);
    this.#edge = tensor.edge;
  }

  /** The restored value in the place of the saved one in the graph, so that backward has a gradient itself. */
  tensor(): Tensor {
    const { storage, shape, strides, offset } = this.#savings.restore(this.#ticket);
    const restored = new Tensor(storage, shape, strides, offset);
    restored.edge = this.#edge;
    return restored;
  }

  free(): void {
    this.#savings.drop(this.#ticket);
  }
}

/** Shape and dtype of a tensor. */
export interface Meta {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What backward sees of its forward. */
export interface BackwardContext<A> {
  readonly attrs: A;
  /** Whether each input wants a gradient; the others' may be null. */
  readonly needs: readonly boolean[];
  /** Shape and dtype of each input; values only of those that were saved. */
  readonly inputMeta: readonly Meta[];
  /** Whether output i got a gradient; otherwise zeros stand for it. */
  readonly arrived: (i: number) => boolean;
  /** A saved input by its position. */
  readonly input: (i: number) => Tensor;
  /** A saved output by its position. */
  readonly output: (i: number) => Tensor;
}

/** What the graph has to know of an op. */
export interface Rules<A> {
  readonly name: string;
  /** The gradient of each input, written with ops, so that it has a gradient itself. */
  backward(grads: readonly Tensor[], ctx: BackwardContext<A>): readonly (Tensor | null)[];
  /** How many of the last outputs only backward sees: their gradients are null. */
  readonly hidden: number;
}

/** A node's output, where nothing has arrived yet. */
class Output implements Edge {
  readonly node: GraphNode;
  readonly index: number;
  readonly shape: Shape;
  dtype: DType;
  grad: Tensor | null = null;
  hooks: GradHook[] | null = null;
  retaining: Tensor | null = null;
  made: Storage | null = null;

  constructor(node: GraphNode, index: number, shape: Shape, dtype: DType) {
    this.node = node;
    this.index = index;
    this.shape = shape;
    this.dtype = dtype;
  }
}

/** One op's place in the graph: where its gradients come from, where they go, and what it needs to compute them. */
export class OpNode<A = unknown> implements GradNode, BackwardContext<A> {
  readonly sequence = created++;
  readonly attrs: A;
  readonly edges: readonly (Edge | null)[];
  readonly inputMeta: readonly Meta[];
  readonly outputs: readonly Edge[];
  /** The last walk that has seen this node. */
  walk = 0;
  /** Where this node was made, in anomaly mode. */
  origin: string | null = null;
  isFreed = false;
  /** Gradients that arrived in this walk, by output; the others are zeros. Set while they are passed on only. */
  incoming: readonly (Tensor | null)[] = none;
  readonly #rules: Rules<A>;
  #saved: (Saved | undefined)[] | null = null;

  constructor(
    rules: Rules<A>,
    attrs: A,
    edges: readonly (Edge | null)[],
    inputs: readonly Meta[],
    outputs: readonly Meta[],
  ) {
    this.attrs = attrs;
    this.edges = edges;
    this.inputMeta = inputs;
    this.outputs = outputs.map(({ shape, dtype }, i) => new Output(this, i, shape, dtype));
    this.#rules = rules;
  }

  get name(): string {
    return this.#rules.name;
  }

  /** How many of the outputs can get a gradient; the values of the others nobody but backward sees. */
  get visible(): number {
    return this.outputs.length - this.#rules.hidden;
  }

  /** The gradient of each input from those of the outputs. */
  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    return this.#rules.backward(grads as readonly Tensor[], this);
  }

  get needs(): readonly boolean[] {
    return this.edges.map(isWanted);
  }

  get arrived(): (i: number) => boolean {
    return (i) => this.incoming[i] !== null;
  }

  get input(): (i: number) => Tensor {
    return (i) => this.saved(i);
  }

  get output(): (i: number) => Tensor {
    return (i) => this.saved(this.edges.length + i);
  }

  get hasSaved(): boolean {
    return this.#saved !== null;
  }

  /** Keeps a value for backward, in one of as many slots as there are inputs and outputs. */
  save(slot: number, tensor: Tensor): void {
    const isInner = tensor.edge !== null;
    this.#saved ??= new Array<Saved | undefined>(this.edges.length + this.outputs.length);
    this.#saved[slot] = savings !== null && isInner ? new Ticket(savings, tensor) : new Held(tensor);
  }

  /** @throws GradError when the value was changed in place since it was saved, or the graph was freed */
  saved(slot: number): Tensor {
    const saved = this.#saved?.[slot];
    if (saved === undefined) throw freedError(this.name);
    return saved.tensor(this.name);
  }

  /** Moves each value that was saved in a storage over to a copy of it, before an in-place op overwrites the storage. */
  replaceSaved(storage: Storage, copyOf: (saved: Tensor) => Tensor): void {
    this.#saved?.forEach((saved, slot) => {
      if (!(saved instanceof Held) || saved.storage !== storage) return;
      const copy = copyOf(saved.tensor(this.name));
      saved.free();
      this.save(slot, copy);
    });
  }

  /** Lets go of what was saved. What nobody else can see is released at once. */
  free(): void {
    this.isFreed = true;
    if (this.#saved !== null) {
      for (const saved of this.#saved) saved?.free();
      this.#saved = freed;
    }
    for (let i = this.visible; i < this.outputs.length; i++) {
      const output = this.outputs[i] as Edge;
      output.made?.releaseIfDead("backward()");
      output.made = null;
    }
  }
}

const isWanted = (edge: Edge | null): boolean => edge !== null;

const none: readonly (Tensor | null)[] = [];
/** What is left of saved values. */
const freed: (Saved | undefined)[] = [];

export const freedError = (name: string): GradError =>
  new GradError({
    op: "backward",
    problem: `this graph was freed by an earlier backward (met at ${name})`,
    rule: "a graph can be walked once, since its saved values are released on the way",
    hint: "pass { retainGraph: true } to the earlier backward, or detach() what you carry over from it",
  });

/** The end of a path: sums gradients into a leaf. */
export class LeafNode implements GradNode {
  readonly name = "leaf";
  readonly sequence = -1;
  readonly edges: readonly (Edge | null)[] = [];
  readonly outputs: readonly [Edge];
  readonly leaf: Tensor;
  /** The last walk that has seen this node. */
  walk = 0;

  constructor(leaf: Tensor) {
    this.leaf = leaf;
    this.outputs = [new Output(this, 0, leaf.shape, leaf.dtype)];
  }
}

export type GraphNode = OpNode | LeafNode;

/** Where a gradient for `x` goes, or null when x wants none. */
export const edgeOf = (x: Tensor): Edge | null => {
  if (x.edge !== null) return x.edge;
  if (!x.leafRequiresGrad) return null;
  x.accumulator ??= new LeafNode(x).outputs[0];
  return x.accumulator;
};
