import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { gt } from "../elementwise/compare.js";
import { defineGradKernel, defineUnary } from "../elementwise/defineUnary.js";
import { exp, log1p } from "../elementwise/exponential.js";
import { square } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { type InPlaceOption, maybeInPlace } from "./maybeInPlace.js";
import { sigmoid, tanh } from "./sigmoid.js";

// Φ(x) + x · φ(x), whose own slope is φ(x) · (2 − x²).
const geluBackward = defineGradKernel("geluBackward", (dd, d, x) => {
  const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return mul(mul(dd, d), mul(density, sub(2, square(x))));
});

const exact = defineUnary({ name: "gelu", kernel: "gelu", gradX: geluBackward });

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const byTanh = defineUnary({
  name: "gelu",
  kernel: "geluTanh",
  gradX: (d, x) => {
    const x2 = square(x);
    const t = tanh(mul(mul(x, add(mul(x2, CUBIC), 1)), ROOT));
    const slope = mul(mul(sub(1, square(t)), add(mul(x2, 3 * CUBIC), 1)), ROOT);
    return mul(d, mul(add(add(t, 1), mul(x, slope)), 0.5));
  },
});

export interface GeluOptions {
  /** "tanh" for the approximation that GPT-2 used. Default "none". */
  approximate?: "none" | "tanh" | undefined;
}

/** x · Φ(x), Φ the normal distribution. @source torch.nn.functional.gelu; Hendrycks & Gimpel, 2016 */
export const gelu = (x: Tensor, { approximate = "none" }: GeluOptions = {}): Tensor => {
  if (approximate === "none") return exact(x);
  if (approximate === "tanh") return byTanh(x);
  throw new ValueError({ op: "gelu", problem: `approximate is ${String(approximate)}`, rule: '"none" or "tanh"' });
};

export interface SoftplusOptions {
  /** Default 1. */
  beta?: number | undefined;
  /** x itself where beta · x is above. Default 20. */
  threshold?: number | undefined;
}

/** ln(1 + e^(beta·x)) / beta: a smooth relu. @grad dY · sigmoid(beta · x), dY above the threshold @source torch.nn.functional.softplus */
export const softplus = (x: Tensor, { beta = 1, threshold = 20 }: SoftplusOptions = {}): Tensor => {
  const scaled = beta === 1 ? x : mul(x, beta);
  const isStraight = gt(scaled, threshold);
  const curve = log1p(exp(where(isStraight, 0, scaled)));
  return where(isStraight, x, beta === 1 ? curve : div(curve, beta));
};

const mish_ = defineUnary({
  name: "mish",
  kernel: "mish",
  gradX: (d, x) => {
    const t = tanh(softplus(x));
    return mul(d, add(t, mul(mul(x, sigmoid(x)), sub(1, square(t)))));
  },
});

/** x · tanh(softplus(x)). @source torch.nn.functional.mish; Misra, 2019 */
export const mish = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor =>
  maybeInPlace("mish_", x, inplace, () => mish_(x));
