import { defineOp, type Op } from "../../autograd/defineOp.js";
import type { BinaryOp, UnaryOp } from "../../backend/backend.js";
import { isFloating } from "../../backend/dtype.js";
import { zerosLike } from "../../tensor/create.js";
import { DTypeError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, pow, sub } from "./arithmetic.js";
import { to } from "./cast.js";

interface UnaryDefinition {
  readonly name: string;
  readonly kernel: UnaryOp;
  /** Integers become floats first (sqrt), or stay (neg). Default: they become floats. */
  readonly keepsIntegers?: boolean;
  /** dX by the input; by the output (then the input may go); or flat: 0 wherever it exists. */
  readonly gradX?: (d: Tensor, x: Tensor) => Tensor;
  readonly gradY?: (d: Tensor, y: Tensor) => Tensor;
  readonly grad?: (d: Tensor) => Tensor;
}

const defineUnary = (def: UnaryDefinition): ((x: Tensor) => Tensor) => {
  const { name, kernel, gradX, gradY, grad } = def;
  const run = defineOp({
    name,
    shape: ([x]) => x as Tensor,
    forward: (k, [y], [x]) => k.unary(kernel, y as Tensor, x as Tensor),
    ...(gradX && { savesInputs: [0] }),
    ...(gradY && { savesOutputs: [0] }),
    backward: ([d], { input, output }) => {
      if (gradX) return [gradX(d as Tensor, input(0))];
      if (gradY) return [gradY(d as Tensor, output(0))];
      return [grad ? grad(d as Tensor) : zerosLike(d as Tensor)];
    },
  });
  return (x) => run([def.keepsIntegers ? x : to(x, floatType(x.dtype))], undefined);
};

/** The gradient kernels: dX from dY and a saved output y, with derivatives of their own. */
const defineGradKernel = (
  kernel: BinaryOp,
  gradOfY: (dd: Tensor, d: Tensor, y: Tensor) => Tensor | null,
): ((d: Tensor, y: Tensor) => Tensor) => {
  const run: Op = defineOp({
    name: kernel,
    shape: ([d]) => d as Tensor,
    forward: (k, [dX], [d, y]) => k.binary(kernel, dX as Tensor, d as Tensor, y as Tensor),
    savesInputs: [0, 1],
    backward: ([dd], { input }) => [
      run([dd as Tensor, input(1)], undefined),
      gradOfY(dd as Tensor, input(0), input(1)),
    ],
  });
  return (d, y) => run([d, y], undefined);
};

const reluBackward = defineGradKernel("reluBackward", () => null);
const sigmoidBackward = defineGradKernel("sigmoidBackward", (dd, d, y) => mul(mul(dd, d), sub(1, mul(y, 2))));
const tanhBackward = defineGradKernel("tanhBackward", (dd, d, y) => mul(mul(dd, d), mul(y, -2)));

