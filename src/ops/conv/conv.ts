import type { ConvSpec } from "../../backend/backend.js";
import { isFloating } from "../../backend/dtype.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add } from "../elementwise/arithmetic.js";
import { pad } from "../movement/pad.js";
import { reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { convolve, convolveTransposed } from "./convolution.js";
import { asVolume, type PerDim, perDim, triple, volumeShape } from "./spatial.js";

export interface ConvOptions {
  /** Steps of the window. Default 1. */
  stride?: PerDim | undefined;
  /** Zeros on both sides; "same" keeps the size (stride 1), "valid" is 0. Default 0. */
  padding?: PerDim | "same" | "valid" | undefined;
  /** Distance of the window's elements. Default 1. */
  dilation?: PerDim | undefined;
  /** Channels are cut into so many groups that do not meet. Default 1. */
  groups?: number | undefined;
}

/** @throws DTypeError unless all are of one float dtype */
const requireOneDType = (op: string, x: Tensor, w: Tensor, bias: Tensor | null): void => {
  if (isFloating(x.dtype) && x.dtype === w.dtype && (bias === null || bias.dtype === x.dtype)) return;
  throw new DTypeError({
    op,
    problem: "input, weight and bias are not of one float dtype",
    args: { input: x.dtype, weight: w.dtype, ...(bias && { bias: bias.dtype }) },
  });
};

const requireShapes = (op: string, x: Tensor, w: Tensor, bias: Tensor | null, dims: number, out: number): void => {
  const rule = `input [N, C, ${dims} sizes] or [C, …], weight with ${dims + 2} dimensions, bias [${out}]`;
  const fail = (problem: string): never => {
    throw new ShapeError({
      op,
      problem,
      rule,
      args: { input: x.shape, weight: w.shape, ...(bias && { bias: bias.shape }) },
    });
  };
  if (w.ndim !== dims + 2) fail(`the weight has ${w.ndim} dimensions`);
  if (x.ndim !== dims + 2 && x.ndim !== dims + 1) fail(`the input has ${x.ndim} dimensions`);
  if (bias !== null && (bias.ndim !== 1 || bias.numel() !== out))
    fail("the bias does not have one element for each output channel");
};

/** A bias and options; either may be left out. */
type BiasThen<O> = [options?: O] | [bias: Tensor | null | undefined, options?: O];

const split = <O extends object>([first, second]: BiasThen<O>): [Tensor | null, O] =>
  first === null || first === undefined || "storage" in first ? [first ?? null, second ?? ({} as O)] : [null, first];

const defineConv =
  (dims: 1 | 2 | 3) =>
  (x: Tensor, weight: Tensor, ...rest: BiasThen<ConvOptions>): Tensor => {
    const op = `conv${dims}d`;
    const [bias, options] = split(rest);
    const { padding = 0, groups = 1 } = options;
    requireOneDType(op, x, weight, bias);
    requireShapes(op, x, weight, bias, dims, weight.shape[0] as number);
    const stride = perDim(op, "stride", options.stride ?? 1, dims, 1);
    const dilation = perDim(op, "dilation", options.dilation ?? 1, dims, 1);
    const window = weight.shape.slice(2);
    const isSingle = x.ndim === dims + 1;
    let input = isSingle ? unsqueeze(x, 0) : x;
    const [C, O, CG] = [input.shape[1] as number, weight.shape[0] as number, weight.shape[1] as number];
    if (!Number.isInteger(groups) || groups < 1)
      throw new ValueError({ op, problem: `groups is ${groups}`, rule: "an integer from 1 up" });
    if (CG * groups !== C || O % groups !== 0) {
      throw new ShapeError({
        op,
        problem: `${C} input and ${O} output channels do not fit a weight of ${CG} channels in ${groups} groups`,
        rule: "input [N, C, …], weight [O, C/groups, …]; groups divide C and O",
        args: { input: x.shape, weight: weight.shape },
      });
    }
    let sides: number[];
    if (padding === "same") {
      if (stride.some((s) => s !== 1)) throw new ValueError({ op, problem: 'padding "same" needs stride 1' });
      const total = window.map((k, i) => (dilation[i] as number) * (k - 1));
      sides = total.map((t) => Math.floor(t / 2));
      // An even window needs one more zero behind than before.
      if (total.some((t) => t % 2 !== 0))
        input = pad(
          input,
          total.toReversed().flatMap((t) => [0, t % 2]),
        );
    } else sides = padding === "valid" ? window.map(() => 0) : perDim(op, "padding", padding, dims, 0);
    const sizes = window.map((k, i) => {
      const free = (input.shape[i + 2] as number) + 2 * (sides[i] as number) - (dilation[i] as number) * (k - 1) - 1;
      return Math.floor(free / (stride[i] as number)) + 1;
    });
    if (sizes.some((size, i) => size < 1 || (window[i] as number) < 1)) {
      throw new ShapeError({
        op,
        problem: "the window is larger than the padded input",
        args: { input: x.shape, weight: weight.shape, padding: sides },
      });
    }
    const spec: ConvSpec = {
      stride: triple(stride, 1),
      padding: triple(sides, 0),
      dilation: triple(dilation, 1),
      groups,
    };
    const shape = [input.shape[0] as number, O, ...sizes];
    const y = reshape(convolve(asVolume(input), asVolume(weight), bias, volumeShape(shape), spec), shape);
    return isSingle ? squeeze(y, 0) : y;
  };

/**
 * A window of weights moved over [N, C, L].
 *
 * @shape x [N, C, L] or [C, L], weight [O, C/groups, K], bias [O] → [N, O, L′]
 * @throws ShapeError when channels, groups or sizes do not fit
 * @source torch.nn.functional.conv1d
 */
export const conv1d = defineConv(1);
/**
 * A window of weights moved over [N, C, H, W].
 *
 * @stable in float32, a window of 3 × 3 with step 1 and more than 8 channels is multiplied as Winograd does: what rounds is as large
 *         as the largest of 4 × 4 neighbours, not of 3 × 3, from 16 channels on of 6 × 6. Of results spread by 1, the mean error is
 *         then 5e−7 with 16 channels, 1.5e−6 with 256; summed directly, a third. What is not finite, and float64, is computed directly.
 * @source torch.nn.functional.conv2d
 */
export const conv2d = defineConv(2);
/** A window of weights moved over [N, C, D, H, W]. @source torch.nn.functional.conv3d */
export const conv3d = defineConv(3);

export interface ConvTransposeOptions {
  stride?: PerDim | undefined;
  /** Taken off both sides of the result. Default 0. */
  padding?: PerDim | undefined;
  /** Added to one side of the result, below stride or dilation. Default 0. */
  outputPadding?: PerDim | undefined;
  groups?: number | undefined;
  dilation?: PerDim | undefined;
}

const defineConvTranspose =
  (dims: 1 | 2 | 3) =>
  (x: Tensor, weight: Tensor, ...rest: BiasThen<ConvTransposeOptions>): Tensor => {
    const op = `convTranspose${dims}d`;
    const [bias, options] = split(rest);
    const { groups = 1 } = options;
    requireOneDType(op, x, weight, bias);
    const O = (weight.shape[1] as number) * groups;
    requireShapes(op, x, weight, bias, dims, O);
    const stride = perDim(op, "stride", options.stride ?? 1, dims, 1);
    const padding = perDim(op, "padding", options.padding ?? 0, dims, 0);
    const dilation = perDim(op, "dilation", options.dilation ?? 1, dims, 1);
    const extra = perDim(op, "outputPadding", options.outputPadding ?? 0, dims, 0);
    const isSingle = x.ndim === dims + 1;
    const input = isSingle ? unsqueeze(x, 0) : x;
    const C = input.shape[1] as number;
    if (weight.shape[0] !== C || !Number.isInteger(groups) || groups < 1 || C % groups !== 0) {
      throw new ShapeError({
        op,
        problem: `${C} input channels do not fit the weight in ${groups} groups`,
        rule: "input [N, C, …], weight [C, O/groups, …]; groups divide C",
        args: { input: x.shape, weight: weight.shape },
      });
    }
    extra.forEach((e, i) => {
      if (e >= (stride[i] as number) && e >= (dilation[i] as number))
        throw new ValueError({ op, problem: `outputPadding is ${e}`, rule: "below stride or dilation" });
    });
    const sizes = weight.shape.slice(2).map((k, i) => {
      const step = ((input.shape[i + 2] as number) - 1) * (stride[i] as number);
      return step - 2 * (padding[i] as number) + (dilation[i] as number) * (k - 1) + (extra[i] as number) + 1;
    });
    if (sizes.some((size) => size < 1))
      throw new ShapeError({
        op,
        problem: `the result would have sizes [${sizes.join(", ")}]`,
        args: { input: x.shape, weight: weight.shape },
      });
    const spec: ConvSpec = {
      stride: triple(stride, 1),
      padding: triple(padding, 0),
      dilation: triple(dilation, 1),
      groups,
    };
    const shape = [input.shape[0] as number, O, ...sizes];
    const y = reshape(convolveTransposed(asVolume(input), asVolume(weight), volumeShape(shape), spec), shape);
    const shifted = bias === null ? y : add(y, reshape(bias, [O, ...sizes.map(() => 1)]));
    return isSingle ? squeeze(shifted, 0) : shifted;
  };

/** The adjoint of conv1d in its input: from [N, C, L] to a longer [N, O, L′]; weight [C, O/groups, K]. @source torch.nn.functional.conv_transpose1d */
export const convTranspose1d = defineConvTranspose(1);
/** The adjoint of conv2d in its input. @source torch.nn.functional.conv_transpose2d */
export const convTranspose2d = defineConvTranspose(2);
/** The adjoint of conv3d in its input. @source torch.nn.functional.conv_transpose3d */
export const convTranspose3d = defineConvTranspose(3);
