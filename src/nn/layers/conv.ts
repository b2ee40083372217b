import { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from "../../ops/conv/conv.js";
import { type PerDim, perDim } from "../../ops/conv/spatial.js";
import { pad } from "../../ops/movement/pad.js";
import { empty } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { sizeOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { kaimingUniform_, uniform_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { reprOf } from "./repr.js";

type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

export interface ConvLayerOptions {
  /** Steps of the window. Default 1. */
  stride?: PerDim | undefined;
  /** Border on both sides; "same" keeps the size, "valid" is 0. Default 0. */
  padding?: PerDim | "same" | "valid" | undefined;
  /** Distance of the window's elements. Default 1. */
  dilation?: PerDim | undefined;
  /** Channels are cut into so many groups that do not meet. Default 1. */
  groups?: number | undefined;
  /** Default true. */
  bias?: boolean | undefined;
  /** What the border holds. Default "zeros". */
  paddingMode?: PaddingMode | undefined;
}

interface ConvSizes {
  readonly op: string;
  readonly dims: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: PerDim;
}

/** What all convolutions share: sizes that are checked, and weights drawn as PyTorch draws them. */
abstract class Convolution extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly kernelSize: number[];
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  protected readonly shown: Readonly<Record<string, unknown>>;

  constructor(
    { op, dims, inChannels, outChannels, kernelSize }: ConvSizes,
    { groups = 1, bias = true, ...shown }: { groups?: number | undefined; bias?: boolean | undefined },
    isTransposed: boolean,
  ) {
    super();
    checkFeatures(op, { inChannels, outChannels });
    if (!Number.isInteger(groups) || groups < 1)
      throw new ValueError({ op, problem: `groups is ${groups}`, rule: "an integer from 1 up" });
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ShapeError({
        op,
        problem: `${groups} groups do not divide ${inChannels} input and ${outChannels} output channels`,
        rule: "groups divide both",
      });
    }
    this.kernelSize = perDim(op, "kernelSize", kernelSize, dims, 1);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.groups = groups;
    this.shown = shown;
    const [rows, columns] = isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    this.weight = new Parameter(empty(rows, columns, ...this.kernelSize));
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    this.bias = bias ? new Parameter(empty(outChannels)) : null;
    const fanIn = columns * sizeOf(this.kernelSize);
    if (this.bias !== null && fanIn > 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  override extraRepr(): string {
    const { stride, padding, dilation, outputPadding, paddingMode } = this.shown;
    const full = (value: unknown, usual: number): unknown =>
      typeof value === "string"
        ? value
        : this.kernelSize.map((_, i) => (Array.isArray(value) ? (value as number[])[i] : (value ?? usual)));
    const unlessUsual = (value: unknown, usual: number): unknown =>
      this.kernelSize.every((_, i) => (Array.isArray(value) ? value[i] : (value ?? usual)) === usual)
        ? undefined
        : full(value, usual);
    const settings = reprOf({
      kernelSize: this.kernelSize,
      stride: full(stride, 1),
      padding: unlessUsual(padding, 0),
      dilation: unlessUsual(dilation, 1),
      outputPadding: unlessUsual(outputPadding, 0),
      groups: this.groups === 1 ? undefined : this.groups,
      bias: this.bias === null ? false : undefined,
      paddingMode: paddingMode === "zeros" ? undefined : paddingMode,
    });
    return `${this.inChannels}, ${this.outChannels}, ${settings}`;
  }
}

const convLayer = (dims: 1 | 2 | 3) => {
  const apply = [conv1d, conv2d, conv3d][dims - 1] as typeof conv1d;
  return (x: Tensor, layer: ConvNd): Tensor => {
    const { padding = 0, paddingMode = "zeros", stride, dilation, groups } = layer.options;
    if (paddingMode === "zeros" || padding === "valid")
      return apply(x, layer.weight, layer.bias, { stride, padding, dilation, groups });
    // Last dimension first, both sides each.
    const around = bordersOf(layer, dims).toReversed().flat();
    return apply(pad(x, around, { mode: paddingMode }), layer.weight, layer.bias, { stride, dilation, groups });
  };
};

/** The border before and after each dimension. */
const bordersOf = (
  { options: { padding = 0, dilation = 1 }, kernelSize }: ConvNd,
  dims: number,
): [number, number][] => {
  if (padding === "same") {
    const spread = perDim("Conv", "dilation", dilation, dims, 1);
    return kernelSize.map((k, i) => {
      const total = (spread[i] as number) * (k - 1);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    });
  }
  return perDim("Conv", "padding", padding as PerDim, dims, 0).map((side) => [side, side]);
};

abstract class ConvNd extends Convolution {
  readonly options: ConvLayerOptions;

  constructor(sizes: ConvSizes, options: ConvLayerOptions) {
    super(sizes, options, false);
    this.options = options;
    if (
      options.padding === "same" &&
      perDim(sizes.op, "stride", options.stride ?? 1, sizes.dims, 1).some((s) => s !== 1)
    )
      throw new ValueError({ op: sizes.op, problem: 'padding "same" needs stride 1' });
    const modes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];
    if (options.paddingMode !== undefined && !modes.includes(options.paddingMode))
      throw new ValueError({ op: sizes.op, problem: `paddingMode is ${options.paddingMode}`, rule: modes.join(", ") });
  }
}

const apply1 = convLayer(1);

/** conv1d with weights that are learned; see nn.functional. @source torch.nn.Conv1d: both uniform within ±1/√(fan in) */
export class Conv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvLayerOptions = {}) {
    super({ op: "Conv1d", dims: 1, inChannels, outChannels, kernelSize }, options);
  }

  override forward(x: Tensor): Tensor {
    return apply1(x, this);
  }
}

