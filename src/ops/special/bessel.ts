import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { eq } from "../elementwise/compare.js";
import { defineUnary } from "../elementwise/defineUnary.js";
import { sign } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";

/** e^−|x| · i0(x): finite where i0 is not. @grad dY · (i1e(x) − sign(x) · y) @source torch.special.i0e */
export const i0e = defineUnary({
  name: "i0e",
  kernel: "i0e",
  gradX: (d, x) => mul(d, sub(i1e(x), mul(sign(x), i0e(x)))),
});

/** e^−|x| · i1(x). @grad dY · (i0e(x) − y · (sign(x) + 1 / x)), dY / 2 at 0 @source torch.special.i1e */
export const i1e = defineUnary({
  name: "i1e",
  kernel: "i1e",
  gradX: (d, x) => {
    const away = where(eq(x, 0), 1, x);
    return mul(d, where(eq(x, 0), 0.5, sub(i0e(x), mul(i1e(x), add(sign(x), div(1, away))))));
  },
});
