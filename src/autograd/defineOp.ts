import type { Backend } from "../backend/backend.js";
import { backend } from "../backend/current.js";
import { DTypeError } from "../tensor/errors.js";
import type { Edge } from "../tensor/gradNode.js";
import { kindOf } from "../tensor/promotion.js";
import { recorder } from "../tensor/recorder.js";
import type { Geometry } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { anomalyOrigin } from "./anomaly.js";
import { refreshView } from "./inPlace.js";
import { isGradEnabled } from "./mode.js";
import { type BackwardContext, edgeOf, type Meta, OpNode, type Rules } from "./node.js";

interface OpBase<A> {
  readonly name: string;
  /** Inputs whose values backward reads: positions, or a choice by which gradients are wanted. */
  readonly savesInputs?: readonly number[] | ((needs: readonly boolean[], attrs: A) => readonly number[]);
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
  const recorded = recordedOf(def);
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
    recordMade(recorded, inputs, outputs, attrs);
    return y;
  };
}

/** Defines an op with several outputs. */
export function defineMultiOp<A = undefined>(
  def: MultiOpDefinition<A>,
): (inputs: readonly Tensor[], attrs: A) => Tensor[] {
  const { name, shape, forward } = def;
  const recorded = recordedOf(def, def.hidden);
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
    recordMade(recorded, inputs, outputs, attrs);
    return outputs;
  };
}

/** Defines an op with one result, which shares its input's storage. */
export function defineView<A>(def: ViewDefinition<A>): (x: Tensor, attrs: A) => Tensor {
  const { view } = def;
  const recorded = recordedOf(def);
  return (x, attrs) => {
    recorder?.took([x]);
    const y = viewAt(x, view(x, attrs));
    recordViews(recorded, x, [y], attrs);
    return y;
  };
}

/** Defines an op whose results, outputs of one node, share its input's storage. */
export function defineViews<A>(def: ViewsDefinition<A>): (x: Tensor, attrs: A) => Tensor[] {
  const { views } = def;
  const recorded = recordedOf(def);
  return (x, attrs) => {
    recorder?.took([x]);
    const outputs = views(x, attrs).map((geometry) => viewAt(x, geometry));
    recordViews(recorded, x, outputs, attrs);
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

/** A definition's part that recording needs: of one form for all ops, so that the engine knows where its fields are. */
type Recorded<A> = Rules<A> & Required<Pick<OpBase<A>, "savesInputs" | "savesOutputs">>;

/** null for an op that has no gradient. */
function recordedOf<A>(def: OpBase<A>, hidden = 0): Recorded<A> | null {
  const { name, backward, savesInputs = [], savesOutputs = [] } = def;
  return backward === undefined ? null : { name, backward, hidden, savesInputs, savesOutputs };
}

const checkInputs = (name: string, inputs: readonly Tensor[]): void => {
  for (const x of inputs) if (!(x instanceof Tensor)) throw notATensor(name, x);
  recorder?.took(inputs);
};

const viewAt = ({ storage }: Tensor, { shape, strides, offset }: Geometry): Tensor =>
  new Tensor(storage, shape, strides, offset);

/** Makes the op's node where an input wants a gradient. */
const record = <A>(
  op: Recorded<A> | null,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attrs: A,
): OpNode<A> | null => {
  if (op === null || !isGradEnabled() || !inputs.some(requiresGrad)) return null;
  const node = new OpNode(op, attrs, inputs.map(freshEdgeOf), inputs.map(metaOf), outputs);
  node.origin = anomalyOrigin();
  for (let i = 0; i < outputs.length; i++) {
    const y = outputs[i] as Tensor;
    if (y.isFloatingPoint()) y.edge = node.outputs[i] as Edge;
  }
  const { savesInputs, savesOutputs } = op;
  for (const i of typeof savesInputs === "function" ? savesInputs(node.needs, attrs) : savesInputs)
    node.save(i, inputs[i] as Tensor);
  for (const i of savesOutputs) node.save(inputs.length + i, outputs[i] as Tensor);
  return node;
};

/** As record, for outputs in storages of their own: they go with the graph. */
const recordMade = <A>(
  op: Recorded<A> | null,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attrs: A,
): void => {
  const node = record(op, inputs, outputs, attrs);
  if (node !== null)
    for (let i = 0; i < outputs.length; i++) (node.outputs[i] as Edge).made = (outputs[i] as Tensor).storage;
};

const recordViews = <A>(op: Recorded<A> | null, x: Tensor, outputs: readonly Tensor[], attrs: A): void => {
  if (!isGradEnabled()) {
    // A view outside of the graph may outlive it.
    if (x.edge !== null) x.storage.keep();
    return;
  }
  const base = x.viewInfo?.base ?? x;
  record(op, [x], outputs, attrs);
  for (const y of outputs) y.viewInfo = { base, history: base.history };
};

const freshEdgeOf = (x: Tensor): Edge | null => edgeOf(refreshView(x));

/** Without x itself, whose memory the graph must not keep. */
const metaOf = (x: Tensor): Meta => edgeOf(x) ?? { shape: x.shape, dtype: x.dtype };

const requiresGrad = (x: Tensor): boolean => refreshView(x).requiresGrad;
