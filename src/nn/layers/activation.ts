import * as f from "../../ops/activation/functional.js";
import { full } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { layerOf } from "./functionLayer.js";
import { reprOf } from "./repr.js";

/** relu, see nn.functional. @source torch.nn.ReLU */
export class ReLU extends layerOf(f.relu) {}
/** relu6, see nn.functional. @source torch.nn.ReLU6 */
export class ReLU6 extends layerOf(f.relu6) {}
/** leakyRelu, see nn.functional. @source torch.nn.LeakyReLU */
export class LeakyReLU extends layerOf(f.leakyRelu) {}
/** elu, see nn.functional. @source torch.nn.ELU */
export class ELU extends layerOf(f.elu) {}
/** celu, see nn.functional. @source torch.nn.CELU */
export class CELU extends layerOf(f.celu) {}
/** selu, see nn.functional. @source torch.nn.SELU */
export class SELU extends layerOf(f.selu) {}
/** gelu, see nn.functional. @source torch.nn.GELU */
export class GELU extends layerOf(f.gelu) {}
/** silu, see nn.functional. @source torch.nn.SiLU */
export class SiLU extends layerOf(f.silu) {}
/** mish, see nn.functional. @source torch.nn.Mish */
export class Mish extends layerOf(f.mish) {}
/** hardsigmoid, see nn.functional. @source torch.nn.Hardsigmoid */
export class Hardsigmoid extends layerOf(f.hardsigmoid) {}
/** hardswish, see nn.functional. @source torch.nn.Hardswish */
export class Hardswish extends layerOf(f.hardswish) {}
/** hardtanh, see nn.functional. @source torch.nn.Hardtanh */
export class Hardtanh extends layerOf(f.hardtanh) {}
/** hardshrink, see nn.functional. @source torch.nn.Hardshrink */
export class Hardshrink extends layerOf(f.hardshrink) {}
/** softshrink, see nn.functional. @source torch.nn.Softshrink */
export class Softshrink extends layerOf(f.softshrink) {}
/** tanhshrink, see nn.functional. @source torch.nn.Tanhshrink */
export class Tanhshrink extends layerOf(f.tanhshrink) {}
/** softplus, see nn.functional. @source torch.nn.Softplus */
export class Softplus extends layerOf(f.softplus) {}
/** softsign, see nn.functional. @source torch.nn.Softsign */
export class Softsign extends layerOf(f.softsign) {}
/** sigmoid, see nn.functional. @source torch.nn.Sigmoid */
export class Sigmoid extends layerOf(f.sigmoid) {}
/** tanh, see nn.functional. @source torch.nn.Tanh */
export class Tanh extends layerOf(f.tanh) {}
/** logsigmoid, see nn.functional. @source torch.nn.LogSigmoid */
export class LogSigmoid extends layerOf(f.logsigmoid) {}
/** threshold, see nn.functional. @source torch.nn.Threshold */
export class Threshold extends layerOf(f.threshold) {}
/** glu, see nn.functional. @source torch.nn.GLU */
export class GLU extends layerOf(f.glu) {}

interface DimOption {
  /** Default: 0 for 0, 1 and 3 dimensions, else 1, as PyTorch guesses. */
  dim?: number | null | undefined;
}

const guessed = (x: Tensor, dim: number | null | undefined): number =>
  dim ?? (x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1);

/** softmax, see nn.functional. @source torch.nn.Softmax */
export class Softmax extends layerOf((x: Tensor, { dim }: DimOption = {}) => f.softmax(x, guessed(x, dim))) {}
/** logSoftmax, see nn.functional. @source torch.nn.LogSoftmax */
export class LogSoftmax extends layerOf((x: Tensor, { dim }: DimOption = {}) => f.logSoftmax(x, guessed(x, dim))) {}
/** softmin, see nn.functional. @source torch.nn.Softmin */
export class Softmin extends layerOf((x: Tensor, { dim }: DimOption = {}) => f.softmin(x, guessed(x, dim))) {}
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
