import type { Backend } from "../backend/backend.js";
import { backend } from "../backend/current.js";
import { DTypeError } from "../tensor/errors.js";
import { kindOf } from "../tensor/promotion.js";
import { recorder } from "../tensor/recorder.js";
import type { Geometry } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { refreshView } from "./inPlace.js";
import { isGradEnabled } from "./mode.js";
import type { Meta } from "./node.js";
import { type BackwardContext, RecordedOp, type Rules } from "./recordedOp.js";

interface OpBase<A> {
  readonly name: string;
  /** Inputs whose values backward reads: positions, or a choice by which gradients are wanted. */
  readonly savesInputs?: Rules<A>["savesInputs"];
  /** Outputs whose values backward reads. */
  readonly savesOutputs?: readonly number[];
  /** The gradient of each input, written with ops, so that it has a gradient itself. None: not differentiable. */
  readonly backward?: (grads: readonly Tensor[], ctx: BackwardContext<A>) => readonly (Tensor | null)[];
}

export interface OpDefinition<A, M = Meta> extends OpBase<A> {
  /** The rule of shapes and dtypes. Touches no data; throws what does not fit. */
  readonly shape: (inputs: readonly Tensor[], attrs: A) => M;
  /** Fills the outputs. */
  readonly forward: (k: Backend, outputs: readonly Tensor[], inputs: readonly Tensor[], attrs: A) => void;
}

export interface MultiOpDefinition<A> extends OpDefinition<A, readonly Meta[]> {
  /** How many of the last outputs only backward sees: their gradients are null. */
  readonly hidden?: number;
}

export interface ViewDefinition<A> extends OpBase<A> {
  /** Shape, strides and offset of the view within x's storage. */
  readonly view: (x: Tensor, attrs: A) => Geometry;
}

export interface ViewsDefinition<A> extends OpBase<A> {
  /** The same for each of several views. */
  readonly views: (x: Tensor, attrs: A) => readonly Geometry[];
}

/** A defined op: its tensors, then what else it needs to know. */
export type Op<A = undefined> = (inputs: readonly Tensor[], attrs: A) => Tensor;

// All of this are functions, not constants: ./strided.ts defines ops while this file is still loading.

/**
 * Defines an op with one output: a rule of shapes, a forward on buffers, a backward written with ops.
 *
 * @returns the function that runs it and records it in the graph where an input wants a gradient
 */
export function defineOp<A = undefined>(def: OpDefinition<A>): Op<A> {
  const { name, shape, forward } = def;
  const rules = rulesOf(def, 0, false);
  return (inputs, attrs) => {
    checkInputs(name, inputs);
    const meta = shape(inputs, attrs);
    const y = Tensor.empty(meta.shape, meta.dtype);
    const outputs = [y];
    try {
      forward(backend(), outputs, inputs, attrs);
    } catch (error) {
      y.storage.release(name);
      throw error;
    }
    record(rules, inputs, outputs, attrs);
    return y;
  };
}

/** Defines an op with several outputs. */
export function defineMultiOp<A = undefined>(
  def: MultiOpDefinition<A>,
): (inputs: readonly Tensor[], attrs: A) => Tensor[] {
  const { name, shape, forward } = def;
  const rules = rulesOf(def, def.hidden ?? 0, false);
  return (inputs, attrs) => {
    checkInputs(name, inputs);
    const metas = shape(inputs, attrs);
    const outputs: Tensor[] = [];
    try {
      for (const meta of metas) outputs.push(Tensor.empty(meta.shape, meta.dtype));
      forward(backend(), outputs, inputs, attrs);
    } catch (error) {
      for (const { storage } of outputs) storage.release(name);
      throw error;
    }
    record(rules, inputs, outputs, attrs);
    return outputs;
  };
}

/** Defines an op with one result, which shares its input's storage. */
export function defineView<A>(def: ViewDefinition<A>): (x: Tensor, attrs: A) => Tensor {
  const { view } = def;
  const rules = rulesOf(def, 0, true);
  return (x, attrs) => {
    recorder?.took([x]);
    const y = viewAt(x, view(x, attrs));
    recordViews(rules, x, [y], attrs);
    return y;
  };
}

/** Defines an op whose results, outputs of one node, share its input's storage. */
export function defineViews<A>(def: ViewsDefinition<A>): (x: Tensor, attrs: A) => Tensor[] {
  const { views } = def;
  const rules = rulesOf(def, 0, true);
  return (x, attrs) => {
    recorder?.took([x]);
    const outputs = views(x, attrs).map((geometry) => viewAt(x, geometry));
    recordViews(rules, x, outputs, attrs);
    return outputs;
  };
}

/** What an op says to JavaScript that hands it something else: TypeScript does not compile it. */
export const notATensor = (op: string, x: unknown): DTypeError =>
  new DTypeError({
    op,
    problem: `${kindOf(x)} stands where a tensor is wanted`,
    hint: "tensor(value) makes one",
  });

/** null for an op that has no gradient. */
function rulesOf<A>(def: OpBase<A>, hidden: number, isView: boolean): Rules<A> | null {
  const { name, backward, savesInputs = [], savesOutputs = [] } = def;
  return backward === undefined ? null : { name, backward, savesInputs, savesOutputs, hidden, isView };
}

const checkInputs = (name: string, inputs: readonly Tensor[]): void => {
  for (const x of inputs) if (!(x instanceof Tensor)) throw notATensor(name, x);
  recorder?.took(inputs);
};

const viewAt = ({ storage }: Tensor, { shape, strides, offset }: Geometry): Tensor =>
  new Tensor(storage, shape, strides, offset);

const record = <A>(rules: Rules<A> | null, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: A): void => {
  if (rules === null || !isGradEnabled() || !inputs.some(requiresGrad)) return;
  new RecordedOp(rules, inputs, outputs, attrs);
};

const recordViews = <A>(rules: Rules<A> | null, x: Tensor, outputs: readonly Tensor[], attrs: A): void => {
  if (!isGradEnabled()) {
    // A view outside of the graph may outlive it.
    if (x.edge !== null) x.storage.keep();
    return;
  }
  const base = x.viewInfo?.base ?? x;
  record(rules, [x], outputs, attrs);
  for (const y of outputs) y.viewInfo = { base, history: base.history };
};

const requiresGrad = (x: Tensor): boolean => refreshView(x).requiresGrad;
