import { isFloating } from "../../backend/dtype.js";
import { DTypeError } from "../../tensor/errors.js";
import { resultType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { lt } from "./compare.js";
import { abs } from "./unary.js";
import { where } from "./where.js";

/**
 * a + weight · (b − a), measured from the nearer end.
 *
 * @grad dA = dY · (1 − weight), dB = dY · weight, dWeight = dY · (b − a)
 * @throws DTypeError when the dtypes differ
 * @source torch.lerp
 */
export const lerp = (a: Tensor, b: Tensor, weight: Tensor | number): Tensor => {
  if (a.dtype !== b.dtype || (typeof weight === "object" && weight.dtype !== a.dtype)) {
    throw new DTypeError({
      op: "lerp",
      problem: "the dtypes differ",
      args: { start: a.dtype, end: b.dtype, weight: typeof weight === "object" ? weight.dtype : "number" },
      hint: "convert first: x.to(y.dtype)",
    });
  }
  if (!isFloating(a.dtype)) throw new DTypeError({ op: "lerp", problem: `${a.dtype} tensors have nothing in between` });
  const way = sub(b, a);
  const fromA = (): Tensor => add(a, mul(way, weight));
  const fromB = (): Tensor => sub(b, mul(way, sub1(weight)));
  if (typeof weight === "number") return Math.abs(weight) < 0.5 ? fromA() : fromB();
  return where(lt(abs(weight), 0.5), fromA(), fromB());
};

const sub1 = (weight: Tensor | number): Tensor | number => (typeof weight === "number" ? 1 - weight : sub(1, weight));

export interface ValueOptions {
  /** Factor of the product or quotient. Default 1. */
  value?: number | undefined;
}

const scaled = (x: Tensor, value: number): Tensor => (value === 1 ? x : mul(x, value));

/** x + value · a · b. @source torch.addcmul */
export const addcmul = (x: Tensor, a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor => {
  if (!Number.isInteger(value) && !isFloating(resultType(x, a, b)))
    throw new DTypeError({ op: "addcmul", problem: `the value ${value} is a fraction, the tensors are integers` });
  return add(x, scaled(mul(a, b), value));
};

/** x + value · a / b. @throws DTypeError for integers @source torch.addcdiv */
export const addcdiv = (x: Tensor, a: Tensor, b: Tensor, { value = 1 }: ValueOptions = {}): Tensor => {
  if (!isFloating(a.dtype) && !isFloating(b.dtype)) {
    throw new DTypeError({
      op: "addcdiv",
      problem: "integers are not divided here",
      args: { tensor1: a.dtype, tensor2: b.dtype },
      hint: "use addcmul and div with a rounding mode, or convert first",
    });
  }
  return add(x, scaled(div(a, b), value));
};
