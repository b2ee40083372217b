import type { DType } from "../backend/dtype.js";
import type { Tensor } from "./tensor.js";

/** What a tensor knows of the graph that made it. The graph itself lives in src/autograd. */
export interface GradNode {
  /** Name of the op, as users know it. */
  readonly name: string;
  /** Grows with creation, so an order of creation is an order of computation. */
  readonly sequence: number;
  /** Where the gradient of each input goes, or null where none is wanted. */
  readonly edges: readonly (Edge | null)[];
  /** Shape and dtype of each output: gradients must have the same. */
  readonly outputs: readonly OutputInfo[];
}

export interface Edge {
  readonly node: GradNode;
  /** Which output of `node`. */
  readonly index: number;
}

export interface OutputInfo {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A view shares its base's storage; in-place changes to either give both a new history. */
export interface ViewInfo {
  readonly base: Tensor;
  /** The base's history that this view's node belongs to. */
  history: number;
}

export type GradHook = (grad: Tensor) => Tensor | null | undefined;
