import { GradError } from "../tensor/errors.js";
import type { Edge, GradHook, GradNode, OutputInfo } from "../tensor/gradNode.js";
import type { Storage } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";

let created = 0;

/** A value that backward will need, with the version that it had. */
interface Saved {
  readonly tensor: Tensor;
  readonly version: number;
}

/** One op's place in the graph: where its gradients come from, where they go, and what it needs to compute them. */
export class OpNode implements GradNode {
  readonly name: string;
  readonly sequence = created++;
  readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly OutputInfo[];
  /** Gradients that arrived so far, by output. Set during a walk only. */
  pending: (Tensor | null)[] | null = null;
  /** Hooks and retained tensors, by output. */
  hooks: Map<number, GradHook[]> | null = null;
  retaining: Map<number, Tensor> | null = null;
  /** Where this node was made, in anomaly mode. */
  origin: string | null = null;
  /** Storages that the op allocated: they are given back after the walk that frees this node. */
  made: Storage[] | null = null;
  /** Values that nobody but backward sees: given back at once when the node is freed. */
  hidden: Storage[] | null = null;
  isFreed = false;
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
    tensor.storage.holds++;
    this.#saved[slot] = { tensor, version: tensor.storage.version };
  }

  /** @throws GradError when the value was changed in place since it was saved */
  saved(slot: number): Tensor {
    const saved = this.#saved[slot];
    if (!saved) throw freedError(this.name);
    const { tensor, version } = saved;
    if (tensor.storage.version !== version) {
      throw new GradError({
        op: this.name,
        problem: "a value that its backward needs was changed by an in-place op",
        rule: `saved at version ${version}, now at version ${tensor.storage.version}`,
        args: { saved: tensor.shape },
        hint: "use the out-of-place form (add instead of add_), or clone() before changing it",
      });
    }
    return tensor;
  }

  /** Moves saved values over to a copy that was made before an in-place op overwrites them. */
  replaceSaved(storage: Storage, copy: () => Tensor): void {
    this.#saved.forEach((saved, slot) => {
      if (saved?.tensor.storage !== storage) return;
      storage.holds--;
      this.save(slot, copy());
    });
  }

  /** Lets go of what was saved. What nobody else can see is released at once. */
  free(): void {
    this.isFreed = true;
    for (const saved of this.#saved) if (saved) saved.tensor.storage.holds--;
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
