import { noGrad } from "../../autograd/mode.js";
import { div, mul } from "../../ops/elementwise/arithmetic.js";
import { sqrt, square } from "../../ops/elementwise/unary.js";
import { sum } from "../../ops/reduce/reduce.js";
import { ValueError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Module } from "../module.js";
import { Parameter } from "../parameter.js";

export interface WeightNormOptions {
  /** Which parameter. Default "weight". */
  name?: string | undefined;
  /** Each slice along it has a length of its own; null: one for all. Default 0. */
  dim?: number | null | undefined;
}

/** The 2-norm of every slice along `dim`, with size 1 elsewhere; of all without one. */
const lengths = (v: Tensor, dim: number | null): Tensor => {
  if (dim === null) return sqrt(sum(square(v)));
  const others = v.shape.map((_, i) => i).filter((i) => i !== dim);
  return others.length === 0 ? sqrt(square(v)) : sqrt(sum(square(v), others, { keepdim: true }));
};

/** Names of parameters that are normalised, by module. */
const normed = new WeakMap<Module, Set<string>>();

/**
 * Splits a parameter into its direction and its length, which are trained apart: w = g · v / ‖v‖. The module then has `<name>_g`
 * and `<name>_v`, and computes `<name>` from them.
 *
 * @returns the module
 * @throws ValueError when the parameter is normalised already
 * @source torch.nn.utils.weight_norm; Salimans & Kingma, 2016
 * @example nn.utils.weightNorm(new nn.Linear(20, 40))
 */
export const weightNorm = <M extends Module>(module: M, { name = "weight", dim = 0 }: WeightNormOptions = {}): M => {
  const names = normed.get(module) ?? new Set<string>();
  if (names.has(name)) throw new ValueError({ op: "weightNorm", problem: `"${name}" is normalised already` });
  const weight = module.getParameter(name);
  const along = dim === null || dim === -1 ? null : normalizeDim("weightNorm", dim, weight.ndim);
  const compute = (): Tensor => {
    const [g, v] = [module.getParameter(`${name}_g`), module.getParameter(`${name}_v`)];
    return mul(v, div(g, lengths(v, along)));
  };
  module.replaceParameter(name, compute);
  module.registerParameter(`${name}_g`, new Parameter(noGrad(() => lengths(weight, along))));
  module.registerParameter(`${name}_v`, new Parameter(weight.detach()));
  normed.set(module, names.add(name));
  return module;
};

/**
 * Makes one parameter again of what `weightNorm` has split.
 *
 * @returns the module
 * @source torch.nn.utils.remove_weight_norm
 */
export const removeWeightNorm = <M extends Module>(
  module: M,
  { name = "weight" }: { name?: string | undefined } = {},
): M => {
  if (normed.get(module)?.delete(name) !== true)
    throw new ValueError({
      op: "removeWeightNorm",
      problem: `"${name}" of this ${module.constructor.name} is not normalised`,
    });
  const weight = noGrad(() => module.tensorOf(name));
  module.unregister(`${name}_g`);
  module.unregister(`${name}_v`);
  module.restoreParameter(name, new Parameter(weight));
  return module;
};
