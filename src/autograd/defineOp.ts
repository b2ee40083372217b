import type { Backend } from "../backend/backend.js";
import { backend } from "../backend/current.js";
import { type DType, isFloating } from "../backend/dtype.js";
import { DTypeError } from "../tensor/errors.js";
import type { Edge } from "../tensor/gradNode.js";
import { kindOf } from "../tensor/promotion.js";
import { recorder } from "../tensor/recorder.js";
import type { Geometry } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { anomalyOrigin } from "./anomaly.js";
import { refreshView } from "./inPlace.js";
import { isGradEnabled } from "./mode.js";
import { edgeOf, OpNode } from "./node.js";

/** Shape and dtype of an output. */
export interface Meta {
  readonly shape: readonly number[];
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

type Grads = readonly (Tensor | null)[];

interface OpBase<A> {
  readonly name: string;
  /** Inputs whose values backward reads: positions, or a choice by which gradients are wanted. */
  readonly savesInputs?: readonly number[] | ((needs: readonly boolean[], attrs: A) => readonly number[]);
  /** Outputs whose values backward reads. */
  readonly savesOutputs?: readonly number[];
}

export interface OpDefinition<A> extends OpBase<A> {
  /** The rule of shapes and dtypes. Touches no data; throws what does not fit. */
  readonly shape: (inputs: readonly Tensor[], attrs: A) => Meta | readonly Meta[];
  /** Fills the outputs. */
  readonly forward: (k: Backend, outputs: readonly Tensor[], inputs: readonly Tensor[], attrs: A) => void;
  /** The gradient of each input, written with ops, so that it has a gradient itself. None: not differentiable. */
  readonly backward?: (grads: readonly Tensor[], ctx: BackwardContext<A>) => Grads;
  /** How many of the last outputs only backward sees: their gradients are null. */
  readonly hidden?: number;
}

export interface ViewsDefinition<A> extends OpBase<A> {
  /** Shape, strides and offset of each view within x's storage. */
  readonly views: (x: Tensor, attrs: A) => readonly Geometry[];
  readonly backward: (grads: readonly Tensor[], ctx: BackwardContext<A>) => Grads;
}

/**
 * Defines an op with several outputs: a rule of shapes, a forward on buffers, a backward written with ops.
 *
 * @returns the function that runs it and records it in the graph where an input wants a gradient
 */
export function defineMultiOp<A = undefined>(def: OpDefinition<A>): (inputs: readonly Tensor[], attrs: A) => Tensor[] {
  const { name, shape, forward, backward, hidden = 0 } = def;
  const saves = savesOf(def);
  return (inputs, attrs) => {
    for (const x of inputs) if (!(x instanceof Tensor)) throw notATensor(name, x);
    recorder?.took(inputs);
    const metas = shape(inputs, attrs);
    const list = Array.isArray(metas) ? (metas as readonly Meta[]) : [metas as Meta];
    const outputs: Tensor[] = [];
    try {
      for (const meta of list) outputs.push(Tensor.empty(meta.shape, meta.dtype));
      forward(backend(), outputs, inputs, attrs);
    } catch (error) {
      for (const { storage } of outputs) storage.release(name);
      throw error;
    }
    if (backward && isGradEnabled() && inputs.some(requiresGrad)) {
      const node = record(saves, backward, inputs, outputs, attrs);
      node.made = outputs.map((output) => output.storage);
      if (hidden > 0) {
        node.visible -= hidden;
        node.hidden = node.made.splice(node.visible, hidden);
      }
    }
    return outputs;
  };
}

/** A defined op: its tensors, then what else it needs to know. */
export type Op<A = undefined> = (inputs: readonly Tensor[], attrs: A) => Tensor;

/** Defines an op with one output. (Functions, not constants: ./strided.ts defines ops while this file is still loading.) */
export function defineOp<A = undefined>(def: OpDefinition<A>): Op<A> {
  const run = defineMultiOp(def);
  return (inputs, attrs) => run(inputs, attrs)[0] as Tensor;
}

/**
 * Defines an op whose results share its input's storage.
 *
 * @returns the function that makes the views and records them, as outputs of one node, where the input wants a gradient
 */
export function defineViews<A>(def: ViewsDefinition<A>): (x: Tensor, attrs: A) => Tensor[] {
  const { views, backward } = def;
  const saves = savesOf(def);
  return (x, attrs) => {
    recorder?.took([x]);
    const outputs = views(x, attrs).map(({ shape, strides, offset }) => new Tensor(x.storage, shape, strides, offset));
    if (!isGradEnabled()) {
      // A view outside of the graph may outlive it.
      if (x.node !== null) x.storage.keep();
      return outputs;
    }
    const base = x.viewInfo?.base ?? x;
    if (requiresGrad(x)) record(saves, backward, [x], outputs, attrs);
    for (const y of outputs) y.viewInfo = { base, history: base.history };
    return outputs;
  };
}

export interface ViewDefinition<A> extends Omit<ViewsDefinition<A>, "views"> {
  /** Shape, strides and offset of the view within x's storage. */
  readonly view: (x: Tensor, attrs: A) => Geometry;
}

/** Defines an op with one result, which shares its input's storage. */
export function defineView<A>(def: ViewDefinition<A>): (x: Tensor, attrs: A) => Tensor {
  const run = defineViews<A>({ ...def, views: (x, attrs) => [def.view(x, attrs)] });
  return (x, attrs) => run(x, attrs)[0] as Tensor;
}

/** What an op says to JavaScript that hands it something else: TypeScript does not compile it. */
export const notATensor = (op: string, x: unknown): DTypeError =>
  new DTypeError({
    op,
    problem: `${kindOf(x)} stands where a tensor is wanted`,
    hint: "tensor(value) makes one",
  });

const requiresGrad = (x: Tensor): boolean => refreshView(x).requiresGrad;

/** A definition's part that its nodes need: of one form for all ops, so that the engine knows where its fields are. */
function savesOf<A>({ name, savesInputs = [], savesOutputs = [] }: OpBase<A>): Required<OpBase<A>> {
  return { name, savesInputs, savesOutputs };
}

const record = <A>(
  def: Required<OpBase<A>>,
  backward: (grads: readonly Tensor[], ctx: BackwardContext<A>) => Grads,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attrs: A,
): OpNode => {
  const edges: (Edge | null)[] = inputs.map((x) => edgeOf(refreshView(x)));
  const needs = edges.map((edge) => edge !== null);
  const inputMeta = inputs.map((x) => ({ shape: x.shape, dtype: x.dtype }));
  const outputMeta = outputs.map((y) => ({ shape: y.shape, dtype: y.dtype }));
  const node = new OpNode(def.name, edges, outputMeta, (grads, self) =>
    backward(grads as readonly Tensor[], {
      attrs,
      needs,
      inputMeta,
      arrived: (i) => self.arrived[i] === true,
      input: (i) => self.saved(i),
      output: (i) => self.saved(inputs.length + i),
    }),
  );
  for (let i = 0; i < outputs.length; i++) {
    const y = outputs[i] as Tensor;
    if (!y.isFloatingPoint()) continue;
    y.node = node;
    y.outputIndex = i;
  }
  // Integers come last, and no gradient is made up for them.
  while (node.visible > 1 && !isFloating((outputs[node.visible - 1] as Tensor).dtype)) node.visible--;
  const savedInputs = typeof def.savesInputs === "function" ? def.savesInputs(needs, attrs) : def.savesInputs;
  for (const i of savedInputs) node.save(i, inputs[i] as Tensor);
  for (const i of def.savesOutputs) node.save(inputs.length + i, outputs[i] as Tensor);
  node.origin = anomalyOrigin();
  return node;
};
