import { zerosLike } from "../../tensor/create.js";
import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul } from "./arithmetic.js";
import { eq } from "./compare.js";
import { defineBinary, type Value } from "./defineBinary.js";
import { neg } from "./unary.js";
import { where } from "./where.js";

/** The angle of the point (b, a), in radians. @grad dA = dY · b / (a² + b²), dB = −dY · a / (a² + b²) @source torch.atan2 */
export const atan2: (a: Value, b: Value) => Tensor = defineBinary({
  name: "atan2",
  kernel: "atan2",
  dtype: floatType,
  saves: { inputs: true },
  gradA: (d, { a, b }) => mul(d, div(b, add(mul(a, a), mul(b, b)))),
  gradB: (d, { a, b }) => neg(mul(d, div(a, add(mul(a, a), mul(b, b))))),
});

/** √(a² + b²) without overflow. @grad dA = dY · a / y, dB = dY · b / y @source torch.hypot */
export const hypot: (a: Value, b: Value) => Tensor = defineBinary({
  name: "hypot",
  kernel: "hypot",
  saves: { inputs: true, output: true },
  gradA: (d, { a, y }) => mul(d, div(a, y)),
  gradB: (d, { b, y }) => mul(d, div(b, y)),
});

/** |a| with b's sign. @grad dA = dY · y / a, 0 at a = 0; dB = 0 @source torch.copysign */
export const copysign: (a: Value, b: Value) => Tensor = defineBinary({
  name: "copysign",
  kernel: "copysign",
  dtype: floatType,
  saves: { inputs: true, output: true },
  gradA: (d, { a, y }) => mul(d, where(eq(a, 0), 0, div(y, a))),
  gradB: (d) => zerosLike(d),
});

/** The next number from a towards b. @source torch.nextafter */
export const nextafter: (a: Value, b: Value) => Tensor = defineBinary({
  name: "nextafter",
  kernel: "nextAfter",
  dtype: floatType,
});

/** 0 below 0, 1 above, b at 0. @source torch.heaviside */
export const heaviside: (a: Value, b: Value) => Tensor = defineBinary({ name: "heaviside", kernel: "heaviside" });
