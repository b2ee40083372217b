import { randLike } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { clamp } from "../elementwise/clamp.js";
import { ge, gt, le, logicalAnd, lt } from "../elementwise/compare.js";
import { expm1 } from "../elementwise/exponential.js";
import { abs } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { reshape } from "../movement/reshape.js";
import { type InPlaceOption, maybeInPlace } from "./maybeInPlace.js";
import { tanh } from "./sigmoid.js";

/** Below 0 times a slope. @grad dY, times negativeSlope where x ≤ 0 @source torch.nn.functional.leaky_relu */
export const leakyRelu = (
  x: Tensor,
  { negativeSlope = 0.01, inplace }: { negativeSlope?: number | undefined } & InPlaceOption = {},
): Tensor => maybeInPlace("leakyRelu_", x, inplace, () => where(gt(x, 0), x, mul(x, negativeSlope)));

/** max(x, 0) + min(weight · x, 0) with a slope that is learned: one, or one a channel. @source torch.nn.functional.prelu */
export const prelu = (x: Tensor, weight: Tensor): Tensor => {
  const channels = x.ndim >= 2 ? (x.shape[1] as number) : 1;
  if (weight.ndim > 1 || (weight.numel() !== 1 && weight.numel() !== channels)) {
    throw new ShapeError({
      op: "prelu",
      problem: `${weight.numel()} slopes for ${channels} channels`,
      rule: "one weight, or one for each channel of x [N, C, …]",
      args: { x: x.shape, weight: weight.shape },
    });
  }
  const slopes =
    weight.numel() === 1
      ? reshape(weight, [])
      : reshape(
          weight,
          x.shape.map((_, i) => (i === 1 ? channels : 1)),
        );
  return where(gt(x, 0), x, mul(slopes, x));
};

export interface RreluOptions extends InPlaceOption {
  /** Default 1/8. */
  lower?: number | undefined;
  /** Default 1/3. */
  upper?: number | undefined;
  /** Draw slopes; otherwise their average is taken. Default false. */
  training?: boolean | undefined;
}

/** Below 0 times a slope that is drawn between lower and upper. @source torch.nn.functional.rrelu */
export const rrelu = (
  x: Tensor,
  { lower = 1 / 8, upper = 1 / 3, training = false, inplace }: RreluOptions = {},
): Tensor => {
  if (!training) return leakyRelu(x, { negativeSlope: (lower + upper) / 2, inplace });
  const slopes = add(mul(randLike(x), upper - lower), lower);
  return maybeInPlace("rrelu_", x, inplace, () => where(gt(x, 0), x, mul(x, slopes)));
};

/** x above 0, alpha · (e^(scale·x) − 1) below; large x stays out of the exponential, so that no gradient is infinite. */
const exponentialBelow = (x: Tensor, alpha: number, scale: number): Tensor => {
  const isAbove = gt(x, 0);
  return where(isAbove, x, mul(expm1(mul(where(isAbove, 0, x), scale)), alpha));
};

export interface AlphaOption extends InPlaceOption {
  /** Default 1. */
  alpha?: number | undefined;
}

/** x above 0, alpha · (eˣ − 1) below. @grad dY · alpha · eˣ where x ≤ 0 @source torch.nn.functional.elu */
export const elu = (x: Tensor, { alpha = 1, inplace }: AlphaOption = {}): Tensor =>
  maybeInPlace("elu_", x, inplace, () => exponentialBelow(x, alpha, 1));

/** x above 0, alpha · (e^(x/alpha) − 1) below. @source torch.nn.functional.celu */
export const celu = (x: Tensor, { alpha = 1, inplace }: AlphaOption = {}): Tensor =>
  maybeInPlace("celu_", x, inplace, () => exponentialBelow(x, alpha, 1 / alpha));

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** elu with the alpha and scale that keep mean 0 and variance 1. @source torch.nn.functional.selu; Klambauer et al., 2017 */
export const selu = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor =>
  maybeInPlace("selu_", x, inplace, () => mul(exponentialBelow(x, SELU_ALPHA, 1), SELU_SCALE));

/** x held between two bounds. @grad dY inside, 0 at the bounds and outside @source torch.nn.functional.hardtanh */
export const hardtanh = (
  x: Tensor,
  {
    minVal = -1,
    maxVal = 1,
    inplace,
  }: { minVal?: number | undefined; maxVal?: number | undefined } & InPlaceOption = {},
): Tensor => maybeInPlace("hardtanh_", x, inplace, () => held(x, minVal, maxVal));

/** x where low < x < high, the nearer bound elsewhere: at the bounds and at NaN the slope is 0. */
const held = (x: Tensor, low: number, high: number): Tensor =>
  where(logicalAnd(gt(x, low), lt(x, high)), x, clamp(x.detach(), { min: low, max: high }));

/** x held between 0 and 6. @source torch.nn.functional.relu6 */
export const relu6 = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor =>
  hardtanh(x, { minVal: 0, maxVal: 6, inplace });

/** A straight line from 0 at −3 to 1 at 3. @grad dY / 6 between, 0 at −3 and 3 @source torch.nn.functional.hardsigmoid */
export const hardsigmoid = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor =>
  maybeInPlace("hardsigmoid_", x, inplace, () => div(held(add(x, 3), 0, 6), 6));

/** x · hardsigmoid(x). @grad dY · (x/3 + ½) from −3 to 3 @source torch.nn.functional.hardswish */
export const hardswish = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor =>
  maybeInPlace("hardswish_", x, inplace, () => where(lt(x, -3), 0, where(le(x, 3), div(mul(x, add(x, 3)), 6), x)));

/** 0 between ±lambd, x elsewhere. @source torch.nn.functional.hardshrink */
export const hardshrink = (x: Tensor, { lambd = 0.5 }: { lambd?: number | undefined } = {}): Tensor =>
  where(logicalAnd(ge(x, -lambd), le(x, lambd)), 0, x);

/** 0 between ±lambd, x moved towards 0 by lambd elsewhere. @source torch.nn.functional.softshrink */
export const softshrink = (x: Tensor, { lambd = 0.5 }: { lambd?: number | undefined } = {}): Tensor => {
  if (!(lambd >= 0)) throw new ValueError({ op: "softshrink", problem: `lambd is ${lambd}`, rule: "from 0 up" });
  return where(gt(x, lambd), sub(x, lambd), where(lt(x, -lambd), add(x, lambd), 0));
};

/** x − tanh(x). @source torch.nn.functional.tanhshrink */
export const tanhshrink = (x: Tensor): Tensor => sub(x, tanh(x));

/** x above a threshold, a value elsewhere. @grad 0 where x ≤ threshold @source torch.nn.functional.threshold */
export const threshold = (x: Tensor, limit: number, value: number, { inplace }: InPlaceOption = {}): Tensor =>
  maybeInPlace("threshold_", x, inplace, () => where(le(x, limit), value, x));

/** x / (1 + |x|). @source torch.nn.functional.softsign */
export const softsign = (x: Tensor): Tensor => div(x, add(abs(x), 1));
