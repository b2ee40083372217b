import { defineOp } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import type { BinaryOp } from "../../backend/ops.js";
import { DTypeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineBinary, type Value } from "./defineBinary.js";

/** Each bit flipped; for bool, not. @source torch.bitwise_not */
export const bitwiseNot = (x: Tensor): Tensor => {
  if (isFloating(x.dtype))
    throw new DTypeError({
      op: "bitwiseNot",
      problem: `${x.dtype} has no bits to flip`,
      hint: 'convert first: x.to("int32")',
    });
  return bitwiseNot_([x], undefined);
};
const bitwiseNot_ = defineOp({
  name: "bitwiseNot",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x]) => k.unary("bitwiseNot", y as Tensor, x as Tensor),
});

const defineBits = (name: string, kernel: BinaryOp): ((a: Value, b: Value) => Tensor) =>
  defineBinary({
    name,
    kernel,
    check: (_a, _b, dtype) => {
      if (!isFloating(dtype)) return;
      throw new DTypeError({
        op: name,
        problem: `${dtype} has no bits to combine`,
        hint: 'convert first: x.to("int32")',
      });
    },
  });

/** Bits that both have. @source torch.bitwise_and */
export const bitwiseAnd = defineBits("bitwiseAnd", "bitwiseAnd");
/** Bits that one has. @source torch.bitwise_or */
export const bitwiseOr = defineBits("bitwiseOr", "bitwiseOr");
/** Bits that exactly one has. @source torch.bitwise_xor */
export const bitwiseXor = defineBits("bitwiseXor", "bitwiseXor");
/** a · 2ᵇ on integers. @source torch.bitwise_left_shift */
export const bitwiseLeftShift = defineBits("bitwiseLeftShift", "shiftLeft");
/** ⌊a / 2ᵇ⌋ on integers. @source torch.bitwise_right_shift */
export const bitwiseRightShift = defineBits("bitwiseRightShift", "shiftRight");
/** Greatest common divisor of integers. @source torch.gcd */
export const gcd = defineBits("gcd", "gcd");
/** Least common multiple of integers. @source torch.lcm */
export const lcm = defineBits("lcm", "lcm");
