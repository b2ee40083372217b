import { DTypeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul, pow } from "./arithmetic.js";
import { to } from "./cast.js";
import { eq, isnan } from "./compare.js";
import { defineUnary } from "./defineUnary.js";
import { where } from "./where.js";

const negative = defineUnary({ name: "neg", kernel: "neg", keepsIntegers: true, grad: (d) => negative(d) });
/** −x. @grad −dY @throws DTypeError for bool @source torch.neg */
export const neg = (x: Tensor): Tensor => {
  if (x.dtype !== "bool") return negative(x);
  throw new DTypeError({ op: "neg", problem: "bool tensors have no sign", hint: "logicalNot() turns true and false" });
};
/** |x|. @grad dY · sign(x), 0 at 0 @source torch.abs */
export const abs = defineUnary({ name: "abs", kernel: "abs", keepsIntegers: true, gradX: (d, x) => mul(d, sign(x)) });
/** −1, 0 or 1; 0 for NaN. @grad 0 @source torch.sgn */
export const sign = defineUnary({ name: "sign", kernel: "sign", keepsIntegers: true });
/** x²; of bools as integers. @grad 2 · x · dY @source torch.square */
export const square = (x: Tensor): Tensor => square_(x.dtype === "bool" ? to(x, "int32") : x);
const square_ = defineUnary({
  name: "square",
  kernel: "square",
  keepsIntegers: true,
  gradX: (d, x) => mul(d, mul(x, 2)),
});
/** √x; NaN below 0. @grad dY / (2√x), infinite at 0 @source torch.sqrt */
export const sqrt = defineUnary({ name: "sqrt", kernel: "sqrt", gradY: (d, y) => div(d, mul(y, 2)) });
/** 1 / √x. @grad −dY · y³ / 2 @source torch.rsqrt */
export const rsqrt = defineUnary({ name: "rsqrt", kernel: "rsqrt", gradY: (d, y) => mul(mul(d, -0.5), pow(y, 3)) });
/** 1 / x. @grad −dY · y² @source torch.reciprocal */
export const reciprocal = defineUnary({
  name: "reciprocal",
  kernel: "reciprocal",
  gradY: (d, y) => neg(mul(d, mul(y, y))),
});
/** x itself. @throws DTypeError for bool @source torch.positive */
export const positive = (x: Tensor): Tensor => {
  if (x.dtype === "bool") throw new DTypeError({ op: "positive", problem: "bool tensors have no sign" });
  return x;
};

export interface NanToNumOptions {
  /** In the place of NaN. Default 0. */
  nan?: number | null | undefined;
  /** In the place of infinity. Default the largest number of the dtype. */
  posinf?: number | null | undefined;
  /** In the place of −infinity. Default the lowest number of the dtype. */
  neginf?: number | null | undefined;
}

const LARGEST = { float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE } as const;

/** x with numbers in the place of NaN and infinities. @grad dY where x is finite, else 0 @source torch.nan_to_num */
export const nanToNum = (x: Tensor, { nan, posinf, neginf }: NanToNumOptions = {}): Tensor => {
  if (x.dtype !== "float32" && x.dtype !== "float64") return x;
  const largest = LARGEST[x.dtype];
  const known = where(isnan(x), nan ?? 0, x);
  const below = where(eq(known, Number.POSITIVE_INFINITY), posinf ?? largest, known);
  return where(eq(below, Number.NEGATIVE_INFINITY), neginf ?? -largest, below);
};
