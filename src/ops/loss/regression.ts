import { defineOp } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { resultType } from "../../tensor/promotion.js";
import { observe } from "../../tensor/recorder.js";
import { broadcastShapes, normalizeDims, sameShape } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clamp } from "../elementwise/clamp.js";
import { gt, le, lt } from "../elementwise/compare.js";
import { exp, log } from "../elementwise/exponential.js";
import { xlogy } from "../elementwise/logarithms.js";
import { abs, neg, square } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { unsqueeze } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";
import { type LossOptions, type Reduction, reduced, requireSameShape } from "./reduction.js";

interface Average {
  readonly reduction: "mean" | "sum";
  /** All of the input's. */
  readonly dims: readonly number[];
  /** What a square counts: 1 / n, or 1. */
  readonly share: number;
}

const mseLoss_ = defineOp<Average>({
  name: "mseLoss",
  shape: ([input]) => ({ shape: [], dtype: (input as Tensor).dtype }),
  forward: (k, [y], [input, target], { reduction, dims }) => {
    const { shape, dtype } = input as Tensor;
    const errors = Tensor.empty(shape, dtype);
    k.binary("sub", errors, input as Tensor, target as Tensor);
    k.unary("square", errors, errors);
    k.reduce(reduction, y as Tensor, errors, dims);
    errors.storage.release("mseLoss");
  },
  savesInputs: [0, 1],
  backward: ([d], { input, needs, attrs }) => {
    const dInput = mseLossBackward([d as Tensor, input(0), input(1)], attrs);
    return [needs[0] ? dInput : null, needs[1] ? neg(dInput) : null];
  },
});

const mseLossBackward = defineOp<Average>({
  name: "mseLossBackward",
  shape: ([, input]) => input as Tensor,
  forward: (k, [dInput], [d, input, target], { share }) => {
    k.binary("sub", dInput as Tensor, input as Tensor, target as Tensor);
    k.binary("mul", dInput as Tensor, dInput as Tensor, 2 * share);
    k.binary("mul", dInput as Tensor, dInput as Tensor, d as Tensor);
  },
  savesInputs: [0, 1, 2],
  backward: ([g], { input, attrs: { share } }) => {
    const scaled = mul(g as Tensor, 2 * share);
    const dInput = mul(scaled, input(0));
    return [sum(mul(scaled, sub(input(1), input(2)))), dInput, neg(dInput)];
  },
});

/**
 * (input − target)², averaged.
 *
 * @shape input [...S], target [...S] → y [] (or [...S] without reduction)
 * @grad  2 · (input − target) · dY / n
 * @throws ShapeError when the shapes differ: [N, 1] against [N] would silently become [N, N]
 * @source torch.nn.functional.mse_loss
 */
export const mseLoss = (input: Tensor, target: Tensor, { reduction = "mean" }: LossOptions = {}): Tensor => {
  requireSameShape("mseLoss", input, target);
  const dtype = resultType(input, target);
  if ((reduction !== "mean" && reduction !== "sum") || !isFloating(dtype))
    return reduced("mseLoss", square(sub(input, target)), reduction);
  const share = reduction === "mean" ? 1 / input.numel() : 1;
  const dims = normalizeDims("mseLoss", null, input.ndim);
  return mseLoss_([to(input, dtype), to(target, dtype)], { reduction, dims, share });
};

