import { enableGrad } from "../autograd/mode.js";
import { reshape, stack } from "../ops/movement/reshape.js";
import { eye, zeros } from "../tensor/create.js";
import { ShapeError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Answer, answerOf, branch, gradientsOrZeros, listOf, type Tensors } from "./branch.js";

export interface DerivativeOptions {
  /** Give the result a gradient itself. Default false. */
  createGraph?: boolean | undefined;
  /** Refuse an input that an output does not depend on, instead of giving zeros. Default false. */
  strict?: boolean | undefined;
}

/** A tensor for one output and one input; lists, outputs first, where lists went in or came out. */
export type Jacobian<In extends Tensors, Out extends Tensors> = Out extends Tensor ? Answer<In> : Answer<In>[];

/**
 * All derivatives of every output element by every input element, a backward walk for each output element.
 *
 * @shape inputs [...X], outputs [...Y] → [...Y, ...X]
 * @cost  one forward, as many walks as the outputs have elements
 * @source torch.autograd.functional.jacobian
 * @example autograd.functional.jacobian((x) => x.pow(2), tensor([1, 2])).toArray() // [[2, 0], [0, 4]]
 */
export const jacobian = <In extends Tensors, Out extends Tensors>(
  fn: (...inputs: Tensor[]) => Out,
  inputs: In,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): Jacobian<In, Out> =>
  enableGrad(() => {
    const points = branch(listOf(inputs), createGraph);
    const result = fn(...points);
    const rows = listOf(result).map((y) => answerOf(inputs, jacobianOf(y, points, { createGraph, strict })));
    return (Array.isArray(result) ? rows : rows[0]) as Jacobian<In, Out>;
  });

const jacobianOf = (y: Tensor, points: readonly Tensor[], options: Required<DerivativeOptions>): Tensor[] => {
  const n = y.numel();
  const units = eye(n, { dtype: y.dtype });
  const rows = Array.from({ length: n }, (_, i) =>
    gradientsOrZeros("jacobian", [y], [reshape(units.select(0, i), y.shape)], points, {
      ...options,
      retainGraph: true,
    }),
  );
  return points.map((x, j) =>
    n === 0
      ? zeros([...y.shape, ...x.shape], { dtype: x.dtype })
      : reshape(stack(rows.map((row) => row[j] as Tensor)), [...y.shape, ...x.shape]),
  );
};

/**
 * All second derivatives of a scalar function.
 *
 * @shape inputs [...X] → [...X, ...X]; a list of lists for a list of inputs
 * @throws ShapeError when the function's result has more than one element
 * @source torch.autograd.functional.hessian
 */
export const hessian = <In extends Tensors>(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: In,
  options: DerivativeOptions = {},
): Jacobian<In, Answer<In>> =>
  jacobian(
    (...points) => {
      const slope = gradientsOrZeros("hessian", [scalar("hessian", fn(...points))], [null], points, {
        ...options,
        createGraph: true,
      });
      return answerOf(inputs, slope);
    },
    inputs,
    options,
  );

/** @throws ShapeError unless y has one element */
export const scalar = (op: string, y: Tensor): Tensor => {
  if (y.numel() === 1) return y;
  throw new ShapeError({
    op,
    problem: `the function's result has ${y.numel()} elements`,
    rule: "second derivatives are those of one number",
    args: { result: y.shape },
    hint: "reduce it first (sum() or mean())",
  });
};
