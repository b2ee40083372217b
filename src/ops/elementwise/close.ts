import { notATensor } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { DTypeError, ValueError } from "../../tensor/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { all } from "../reduce/reduce.js";
import { add, mul, sub } from "./arithmetic.js";
import { eq, isfinite, isnan, le, logicalAnd, logicalOr } from "./compare.js";
import { abs } from "./unary.js";

export interface CloseOptions {
  /** Relative tolerance. Default 1e-5. */
  rtol?: number | undefined;
  /** Absolute tolerance. Default 1e-8. */
  atol?: number | undefined;
  /** NaN is close to NaN. Default false. */
  equalNan?: boolean | undefined;
}

/** |a − b| ≤ atol + rtol · |b|, as bool; infinities are close to themselves. @source torch.isclose */
export const isclose = (
  a: Tensor,
  b: Tensor,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {},
): Tensor => {
  for (const x of [a, b]) if (!(x instanceof Tensor)) throw notATensor("isclose", x);
  if (a.dtype !== b.dtype)
    throw new DTypeError({ op: "isclose", problem: "the dtypes differ", args: { input: a.dtype, other: b.dtype } });
  if (!(rtol >= 0) || !(atol >= 0))
    throw new ValueError({ op: "isclose", problem: `rtol is ${rtol}, atol ${atol}`, rule: "numbers from 0 up" });
  let close = eq(a, b);
  if (isFloating(a.dtype)) {
    if (equalNan) close = logicalOr(close, logicalAnd(isnan(a), isnan(b)));
    const gap = abs(sub(a, b));
    return logicalOr(close, logicalAnd(isfinite(gap), le(gap, add(mul(abs(b), rtol), atol))));
  }
  if (rtol === 0 && atol === 0) return close;
  return a.dtype === "bool" ? close : logicalOr(close, le(abs(sub(a, b)), add(mul(abs(b), rtol), atol)));
};

/** Whether all elements are close. @source torch.allclose */
export const allclose = (a: Tensor, b: Tensor, options: CloseOptions = {}): boolean =>
  all(isclose(a, b, options)).item() === 1;
