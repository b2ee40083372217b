import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "./arithmetic.js";
import { eq, ge, gt, isnan, le, logicalOr, lt } from "./compare.js";
import { defineBinary, type Value } from "./defineBinary.js";
import { where } from "./where.js";

/** The larger of both; NaN wins. @grad to the larger; at ties half to each @source torch.maximum */
export const maximum: (a: Value, b: Value) => Tensor = defineBinary({
  name: "maximum",
  kernel: "maximum",
  saves: { inputs: true },
  gradA: (d, { a, b }) => shareAtTies(d, a, b, lt),
  gradB: (d, { a, b }) => shareAtTies(d, b, a, lt),
});

/** The smaller of both; NaN wins. @grad to the smaller; at ties half to each @source torch.minimum */
export const minimum: (a: Value, b: Value) => Tensor = defineBinary({
  name: "minimum",
  kernel: "minimum",
  saves: { inputs: true },
  gradA: (d, { a, b }) => shareAtTies(d, a, b, gt),
  gradB: (d, { a, b }) => shareAtTies(d, b, a, gt),
});

const shareAtTies = (
  d: Tensor,
  mine: Tensor | number,
  other: Tensor | number,
  loses: (a: Value, b: Value) => Tensor,
): Tensor =>
  // NaN neither ties nor loses, so both sides get the whole gradient there.
  where(eq(mine, other), mul(d, 0.5), where(loses(mine, other), 0, d));

const isNaNOf = (x: Tensor | number): Tensor | boolean => (typeof x === "object" ? isnan(x) : Number.isNaN(x));

/** The larger of both; a number beats NaN. @grad to the larger, to a at ties @source torch.fmax */
export const fmax: (a: Value, b: Value) => Tensor = defineBinary({
  name: "fmax",
  kernel: "fmax",
  saves: { inputs: true },
  gradA: (d, { a, b }) => where(logicalOr(ge(a, b), isNaNOf(b)), d, 0),
  gradB: (d, { a, b }) => where(logicalOr(ge(a, b), isNaNOf(b)), 0, d),
});

/** The smaller of both; a number beats NaN. @grad to the smaller, to a at ties @source torch.fmin */
export const fmin: (a: Value, b: Value) => Tensor = defineBinary({
  name: "fmin",
  kernel: "fmin",
  saves: { inputs: true },
  gradA: (d, { a, b }) => where(logicalOr(le(a, b), isNaNOf(b)), d, 0),
  gradB: (d, { a, b }) => where(logicalOr(le(a, b), isNaNOf(b)), 0, d),
});
