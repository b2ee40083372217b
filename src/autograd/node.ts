import { GradError } from "../tensor/errors.js";
import type { Edge, GradHook, GradNode, OutputInfo } from "../tensor/gradNode.js";
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
    this.#edge = edgeOf(tensor);
  }

  /** The restored value in the place of the saved one in the graph, so that backward has a gradient itself. */
  tensor(): Tensor {
    const { storage, shape, strides, offset } = this.#savings.restore(this.#ticket);
    const restored = new Tensor(storage, shape, strides, offset);
    if (this.#edge !== null) {
      restored.node = this.#edge.node;
      restored.outputIndex = this.#edge.index;
    }
    return restored;
  }

  free(): void {
    this.#savings.drop(this.#ticket);
  }
}

/** One op's place in the graph: where its gradients come from, where they go, and what it needs to compute them. */
export class OpNode implements GradNode {
  readonly name: string;
  readonly sequence = created++;
  readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly OutputInfo[];
  /** The last walk that has seen this node. */
  walk = 0;
  /** Gradients that arrived so far, by output. Set during a walk only. */
  pending: (Tensor | null)[] | null = null;
  /** Hooks and retained tensors, by output. */
  hooks: Map<number, GradHook[]> | null = null;
  retaining: Map<number, Tensor> | null = null;
  /** Where this node was made, in anomaly mode. */
  origin: string | null = null;
  /** Storages that the op allocated: they are given back after the walk that frees this node. */
  made: Storage[] | null = null;
  /** Values of the last outputs, which nobody but backward sees: given back at once when the node is freed. */
  hidden: Storage[] | null = null;
  /** How many of the outputs can get a gradient. */
  visible: number;
  isFreed = false;
  /** Which outputs got a gradient in this walk; the others' are zeros. */
  arrived: readonly boolean[] = [];
  readonly #apply: (grads: readonly (Tensor | null)[], node: OpNode) => readonly (Tensor | null)[];
  #saved: (Saved | null)[];

  constructor(
    name: string,
    edges: readonly (Edge | null)[],
    outputs: readonly OutputInfo[],
    apply: (grads: readonly (Tensor | null)[], node: OpNode) => readonly (Tensor | null)[],
  ) {
    this.name = name;
    this.edges = edges;
    this.outputs = outputs;
    this.visible = outputs.length;
    this.#apply = apply;
    this.#saved = [];
  }

  get hasSaved(): boolean {
    return this.#saved.length > 0;
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    return this.#apply(grads, this);
  }

  save(slot: number, tensor: Tensor): void {
    const isInner = tensor.node !== null;
    this.#saved[slot] = savings !== null && isInner ? new Ticket(savings, tensor) : new Held(tensor);
  }

  /** @throws GradError when the value was changed in place since it was saved, or the graph was freed */
  saved(slot: number): Tensor {
    const saved = this.#saved[slot];
    if (!saved) throw freedError(this.name);
    return saved.tensor(this.name);
  }

  /** Moves each value that was saved in a storage over to a copy of it, before an in-place op overwrites the storage. */
  replaceSaved(storage: Storage, copyOf: (saved: Tensor) => Tensor): void {
    this.#saved.forEach((saved, slot) => {
      if (!(saved instanceof Held) || saved.storage !== storage) return;
      const copy = copyOf(saved.tensor(this.name));
      saved.free();
      this.save(slot, copy);
    });
  }

  /** Lets go of what was saved. What nobody else can see is released at once. */
  free(): void {
    this.isFreed = true;
    for (const saved of this.#saved) saved?.free();
    this.#saved = this.#saved.length > 0 ? [null] : [];
    if (this.hidden !== null) for (const storage of this.hidden) storage.releaseIfDead("backward()");
    this.hidden = null;
  }
}

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
  readonly outputs: readonly OutputInfo[];
  readonly leaf: Tensor;
  /** The last walk that has seen this node. */
  walk = 0;
  pending: (Tensor | null)[] | null = null;

  constructor(leaf: Tensor) {
    this.leaf = leaf;
    this.outputs = [leaf];
  }
}

export type GraphNode = OpNode | LeafNode;

/** Where a gradient for `x` goes, or null when x wants none. */
export const edgeOf = (x: Tensor): Edge | null => {
  if (x.node !== null) return { node: x.node, index: x.outputIndex };
  if (!x.leafRequiresGrad) return null;
  x.accumulator ??= new LeafNode(x);
  return { node: x.accumulator, index: 0 };
};
