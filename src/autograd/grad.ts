import { GradError } from "../tensor/errors.js";
import type { GradHook } from "../tensor/gradNode.js";
import { forgetRecordings } from "../tensor/recorder.js";
import type { Tensor } from "../tensor/tensor.js";
import { type BackwardOptions, gradients } from "./backward.js";
import { refreshView } from "./inPlace.js";

export interface GradOptions extends BackwardOptions {
  /** The gradient of each output; left out or null for scalars. */
  gradOutputs?: readonly (Tensor | null)[] | Tensor | null | undefined;
  /** Give null for an input that the outputs do not depend on, instead of an error. Default false. */
  allowUnused?: boolean | undefined;
}

const asList = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? (x as readonly T[]) : [x as T]);

/**
 * Gradients of `outputs` with regard to `inputs`, as new tensors; no `.grad` is touched.
 *
 * @throws GradError when an input is not in the graph and `allowUnused` is not set
 * @source torch.autograd.grad
 * @example grad(x.pow(3).sum(), x, { createGraph: true })[0] // 3x², which has a gradient itself
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { allowUnused: true },
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  { gradOutputs = null, allowUnused = false, ...options }: GradOptions = {},
): (Tensor | null)[] {
  const roots = asList(outputs);
  const wanted = asList(inputs);
  for (const input of wanted) {
    if (!refreshView(input).requiresGrad) {
      throw new GradError({
        op: "grad",
        problem: "an input does not require a gradient",
        args: { input: input.shape },
      });
    }
  }
  const given = gradOutputs === null ? [] : asList<Tensor | null>(gradOutputs);
  const refuse = (unused: number): void => {
    if (unused < 0 || allowUnused) return;
    throw new GradError({
      op: "grad",
      problem: `input ${unused} was not used to compute the outputs`,
      args: { input: (wanted[unused] as Tensor).shape },
      hint: "pass { allowUnused: true } to get null for it",
    });
  };
  const upstream = roots.map((_, i) => given[i] ?? null);
  // What can be known before the walk is refused before it frees the graph.
  const results = gradients(roots, upstream, wanted, options, (isReached) => refuse(isReached.indexOf(false)));
  refuse(results.indexOf(null));
  return results;
}

/**
 * Calls `hook` with this tensor's gradient when it is known; a tensor that it returns takes the gradient's place.
 *
 * @returns a function that removes the hook
 * @throws GradError when the tensor needs no gradient
 */
export const registerHook = (x: Tensor, hook: GradHook): (() => void) => {
  if (!refreshView(x).requiresGrad) {
    throw new GradError({
      op: "registerHook",
      problem: "this tensor does not require a gradient",
      args: { tensor: x.shape },
    });
  }
  const list = hooksOf(x);
  list.push(hook);
  // Hooks of inner results come and go with their graph.
  if (x.isLeaf) forgetRecordings();
  return () => {
    const at = list.indexOf(hook);
    if (at >= 0) list.splice(at, 1);
  };
};

const hooksOf = (x: Tensor): GradHook[] => {
  const owner = x.edge ?? x;
  owner.hooks ??= [];
  return owner.hooks;
};

/** Makes an inner result keep its gradient in `.grad`. A leaf does so anyway. */
export const retainGrad = (x: Tensor): void => {
  if (!refreshView(x).requiresGrad) {
    throw new GradError({
      op: "retainGrad",
      problem: "this tensor does not require a gradient",
      args: { tensor: x.shape },
    });
  }
  if (x.edge === null) return;
  x.retainsGrad = true;
  x.edge.retaining = x;
};
