/**
 * Forms that end in `_`: they write into their first tensor, are refused on leaves that require a gradient, and give views and
 * bases a new history. Each is its out-of-place op followed by one copy; see src/autograd/inPlace.ts.
 */
import { inPlace } from "../autograd/inPlace.js";
import { fullLike, zerosLike } from "../tensor/create.js";
import { ShapeError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { relu } from "./activation/relu.js";
import { sigmoid, tanh } from "./activation/sigmoid.js";
import { clone, to } from "./elementwise/cast.js";
import * as elementwise from "./elementwise/methods.js";
import { addbmm, addmm, addmv, addr, baddbmm } from "./linalg/products.js";
import { asStrided } from "./movement/asStrided.js";
import { expand } from "./movement/broadcast.js";
import { tril, triu } from "./movement/triangle.js";
import { cumprod, cumsum } from "./reduce/cumulative.js";
import { renorm } from "./reduce/norm.js";
import { gammainc as igamma, gammaincc as igammac } from "./special/gamma.js";

const ops = {
  ...elementwise,
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  cumprod,
  cumsum,
  igamma,
  igammac,
  relu,
  renorm,
  sigmoid,
  tanh,
  tril,
  triu,
};

/** Which ops have a form in place, under their own name with `_`. @source torch.Tensor.add_ and so on */
const names = [
  "abs",
  "absolute",
  "acos",
  "acosh",
  "add",
  "addbmm",
  "addcdiv",
  "addcmul",
  "addmm",
  "addmv",
  "addr",
  "arccos",
  "arccosh",
  "arcsin",
  "arcsinh",
  "arctan",
  "arctan2",
  "arctanh",
  "asin",
  "asinh",
  "atan",
  "atan2",
  "atanh",
  "baddbmm",
  "bitwiseAnd",
  "bitwiseLeftShift",
  "bitwiseNot",
  "bitwiseOr",
  "bitwiseRightShift",
  "bitwiseXor",
  "ceil",
  "clamp",
  "clampMax",
  "clampMin",
  "clip",
  "copysign",
  "cos",
  "cosh",
  "cumprod",
  "cumsum",
  "deg2rad",
  "digamma",
  "div",
  "divide",
  "eq",
  "erf",
  "erfc",
  "erfinv",
  "exp",
  "exp2",
  "expm1",
  "fix",
  "floatPower",
  "floor",
  "floorDivide",
  "fmod",
  "frac",
  "gcd",
  "ge",
  "greater",
  "greaterEqual",
  "gt",
  "heaviside",
  "hypot",
  "i0",
  "igamma",
  "igammac",
  "lcm",
  "ldexp",
  "le",
  "lerp",
  "less",
  "lessEqual",
  "lgamma",
  "log",
  "log10",
  "log1p",
  "log2",
  "logicalAnd",
  "logicalNot",
  "logicalOr",
  "logicalXor",
  "logit",
  "lt",
  "maskedFill",
  "mul",
  "multiply",
  "mvlgamma",
  "nanToNum",
  "ne",
  "neg",
  "negative",
  "nextafter",
  "notEqual",
  "polygamma",
  "pow",
  "rad2deg",
  "reciprocal",
  "relu",
  "remainder",
  "renorm",
  "round",
  "rsqrt",
  "sgn",
  "sigmoid",
  "sign",
  "sin",
  "sinc",
  "sinh",
  "sqrt",
  "square",
  "sub",
  "subtract",
  "tan",
  "tanh",
  "tril",
  "triu",
  "trueDivide",
  "trunc",
  "xlogy",
] as const satisfies readonly (keyof typeof ops)[];

type Rest<F> = F extends (x: never, ...rest: infer R) => Tensor ? R : never;
type Forms = {
  [K in (typeof names)[number] as `${K}_`]: (x: Tensor, ...rest: Rest<(typeof ops)[K]>) => Tensor;
};

/** x ← op(x, …) for every name above. @throws GradError for a leaf that requires a gradient */
export const inPlaceForms = Object.fromEntries(
  names.map((name) => {
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- functions of many signatures do not meet without it
    const op = ops[name] as (x: Tensor, ...rest: never[]) => Tensor;
    return [`${name}_`, (x: Tensor, ...rest: never[]) => inPlace(`${name}_`, x, () => op(x, ...rest))];
  }),
) as Forms;

/** x ← y, broadcast and cast. @source torch.Tensor.copy_ */
export const copy_ = (x: Tensor, y: Tensor): Tensor =>
  inPlace("copy_", x, () => clone(to(expand(y, x.shape), x.dtype)));

/** x ← value everywhere; a tensor value has no dimension. @source torch.Tensor.fill_ */
export const fill_ = (x: Tensor, value: number | boolean | Tensor): Tensor => {
  if (typeof value !== "object") return inPlace("fill_", x, () => fullLike(x, Number(value)));
  if (value.ndim > 0) {
    throw new ShapeError({
      op: "fill_",
      problem: `one value is wanted, not ${value.ndim} dimensions of them`,
      args: { x: x.shape, value: value.shape },
      hint: "copy_ takes a tensor that broadcasts",
    });
  }
  return copy_(x, value);
};

/** x ← 0 everywhere. @source torch.Tensor.zero_ */
export const zero_ = (x: Tensor): Tensor => inPlace("zero_", x, () => zerosLike(x));

/**
 * x ← value where all indices are equal. In a matrix of more rows than columns, `wrap` goes on after each n + 1 rows.
 *
 * @shape x [M, N], or [N, N, …, N]
 * @throws ShapeError for any other shape
 * @source torch.Tensor.fill_diagonal_
 */
export const fillDiagonal_ = (
  x: Tensor,
  value: number | boolean,
  { wrap = false }: { wrap?: boolean | undefined } = {},
): Tensor => {
  const [rows = 0, columns = 0] = x.shape;
  if (x.ndim < 2 || (x.ndim > 2 && x.shape.some((size) => size !== rows))) {
    throw new ShapeError({
      op: "fillDiagonal_",
      problem: "the tensor has no such diagonal",
      rule: "[M, N], or more dimensions of one size",
      args: { x: x.shape },
    });
  }
  const step = x.strides.reduce((a, b) => a + b, 0);
  const turns = wrap && x.ndim === 2 ? Math.ceil(rows / (columns + 1)) : 1;
  for (let turn = 0; turn < turns; turn++) {
    const first = turn * (columns + 1);
    const length = Math.min(rows - first, ...x.shape.slice(1));
    fill_(asStrided(x, [length], [step], { storageOffset: x.offset + first * (x.strides[0] as number) }), value);
  }
  return x;
};
