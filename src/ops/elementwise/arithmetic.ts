import type { DType } from "../../backend/dtype.js";
import { zerosLike } from "../../tensor/create.js";
import { DTypeError, ValueError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import { observe } from "../../tensor/recorder.js";
import type { Tensor } from "../../tensor/tensor.js";
import { to } from "./cast.js";
import { eq, ge, logicalAnd } from "./compare.js";
import { defineBinary, type Value } from "./defineBinary.js";
import { log } from "./exponential.js";
import { neg } from "./unary.js";
import { where } from "./where.js";

const add_ = defineBinary({ name: "add", kernel: "add", gradA: (d) => d, gradB: (d) => d });

const sub_ = defineBinary({
  name: "sub",
  kernel: "sub",
  gradA: (d) => d,
  gradB: (d) => neg(d),
  check: (_a, _b, dtype) => {
    if (dtype === "bool") {
      throw new DTypeError({
        op: "sub",
        problem: "bool tensors cannot be subtracted",
        hint: "use logicalXor, or logicalNot for 1 − x",
      });
    }
  },
});

const mul_ = defineBinary({
  name: "mul",
  kernel: "mul",
  saves: { inputs: true },
  gradA: (d, { b }) => mul_(d, b),
  gradB: (d, { a }) => mul_(d, a),
});

const trueDivide = defineBinary({
  name: "div",
  kernel: "div",
  dtype: floatType,
  saves: { inputs: true },
  gradA: (d, { b }) => trueDivide(d, b),
  gradB: (d, { a, b }) => neg(mul_(d, trueDivide(trueDivide(a, b), b))),
});

/** PyTorch refuses integer division by zero: integers have no infinity to answer with. */
const refuseIntegerZero =
  (op: string) =>
  (_a: Value, b: Value, dtype: DType): void => {
    if (dtype === "float32" || dtype === "float64") return;
    const hasZero = typeof b === "object" ? observe(b, (elements) => elements.includes(0)) : Number(b) === 0;
    if (hasZero)
      throw new ValueError({ op, problem: "integer division by zero", hint: 'divide floats: x.to("float32")' });
  };

const floorDivide_ = defineBinary({
  name: "floorDivide",
  kernel: "floorDivide",
  check: refuseIntegerZero("floorDivide"),
  gradA: (d) => zerosLike(d),
  gradB: (d) => zerosLike(d),
});
const truncDivide_ = defineBinary({
  name: "div",
  kernel: "truncDivide",
  check: refuseIntegerZero("div"),
  gradA: (d) => zerosLike(d),
  gradB: (d) => zerosLike(d),
});

/** Options of add and sub: the second operand is multiplied by alpha first. */
export interface AlphaOptions {
  alpha?: number | undefined;
}

const scaled = (b: Value, { alpha = 1 }: AlphaOptions): Value =>
  alpha === 1 ? b : typeof b === "object" ? mul_(b, alpha) : Number(b) * alpha;

/**
 * a + alpha · b, broadcast and promoted.
 *
 * @shape a [...S], b [...T] → [broadcast of S and T]
 * @grad  dA = dY, dB = alpha · dY, each summed over what was broadcast
 * @source torch.add
 */
export const add = (a: Value, b: Value, options: AlphaOptions = {}): Tensor => add_(a, scaled(b, options));

/** a − alpha · b. @grad dA = dY, dB = −alpha · dY @source torch.sub */
export const sub = (a: Value, b: Value, options: AlphaOptions = {}): Tensor => sub_(a, scaled(b, options));

/** b − alpha · a: subtraction with its sides exchanged. @source torch.rsub */
export const rsub = (a: Value, b: Value, options: AlphaOptions = {}): Tensor => sub(b, a, options);

/** a · b, element by element. @grad dA = dY · b, dB = dY · a @source torch.mul */
export const mul = (a: Value, b: Value): Tensor => mul_(a, b);

export interface DivOptions {
  /** null divides truly (integers give floats), "floor" rounds down, "trunc" towards zero. Default null. */
  roundingMode?: "floor" | "trunc" | null | undefined;
}

/** a / b. @grad dA = dY / b, dB = −dY · a / b²; a rounded division has slope 0 @source torch.div */
export const div = (a: Value, b: Value, { roundingMode = null }: DivOptions = {}): Tensor => {
  if (roundingMode === null) return trueDivide(a, b);
  if (roundingMode === "floor") return floorDivide_(a, b);
  if (roundingMode === "trunc") return truncDivide_(a, b);
  throw new ValueError({
    op: "div",
    problem: `roundingMode ${String(roundingMode)} is not known`,
    rule: 'null, "floor" or "trunc"',
  });
};

/** ⌊a / b⌋. @source torch.floor_divide */
export const floorDivide = (a: Value, b: Value): Tensor => floorDivide_(a, b);

/** a − b · ⌊a / b⌋: the remainder with b's sign. @grad dA = dY, dB = −dY · ⌊a / b⌋ @source torch.remainder */
export const remainder: (a: Value, b: Value) => Tensor = defineBinary({
  name: "remainder",
  kernel: "remainder",
  saves: { inputs: true },
  check: refuseIntegerZero("remainder"),
  gradA: (d) => d,
  gradB: (d, { a, b }) => neg(mul_(d, floorDivide_(a, b))),
});

/** The remainder with a's sign. @grad dA = dY, dB = −dY · trunc(a / b) @source torch.fmod */
export const fmod: (a: Value, b: Value) => Tensor = defineBinary({
  name: "fmod",
  kernel: "fmod",
  saves: { inputs: true },
  check: refuseIntegerZero("fmod"),
  gradA: (d) => d,
  gradB: (d, { a, b }) => neg(mul_(d, truncDivide_(a, b))),
});

const pow_ = defineBinary({
  name: "pow",
  kernel: "pow",
  saves: { inputs: true, output: true },
  // At b = 0 the slope is 0, also where a is 0 and a^(b−1) infinite.
  gradA: (d, { a, b }) =>
    typeof b === "number"
      ? b === 0
        ? mul_(d, 0)
        : mul_(d, mul_(pow_(a, b - 1), b))
      : where(eq(b, 0), 0, mul_(d, mul_(b, pow_(a, sub_(b, 1))))),
  // At a = 0 with b ≥ 0 the slope is 0, where log(a) is infinite.
  gradB: (d, { a, b, y }) =>
    typeof a === "number"
      ? a === 0
        ? where(ge(b, 0), 0, mul_(d, mul_(y, Number.NEGATIVE_INFINITY)))
        : mul_(d, mul_(y, Math.log(a)))
      : where(logicalAnd(eq(a, 0), ge(b, 0)), 0, mul_(d, mul_(y, log(a)))),
  check: (a, b, dtype) => {
    const isInteger = dtype === "int32" || dtype === "uint8";
    if (isInteger && typeof a === "object" && typeof b === "number" && b < 0) {
      throw new ValueError({
        op: "pow",
        problem: "integers to negative integer powers are not integers",
        hint: 'convert first: x.to("float32")',
      });
    }
  },
});

/** a to the power b. @grad dA = dY · b · a^(b−1), dB = dY · y · log a; 0 where b = 0, or a = 0 and b ≥ 0 @source torch.pow */
export const pow = (a: Value, b: Value): Tensor => pow_(a, b);

/** a to the power b in float64. @source torch.float_power */
export const floatPower = (a: Value, b: Value): Tensor => {
  const wide = (x: Value): Value => (typeof x === "object" ? to(x, "float64") : x);
  return pow_(wide(a), wide(b));
};

/** a · 2ᵇ in floats. @source torch.ldexp */
export const ldexp = (a: Value, b: Value): Tensor => {
  const exponent = typeof b === "object" ? to(b, floatType(b.dtype)) : b;
  const power = pow_(2, exponent);
  return mul_(typeof a === "object" ? to(a, floatType(a.dtype)) : a, power);
};
