import * as f from "../../ops/activation/functional.js";
import { full } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { layerOf } from "./functionLayer.js";
import { float, ifInplace, reprOf } from "./repr.js";

/** relu, see nn.functional. @source torch.nn.ReLU */
export class ReLU extends layerOf(f.relu, ({ inplace } = {}) => reprOf(ifInplace(inplace))) {}
/** relu6, see nn.functional. @source torch.nn.ReLU6 */
export class ReLU6 extends layerOf(f.relu6, ({ inplace } = {}) => reprOf(ifInplace(inplace))) {}
/** leakyRelu, see nn.functional. @source torch.nn.LeakyReLU */
export class LeakyReLU extends layerOf(f.leakyRelu, ({ negativeSlope = 0.01, inplace } = {}) =>
  reprOf({ negativeSlope: float(negativeSlope), ...ifInplace(inplace) }),
) {}
/** elu, see nn.functional. @source torch.nn.ELU */
export class ELU extends layerOf(f.elu, ({ alpha = 1, inplace } = {}) =>
  reprOf({ alpha: float(alpha), ...ifInplace(inplace) }),
) {}
/** celu, see nn.functional. @source torch.nn.CELU */
export class CELU extends layerOf(f.celu, ({ alpha = 1, inplace } = {}) =>
  reprOf({ alpha: float(alpha), ...ifInplace(inplace) }),
) {}
/** selu, see nn.functional. @source torch.nn.SELU */
export class SELU extends layerOf(f.selu, ({ inplace } = {}) => reprOf(ifInplace(inplace))) {}
/** gelu, see nn.functional. @source torch.nn.GELU */
export class GELU extends layerOf(f.gelu, ({ approximate = "none" } = {}) =>
  reprOf({ approximate: `'${approximate}'` }),
) {}
/** silu, see nn.functional. @source torch.nn.SiLU */
export class SiLU extends layerOf(f.silu, ({ inplace } = {}) => reprOf(ifInplace(inplace))) {}
/** mish, see nn.functional. @source torch.nn.Mish */
export class Mish extends layerOf(f.mish, ({ inplace } = {}) => reprOf(ifInplace(inplace))) {}
/** hardsigmoid, see nn.functional. @source torch.nn.Hardsigmoid */
export class Hardsigmoid extends layerOf(f.hardsigmoid) {}
/** hardswish, see nn.functional. @source torch.nn.Hardswish */
export class Hardswish extends layerOf(f.hardswish) {}
/** hardtanh, see nn.functional. @source torch.nn.Hardtanh */
export class Hardtanh extends layerOf(f.hardtanh, ({ minVal = -1, maxVal = 1, inplace } = {}) =>
  reprOf({ minVal: float(minVal), maxVal: float(maxVal), ...ifInplace(inplace) }),
) {}
/** hardshrink, see nn.functional. @source torch.nn.Hardshrink */
export class Hardshrink extends layerOf(f.hardshrink, ({ lambd = 0.5 } = {}) => float(lambd)) {}
/** softshrink, see nn.functional. @source torch.nn.Softshrink */
export class Softshrink extends layerOf(f.softshrink, ({ lambd = 0.5 } = {}) => float(lambd)) {}
/** tanhshrink, see nn.functional. @source torch.nn.Tanhshrink */
export class Tanhshrink extends layerOf(f.tanhshrink) {}
/** softplus, see nn.functional. @source torch.nn.Softplus */
export class Softplus extends layerOf(f.softplus, ({ beta = 1, threshold = 20 } = {}) => reprOf({ beta, threshold })) {}
/** softsign, see nn.functional. @source torch.nn.Softsign */
export class Softsign extends layerOf(f.softsign) {}
/** sigmoid, see nn.functional. @source torch.nn.Sigmoid */
export class Sigmoid extends layerOf(f.sigmoid) {}
/** tanh, see nn.functional. @source torch.nn.Tanh */
export class Tanh extends layerOf(f.tanh) {}
/** logsigmoid, see nn.functional. @source torch.nn.LogSigmoid */
export class LogSigmoid extends layerOf(f.logsigmoid) {}
/** threshold, see nn.functional. @source torch.nn.Threshold */
export class Threshold extends layerOf(f.threshold, (threshold, value, { inplace } = {}) =>
  reprOf({ threshold: float(threshold), value: float(value), ...ifInplace(inplace) }),
) {}
/** glu, see nn.functional. @source torch.nn.GLU */
export class GLU extends layerOf(f.glu, ({ dim = -1 } = {}) => reprOf({ dim })) {}

interface DimOption {
  /** Default: 0 for 0, 1 and 3 dimensions, else 1, as PyTorch guesses. */
  dim?: number | null | undefined;
}

const guessed = (x: Tensor, dim: number | null | undefined): number =>
  dim ?? (x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1);

/** softmax, see nn.functional. @source torch.nn.Softmax */
export class Softmax extends layerOf(
  (x: Tensor, { dim }: DimOption = {}) => f.softmax(x, guessed(x, dim)),
  ({ dim = null } = {}) => reprOf({ dim }),
) {}
/** logSoftmax, see nn.functional. @source torch.nn.LogSoftmax */
export class LogSoftmax extends layerOf(
  (x: Tensor, { dim }: DimOption = {}) => f.logSoftmax(x, guessed(x, dim)),
  ({ dim = null } = {}) => reprOf({ dim }),
) {}
/** softmin, see nn.functional. @source torch.nn.Softmin */
export class Softmin extends layerOf(
  (x: Tensor, { dim }: DimOption = {}) => f.softmin(x, guessed(x, dim)),
  ({ dim = null } = {}) => reprOf({ dim }),
) {}
/** softmax over channels. @shape [N, C, H, W] or [C, H, W] @source torch.nn.Softmax2d */
export class Softmax2d extends layerOf((x: Tensor) => f.softmax(x, -3)) {}

/** max(x, 0) + weight · min(x, 0) with slopes that are learned. @source torch.nn.PReLU */
export class PReLU extends Module {
  readonly weight: Parameter;

  constructor({
    numParameters = 1,
    init = 0.25,
  }: { numParameters?: number | undefined; init?: number | undefined } = {}) {
    super();
    this.weight = new Parameter(full([numParameters], init, { dtype: "float32" }));
  }

  override forward(x: Tensor): Tensor {
    return f.prelu(x, this.weight);
  }

  override extraRepr(): string {
    return reprOf({ num_parameters: this.weight.numel() });
  }
}

/** Slopes below 0 drawn in training, their average otherwise. @source torch.nn.RReLU */
export class RReLU extends Module {
  readonly #options: Omit<f.RreluOptions, "training">;

  constructor(options: Omit<f.RreluOptions, "training"> = {}) {
    super();
    this.#options = options;
  }

  override forward(x: Tensor): Tensor {
    return f.rrelu(x, { ...this.#options, training: this.training });
  }

  override extraRepr(): string {
    return reprOf({ lower: this.#options.lower ?? 1 / 8, upper: this.#options.upper ?? 1 / 3 });
  }
}
