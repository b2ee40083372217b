import type { PerDim } from "../../ops/conv/spatial.js";
import * as p from "../../ops/pool/pool.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { layerOf } from "./functionLayer.js";

type OutputSize = number | readonly (number | null)[];
/** In a chain of layers only the values go on; nn.functional gives the places too. */
type PlainOptions = Omit<p.MaxPoolOptions, "returnIndices">;

/** maxPool1d, see nn.functional. @source torch.nn.MaxPool1d */
export class MaxPool1d extends layerOf((x: Tensor, kernelSize: PerDim, options: PlainOptions = {}) =>
  p.maxPool1d(x, kernelSize, options),
) {}
/** avgPool1d, see nn.functional. @source torch.nn.AvgPool1d */
export class AvgPool1d extends layerOf(p.avgPool1d) {}
/** adaptiveAvgPool1d, see nn.functional. @source torch.nn.AdaptiveAvgPool1d */
export class AdaptiveAvgPool1d extends layerOf(p.adaptiveAvgPool1d) {}
/** adaptiveMaxPool1d, see nn.functional. @source torch.nn.AdaptiveMaxPool1d */
export class AdaptiveMaxPool1d extends layerOf((x: Tensor, outputSize: OutputSize, options: PlainOptions = {}) =>
  p.adaptiveMaxPool1d(x, outputSize, options),
) {}
/** maxUnpool1d, see nn.functional. @source torch.nn.MaxUnpool1d */
export class MaxUnpool1d extends Module {
  readonly args: [PerDim, p.MaxUnpoolOptions?];

  constructor(kernelSize: PerDim, options: p.MaxUnpoolOptions = {}) {
    super();
    this.args = [kernelSize, options];
  }

  override forward(x: Tensor, indices: Tensor, { outputSize = null }: p.MaxUnpoolOptions = {}): Tensor {
    return p.maxUnpool1d(x, indices, this.args[0], { ...this.args[1], outputSize });
  }
}
/** maxPool2d, see nn.functional. @source torch.nn.MaxPool2d */
export class MaxPool2d extends layerOf((x: Tensor, kernelSize: PerDim, options: PlainOptions = {}) =>
  p.maxPool2d(x, kernelSize, options),
) {}
/** avgPool2d, see nn.functional. @source torch.nn.AvgPool2d */
export class AvgPool2d extends layerOf(p.avgPool2d) {}
/** adaptiveAvgPool2d, see nn.functional. @source torch.nn.AdaptiveAvgPool2d */
export class AdaptiveAvgPool2d extends layerOf(p.adaptiveAvgPool2d) {}
/** adaptiveMaxPool2d, see nn.functional. @source torch.nn.AdaptiveMaxPool2d */
export class AdaptiveMaxPool2d extends layerOf((x: Tensor, outputSize: OutputSize, options: PlainOptions = {}) =>
  p.adaptiveMaxPool2d(x, outputSize, options),
) {}
/** maxUnpool2d, see nn.functional. @source torch.nn.MaxUnpool2d */
export class MaxUnpool2d extends Module {
  readonly args: [PerDim, p.MaxUnpoolOptions?];

  constructor(kernelSize: PerDim, options: p.MaxUnpoolOptions = {}) {
    super();
    this.args = [kernelSize, options];
  }

  override forward(x: Tensor, indices: Tensor, { outputSize = null }: p.MaxUnpoolOptions = {}): Tensor {
    return p.maxUnpool2d(x, indices, this.args[0], { ...this.args[1], outputSize });
  }
}
/** maxPool3d, see nn.functional. @source torch.nn.MaxPool3d */
export class MaxPool3d extends layerOf((x: Tensor, kernelSize: PerDim, options: PlainOptions = {}) =>
  p.maxPool3d(x, kernelSize, options),
) {}
/** avgPool3d, see nn.functional. @source torch.nn.AvgPool3d */
export class AvgPool3d extends layerOf(p.avgPool3d) {}
/** adaptiveAvgPool3d, see nn.functional. @source torch.nn.AdaptiveAvgPool3d */
export class AdaptiveAvgPool3d extends layerOf(p.adaptiveAvgPool3d) {}
/** adaptiveMaxPool3d, see nn.functional. @source torch.nn.AdaptiveMaxPool3d */
export class AdaptiveMaxPool3d extends layerOf((x: Tensor, outputSize: OutputSize, options: PlainOptions = {}) =>
  p.adaptiveMaxPool3d(x, outputSize, options),
) {}
/** maxUnpool3d, see nn.functional. @source torch.nn.MaxUnpool3d */
export class MaxUnpool3d extends Module {
  readonly args: [PerDim, p.MaxUnpoolOptions?];

  constructor(kernelSize: PerDim, options: p.MaxUnpoolOptions = {}) {
    super();
    this.args = [kernelSize, options];
  }

  override forward(x: Tensor, indices: Tensor, { outputSize = null }: p.MaxUnpoolOptions = {}): Tensor {
    return p.maxUnpool3d(x, indices, this.args[0], { ...this.args[1], outputSize });
  }
}
/** lpPool1d, see nn.functional. @source torch.nn.LPPool1d */
export class LPPool1d extends layerOf(p.lpPool1d) {}
/** lpPool2d, see nn.functional. @source torch.nn.LPPool2d */
export class LPPool2d extends layerOf(p.lpPool2d) {}
