import { type PerDim, perDim } from "../../ops/conv/spatial.js";
import { type FractionalOptions, fractionalMaxPool2d, fractionalMaxPool3d } from "../../ops/pool/fractional.js";
import * as p from "../../ops/pool/pool.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { layerOf } from "./functionLayer.js";
import { reprOf } from "./repr.js";

type OutputSize = number | readonly (number | null)[];
/** In a chain of layers only the values go on; nn.functional gives the places too. */
type PlainOptions = Omit<p.MaxPoolOptions, "returnIndices">;

const maxRepr = (
  kernelSize: PerDim,
  { stride, padding = 0, dilation = 1, ceilMode = false }: PlainOptions = {},
): string => reprOf({ kernelSize, stride: stride ?? kernelSize, padding, dilation, ceilMode });
const avgRepr = (kernelSize: PerDim, { stride, padding = 0 }: p.AvgPoolOptions = {}): string =>
  reprOf({ kernelSize, stride: stride ?? kernelSize, padding });
const sizeRepr = (outputSize: OutputSize): string => reprOf({ outputSize });
const lpRepr = (
  normType: number,
  kernelSize: PerDim,
  { stride = null, ceilMode = false }: { stride?: PerDim | null | undefined; ceilMode?: boolean | undefined } = {},
): string => reprOf({ normType, kernelSize, stride, ceilMode });

/** Settings with a number for each dimension. */
const unpoolRepr = (kernelSize: PerDim, { stride, padding = 0 }: p.MaxUnpoolOptions, dims: number): string => {
  const full = (value: PerDim): number[] => perDim("MaxUnpool", "size", value, dims, 0);
  return reprOf({ kernelSize: full(kernelSize), stride: full(stride ?? kernelSize), padding: full(padding) });
};

/** maxPool1d, see nn.functional. @source torch.nn.MaxPool1d */
export class MaxPool1d extends layerOf(
  (x: Tensor, kernelSize: PerDim, options: PlainOptions = {}) => p.maxPool1d(x, kernelSize, options),
  maxRepr,
) {}
/** avgPool1d, see nn.functional. @source torch.nn.AvgPool1d */
export class AvgPool1d extends layerOf(p.avgPool1d, (kernelSize, { stride, padding = 0 } = {}) =>
  avgRepr([kernelSize].flat(), {
    stride: stride === undefined || stride === null ? stride : [stride].flat(),
    padding: [padding].flat(),
  }),
) {}
/** adaptiveAvgPool1d, see nn.functional. @source torch.nn.AdaptiveAvgPool1d */
export class AdaptiveAvgPool1d extends layerOf(p.adaptiveAvgPool1d, sizeRepr) {}
/** adaptiveMaxPool1d, see nn.functional. @source torch.nn.AdaptiveMaxPool1d */
export class AdaptiveMaxPool1d extends layerOf(
  (x: Tensor, outputSize: OutputSize, options: PlainOptions = {}) => p.adaptiveMaxPool1d(x, outputSize, options),
  sizeRepr,
) {}
/** maxUnpool1d, see nn.functional. @source torch.nn.MaxUnpool1d */
export class MaxUnpool1d extends Module {
  readonly kernelSize: PerDim;
  readonly options: p.MaxUnpoolOptions;

  constructor(kernelSize: PerDim, options: p.MaxUnpoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor, indices: Tensor, { outputSize = null }: p.MaxUnpoolOptions = {}): Tensor {
    return p.maxUnpool1d(x, indices, this.kernelSize, { ...this.options, outputSize });
  }

  override extraRepr(): string {
    return unpoolRepr(this.kernelSize, this.options, 1);
  }
}
/** maxPool2d, see nn.functional. @source torch.nn.MaxPool2d */
export class MaxPool2d extends layerOf(
  (x: Tensor, kernelSize: PerDim, options: PlainOptions = {}) => p.maxPool2d(x, kernelSize, options),
  maxRepr,
) {}
/** avgPool2d, see nn.functional. @source torch.nn.AvgPool2d */
export class AvgPool2d extends layerOf(p.avgPool2d, avgRepr) {}
/** adaptiveAvgPool2d, see nn.functional. @source torch.nn.AdaptiveAvgPool2d */
export class AdaptiveAvgPool2d extends layerOf(p.adaptiveAvgPool2d, sizeRepr) {}
/** adaptiveMaxPool2d, see nn.functional. @source torch.nn.AdaptiveMaxPool2d */
export class AdaptiveMaxPool2d extends layerOf(
  (x: Tensor, outputSize: OutputSize, options: PlainOptions = {}) => p.adaptiveMaxPool2d(x, outputSize, options),
  sizeRepr,
) {}
/** maxUnpool2d, see nn.functional. @source torch.nn.MaxUnpool2d */
export class MaxUnpool2d extends Module {
  readonly kernelSize: PerDim;
  readonly options: p.MaxUnpoolOptions;

