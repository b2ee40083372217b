import { fold, unfold } from "../../ops/conv/unfold.js";
import { cosineSimilarity, pairwiseDistance } from "../../ops/linalg/distance.js";
import { pad } from "../../ops/movement/pad.js";
import { flatten, unflatten } from "../../ops/movement/reshape.js";
import { type InterpolateOptions, interpolate } from "../../ops/resample/interpolate.js";
import { channelShuffle, pixelShuffle, pixelUnshuffle } from "../../ops/resample/shuffle.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { layerOf, lossOf } from "./functionLayer.js";
import { reprOf } from "./repr.js";

/** All dimensions from startDim (default 1) to endDim (default −1) as one. @source torch.nn.Flatten */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor({ startDim = 1, endDim = -1 }: { startDim?: number | undefined; endDim?: number | undefined } = {}) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return reprOf({ start_dim: this.startDim, end_dim: this.endDim });
  }
}

/** One dimension as several. @source torch.nn.Unflatten */
export class Unflatten extends layerOf((x: Tensor, dim: number, unflattenedSize: Shape) =>
  unflatten(x, dim, unflattenedSize),
) {}
/** Channels laid out as pixels. @source torch.nn.PixelShuffle */
export class PixelShuffle extends layerOf(pixelShuffle) {}
/** Pixels laid out as channels. @source torch.nn.PixelUnshuffle */
export class PixelUnshuffle extends layerOf(pixelUnshuffle) {}
/** The channels of each group dealt out in turn. @source torch.nn.ChannelShuffle */
export class ChannelShuffle extends layerOf(channelShuffle) {}
/** An image of another size. @source torch.nn.Upsample */
export class Upsample extends layerOf((x: Tensor, options: InterpolateOptions = {}) => interpolate(x, options)) {}
type SizeOptions = Pick<InterpolateOptions, "size" | "scaleFactor">;
/** Each pixel repeated. @source torch.nn.UpsamplingNearest2d */
export class UpsamplingNearest2d extends layerOf((x: Tensor, options: SizeOptions = {}) => interpolate(x, options)) {}
/** Straight lines between pixels, corners kept. @source torch.nn.UpsamplingBilinear2d */
export class UpsamplingBilinear2d extends layerOf((x: Tensor, options: SizeOptions = {}) =>
  interpolate(x, { ...options, mode: "bilinear", alignCorners: true }),
) {}
/** The windows of an image as columns. @source torch.nn.Unfold */
export class Unfold extends layerOf(unfold) {}
/** Columns put back into an image. @source torch.nn.Fold */
export class Fold extends layerOf(fold) {}
/** The cosine of the angle between two tensors. @source torch.nn.CosineSimilarity */
export class CosineSimilarity extends lossOf(cosineSimilarity) {}
/** The p-norm of the difference. @source torch.nn.PairwiseDistance */
export class PairwiseDistance extends lossOf(pairwiseDistance) {}

/** One width for all sides, or left, right, top, bottom, front, back. */
type PerSide = number | readonly number[];

const sides = (padding: PerSide, dims: number): readonly number[] =>
  typeof padding === "number" ? new Array<number>(2 * dims).fill(padding) : padding;

/** reflect padding. @source torch.nn.ReflectionPad1d */
export class ReflectionPad1d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 1), { mode: "reflect" }),
) {}
/** reflect padding. @source torch.nn.ReflectionPad2d */
export class ReflectionPad2d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 2), { mode: "reflect" }),
) {}
/** reflect padding. @source torch.nn.ReflectionPad3d */
export class ReflectionPad3d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 3), { mode: "reflect" }),
) {}
/** replicate padding. @source torch.nn.ReplicationPad1d */
export class ReplicationPad1d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 1), { mode: "replicate" }),
) {}
/** replicate padding. @source torch.nn.ReplicationPad2d */
export class ReplicationPad2d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 2), { mode: "replicate" }),
) {}
/** replicate padding. @source torch.nn.ReplicationPad3d */
export class ReplicationPad3d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 3), { mode: "replicate" }),
) {}
/** circular padding. @source torch.nn.CircularPad1d */
export class CircularPad1d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 1), { mode: "circular" }),
) {}
/** circular padding. @source torch.nn.CircularPad2d */
export class CircularPad2d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 2), { mode: "circular" }),
) {}
/** circular padding. @source torch.nn.CircularPad3d */
export class CircularPad3d extends layerOf((x: Tensor, padding: PerSide) =>
  pad(x, sides(padding, 3), { mode: "circular" }),
) {}
/** Zeros around. @source torch.nn.ZeroPad1d */
export class ZeroPad1d extends layerOf((x: Tensor, padding: PerSide) => pad(x, sides(padding, 1))) {}
/** One value around. @source torch.nn.ConstantPad1d */
export class ConstantPad1d extends layerOf((x: Tensor, padding: PerSide, value: number) =>
  pad(x, sides(padding, 1), { value }),
) {}
/** Zeros around. @source torch.nn.ZeroPad2d */
export class ZeroPad2d extends layerOf((x: Tensor, padding: PerSide) => pad(x, sides(padding, 2))) {}
/** One value around. @source torch.nn.ConstantPad2d */
export class ConstantPad2d extends layerOf((x: Tensor, padding: PerSide, value: number) =>
  pad(x, sides(padding, 2), { value }),
) {}
/** Zeros around. @source torch.nn.ZeroPad3d */
export class ZeroPad3d extends layerOf((x: Tensor, padding: PerSide) => pad(x, sides(padding, 3))) {}
/** One value around. @source torch.nn.ConstantPad3d */
export class ConstantPad3d extends layerOf((x: Tensor, padding: PerSide, value: number) =>
  pad(x, sides(padding, 3), { value }),
) {}
