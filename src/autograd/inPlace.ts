import { backend } from "../backend/current.js";
import { DTypeError, GradError, ShapeError } from "../tensor/errors.js";
import type { Edge } from "../tensor/gradNode.js";
import { canCast } from "../tensor/promotion.js";
import { sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { isGradEnabled } from "./mode.js";
import { edgeOf, OpNode } from "./node.js";
import { clearRegion, geometryOf, moveStrided, toBase } from "./strided.js";

/**
 * Writes the result of an out-of-place op into `x` and gives `x` that result's history.
 *
 * @param compute the out-of-place op on x as it is now; its result is a tensor of its own, and is used up
 * @throws GradError when x is a leaf that wants a gradient, ShapeError or DTypeError when the result does not fit into x, or
 *   x is expanded
 */
export const inPlace = <T extends Tensor>(op: string, x: T, compute: () => Tensor): T => {
  checkMayChange(op, refreshView(x));
  const result = compute();
  if (!sameShape(result.shape, x.shape)) {
    throw new ShapeError({
      op,
      problem: "the result does not fit into the tensor that it should change",
      rule: "an in-place op keeps the shape",
      args: { tensor: x.shape, result: result.shape },
    });
  }
  if (!canCast(result.dtype, x.dtype)) {
    throw new DTypeError({
      op,
      problem: `a ${result.dtype} result cannot be written into a ${x.dtype} tensor`,
      hint: `use the out-of-place form, or .to("${x.dtype}")`,
    });
  }
  const isRecorded = isGradEnabled() && (result.requiresGrad || x.requiresGrad);
  const node = result.edge?.node;
  if (isRecorded && node instanceof OpNode) keepOldValues(node, x);
  backend().copy(x, result);
  x.storage.version++;
  if (isRecorded) rebase(x, result);
  if (result.edge === null && result.storage !== x.storage) result.storage.releaseIfDead(op);
  return x;
};

/**
 * @throws ShapeError for an expanded tensor, whose elements share places, and GradError for a leaf that wants a gradient (or
 *   a view of one) while the graph is recorded
 */
const checkMayChange = (op: string, x: Tensor): void => {
  if (x.shape.some((size, d) => size > 1 && x.strides[d] === 0) && x.numel() > 0) {
    throw new ShapeError({
      op,
      problem: "several elements of the tensor share one place in memory",
      rule: "an expanded tensor cannot be changed in place",
      args: { tensor: x.shape, strides: x.strides },
      hint: "clone() it first",
    });
  }
  if (!isGradEnabled()) return;
  const base = x.viewInfo?.base ?? x;
  if (!base.isLeaf || !base.leafRequiresGrad) return;
  throw new GradError({
    op,
    problem: `a leaf that requires a gradient${base === x ? "" : " is under this view and"} cannot be changed in place`,
    args: { tensor: x.shape },
    hint: "change parameters under noGrad(() => …), or use the out-of-place form",
  });
};

/** The op may have saved values of x, or of views beside it in its storage, from before the change: give it copies of them. */
const keepOldValues = (node: OpNode, x: Tensor): void => {
  node.replaceSaved(x.storage, (saved) => {
    const copy = Tensor.empty(saved.shape, saved.dtype);
    backend().copy(copy, saved);
    copy.edge = saved.edge;
    copy.leafRequiresGrad = saved.leafRequiresGrad;
    return copy;
  });
};

/** Gives x the history of `result`, whose values it has now. */
const rebase = (x: Tensor, result: Tensor): void => {
  const base = x.viewInfo?.base ?? x;
  if (base === x && result.dtype === x.dtype) {
    x.edge = result.edge;
    x.history++;
    return;
  }
  base.edge = copySlices(base, x, result);
  base.history++;
  refreshView(x);
};

/** The base after its region `x` was replaced by `result`: gradients go to the old base outside of the region, to `result` inside. */
const copySlices = (base: Tensor, x: Tensor, result: Tensor): Edge => {
  const whole = geometryOf(base);
  const region = geometryOf(x);
  const { dtype } = result;
  return edgeTo("copySlices", base, [base, result], (grad) => [
    clearRegion([grad], { whole, region }),
    moveStrided([grad], { from: whole, to: region, dtype, shared: null }),
  ]);
};

/** Makes a node for a tensor of y's shape and dtype. */
const edgeTo = (name: string, y: Tensor, inputs: readonly Tensor[], backward: (grad: Tensor) => Tensor[]): Edge => {
  const rules = { name, backward: ([grad]: readonly Tensor[]) => backward(grad as Tensor), hidden: 0 };
  return new OpNode(rules, undefined, inputs.map(edgeOf), [], [y]).outputs[0] as Edge;
};

/** Views follow their base: after an in-place op on it, or on another view, their node is made anew. */
export const refreshView = (x: Tensor): Tensor => {
  const { viewInfo } = x;
  if (viewInfo === null || viewInfo.history === viewInfo.base.history) return x;
  const { base } = viewInfo;
  viewInfo.history = base.history;
  if (!base.requiresGrad) {
    x.edge = null;
    return x;
  }
  const whole = geometryOf(base);
  const view = geometryOf(x);
  x.edge = edgeTo("asStrided", x, [base], (grad) => [toBase(grad, view, whole, base.dtype)]);
  return x;
};
