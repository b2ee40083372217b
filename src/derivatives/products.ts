import { enableGrad } from "../autograd/mode.js";
import { zerosLike } from "../tensor/create.js";
import { GradError, ShapeError } from "../tensor/errors.js";
import { sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Answer, answerOf, branch, gradientsOrZeros, listOf, type Tensors } from "./branch.js";
import { type DerivativeOptions, scalar } from "./jacobian.js";

/** `v` as a list that fits; left out, it is 1 for a scalar. */
const vectorsFor = (op: string, v: Tensors | null | undefined, likes: readonly Tensor[]): (Tensor | null)[] => {
  const list = v === null || v === undefined ? likes.map(() => null) : listOf(v);
  if (list.length !== likes.length)
    throw new GradError({ op, problem: `v has ${list.length} tensors, ${likes.length} are wanted` });
  return likes.map((like, i) => {
    const given = list[i] ?? null;
    if (given !== null && !sameShape(given.shape, like.shape)) {
      throw new ShapeError({
        op,
        problem: "v does not fit",
        rule: "v has the shape of what it is multiplied with",
        args: { v: given.shape, wanted: like.shape },
      });
    }
    if (given === null && like.numel() !== 1)
      throw new GradError({ op, problem: "v can be left out only for one element", args: { wanted: like.shape } });
    return given;
  });
};

/**
 * vᵀ·J: the gradient of the outputs under the upstream gradient v.
 *
 * @returns the function's result, and the product, shaped as the inputs
 * @source torch.autograd.functional.vjp
 */
export const vjp = <In extends Tensors, Out extends Tensors>(
  fn: (...inputs: Tensor[]) => Out,
  inputs: In,
  v?: Tensors | null,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): [Out, Answer<In>] =>
  enableGrad(() => {
    const points = branch(listOf(inputs), createGraph);
    const result = fn(...points);
    const outputs = listOf(result);
    const grads = gradientsOrZeros("vjp", outputs, vectorsFor("vjp", v, outputs), points, { createGraph, strict });
    return [createGraph ? result : detached(result), answerOf(inputs, grads)];
  });

/**
 * J·v: how the outputs move when the inputs move along v. Computed as the derivative of vᵀ·J by v, which is linear in it.
 *
 * @returns the function's result, and the product, shaped as the outputs
 * @source torch.autograd.functional.jvp
 */
export const jvp = <In extends Tensors, Out extends Tensors>(
  fn: (...inputs: Tensor[]) => Out,
  inputs: In,
  v?: Tensors | null,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): [Out, Answer<Out>] =>
  enableGrad(() => {
    const points = branch(listOf(inputs), createGraph);
    const vectors = vectorsFor("jvp", v, points);
    const result = fn(...points);
    const outputs = listOf(result);
    const duals = outputs.map((y) => zerosLike(y, { requiresGrad: true }));
    const slopes = gradientsOrZeros("jvp", outputs, duals, points, { createGraph: true, strict });
    const moves = gradientsOrZeros("jvp", slopes, vectors, duals, { createGraph });
    return [createGraph ? result : detached(result), answerOf(result, moves)];
  });

/**
 * H·v: the second derivatives of a scalar function along v, without the matrix. H is symmetric, so vᵀ·H is the same.
 *
 * @returns the function's result, and the product, shaped as the inputs
 * @throws ShapeError when the function's result has more than one element
 * @source torch.autograd.functional.hvp, torch.autograd.functional.vhp
 */
export const hvp = <In extends Tensors>(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: In,
  v?: Tensors | null,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): [Tensor, Answer<In>] =>
  enableGrad(() => {
    const points = branch(listOf(inputs), createGraph);
    const vectors = vectorsFor("hvp", v, points);
    const y = scalar("hvp", fn(...points));
    const slopes = gradientsOrZeros("hvp", [y], [null], points, { createGraph: true, strict });
    const products = gradientsOrZeros("hvp", slopes, vectors, points, { createGraph });
    return [createGraph ? y : y.detach(), answerOf(inputs, products)];
  });

const detached = <Out extends Tensors>(result: Out): Out =>
  (Array.isArray(result) ? (result as readonly Tensor[]).map((y) => y.detach()) : (result as Tensor).detach()) as Out;