  constructor(kernelSize: PerDim, options: p.MaxUnpoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor, indices: Tensor, { outputSize = null }: p.MaxUnpoolOptions = {}): Tensor {
    return p.maxUnpool2d(x, indices, this.kernelSize, { ...this.options, outputSize });
  }

  override extraRepr(): string {
    return unpoolRepr(this.kernelSize, this.options, 2);
  }
}
/** maxPool3d, see nn.functional. @source torch.nn.MaxPool3d */
export class MaxPool3d extends layerOf(
  (x: Tensor, kernelSize: PerDim, options: PlainOptions = {}) => p.maxPool3d(x, kernelSize, options),
  maxRepr,
) {}
/** avgPool3d, see nn.functional. @source torch.nn.AvgPool3d */
export class AvgPool3d extends layerOf(p.avgPool3d, avgRepr) {}
/** adaptiveAvgPool3d, see nn.functional. @source torch.nn.AdaptiveAvgPool3d */
export class AdaptiveAvgPool3d extends layerOf(p.adaptiveAvgPool3d, sizeRepr) {}
/** adaptiveMaxPool3d, see nn.functional. @source torch.nn.AdaptiveMaxPool3d */
export class AdaptiveMaxPool3d extends layerOf(
  (x: Tensor, outputSize: OutputSize, options: PlainOptions = {}) => p.adaptiveMaxPool3d(x, outputSize, options),
  sizeRepr,
) {}
/** maxUnpool3d, see nn.functional. @source torch.nn.MaxUnpool3d */
export class MaxUnpool3d extends Module {
  readonly kernelSize: PerDim;
  readonly options: p.MaxUnpoolOptions;

  constructor(kernelSize: PerDim, options: p.MaxUnpoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor, indices: Tensor, { outputSize = null }: p.MaxUnpoolOptions = {}): Tensor {
    return p.maxUnpool3d(x, indices, this.kernelSize, { ...this.options, outputSize });
  }

  override extraRepr(): string {
    return unpoolRepr(this.kernelSize, this.options, 3);
  }
}
/** In a chain of layers only the values go on. */
type PlainFractional = Omit<FractionalOptions, "returnIndices">;

abstract class FractionalMaxPool extends Module {
  readonly kernelSize: PerDim;
  protected readonly options: PlainFractional;

  constructor(kernelSize: PerDim, { randomSamples = null, ...options }: PlainFractional) {
    super();
    this.kernelSize = kernelSize;
    // Given samples are part of the state.
    const samples = randomSamples === null ? null : this.registerBuffer("_random_samples", randomSamples.detach());
    this.options = { ...options, randomSamples: samples };
  }
}
/** fractionalMaxPool2d, see nn.functional. @source torch.nn.FractionalMaxPool2d */
export class FractionalMaxPool2d extends FractionalMaxPool {
  override forward(x: Tensor): Tensor {
    return fractionalMaxPool2d(x, this.kernelSize, this.options);
  }
}
/** fractionalMaxPool3d, see nn.functional. @source torch.nn.FractionalMaxPool3d */
export class FractionalMaxPool3d extends FractionalMaxPool {
  override forward(x: Tensor): Tensor {
    return fractionalMaxPool3d(x, this.kernelSize, this.options);
  }
}
/** lpPool1d, see nn.functional. @source torch.nn.LPPool1d */
export class LPPool1d extends layerOf(p.lpPool1d, lpRepr) {}
/** lpPool2d, see nn.functional. @source torch.nn.LPPool2d */
export class LPPool2d extends layerOf(p.lpPool2d, lpRepr) {}
/** lpPool3d, see nn.functional. @source torch.nn.LPPool3d */
export class LPPool3d extends layerOf(p.lpPool3d, lpRepr) {}
