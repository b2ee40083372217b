import { isFloating } from "../../backend/dtype.js";
import { DTypeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul, sub } from "./arithmetic.js";
import { defineUnary } from "./defineUnary.js";

/** Rounded down. @grad 0 @source torch.floor */
export const floor = defineUnary({ name: "floor", kernel: "floor", keepsIntegers: true });
/** Rounded up. @grad 0 @source torch.ceil */
export const ceil = defineUnary({ name: "ceil", kernel: "ceil", keepsIntegers: true });
/** Rounded towards 0. @grad 0 @source torch.trunc */
export const trunc = defineUnary({ name: "trunc", kernel: "trunc", keepsIntegers: true });

export interface RoundOptions {
  /** Digits after the point that stay; negative ones before it. Default 0. */
  decimals?: number | undefined;
}

/** Rounded to the nearest, halves to the even one. @grad 0 @source torch.round */
export const round = (x: Tensor, { decimals = 0 }: RoundOptions = {}): Tensor => {
  if (decimals === 0) return round_(x);
  if (!isFloating(x.dtype)) {
    throw new DTypeError({ op: "round", problem: `a ${x.dtype} tensor has no decimals`, args: { x: x.shape } });
  }
  const power = 10 ** Math.abs(decimals);
  return decimals > 0 ? div(round_(mul(x, power)), power) : mul(round_(div(x, power)), power);
};
const round_ = defineUnary({ name: "round", kernel: "round", keepsIntegers: true });

/** What is after the point, with x's sign. @grad dY @source torch.frac */
export const frac = (x: Tensor): Tensor => {
  if (!isFloating(x.dtype))
    throw new DTypeError({ op: "frac", problem: `a ${x.dtype} tensor has no fractions`, args: { x: x.shape } });
  return sub(x, trunc(x));
};
