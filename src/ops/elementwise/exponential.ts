import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { to } from "./cast.js";
import { clamp } from "./clamp.js";
import { ge, le, logicalAnd } from "./compare.js";
import { defineUnary } from "./defineUnary.js";
import { where } from "./where.js";

/** eˣ. @grad dY · y @source torch.exp */
export const exp = defineUnary({ name: "exp", kernel: "exp", gradY: (d, y) => mul(d, y) });
/** 2ˣ. @grad dY · y · ln 2 @source torch.exp2 */
export const exp2 = defineUnary({ name: "exp2", kernel: "exp2", gradY: (d, y) => mul(d, mul(y, Math.LN2)) });
/** eˣ − 1, exact near 0. @grad dY · (y + 1) @source torch.expm1 */
export const expm1 = defineUnary({ name: "expm1", kernel: "expm1", gradY: (d, y) => mul(d, add(y, 1)) });
/** ln x. @grad dY / x @source torch.log */
export const log = defineUnary({ name: "log", kernel: "log", gradX: (d, x) => div(d, x) });
/** log₂ x. @grad dY / (x ln 2) @source torch.log2 */
export const log2 = defineUnary({ name: "log2", kernel: "log2", gradX: (d, x) => div(d, mul(x, Math.LN2)) });
/** log₁₀ x. @grad dY / (x ln 10) @source torch.log10 */
export const log10 = defineUnary({ name: "log10", kernel: "log10", gradX: (d, x) => div(d, mul(x, Math.LN10)) });
/** ln(1 + x), exact near 0. @grad dY / (1 + x) @source torch.log1p */
export const log1p = defineUnary({ name: "log1p", kernel: "log1p", gradX: (d, x) => div(d, add(x, 1)) });

export interface LogitOptions {
  /** Hold x between eps and 1 − eps first. Default null: outside of 0…1 the result is NaN. */
  eps?: number | null | undefined;
}

/** ln(x / (1 − x)), the inverse of sigmoid. @grad dY / (x · (1 − x)); 0 where eps holds x, NaN outside of 0…1 @source torch.logit */
export const logit = (x: Tensor, { eps = null }: LogitOptions = {}): Tensor =>
  logit_(eps === null ? x : clamp(to(x, floatType(x.dtype)), { min: eps, max: 1 - eps }));

const logit_ = defineUnary({
  name: "logit",
  kernel: "logit",
  gradX: (d, x) => where(logicalAnd(ge(x, 0), le(x, 1)), div(d, mul(x, sub(1, x))), Number.NaN),
});
