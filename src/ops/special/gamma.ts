import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { eq, le, logicalAnd } from "../elementwise/compare.js";
import { defineBinary, type Value } from "../elementwise/defineBinary.js";
import { exp, log, log1p } from "../elementwise/exponential.js";
import { lgamma } from "../elementwise/special.js";
import { neg } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";

/** The slope of P(a, x) by x: xᵃ⁻¹ · e⁻ˣ / Γ(a). */
const density = (a: Tensor, x: Tensor): Tensor => exp(sub(sub(mul(sub(a, 1), log(x)), x), lgamma(a)));

/**
 * The regularised lower incomplete gamma function P(a, z).
 *
 * @grad dZ = dY · zᵃ⁻¹ · e⁻ᶻ / Γ(a); a has none, as in PyTorch
 * @source torch.special.gammainc
 */
export const gammainc: (a: Tensor, z: Tensor) => Tensor = defineBinary({
  name: "gammainc",
  kernel: "gammainc",
  dtype: floatType,
  saves: { inputs: true },
  gradB: (d, { a, b }) => mul(d, density(a as Tensor, b as Tensor)),
});

/** 1 − gammainc, exact where it is small. @grad dZ = −dY · zᵃ⁻¹ · e⁻ᶻ / Γ(a) @source torch.special.gammaincc */
export const gammaincc: (a: Tensor, z: Tensor) => Tensor = defineBinary({
  name: "gammaincc",
  kernel: "gammaincc",
  dtype: floatType,
  saves: { inputs: true },
  gradB: (d, { a, b }) => neg(mul(d, density(a as Tensor, b as Tensor))),
});

/** Hurwitz' zeta function Σ 1 / (q + k)ˣ. @grad dQ = −dY · x · zeta(x + 1, q); x has none, as in PyTorch @source torch.special.zeta */
export const zeta: (x: Value, q: Value) => Tensor = defineBinary({
  name: "zeta",
  kernel: "zeta",
  dtype: floatType,
  saves: { inputs: true },
  gradB: (d, { a, b }) => neg(mul(d, mul(a, zeta(typeof a === "number" ? a + 1 : add(a, 1), b)))),
});

const log1pOf = (x: Tensor | number): Tensor | number => (typeof x === "object" ? log1p(x) : Math.log1p(x));

/** a · ln(1 + b), 0 where a is 0. @grad dA = dY · ln(1 + b), 0 where a = 0 and b ≤ −1; dB = dY · a / (1 + b) @source torch.special.xlog1py */
export const xlog1py: (a: Value, b: Value) => Tensor = defineBinary({
  name: "xlog1py",
  kernel: "xlog1py",
  dtype: floatType,
  saves: { inputs: true },
  gradA: (d, { a, b }) => {
    const slope = mul(d, log1pOf(b));
    if (typeof b === "object") return where(logicalAnd(eq(a, 0), le(b, -1)), 0, slope);
    return b <= -1 ? where(eq(a, 0), 0, slope) : slope;
  },
  gradB: (d, { a, b }) => mul(d, div(a, typeof b === "number" ? b + 1 : add(b, 1))),
});
