import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { eq, le, logicalAnd } from "./compare.js";
import { defineBinary, type Value } from "./defineBinary.js";
import { exp, exp2, log } from "./exponential.js";
import { where } from "./where.js";

const logOf = (x: Tensor | number): Tensor | number => (typeof x === "object" ? log(x) : Math.log(x));
const minus = (a: Tensor | number, b: Tensor | number): Tensor => sub(a, b);

/** a · ln b, 0 where a is 0. @grad dA = dY · ln b, 0 where a = 0 and b ≤ 0; dB = dY · a / b @source torch.xlogy */
export const xlogy: (a: Value, b: Value) => Tensor = defineBinary({
  name: "xlogy",
  kernel: "xlogy",
  dtype: floatType,
  saves: { inputs: true },
  gradA: (d, { a, b }) => {
    const slope = mul(d, logOf(b));
    if (typeof b === "object") return where(logicalAnd(eq(a, 0), le(b, 0)), 0, slope);
    return b <= 0 ? where(eq(a, 0), 0, slope) : slope;
  },
  gradB: (d, { a, b }) => mul(d, div(a, b)),
});

/** ln(eᵃ + eᵇ) without overflow. @grad dA = dY / (1 + eᵇ⁻ᵃ), dB = dY / (1 + eᵃ⁻ᵇ) @source torch.logaddexp */
export const logaddexp: (a: Value, b: Value) => Tensor = defineBinary({
  name: "logaddexp",
  kernel: "logAddExp",
  saves: { inputs: true },
  gradA: (d, { a, b }) => div(d, add(exp(minus(b, a)), 1)),
  gradB: (d, { a, b }) => div(d, add(exp(minus(a, b)), 1)),
});

/** log₂(2ᵃ + 2ᵇ) without overflow. @grad dA = dY / (1 + 2ᵇ⁻ᵃ), dB = dY / (1 + 2ᵃ⁻ᵇ) @source torch.logaddexp2 */
export const logaddexp2: (a: Value, b: Value) => Tensor = defineBinary({
  name: "logaddexp2",
  kernel: "logAddExp2",
  saves: { inputs: true },
  gradA: (d, { a, b }) => div(d, add(exp2(minus(b, a)), 1)),
  gradB: (d, { a, b }) => div(d, add(exp2(minus(a, b)), 1)),
});