/** |input − target|, averaged. @grad sign(input − target), 0 at 0 @source torch.nn.functional.l1_loss */
export const l1Loss = (input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor => {
  requireSameShape("l1Loss", input, target);
  return reduced("l1Loss", abs(sub(input, target)), reduction);
};

/** Half the square of an error within `beta`, divided by it; a straight line beyond. Default beta 1. @source torch.nn.functional.smooth_l1_loss */
export const smoothL1Loss = (
  input: Tensor,
  target: Tensor,
  { reduction, beta = 1 }: LossOptions & { beta?: number | undefined } = {},
): Tensor => {
  requireSameShape("smoothL1Loss", input, target);
  if (!(beta >= 0)) throw new ValueError({ op: "smoothL1Loss", problem: `beta is ${beta}`, rule: "from 0 up" });
  if (beta === 0) return l1Loss(input, target, { reduction });
  const error = sub(input, target);
  const size = abs(error);
  return reduced(
    "smoothL1Loss",
    where(lt(size, beta), div(mul(square(error), 0.5), beta), sub(size, 0.5 * beta)),
    reduction,
  );
};

/** Half the square of an error within `delta`, delta · (|error| − delta/2) beyond. Default delta 1. @source torch.nn.functional.huber_loss */
export const huberLoss = (
  input: Tensor,
  target: Tensor,
  { reduction, delta = 1 }: LossOptions & { delta?: number | undefined } = {},
): Tensor => {
  requireSameShape("huberLoss", input, target);
  if (!(delta > 0)) throw new ValueError({ op: "huberLoss", problem: `delta is ${delta}`, rule: "above 0" });
  const error = sub(input, target);
  const size = abs(error);
  return reduced(
    "huberLoss",
    where(le(size, delta), mul(square(error), 0.5), mul(sub(size, 0.5 * delta), delta)),
    reduction,
  );
};

export interface PoissonOptions extends LossOptions {
  /** The input is the logarithm of the rate. Default true. */
  logInput?: boolean | undefined;
  /** Add Stirling's term for targets above 1. Default false. */
  full?: boolean | undefined;
  /** Keeps log(0) away. Default 1e-8. */
  eps?: number | undefined;
}

/** −ln of a Poisson distribution's probability of the target, up to a constant. @source torch.nn.functional.poisson_nll_loss */
export const poissonNllLoss = (
  input: Tensor,
  target: Tensor,
  { reduction, logInput = true, full = false, eps = 1e-8 }: PoissonOptions = {},
): Tensor => {
  const losses = logInput ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(add(input, eps))));
  if (!full) return reduced("poissonNllLoss", losses, reduction);
  const isLarge = gt(target, 1);
  const stirling = add(sub(xlogy(target, target), target), mul(log(mul(where(isLarge, target, 1), 2 * Math.PI)), 0.5));
  return reduced("poissonNllLoss", add(losses, where(isLarge, stirling, 0)), reduction);
};

export interface GaussianOptions extends LossOptions {
  /** Add the constant ½ ln 2π. Default false. */
  full?: boolean | undefined;
  /** Least variance. Default 1e-6. */
  eps?: number | undefined;
}

/**
 * −ln of a normal distribution's density at the target.
 *
 * @shape input, target [...S]; variance [...S], or with its last dimension 1 or missing
 * @throws ValueError for a negative variance
 * @source torch.nn.functional.gaussian_nll_loss
 */
export const gaussianNllLoss = (
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  { reduction, full = false, eps = 1e-6 }: GaussianOptions = {},
): Tensor => {
  const spread = fittedVariance(input, variance);
  observe(variance, (elements) => {
    if (elements.some((v: number) => v < 0))
      throw new ValueError({ op: "gaussianNllLoss", problem: "a variance is negative", rule: "from 0 up" });
  });
  // Held from below without a gradient of its own.
  const held = add(spread, sub(clamp(spread.detach(), { min: eps }), spread.detach()));
  const losses = mul(add(log(held), div(square(sub(input, target)), held)), 0.5);
  return reduced("gaussianNllLoss", full ? add(losses, 0.5 * Math.log(2 * Math.PI)) : losses, reduction);
};

const fittedVariance = (input: Tensor, variance: Tensor): Tensor => {
  if (sameShape(variance.shape, input.shape)) return variance;
  const lead = input.shape.slice(0, -1);
  if (sameShape(variance.shape, lead)) return unsqueeze(variance, -1);
  if (sameShape(variance.shape, [...lead, 1])) return variance;
  throw new ShapeError({
    op: "gaussianNllLoss",
    problem: "the variance does not fit the input",
    rule: "input [...S], variance [...S], or with its last dimension 1 or missing",
    args: { input: input.shape, variance: variance.shape },
  });
};

/** How a divergence is averaged: "batchmean" divides the sum by the first size. */
export type DivergenceReduction = Reduction | "batchmean";

/** target · (ln target − input), averaged: input is in logarithms. @source torch.nn.functional.kl_div */
export const klDiv = (
  input: Tensor,
  target: Tensor,
  {
    reduction = "mean",
    logTarget = false,
  }: { reduction?: DivergenceReduction | undefined; logTarget?: boolean | undefined } = {},
): Tensor => {
  broadcastShapes("klDiv", input.shape, target.shape);
  const losses = logTarget ? mul(exp(target), sub(target, input)) : sub(xlogy(target, target), mul(target, input));
  if (reduction !== "batchmean") return reduced("klDiv", losses, reduction);
  return div(sum(losses), input.shape[0] ?? 1);
};