/** −x. @grad −dY @source torch.neg */
export const neg = defineUnary({ name: "neg", kernel: "neg", keepsIntegers: true, grad: (d) => neg(d) });
/** |x|. @grad dY · sign(x), 0 at 0 @source torch.abs */
export const abs = defineUnary({ name: "abs", kernel: "abs", keepsIntegers: true, gradX: (d, x) => mul(d, sign(x)) });
/** −1, 0 or 1; 0 for NaN. @grad 0 @source torch.sgn */
export const sign = defineUnary({ name: "sign", kernel: "sign", keepsIntegers: true });
/** x². @grad 2 · x · dY @source torch.square */
export const square = defineUnary({
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
/** eˣ. @grad dY · y @source torch.exp */
export const exp = defineUnary({ name: "exp", kernel: "exp", gradY: (d, y) => mul(d, y) });
/** 2ˣ. @grad dY · y · ln 2 @source torch.exp2 */
export const exp2 = defineUnary({ name: "exp2", kernel: "exp2", gradY: (d, y) => mul(d, mul(y, Math.LN2)) });
/** eˣ − 1, exact near 0. @grad dY · (y + 1) @source torch.expm1 */
export const expm1 = defineUnary({ name: "expm1", kernel: "expm1", gradY: (d, y) => mul(d, add(y, 1)) });
/** ln x. @grad dY / x @source torch.log */
export const log = defineUnary({ name: "log", kernel: "log", gradX: (d, x) => div(d, x) });
/** log₂ x. @grad dY / (x ln 2) @source torch.log2 */
export const log2 = defineUnary({ name: "log2", kernel: "log2", gradX: (d, x) => div(d, mul(x, Math.LN2)) });
/** log₁₀ x. @grad dY / (x ln 10) @source torch.log10 */
export const log10 = defineUnary({ name: "log10", kernel: "log10", gradX: (d, x) => div(d, mul(x, Math.LN10)) });
/** ln(1 + x), exact near 0. @grad dY / (1 + x) @source torch.log1p */
export const log1p = defineUnary({ name: "log1p", kernel: "log1p", gradX: (d, x) => div(d, add(x, 1)) });
/** sin x, in radians. @grad dY · cos x @source torch.sin */
export const sin = defineUnary({ name: "sin", kernel: "sin", gradX: (d, x) => mul(d, cos(x)) });
/** cos x, in radians. @grad −dY · sin x @source torch.cos */
export const cos = defineUnary({ name: "cos", kernel: "cos", gradX: (d, x) => neg(mul(d, sin(x))) });
/** tan x, in radians. @grad dY · (1 + y²) @source torch.tan */
export const tan = defineUnary({ name: "tan", kernel: "tan", gradY: (d, y) => mul(d, add(square(y), 1)) });
/** The angle whose sine is x. @grad dY / √(1 − x²) @source torch.asin */
export const asin = defineUnary({ name: "asin", kernel: "asin", gradX: (d, x) => mul(d, rsqrt(sub(1, square(x)))) });
/** The angle whose cosine is x. @grad −dY / √(1 − x²) @source torch.acos */
export const acos = defineUnary({
  name: "acos",
  kernel: "acos",
  gradX: (d, x) => neg(mul(d, rsqrt(sub(1, square(x))))),
});
/** The angle whose tangent is x. @grad dY / (1 + x²) @source torch.atan */
export const atan = defineUnary({ name: "atan", kernel: "atan", gradX: (d, x) => div(d, add(square(x), 1)) });
/** Hyperbolic sine. @grad dY · cosh x @source torch.sinh */
export const sinh = defineUnary({ name: "sinh", kernel: "sinh", gradX: (d, x) => mul(d, cosh(x)) });
/** Hyperbolic cosine. @grad dY · sinh x @source torch.cosh */
export const cosh = defineUnary({ name: "cosh", kernel: "cosh", gradX: (d, x) => mul(d, sinh(x)) });
/** Hyperbolic tangent. @grad dY · (1 − y²) @source torch.tanh */
export const tanh = defineUnary({ name: "tanh", kernel: "tanh", gradY: tanhBackward });
/** Inverse hyperbolic sine. @grad dY / √(x² + 1) @source torch.asinh */
export const asinh = defineUnary({ name: "asinh", kernel: "asinh", gradX: (d, x) => mul(d, rsqrt(add(square(x), 1))) });
/** Inverse hyperbolic cosine. @grad dY / √(x² − 1) @source torch.acosh */
export const acosh = defineUnary({ name: "acosh", kernel: "acosh", gradX: (d, x) => mul(d, rsqrt(sub(square(x), 1))) });
/** Inverse hyperbolic tangent. @grad dY / (1 − x²) @source torch.atanh */
export const atanh = defineUnary({ name: "atanh", kernel: "atanh", gradX: (d, x) => div(d, sub(1, square(x))) });
/** Rounded down. @grad 0 @source torch.floor */
export const floor = defineUnary({ name: "floor", kernel: "floor", keepsIntegers: true });
/** Rounded up. @grad 0 @source torch.ceil */
export const ceil = defineUnary({ name: "ceil", kernel: "ceil", keepsIntegers: true });
/** Rounded to the nearest integer, halves to the even one. @grad 0 @source torch.round */
export const round = defineUnary({ name: "round", kernel: "round", keepsIntegers: true });
/** Rounded towards 0. @grad 0 @source torch.trunc */
export const trunc = defineUnary({ name: "trunc", kernel: "trunc", keepsIntegers: true });
/** The error function. @grad dY · 2/√π · exp(−x²) @source torch.erf */
export const erf = defineUnary({
  name: "erf",
  kernel: "erf",
  gradX: (d, x) => mul(d, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
});
/** 1 − erf x, exact for large x. @grad −dY · 2/√π · exp(−x²) @source torch.erfc */
export const erfc = defineUnary({
  name: "erfc",
  kernel: "erfc",
  gradX: (d, x) => mul(d, mul(exp(neg(square(x))), -2 / Math.sqrt(Math.PI))),
});
/** The inverse of erf. @grad dY · √π/2 · exp(y²) @source torch.erfinv */
export const erfinv = defineUnary({
  name: "erfinv",
  kernel: "erfinv",
  gradY: (d, y) => mul(d, mul(exp(square(y)), Math.sqrt(Math.PI) / 2)),
});
/** ln |Γ(x)|. @grad dY · digamma(x) @source torch.lgamma */
export const lgamma = defineUnary({ name: "lgamma", kernel: "lgamma", gradX: (d, x) => mul(d, digamma(x)) });
/** The derivative of lgamma. @grad dY · trigamma(x) @source torch.digamma */
export const digamma = defineUnary({ name: "digamma", kernel: "digamma", gradX: (d, x) => mul(d, trigamma(x)) });
const trigamma = defineUnary({ name: "trigamma", kernel: "trigamma" });
/** 1 / (1 + e⁻ˣ). @grad dY · y · (1 − y) @source torch.sigmoid */
export const sigmoid = defineUnary({ name: "sigmoid", kernel: "sigmoid", gradY: sigmoidBackward });
/** ln sigmoid(x), finite for large −x. @grad dY · sigmoid(−x) @source torch.nn.functional.logsigmoid */
export const logsigmoid = defineUnary({
  name: "logsigmoid",
  kernel: "logSigmoid",
  gradX: (d, x) => mul(d, sigmoid(neg(x))),
});
/** x · sigmoid(x). @grad dY · s · (1 + x · (1 − s)) with s = sigmoid(x) @source torch.nn.functional.silu */
export const silu = defineUnary({
  name: "silu",
  kernel: "silu",
  gradX: (d, x) => {
    const s = sigmoid(x);
    return mul(d, mul(s, add(mul(x, sub(1, s)), 1)));
  },
});
/**
 * Rectified linear unit: max(x, 0), element by element.
 *
 * @shape  x [...S] → y [...S], any rank; scalars and size 0 included
 * @grad   dY where y > 0, else 0. At x = 0 the slope is 0, as in PyTorch.
 * @source torch.nn.functional.relu; Nair & Hinton, ICML 2010
 * @example relu(tensor([-1, 0, 2])).toArray() // [0, 0, 2]
 */
export const relu = (x: Tensor): Tensor => {
  if (x.dtype === "bool") throw new DTypeError({ op: "relu", problem: "bool tensors have no relu" });
  return relu_(x);
};
const relu_ = defineUnary({ name: "relu", kernel: "relu", keepsIntegers: true, gradY: reluBackward });

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
