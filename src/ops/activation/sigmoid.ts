import type { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { defineGradKernel, defineUnary } from "../elementwise/defineUnary.js";
import { neg } from "../elementwise/unary.js";
import { type InPlaceOption, maybeInPlace } from "./maybeInPlace.js";

const sigmoidBackward = defineGradKernel("sigmoidBackward", (dd, d, y) => mul(mul(dd, d), sub(1, mul(y, 2))));
const tanhBackward = defineGradKernel("tanhBackward", (dd, d, y) => mul(mul(dd, d), mul(y, -2)));

/** 1 / (1 + e⁻ˣ). @grad dY · y · (1 − y) @source torch.sigmoid */
export const sigmoid = defineUnary({ name: "sigmoid", kernel: "sigmoid", gradY: sigmoidBackward });
/** Hyperbolic tangent. @grad dY · (1 − y²) @source torch.tanh */
export const tanh = defineUnary({ name: "tanh", kernel: "tanh", gradY: tanhBackward });
/** ln sigmoid(x), finite for large −x. @grad dY · sigmoid(−x) @source torch.nn.functional.logsigmoid */
export const logsigmoid = defineUnary({
  name: "logsigmoid",
  kernel: "logSigmoid",
  gradX: (d, x) => mul(d, sigmoid(neg(x))),
});
/** x · sigmoid(x). @grad dY · s · (1 + x · (1 − s)) with s = sigmoid(x) @source torch.nn.functional.silu */
export const silu = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor =>
  maybeInPlace("silu_", x, inplace, () => silu_(x));

const silu_ = defineUnary({
  name: "silu",
  kernel: "silu",
  gradX: (d, x) => {
    // sigmoid(−x) is 1 − sigmoid(x) without the digits that the difference loses.
    const s = sigmoid(x);
    return mul(d, add(s, mul(mul(x, s), sigmoid(neg(x)))));
  },
});
