import { noGrad } from "../../autograd/mode.js";
import { normalize } from "../../ops/activation/gated.js";
import { div } from "../../ops/elementwise/arithmetic.js";
import { clone } from "../../ops/elementwise/cast.js";
import { dot, mv } from "../../ops/linalg/matmul.js";
import { permute, reshape, t } from "../../ops/movement/reshape.js";
import { randn } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "../layers/conv.js";
import type { Module } from "../module.js";
import { Parameter } from "../parameter.js";

export interface SpectralNormOptions {
  /** Which parameter. Default "weight". */
  name?: string | undefined;
  /** Iterations at each forward in training. Default 1. */
  nPowerIterations?: number | undefined;
  /** Least length of a vector. Default 1e-12. */
  eps?: number | undefined;
  /** Which dimension counts the outputs. Default 1 for transposed convolutions, else 0. */
  dim?: number | null | undefined;
}

/** Takes the norm off again, by module and name. */
const removers = new WeakMap<Module, Map<string, () => void>>();

/**
 * Divides a parameter by its largest singular value, which power iteration finds a little better at each forward in training.
 * The module then has `<name>_orig`, and buffers `<name>_u` and `<name>_v`.
 *
 * @returns the module
 * @throws ValueError when the parameter is normalised already, or for less than one iteration
 * @source torch.nn.utils.spectral_norm; Miyato et al., 2018
 */
export const spectralNorm = <M extends Module>(module: M, options: SpectralNormOptions = {}): M => {
  const { name = "weight", nPowerIterations = 1, eps = 1e-12 } = options;
  const op = "spectralNorm";
  if (!(Number.isInteger(nPowerIterations) && nPowerIterations >= 1))
    throw new ValueError({ op, problem: `nPowerIterations is ${nPowerIterations}`, rule: "an integer from 1 up" });
  const removersOf = removers.get(module) ?? new Map<string, () => void>();
  if (removersOf.has(name)) throw new ValueError({ op, problem: `"${name}" is normalised already` });
  const isTransposed =
    module instanceof ConvTranspose1d || module instanceof ConvTranspose2d || module instanceof ConvTranspose3d;
  const original = module.getParameter(name);
  const dim = normalizeDim(op, options.dim ?? (isTransposed ? 1 : 0), original.ndim);
  /** The weight as a matrix [outputs, everything else]. */
  const matrixOf = (w: Tensor): Tensor => {
    const order = [dim, ...w.shape.map((_, i) => i).filter((i) => i !== dim)];
    return reshape(dim === 0 ? w : permute(w, order), [w.shape[dim] as number, -1]);
  };
  const drawn = (size: number): Tensor => normalize(randn(size, { dtype: original.dtype }), { dim: 0, eps });
  const [u, v] = noGrad(() => matrixOf(original).shape.map(drawn)) as [Tensor, Tensor];
  const normed = (iterations: number): Tensor => {
    const w = module.getParameter(`${name}_orig`);
    const matrix = matrixOf(w);
    const [ownU, ownV] = [module.getBuffer(`${name}_u`), module.getBuffer(`${name}_v`)];
    noGrad(() => {
      for (let i = 0; i < iterations; i++) {
        ownV.copy_(normalize(mv(t(matrix), ownU), { dim: 0, eps }));
        ownU.copy_(normalize(mv(matrix, ownV), { dim: 0, eps }));
      }
    });
    // Copies: the next forward changes the vectors in place, before this one's backward may have run.
    return div(
      w,
      dot(
        noGrad(() => clone(ownU)),
        mv(
          matrix,
          noGrad(() => clone(ownV)),
        ),
      ),
    );
  };
  let current: Tensor = original;
  module.replaceParameter(name, () => current);
  module.registerParameter(`${name}_orig`, original);
  module.registerBuffer(`${name}_u`, u);
  module.registerBuffer(`${name}_v`, v);
  const removeHook = module.registerForwardPreHook(() => {
    current = normed(module.training ? nPowerIterations : 0);
    return undefined;
  });
  removersOf.set(name, () => {
    const weight = noGrad(() => normed(0));
    removeHook();
    for (const part of ["orig", "u", "v"]) module.unregister(`${name}_${part}`);
    module.restoreParameter(name, new Parameter(weight));
  });
  removers.set(module, removersOf);
  return module;
};

/** Leaves the parameter as it was divided last. @returns the module @source torch.nn.utils.remove_spectral_norm */
export const removeSpectralNorm = <M extends Module>(
  module: M,
  { name = "weight" }: { name?: string | undefined } = {},
): M => {
  const remove = removers.get(module)?.get(name);
  if (remove === undefined)
    throw new ValueError({
      op: "removeSpectralNorm",
      problem: `"${name}" of this ${module.constructor.name} is not normalised`,
    });
  remove();
  removers.get(module)?.delete(name);
  return module;
};
