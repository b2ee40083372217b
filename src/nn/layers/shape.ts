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
import { float, reprOf, tuple } from "./repr.js";

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
export class Unflatten extends layerOf(
  (x: Tensor, dim: number, unflattenedSize: Shape) => unflatten(x, dim, unflattenedSize),
  (dim, unflattenedSize) => reprOf({ dim, unflattenedSize }),
) {}
/** Channels laid out as pixels. @source torch.nn.PixelShuffle */
export class PixelShuffle extends layerOf(pixelShuffle, (upscaleFactor) => reprOf({ upscaleFactor })) {}
/** Pixels laid out as channels. @source torch.nn.PixelUnshuffle */
export class PixelUnshuffle extends layerOf(pixelUnshuffle, (downscaleFactor) => reprOf({ downscaleFactor })) {}
/** The channels of each group dealt out in turn. @source torch.nn.ChannelShuffle */
export class ChannelShuffle extends layerOf(channelShuffle, (groups) => reprOf({ groups })) {}
/** As PyTorch prints a resized image. */
const resizeRepr = ({ size, scaleFactor, mode = "nearest" }: InterpolateOptions): string => {
  const factor = Array.isArray(scaleFactor)
    ? scaleFactor.map(float)
    : typeof scaleFactor === "number"
      ? float(scaleFactor)
      : null;
  return reprOf(factor === null ? { size, mode } : { scaleFactor: factor, mode });
};

/** An image of another size. @source torch.nn.Upsample */
export class Upsample extends layerOf(
  (x: Tensor, options: InterpolateOptions = {}) => interpolate(x, options),
  (options = {}) => resizeRepr(options),
) {}
type SizeOptions = Pick<InterpolateOptions, "size" | "scaleFactor">;
/** Each pixel repeated. @source torch.nn.UpsamplingNearest2d */
export class UpsamplingNearest2d extends layerOf(
  (x: Tensor, options: SizeOptions = {}) => interpolate(x, options),
  (options = {}) => resizeRepr(options),
) {}
/** Straight lines between pixels, corners kept. @source torch.nn.UpsamplingBilinear2d */
export class UpsamplingBilinear2d extends layerOf(
  (x: Tensor, options: SizeOptions = {}) => interpolate(x, { ...options, mode: "bilinear", alignCorners: true }),
  (options = {}) => resizeRepr({ ...options, mode: "bilinear" }),
) {}
/** The windows of an image as columns. @source torch.nn.Unfold */
export class Unfold extends layerOf(unfold, (kernelSize, { dilation = 1, padding = 0, stride = 1 } = {}) =>
  reprOf({ kernelSize, dilation, padding, stride }),
) {}
/** Columns put back into an image. @source torch.nn.Fold */
export class Fold extends layerOf(fold, (outputSize, kernelSize, { dilation = 1, padding = 0, stride = 1 } = {}) =>
  reprOf({ outputSize, kernelSize, dilation, padding, stride }),
) {}
/** The cosine of the angle between two tensors. @source torch.nn.CosineSimilarity */
export class CosineSimilarity extends lossOf(cosineSimilarity) {}
/** The p-norm of the difference. @source torch.nn.PairwiseDistance */
export class PairwiseDistance extends lossOf(pairwiseDistance) {}

/** One width for all sides, or left, right, top, bottom, front, back. */
type PerSide = number | readonly number[];

const sides = (padding: PerSide, dims: number): readonly number[] =>
  typeof padding === "number" ? new Array<number>(2 * dims).fill(padding) : padding;

/** A padding layer of a mode. */
const padded = (dims: number, mode: "reflect" | "replicate" | "circular" | "constant") =>
  layerOf(
    (x: Tensor, padding: PerSide) => pad(x, sides(padding, dims), { mode }),
    (padding) => tuple(sides(padding, dims)),
  );

/** A padding layer of a value. */
const filled = (dims: number) =>
  layerOf(
    (x: Tensor, padding: PerSide, value: number) => pad(x, sides(padding, dims), { value }),
    (padding, value) => reprOf({ padding: sides(padding, dims), value }),
  );

/** What lies inside of the border, mirrored around it. @source torch.nn.ReflectionPad1d */
export class ReflectionPad1d extends padded(1, "reflect") {}
/** What lies inside of the border, mirrored around it. @source torch.nn.ReflectionPad2d */
export class ReflectionPad2d extends padded(2, "reflect") {}
/** What lies inside of the border, mirrored around it. @source torch.nn.ReflectionPad3d */
export class ReflectionPad3d extends padded(3, "reflect") {}
/** The edge's elements repeated around. @source torch.nn.ReplicationPad1d */
export class ReplicationPad1d extends padded(1, "replicate") {}
/** The edge's elements repeated around. @source torch.nn.ReplicationPad2d */
export class ReplicationPad2d extends padded(2, "replicate") {}
/** The edge's elements repeated around. @source torch.nn.ReplicationPad3d */
export class ReplicationPad3d extends padded(3, "replicate") {}
/** The other side's elements around. @source torch.nn.CircularPad1d */
export class CircularPad1d extends padded(1, "circular") {}
/** The other side's elements around. @source torch.nn.CircularPad2d */
export class CircularPad2d extends padded(2, "circular") {}
/** The other side's elements around. @source torch.nn.CircularPad3d */
export class CircularPad3d extends padded(3, "circular") {}
/** Zeros around. @source torch.nn.ZeroPad1d */
export class ZeroPad1d extends padded(1, "constant") {}
/** Zeros around. @source torch.nn.ZeroPad2d */
export class ZeroPad2d extends padded(2, "constant") {}
/** Zeros around. @source torch.nn.ZeroPad3d */
export class ZeroPad3d extends padded(3, "constant") {}
/** One value around. @source torch.nn.ConstantPad1d */
export class ConstantPad1d extends filled(1) {}
/** One value around. @source torch.nn.ConstantPad2d */
export class ConstantPad2d extends filled(2) {}
/** One value around. @source torch.nn.ConstantPad3d */
export class ConstantPad3d extends filled(3) {}
