import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { eq } from "./compare.js";
import { defineUnary } from "./defineUnary.js";
import { neg, rsqrt, square } from "./unary.js";
import { where } from "./where.js";

/** sin x, in radians. @grad dY · cos x @source torch.sin */
export const sin = defineUnary({ name: "sin", kernel: "sin", gradX: (d, x) => mul(d, cos(x)) });
/** cos x, in radians. @grad −dY · sin x @source torch.cos */
export const cos = defineUnary({ name: "cos", kernel: "cos", gradX: (d, x) => neg(mul(d, sin(x))) });
/** tan x, in radians. @grad dY · (1 + y²) @source torch.tan */
export const tan = defineUnary({ name: "tan", kernel: "tan", gradY: (d, y) => mul(d, add(square(y), 1)) });
/** The angle whose sine is x. @grad dY / √(1 − x²) @source torch.asin */
export const asin = defineUnary({ name: "asin", kernel: "asin", gradX: (d, x) => mul(d, rsqrt(sub(1, square(x)))) });
/** The angle whose cosine is x. @grad −dY / √(1 − x²) @source torch.acos */
export const acos = defineUnary({
  name: "acos",
  kernel: "acos",
  gradX: (d, x) => neg(mul(d, rsqrt(sub(1, square(x))))),
});
/** The angle whose tangent is x. @grad dY / (1 + x²) @source torch.atan */
export const atan = defineUnary({ name: "atan", kernel: "atan", gradX: (d, x) => div(d, add(square(x), 1)) });
/** Hyperbolic sine. @grad dY · cosh x @source torch.sinh */
export const sinh = defineUnary({ name: "sinh", kernel: "sinh", gradX: (d, x) => mul(d, cosh(x)) });
/** Hyperbolic cosine. @grad dY · sinh x @source torch.cosh */
export const cosh = defineUnary({ name: "cosh", kernel: "cosh", gradX: (d, x) => mul(d, sinh(x)) });
/** Inverse hyperbolic sine. @grad dY / √(x² + 1) @source torch.asinh */
export const asinh = defineUnary({ name: "asinh", kernel: "asinh", gradX: (d, x) => mul(d, rsqrt(add(square(x), 1))) });
/** Inverse hyperbolic cosine. @grad dY / √(x² − 1) @source torch.acosh */
export const acosh = defineUnary({ name: "acosh", kernel: "acosh", gradX: (d, x) => mul(d, rsqrt(sub(square(x), 1))) });
/** Inverse hyperbolic tangent. @grad dY / (1 − x²) @source torch.atanh */
export const atanh = defineUnary({ name: "atanh", kernel: "atanh", gradX: (d, x) => div(d, sub(1, square(x))) });
/** sin(πx) / (πx), 1 at 0. @grad dY · (cos(πx) − y) / x, 0 at 0 @source torch.sinc */
export const sinc = defineUnary({
  name: "sinc",
  kernel: "sinc",
  gradX: (d, x) => where(eq(x, 0), 0, mul(d, div(sub(cos(mul(x, Math.PI)), sinc(x)), x))),
});
/** Degrees to radians. @source torch.deg2rad */
export const deg2rad = (x: Tensor): Tensor => mul(x, Math.PI / 180);
/** Radians to degrees. @source torch.rad2deg */
export const rad2deg = (x: Tensor): Tensor => mul(x, 180 / Math.PI);