const apply2 = convLayer(2);

/** conv2d with weights that are learned; see nn.functional. @source torch.nn.Conv2d: both uniform within ±1/√(fan in) */
export class Conv2d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvLayerOptions = {}) {
    super({ op: "Conv2d", dims: 2, inChannels, outChannels, kernelSize }, options);
  }

  override forward(x: Tensor): Tensor {
    return apply2(x, this);
  }
}

const apply3 = convLayer(3);

/** conv3d with weights that are learned; see nn.functional. @source torch.nn.Conv3d: both uniform within ±1/√(fan in) */
export class Conv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvLayerOptions = {}) {
    super({ op: "Conv3d", dims: 3, inChannels, outChannels, kernelSize }, options);
  }

  override forward(x: Tensor): Tensor {
    return apply3(x, this);
  }
}

export interface ConvTransposeLayerOptions {
  stride?: PerDim | undefined;
  padding?: PerDim | undefined;
  outputPadding?: PerDim | undefined;
  groups?: number | undefined;
  bias?: boolean | undefined;
  dilation?: PerDim | undefined;
}

/** convTranspose1d with weights that are learned; see nn.functional. @source torch.nn.ConvTranspose1d */
export class ConvTranspose1d extends Convolution {
  readonly options: ConvTransposeLayerOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvTransposeLayerOptions = {}) {
    super({ op: "ConvTranspose1d", dims: 1, inChannels, outChannels, kernelSize }, options, true);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, outputPadding, dilation } = this.options;
    return convTranspose1d(x, this.weight, this.bias, {
      stride,
      padding,
      outputPadding,
      dilation,
      groups: this.groups,
    });
  }
}

/** convTranspose2d with weights that are learned; see nn.functional. @source torch.nn.ConvTranspose2d */
export class ConvTranspose2d extends Convolution {
  readonly options: ConvTransposeLayerOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvTransposeLayerOptions = {}) {
    super({ op: "ConvTranspose2d", dims: 2, inChannels, outChannels, kernelSize }, options, true);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, outputPadding, dilation } = this.options;
    return convTranspose2d(x, this.weight, this.bias, {
      stride,
      padding,
      outputPadding,
      dilation,
      groups: this.groups,
    });
  }
}

/** convTranspose3d with weights that are learned; see nn.functional. @source torch.nn.ConvTranspose3d */
export class ConvTranspose3d extends Convolution {
  readonly options: ConvTransposeLayerOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvTransposeLayerOptions = {}) {
    super({ op: "ConvTranspose3d", dims: 3, inChannels, outChannels, kernelSize }, options, true);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, outputPadding, dilation } = this.options;
    return convTranspose3d(x, this.weight, this.bias, {
      stride,
      padding,
      outputPadding,
      dilation,
      groups: this.groups,
    });
  }
}
