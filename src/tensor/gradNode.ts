import type { DType } from "../backend/dtype.js";
import type { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** What a tensor knows of the graph that made it. The graph itself lives in src/autograd. */
export interface GradNode {
  /** Name of the op, as users know it. */
  readonly name: string;
  /** Grows with creation, so an order of creation is an order of computation. */
  readonly sequence: number;
  /** Where the gradient of each input goes, or null where none is wanted. */
  readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly Edge[];
}

/** One output of a node: where its gradient arrives. Gradients must have its shape and dtype. */
export interface Edge {
  readonly node: GradNode;
  /** Which output of `node`. */
  readonly index: number;
  readonly shape: readonly number[];
  /** A leaf's may change. */
  dtype: DType;
  /** The gradient that arrived so far, counted as held. Set during a walk only. */
  grad: Tensor | null;
  hooks: GradHook[] | null;
  /** Keeps the gradient that arrives. */
  retaining: Tensor | null;
  /** The storage that the op allocated: it is given back after the walk that frees the node. */
  made: Storage | null;
}

/** A view shares its base's storage; in-place changes to either give both a new history. */
export interface ViewInfo {
  readonly base: Tensor;
  /** The base's history that this view's node belongs to. */
  history: number;
}

export type GradHook = (grad: Tensor) => Tensor | null | undefined;
