import { type BackwardOptions, gradients } from "../autograd/backward.js";
import { mul } from "../ops/elementwise/arithmetic.js";
import { zerosLike } from "../tensor/create.js";
import { GradError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";

/** One tensor, or several. */
export type Tensors = Tensor | readonly Tensor[];

/** One answer for one tensor, a list for a list. */
export type Answer<In extends Tensors> = In extends Tensor ? Tensor : Tensor[];

export const listOf = (x: Tensors): readonly Tensor[] => ("storage" in x ? [x] : x);

export const answerOf = <In extends Tensors>(asked: In, answers: readonly Tensor[]): Answer<In> =>
  (Array.isArray(asked) ? [...answers] : answers[0]) as Answer<In>;

/** The points to differentiate at: new leaves, or branches of the callers' own graph where the result keeps a graph. */
export const branch = (inputs: readonly Tensor[], createGraph: boolean): Tensor[] =>
  inputs.map((x) => (createGraph && x.requiresGrad ? mul(x, 1) : x.detach().requiresGrad_()));

/** The gradient for each input; zeros, or an error when `strict`, where the outputs do not depend on it. */
export const gradientsOrZeros = (
  op: string,
  roots: readonly Tensor[],
  grads: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  { strict = false, ...options }: BackwardOptions & { strict?: boolean | undefined },
): Tensor[] => {
  const connected = roots.flatMap((root, i) => (root.requiresGrad ? [i] : []));
  const found =
    connected.length === 0
      ? inputs.map(() => null)
      : gradients(
          connected.map((i) => roots[i] as Tensor),
          connected.map((i) => grads[i] ?? null),
          inputs,
          options,
        );
  return found.map((grad, i) => {
    const input = inputs[i] as Tensor;
    if (grad !== null) return grad;
    if (!strict) return zerosLike(input);
    throw new GradError({
      op,
      problem: `the result does not depend on input ${i}`,
      args: { input: input.shape },
      hint: "leave strict out to get zeros",
    });
  });
};
