import { arange, rand } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clampMin } from "../elementwise/clamp.js";
import { eq } from "../elementwise/compare.js";
import { log } from "../elementwise/exponential.js";
import { neg } from "../elementwise/unary.js";
import { movedim, unsqueeze } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { vectorNorm } from "../reduce/norm.js";
import { argmax } from "../reduce/reduce.js";
import { sigmoid } from "./sigmoid.js";
import { softmax } from "./softmax.js";

/** The first half of a dimension times the sigmoid of the second. @source torch.nn.functional.glu; Dauphin et al., 2017 */
export const glu = (x: Tensor, { dim = -1 }: { dim?: number | undefined } = {}): Tensor => {
  if (x.ndim === 0) throw new ShapeError({ op: "glu", problem: "a scalar has no halves", args: { x: x.shape } });
  const d = normalizeDim("glu", dim, x.ndim);
  const size = x.shape[d] as number;
  if (size % 2 !== 0)
    throw new ShapeError({
      op: "glu",
      problem: `the dimension has ${size} elements`,
      rule: "an even number",
      args: { x: x.shape },
    });
  return mul(narrow(x, d, 0, size / 2), sigmoid(narrow(x, d, size / 2, size / 2)));
};

/** softmax(−x). @source torch.nn.functional.softmin */
export const softmin = (x: Tensor, dim: number, options: Parameters<typeof softmax>[2] = {}): Tensor =>
  softmax(neg(x), dim, options);

export interface GumbelOptions {
  /** Temperature: small is sharp. Default 1. */
  tau?: number | undefined;
  /** One-hot forward, with the soft result's gradient. Default false. */
  hard?: boolean | undefined;
  /** Default −1. */
  dim?: number | undefined;
}

/** A draw from classes that has a gradient. @source torch.nn.functional.gumbel_softmax; Jang et al., 2017 */
export const gumbelSoftmax = (logits: Tensor, { tau = 1, hard = false, dim = -1 }: GumbelOptions = {}): Tensor => {
  const uniform = rand(logits.shape, { dtype: logits.dtype });
  const gumbel = neg(log(neg(log(sub(1, uniform)))));
  const soft = softmax(div(add(logits, gumbel), tau), dim);
  if (!hard) return soft;
  const d = normalizeDim("gumbelSoftmax", dim, logits.ndim);
  const classes = arange(logits.shape[d] as number, { dtype: "int32" });
  const chosen = eq(unsqueeze(argmax(soft.detach(), d), -1), classes);
  return add(sub(to(movedim(chosen, -1, d), soft.dtype), soft.detach()), soft);
};

export interface NormalizeOptions {
  /** Default 2. */
  p?: number | undefined;
  /** Default 1. */
  dim?: number | readonly number[] | undefined;
  /** Least divisor. Default 1e-12. */
  eps?: number | undefined;
}

/** x over its p-norm along a dimension. @source torch.nn.functional.normalize */
export const normalize = (x: Tensor, { p = 2, dim = 1, eps = 1e-12 }: NormalizeOptions = {}): Tensor =>
  div(x, clampMin(vectorNorm(x, { ord: p, dim, keepdim: true }), eps));
