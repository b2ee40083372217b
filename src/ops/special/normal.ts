import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { defineUnary } from "../elementwise/defineUnary.js";
import { exp, log } from "../elementwise/exponential.js";
import { erfc } from "../elementwise/special.js";
import { neg, square } from "../elementwise/unary.js";

/** The share of the standard normal distribution below x. @grad dY · e^(−x²/2) / √2π @source torch.special.ndtr */
export const ndtr = (x: Tensor): Tensor => mul(erfc(mul(x, -Math.SQRT1_2)), 0.5);

/** ln of ndtr, exact where that is nearly 0. @grad dY · √(2/π) / erfcx(−x/√2) @source torch.special.log_ndtr */
export const logNdtr = defineUnary({
  name: "logNdtr",
  kernel: "logNdtr",
  gradX: (d, x) => div(mul(d, Math.sqrt(2 / Math.PI)), erfcx(mul(x, -Math.SQRT1_2))),
});

/** The inverse of ndtr. @grad dY · √2π · e^(y²/2) @source torch.special.ndtri */
export const ndtri = defineUnary({
  name: "ndtri",
  kernel: "ndtri",
  gradY: (d, y) => mul(d, mul(exp(mul(square(y), 0.5)), Math.sqrt(2 * Math.PI))),
});

/** e^(x²) · erfc(x), finite where erfc is 0. @grad dY · (2x · y − 2/√π) @source torch.special.erfcx */
export const erfcx = defineUnary({
  name: "erfcx",
  kernel: "erfcx",
  gradX: (d, x) => mul(d, sub(mul(mul(x, 2), erfcx(x)), 2 / Math.sqrt(Math.PI))),
});

/** −x · ln x; 0 at 0, −∞ below. @grad −dY · (ln x + 1) @source torch.special.entr */
export const entr = defineUnary({
  name: "entr",
  kernel: "entr",
  gradX: (d, x) => neg(mul(d, add(log(x), 1))),
});
