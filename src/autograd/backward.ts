import { backend } from "../backend/current.js";
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
import { edgeOf, freedError, type GraphNode, LeafNode, OpNode } from "./node.js";

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
  { inputs, ...options }: BackwardIntoOptions = {},
): void => {
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
  const captured = new Map<string, Tensor | null>();
  const edges = inputs.map((input) => edgeOf(refreshView(input)));
  const keys = edges.map(captureKey);
  for (const key of keys) if (key !== null) captured.set(key, null);
  walk(roots, grads, options, captured, (order) => {
    if (check === undefined) return;
    const reached = new Set<unknown>(order);
    check(edges.map((edge) => edge !== null && reached.has(edge.node)));
  });
  return keys.map((key) => (key === null ? null : (captured.get(key) ?? null)));
};

const nodeIds = new WeakMap<GraphNode, number>();
let nextId = 0;
const captureKey = (edge: Edge | null): string | null => {
  if (edge === null) return null;
  const node = edge.node as GraphNode;
  const id = nodeIds.get(node) ?? nextId++;
  nodeIds.set(node, id);
  return `${id}:${edge.index}`;
};

const walk = (
  roots: readonly Tensor[],
  grads: readonly (Tensor | null)[],
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  captured: Map<string, Tensor | null> | null,
  check?: (order: readonly GraphNode[]) => void,
): void => {
  const starts = roots.map((root, i) => startingGradient(refreshView(root), grads[i] ?? null));
  const order = nodesInOrder(starts.map(({ edge }) => edge));
  check?.(order);
  releaseWalked();
  const run = (): void => {
    for (const { edge, grad } of starts) addGradient(edge, grad ?? ones(edge), createGraph);
    for (const node of order) visit(node, createGraph, captured);
    if (!retainGraph) for (const node of order) if (node instanceof OpNode) freeNode(node);
  };
  try {
    if (createGraph) setGradMode(true, run);
    else setGradMode(false, () => recordStorages(run, settle));
  } finally {
    for (const node of order) dropPending(node);
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
  if (node.made !== null) for (const storage of node.made) walked.push(storage);
  node.made = null;
};

const startingGradient = (root: Tensor, grad: Tensor | null): { edge: Edge; grad: Tensor | null } => {
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

const ones = ({ node, index }: Edge): Tensor => {
  const { shape, dtype } = node.outputs[index] as { shape: readonly number[]; dtype: Tensor["dtype"] };
  const grad = Tensor.empty(shape, dtype);
  backend().fill(grad, 1);
  return grad;
};

/**
 * All nodes under the roots, each before those it depends on: later made first, leaves last.
 *
 * @throws GradError when one of them was freed: nothing has changed by then
 */
const nodesInOrder = (roots: readonly Edge[]): GraphNode[] => {
  const walk = ++walks;
  const stack = roots.map(({ node }) => node as GraphNode);
  const order: GraphNode[] = [];
  const leaves: GraphNode[] = [];
  let isInOrder = true;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.walk === walk) continue;
    node.walk = walk;
    if (node instanceof LeafNode) {
      leaves.push(node);
      continue;
    }
    if (node.isFreed && node.hasSaved) throw freedError(node.name);
    const last = order.at(-1);
    if (last !== undefined && last.sequence < node.sequence) isInOrder = false;
    order.push(node);
    for (const edge of node.edges) if (edge !== null) stack.push(edge.node as GraphNode);
  }
  if (!isInOrder) order.sort((a, b) => b.sequence - a.sequence);
  for (const leaf of leaves) order.push(leaf);
  return order;
};

/** Counts the walks that looked for nodes: each marks those that it has seen. */
let walks = 0;

const visit = (node: GraphNode, createGraph: boolean, captured: Map<string, Tensor | null> | null): void => {
  const { pending } = node;
  if (pending === null) return;
  node.pending = null;
  if (node instanceof LeafNode) {
    const grad = runHooks(node.leaf.hooks, pending[0] as Tensor);
    if (captured === null) accumulate(node.leaf, grad, createGraph);
    else capture(node, 0, grad, captured);
    release(pending);
    return;
  }
  for (let i = 0; i < pending.length; i++) {
    const grad = pending[i];
    if (grad) pending[i] = retain(node, i, runHooksHeld(node.hooks?.get(i) ?? null, grad), captured);
  }
  node.arrived = pending.map((grad) => grad !== null && grad !== undefined);
  const inputs = node.apply(pending.map((grad, i) => grad ?? (i < node.visible ? zerosFor(node, i) : null)));
  for (let i = 0; i < node.edges.length; i++) {
    const edge = node.edges[i] as Edge | null;
    const grad = inputs[i];
    if (edge !== null && grad) addGradient(edge, conform(node, edge, grad, pending), createGraph);
  }
  release(pending);
};

/** Gives back arrived gradients that nothing else holds. */
const release = (pending: readonly (Tensor | null)[]): void => {
  for (const grad of pending) {
    if (!grad) continue;
    const { storage } = grad;
    storage.holds--;
    if (storage.isTemporary) storage.releaseIfDead("backward()");
  }
};

const dropPending = (node: GraphNode): void => {
  if (node.pending === null) return;
  release(node.pending);
  node.pending = null;
};

/** The engine's promise: a gradient has the shape and dtype of what it belongs to. */
const conform = (
  node: OpNode,
  { node: target, index }: Edge,
  grad: Tensor,
  arrived: readonly (Tensor | null)[],
): Tensor => {
  const meta = target.outputs[index] as { shape: readonly number[]; dtype: Tensor["dtype"] };
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

const zerosFor = (node: OpNode, i: number): Tensor => {
  const { shape, dtype } = node.outputs[i] as { shape: readonly number[]; dtype: Tensor["dtype"] };
  const grad = Tensor.empty(shape, dtype);
  backend().fill(grad, 0);
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

/** As runHooks, for a gradient that is counted as held. */
const runHooksHeld = (hooks: Tensor["hooks"], grad: Tensor): Tensor => {
  const replaced = runHooks(hooks, grad);
  if (replaced !== grad) {
    replaced.storage.holds++;
    grad.storage.holds--;
  }
  return replaced;
};

const retain = (node: OpNode, i: number, grad: Tensor, captured: Map<string, Tensor | null> | null): Tensor => {
  const tensor = node.retaining?.get(i);
  if (tensor && captured === null) tensor.setGrad(copyOf(grad));
  if (captured !== null) capture(node, i, grad, captured);
  return grad;
};

const capture = (node: GraphNode, i: number, grad: Tensor, captured: Map<string, Tensor | null>): void => {
  const key = captureKey({ node, index: i }) as string;
  if (!captured.has(key)) return;
  grad.storage.keep();
  captured.set(key, grad);
};

/** Sums with what has arrived already. A sum is made in place only where nobody else can see it. */
const addGradient = (edge: Edge, grad: Tensor, createGraph: boolean): void => {
  const node = edge.node as GraphNode;
  node.pending ??= new Array<Tensor | null>(node.outputs.length).fill(null);
  const before = node.pending[edge.index];
  if (!before) {
    grad.storage.holds++;
    node.pending[edge.index] = grad;
    return;
  }
  if (!createGraph && isOwn(before, 1)) {
    backend().binary("add", before, before, grad);
    if (grad.storage.isTemporary) grad.storage.releaseIfDead("backward()");
    return;
  }
  const sum = accumulateGrad([before, grad], undefined);
  sum.storage.holds++;
  node.pending[edge.index] = sum;
  release([before]);
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
  if (createGraph || before.node !== null) {
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
