import { ValueError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { to } from "./cast.js";
import { eq } from "./compare.js";
import { defineBinary } from "./defineBinary.js";
import { defineUnary } from "./defineUnary.js";
import { exp } from "./exponential.js";
import { neg, square } from "./unary.js";
import { where } from "./where.js";

/** The error function. @grad dY · 2/√π · exp(−x²) @source torch.erf */
export const erf = defineUnary({
  name: "erf",
  kernel: "erf",
  gradX: (d, x) => mul(d, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
});
/** 1 − erf x, exact for large x. @grad −dY · 2/√π · exp(−x²) @source torch.erfc */
export const erfc = defineUnary({
  name: "erfc",
  kernel: "erfc",
  gradX: (d, x) => mul(d, mul(exp(neg(square(x))), -2 / Math.sqrt(Math.PI))),
});
/** The inverse of erf. @grad dY · √π/2 · exp(y²) @source torch.erfinv */
export const erfinv = defineUnary({
  name: "erfinv",
  kernel: "erfinv",
  gradY: (d, y) => mul(d, mul(exp(square(y)), Math.sqrt(Math.PI) / 2)),
});
/** ln |Γ(x)|. @grad dY · digamma(x) @source torch.lgamma */
export const lgamma = defineUnary({ name: "lgamma", kernel: "lgamma", gradX: (d, x) => mul(d, digamma(x)) });
/** The derivative of lgamma. @grad dY · polygamma(1, x) @source torch.digamma */
export const digamma = defineUnary({ name: "digamma", kernel: "digamma", gradX: (d, x) => mul(d, polygamma(1, x)) });

const polygamma_ = defineBinary({
  name: "polygamma",
  kernel: "polygamma",
  saves: { inputs: true },
  gradA: (d, { a, b }) => mul(d, polygamma((b as number) + 1, a as Tensor)),
});

/** The nth derivative of digamma. @grad dY · polygamma(n + 1, x) @throws ValueError unless n is an integer from 0 up @source torch.polygamma */
export const polygamma = (n: number, x: Tensor): Tensor => {
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError({ op: "polygamma", problem: `n is ${n}`, rule: "an integer from 0 up" });
  return n === 0 ? digamma(x) : polygamma_(to(x, floatType(x.dtype)), n);
};

/** As polygamma, the tensor first. @source torch.Tensor.polygamma */
export const polygammaOf = (x: Tensor, n: number): Tensor => polygamma(n, x);

/** ln of the gamma function in p dimensions. @source torch.mvlgamma */
export const mvlgamma = (x: Tensor, p: number): Tensor => {
  if (!Number.isInteger(p) || p < 1)
    throw new ValueError({ op: "mvlgamma", problem: `p is ${p}`, rule: "an integer from 1 up" });
  let sum = lgamma(x);
  for (let i = 1; i < p; i++) sum = add(sum, lgamma(sub(x, i / 2)));
  return add(sum, ((p * (p - 1)) / 4) * Math.log(Math.PI));
};

/** The modified Bessel function of order 0. @grad dY · i1(x) @source torch.i0 */
export const i0 = defineUnary({ name: "i0", kernel: "i0", gradX: (d, x) => mul(d, i1(x)) });
/** The modified Bessel function of order 1. @grad dY · (i0(x) − y / x), dY / 2 at 0 @source torch.special.i1 */
export const i1 = defineUnary({
  name: "i1",
  kernel: "i1",
  gradX: (d, x) => mul(d, where(eq(x, 0), 0.5, sub(i0(x), div(i1(x), where(eq(x, 0), 1, x))))),
});
