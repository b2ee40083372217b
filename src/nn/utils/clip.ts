import { noGrad } from "../../autograd/mode.js";
import type { TypedArray } from "../../backend/dtype.js";
import { add, div, pow } from "../../ops/elementwise/arithmetic.js";
import { clamp } from "../../ops/elementwise/clamp.js";
import { abs, square } from "../../ops/elementwise/unary.js";
import { stack } from "../../ops/movement/reshape.js";
import { amax, sum } from "../../ops/reduce/reduce.js";
import { tensor } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import { observe, recorder } from "../../tensor/recorder.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface ClipOptions {
  /** The p of the norm; Infinity takes the largest element. Default 2. */
  normType?: number | undefined;
  /** Throw when the norm is NaN or infinite. Default false. */
  errorIfNonfinite?: boolean | undefined;
}

const gradientsOf = (parameters: Tensor | readonly Tensor[]): Tensor[] =>
  ("storage" in parameters ? [parameters] : parameters).flatMap((parameter) => {
    recorder?.readsGradient(parameter);
    return parameter.gradValue ?? [];
  });

const normOf = (x: Tensor, p: number): Tensor => {
  if (p === Number.POSITIVE_INFINITY) return amax(abs(x));
  return p === 2 ? sum(square(x)).sqrt() : pow(sum(pow(abs(x), p)), 1 / p);
};

/**
 * Scales all gradients down together where their norm, taken as of one vector, is above `maxNorm`.
 *
 * @returns the norm before
 * @source torch.nn.utils.clip_grad_norm_
 */
export const clipGradNorm_ = (
  parameters: Tensor | readonly Tensor[],
  maxNorm: number,
  { normType = 2, errorIfNonfinite = false }: ClipOptions = {},
): Tensor =>
  noGrad(() => {
    const grads = gradientsOf(parameters).filter((grad) => grad.numel() > 0);
    if (grads.length === 0) return tensor(0, { dtype: "float32" });
    const total = normOf(stack(grads.map((grad) => normOf(grad, normType))), normType);
    if (errorIfNonfinite) observe(total, requireFinite);
    const scale = clamp(div(maxNorm, add(total, 1e-6)), { max: 1 });
    // NaN times the gradients, as in PyTorch: it shows.
    for (const grad of grads) grad.mul_(scale);
    return total;
  });

const requireFinite = ([norm]: TypedArray): void => {
  if (Number.isFinite(norm)) return;
  throw new ValueError({
    op: "clipGradNorm_",
    problem: `the norm of the gradients is ${norm}`,
    rule: "finite gradients, since errorIfNonfinite is set",
  });
};

/** Clamps every element of every gradient to ±clipValue. @source torch.nn.utils.clip_grad_value_ */
export const clipGradValue_ = (parameters: Tensor | readonly Tensor[], clipValue: number): void =>
  noGrad(() => {
    for (const grad of gradientsOf(parameters)) grad.copy_(clamp(grad, { min: -clipValue, max: clipValue }));
  });
