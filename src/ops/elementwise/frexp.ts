import { noGrad } from "../../autograd/mode.js";
import { isFloating } from "../../backend/dtype.js";
import { tensor } from "../../tensor/create.js";
import { DTypeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul, pow, sub } from "./arithmetic.js";
import { to } from "./cast.js";
import { floor } from "./rounding.js";

const bits = new DataView(new ArrayBuffer(8));

/** The e of x = m · 2ᵉ with ½ ≤ |m| < 1; 0 for 0, infinities and NaN. */
const exponentOf = (x: number): number => {
  if (x === 0 || !Number.isFinite(x)) return 0;
  bits.setFloat64(0, x);
  const raw = (bits.getUint32(0) >>> 20) & 0x7ff;
  // Below the smallest normal number the exponent is that of x · 2⁵⁴.
  return raw === 0 ? exponentOf(x * 2 ** 54) - 54 : raw - 1022;
};

/** x = mantissa · 2^exponent with ½ ≤ |mantissa| < 1. @grad the mantissa's: dY / 2^exponent @source torch.frexp */
export const frexp = (x: Tensor): { mantissa: Tensor; exponent: Tensor } => {
  if (!isFloating(x.dtype))
    throw new DTypeError({ op: "frexp", problem: `the tensor is ${x.dtype}, not a float`, args: { x: x.shape } });
  const exponent = tensor(Int32Array.from(x.toTypedArray(), exponentOf), { shape: x.shape });
  // 2^−exponent may not be a number of the dtype; its two halves are.
  const [first, second] = noGrad(() => {
    const half = floor(mul(to(exponent, x.dtype), -0.5));
    return [pow(2, half), pow(2, sub(mul(to(exponent, x.dtype), -1), half))] as const;
  });
  return { mantissa: mul(mul(x, first), second), exponent };
};
