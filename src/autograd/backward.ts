import { backend } from "../backend/current.js";
import { isFloating } from "../backend/dtype.js";
import { GradError } from "../tensor/errors.js";
import type { Edge } from "../tensor/gradNode.js";
import { recorder } from "../tensor/recorder.js";
import { sameShape } from "../tensor/shape.js";
import { recordStorages, type Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { isAnomalyEnabled, rangeOf } from "./anomaly.js";
import { defineOp } from "./defineOp.js";
import { refreshView } from "./inPlace.js";
import { setGradMode } from "./mode.js";
import { edgeOf, freedError, type GraphNode, LeafNode, type Meta, OpNode } from "./node.js";

export interface BackwardOptions {
  /** Keep the graph for another walk. Default: the value of `createGraph`. */
  retainGraph?: boolean | undefined;
  /** Record the walk itself, for derivatives of derivatives. Default false. */
  createGraph?: boolean | undefined;
}

export interface BackwardIntoOptions extends BackwardOptions {
  /** Sum gradients into these leaves only. Default: all. */
  inputs?: readonly Tensor[] | undefined;
}

/** Inner results of graphs that were walked: readable until the next walk, then given back. */
let walked: Storage[] = [];

/** @internal Gives back what earlier walks left readable. */
export const releaseWalked = (): void => {
  for (const storage of walked) storage.releaseIfDead("the next backward()");
  walked = [];
};

/**
 * Sums the gradients of `roots` into the leaves under them.
 *
 * @param grads the gradient of each root; null stands for 1 where the root is a scalar
 * @throws GradError when a root needs no gradient, is not a scalar and has none given, or its graph was freed: before anything changes
 */
export const backward = (
  roots: readonly Tensor[],
  grads: readonly (Tensor | null)[],
  options: BackwardIntoOptions = {},
): void => {
  const { inputs } = options;
  if (inputs === undefined) {
    walk(roots, grads, options, null);
    return;
  }
  for (const input of inputs) if (!input.isLeaf || !input.requiresGrad) throw notALeaf(input);
  const found = gradients(roots, grads, inputs, options);
  found.forEach((grad, i) => {
    if (grad !== null) accumulate(inputs[i] as Tensor, grad, options.createGraph === true);
  });
};

const notALeaf = (input: Tensor): GradError =>
  new GradError({
    op: "backward",
    problem: "one of the inputs is not a leaf that requires a gradient",
    args: { input: input.shape },
    hint: "grad() gives the gradients of inner results",
  });

/**
 * The gradients of `roots` with regard to `inputs`; leaves are left alone.
 *
 * @param check is asked before anything happens, with what tells whether an input is in the graph of the roots
 * @returns a gradient for each input, null for one that is not in the graph
 */
export const gradients = (
  roots: readonly Tensor[],
  grads: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  options: BackwardOptions,
  check?: (isReached: readonly boolean[]) => void,
): (Tensor | null)[] => {
  const captured: Captured = new Map();
  const edges = inputs.map((input) => edgeOf(refreshView(input)));
  for (const edge of edges) if (edge !== null) captured.set(edge, null);
  walk(roots, grads, options, captured, (order) => {
    if (check === undefined) return;
    const reached = new Set<unknown>(order);
    check(edges.map((edge) => edge !== null && reached.has(edge.node)));
  });
  return edges.map((edge) => (edge === null ? null : (captured.get(edge) ?? null)));
};

/** The gradients that were asked for, by where they arrive. */
type Captured = Map<Edge, Tensor | null>;

const walk = (
  roots: readonly Tensor[],
  grads: readonly (Tensor | null)[],
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  captured: Captured | null,
  check?: (order: readonly GraphNode[]) => void,
): void => {
  const starts = roots.map((root, i) => startingGradient(refreshView(root), grads[i] ?? null));
  const order = nodesInOrder(starts);
  check?.(order);
  releaseWalked();
  const run = (): void => {
    for (const { edge, grad } of starts) addGradient(edge, grad ?? filled(edge, 1), createGraph);
    for (const node of order) if (node instanceof OpNode) visitOp(node, createGraph, captured);
    for (const node of order) if (node instanceof LeafNode) visitLeaf(node, createGraph, captured);
    if (!retainGraph) for (const node of order) if (node instanceof OpNode) freeNode(node);
  };
  try {
    if (createGraph) setGradMode(true, run);
    else setGradMode(false, () => recordStorages(run, settle));
  } catch (error) {
    for (const { outputs } of order) taken(outputs)?.forEach(release);
    throw error;
  }
};

/** After a walk: what became somebody's gradient stays, the rest goes. */
const settle = (made: readonly Storage[]): void => {
  for (const storage of made) {
    if (storage.isReleased) continue;
    if (storage.holds > 0 || storage.kept) storage.stopRecording();
    else storage.release("backward()");
  }
};

const freeNode = (node: OpNode): void => {
  node.free();
  for (const output of node.outputs) {
    if (output.made !== null) walked.push(output.made);
    output.made = null;
  }
};

/** A root, and the gradient that it was given; null stands for 1. */
interface Start {
  readonly edge: Edge;
  readonly grad: Tensor | null;
}

const startingGradient = (root: Tensor, grad: Tensor | null): Start => {
  const edge = edgeOf(root);
  if (edge === null) {
    throw new GradError({
      op: "backward",
      problem: "this tensor does not require a gradient and has no graph",
      args: { tensor: root.shape },
      hint: "set requiresGrad on what should be differentiated, and compute outside of noGrad",
    });
  }
  if (grad === null && root.numel() !== 1) {
    throw new GradError({
      op: "backward",
      problem: "a gradient can be left out only for a tensor with one element",
      args: { tensor: root.shape },
      hint: "reduce it first (sum() or mean()), or pass a gradient of the same shape",
    });
  }
  if (grad !== null && !sameShape(grad.shape, root.shape)) {
    throw new GradError({
      op: "backward",
      problem: "the given gradient has another shape than the tensor",
      args: { tensor: root.shape, gradient: grad.shape },
    });
  }
  return { edge, grad };
};

const filled = ({ shape, dtype }: Meta, value: number): Tensor => {
  const grad = Tensor.empty(shape, dtype);
  backend().fill(grad, value);
  return grad;
};

/**
 * All nodes under the roots: ops before those they depend on, which is later made first, with the leaves anywhere among them.
 *
 * @throws GradError when one of them was freed: nothing has changed by then
 */
const nodesInOrder = (roots: readonly Start[]): GraphNode[] => {
  const walk = ++walks;
  const order: GraphNode[] = [];
  const reach = ({ node }: Edge): void => {
    const next = node as GraphNode;
    if (next.walk === walk) return;
    next.walk = walk;
    order.push(next);
  };
  for (const { edge } of roots) reach(edge);
  let isInOrder = true;
  let before = Number.POSITIVE_INFINITY;
  for (let i = 0; i < order.length; i++) {
    const node = order[i];
    if (!(node instanceof OpNode)) continue;
    if (node.isFreed && node.hasSaved) throw freedError(node.name);
    if (node.sequence > before) isInOrder = false;
    before = node.sequence;
    for (const edge of node.edges) if (edge !== null) reach(edge);
  }
  return isInOrder ? order : order.sort((a, b) => b.sequence - a.sequence);
};

/** Counts the walks that looked for nodes: each marks those that it has seen. */
let walks = 0;

/** Sums what arrived at a leaf into its gradient. */
const visitLeaf = ({ leaf, outputs }: LeafNode, createGraph: boolean, captured: Captured | null): void => {
  const [output] = outputs;
  const arrived = output.grad;
  if (arrived === null) return;
  output.grad = null;
  const grad = runHooks(leaf.hooks, arrived);
  if (captured === null) accumulate(leaf, grad, createGraph);
  else capture(output, grad, captured);
  release(arrived);
};

/** Computes the gradients of an op's inputs from those that arrived at its outputs. */
const visitOp = (node: OpNode, createGraph: boolean, captured: Captured | null): void => {
  const { edges, outputs } = node;
  const arrived = taken(outputs);
  if (arrived === null) return;
  for (let i = 0; i < arrived.length; i++) {
    const grad = arrived[i] as Tensor | null;
    if (grad !== null) arrived[i] = seen(outputs[i] as Edge, grad, captured);
  }
  node.incoming = arrived;
  const inputs = node.apply(arrived.includes(null) ? withZeros(node, arrived) : arrived);
  node.incoming = [];
  for (let i = 0; i < edges.length; i++) {
    const edge = edges[i] as Edge | null;
    const grad = inputs[i];
    if (edge !== null && grad) addGradient(edge, conform(node, edge, grad, arrived), createGraph);
  }
  arrived.forEach(release);
};

/** The gradients that have arrived at the outputs, which wait for others from here on; null where there is none. */
const taken = (outputs: readonly Edge[]): (Tensor | null)[] | null => {
  if (!outputs.some(({ grad }) => grad !== null)) return null;
  return outputs.map((output) => {
    const { grad } = output;
    output.grad = null;
    return grad;
  });
};

/** The gradient that goes on, counted as held: hooks may replace the one that arrived, and whoever asked for it gets it. */
const seen = (output: Edge, grad: Tensor, captured: Captured | null): Tensor => {
  const replaced = runHooks(output.hooks, grad);
  if (replaced !== grad) {
    replaced.storage.holds++;
    grad.storage.holds--;
  }
  if (captured !== null) capture(output, replaced, captured);
  else output.retaining?.setGrad(copyOf(replaced));
  return replaced;
};

/** Zeros for what has not arrived, but for what has no gradient: hidden outputs, and integers. */
const withZeros = ({ outputs, visible }: OpNode, grads: readonly (Tensor | null)[]): (Tensor | null)[] =>
  grads.map((grad, i) => {
    const output = outputs[i] as Edge;
    return grad ?? (i < visible && isFloating(output.dtype) ? filled(output, 0) : null);
  });

/** Gives back an arrived gradient that nothing else holds. */
const release = (grad: Tensor | null): void => {
  if (grad === null) return;
  const { storage } = grad;
  storage.holds--;
  if (storage.isTemporary) storage.releaseIfDead("backward()");
};

/** The engine's promise: a gradient has the shape and dtype of what it belongs to. */
const conform = (node: OpNode, meta: Meta, grad: Tensor, arrived: readonly (Tensor | null)[]): Tensor => {
  if (!sameShape(meta.shape, grad.shape) || meta.dtype !== grad.dtype) {
    throw new GradError({
      op: node.name,
      problem: `its backward returned a ${grad.dtype} gradient for a ${meta.dtype} input, or one of another shape`,
      args: { input: meta.shape, gradient: grad.shape },
    });
  }
  if (isAnomalyEnabled() && grad.toTypedArray().some(Number.isNaN)) {
    throw new GradError({
      op: node.name,
      problem: "its backward produced NaN",
      args: {
        gradient: `[${grad.shape.join(", ")}], values ${rangeOf(grad)}`,
        arrived: arrived.map((d) => (d ? rangeOf(d) : "nothing")).join("; "),
        forward: node.origin ?? "recorded outside of anomaly mode",
      },
    });
  }
  return grad;
};

const runHooks = (hooks: Tensor["hooks"], grad: Tensor): Tensor => {
  if (hooks === null || hooks.length === 0) return grad;
  recorder?.refuses(
    "registerHook",
    "a tensor has a hook, which runs JavaScript on each gradient",
    "take the hook away, or run the step without capture",
  );
  let current = grad;
  for (const hook of hooks) {
    current.storage.keep();
    current = hook(current) ?? current;
  }
  return current;
};

const capture = (output: Edge, grad: Tensor, captured: Captured): void => {
  if (!captured.has(output)) return;
  grad.storage.keep();
  captured.set(output, grad);
};

/** Sums with what has arrived already. A sum is made in place only where nobody else can see it. */
const addGradient = (output: Edge, grad: Tensor, createGraph: boolean): void => {
  const before = output.grad;
  if (before === null) {
    grad.storage.holds++;
    output.grad = grad;
    return;
  }
  if (!createGraph && isOwn(before, 1)) {
    backend().binary("add", before, before, grad);
    if (grad.storage.isTemporary) grad.storage.releaseIfDead("backward()");
    return;
  }
  const sum = accumulateGrad([before, grad], undefined);
  sum.storage.holds++;
  output.grad = sum;
  release(before);
};

/** A packed gradient that this walk made and that has so many holders. */
const isOwn = (grad: Tensor, holds: number): boolean =>
  grad.storage.isTemporary &&
  !grad.storage.kept &&
  grad.storage.holds === holds &&
  grad.isContiguous() &&
  grad.storage.length === grad.numel();

/** Adds to a leaf's gradient, in place where that is not recorded; the first gradient is taken as it is where it can be. */
const accumulate = (leaf: Tensor, grad: Tensor, createGraph: boolean): void => {
  recorder?.readsGradient(leaf);
  const before = leaf.gradValue;
  if (before === null) {
    leaf.setGrad(createGraph ? grad : isOwn(grad, 1) ? grad : copyOf(grad));
    return;
  }
  if (createGraph || before.edge !== null) {
    leaf.setGrad(accumulateGrad([before, grad], undefined));
    return;
  }
  backend().binary("add", before, before, grad);
  before.storage.version++;
};

const copyOf = (grad: Tensor): Tensor => {
  const copy = Tensor.empty(grad.shape, grad.dtype);
  backend().copy(copy, grad);
  return copy;
};

/** a + b of one shape: how gradients meet. An op of its own, so that sums of gradients have gradients. */
const accumulateGrad = defineOp({
  name: "accumulateGrad",
  shape: ([a]) => a as Tensor,
  forward: (k, [out], [a, b]) => k.binary("add", out as Tensor, a as Tensor, b as Tensor),
  backward: ([d]) => [d as Tensor, d as Tensor],
});
