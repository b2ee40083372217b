import { fillBernoulli } from "../../random/distributions.js";
import { defaultGenerator } from "../../random/generator.js";
import { zerosLike } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import { drawElements, Tensor } from "../../tensor/tensor.js";
import { type InPlaceOption, maybeInPlace } from "../activation/maybeInPlace.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";

export interface DropoutOptions extends InPlaceOption {
  /** Share that is dropped, from 0 to 1. Default 0.5. */
  p?: number | undefined;
  /** Drop; otherwise x stays as it is. Default true. */
  training?: boolean | undefined;
}

/** `one` with probability 1 − p, else 0. */
const keeps = (shape: Shape, p: number, x: Tensor, one: number): Tensor => {
  const mask = Tensor.empty(shape, x.dtype);
  drawElements(mask, (out) => fillBernoulli(out, defaultGenerator, 1 - p, one));
  return mask;
};

const checkP = (op: string, p: number): void => {
  if (p >= 0 && p <= 1) return;
  throw new ValueError({ op, problem: `p is ${p}`, rule: "a probability, from 0 to 1" });
};

const defineDropout =
  (op: string, maskShape: (x: Tensor) => Shape) =>
  (x: Tensor, { p = 0.5, training = true, inplace }: DropoutOptions = {}): Tensor => {
    checkP(op, p);
    if (!training || p === 0) return x;
    return maybeInPlace(op, x, inplace, () => {
      if (p === 1) return mul(x, zerosLike(x));
      return mul(x, keeps(maskShape(x), p, x, 1 / (1 - p)));
    });
  };

/** Whole channels: [N, C, …] where x has a batch, [C, …] otherwise. */
const channels =
  (spatial: number) =>
  (x: Tensor): Shape =>
    x.shape.map((size, i) => (i < x.ndim - spatial ? size : 1));

/** Sets a share of the elements to 0, and scales the others up, so that the sum stays on average. @source torch.nn.functional.dropout; Srivastava et al., 2014 */
export const dropout = defineDropout("dropout", (x) => x.shape);
/** Drops whole channels of [N, C, L]. @source torch.nn.functional.dropout1d */
export const dropout1d = defineDropout("dropout1d", channels(1));
/** Drops whole channels of [N, C, H, W]. @source torch.nn.functional.dropout2d */
export const dropout2d = defineDropout("dropout2d", channels(2));
/** Drops whole channels of [N, C, D, H, W]. @source torch.nn.functional.dropout3d */
export const dropout3d = defineDropout("dropout3d", channels(3));

/** What selu goes to far below 0: −scale · alpha. */
const SATURATED = -1.7580993408473766;

const defineAlphaDropout =
  (op: string, maskShape: (x: Tensor) => Shape) =>
  (x: Tensor, { p = 0.5, training = false, inplace }: DropoutOptions = {}): Tensor => {
    checkP(op, p);
    if (!training || p === 0) return x;
    return maybeInPlace(op, x, inplace, () => {
      if (p === 1) return mul(x, zerosLike(x));
      const mask = keeps(maskShape(x), p, x, 1);
      const a = 1 / Math.sqrt((SATURATED ** 2 * p + 1) * (1 - p));
      const filled = add(mul(x, mask), mul(sub(1, mask), SATURATED));
      return add(mul(filled, a), -a * p * SATURATED);
    });
  };

/** Sets a share to selu's lower end, so that mean and variance stay. @source torch.nn.functional.alpha_dropout; Klambauer et al., 2017 */
export const alphaDropout = defineAlphaDropout("alphaDropout", (x) => x.shape);
/** alphaDropout of whole channels. @source torch.nn.functional.feature_alpha_dropout */
export const featureAlphaDropout = defineAlphaDropout("featureAlphaDropout", (x) =>
  x.shape.map((size, i) => (i < 2 ? size : 1)),
);
