import type { BinaryOp, CompareOp, PredicateOp, UnaryOp } from "../ops.js";
import { i0, i0e, i1, i1e } from "./bessel.js";
import { erfcx, gammainc, gammaincc, logNdtr, ndtri, zeta } from "./gamma.js";
import { digamma, erf, erfc, erfinv, lgamma, polygamma } from "./special.js";

const sigmoid = (x: number): number => {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
};
const softplus = (x: number): number => (x > 20 ? x : Math.log1p(Math.exp(x)));

/** Halves go to the even neighbour. */
const roundHalfEven = (x: number): number => {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest < 0.5) return x < 0 && down === 0 ? -0 : down;
  if (rest > 0.5) return down === -1 ? -0 : down + 1;
  return rest === 0.5 ? (down % 2 === 0 ? down : down === -1 ? -0 : down + 1) : x;
};

/** Each unary op on one number. */
export const unaryFunctions: Readonly<Record<UnaryOp, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  i0,
  i0e,
  i1,
  i1e,
  erfcx,
  ndtri,
  logNdtr,
  entr: (x) => (x > 0 ? -x * Math.log(x) : x === 0 ? 0 : x < 0 ? Number.NEGATIVE_INFINITY : x),
  logit: (x) => Math.log(x / (1 - x)),
  sinc: (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)),
  sigmoid,
  logSigmoid: (x) => -(x < 0 ? -x + Math.log1p(Math.exp(x)) : Math.log1p(Math.exp(-x))),
  // NaN is not below 0, so it stays.
  relu: (x) => Math.max(x, 0),
  silu: (x) => x * sigmoid(x),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  softplus,
  mish: (x) => x * Math.tanh(softplus(x)),
  bitwiseNot: (x) => ~x,
};

export const predicateFunctions: Readonly<Record<PredicateOp, (x: number) => boolean>> = {
  logicalNot: (x) => x === 0,
  isNaN: Number.isNaN,
  isInf: (x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY,
  isFinite: Number.isFinite,
  signBit: (x) => x < 0 || Object.is(x, -0),
};

export const logAddExp = (a: number, b: number): number => {
  if (a === b) return a + Math.LN2;
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  const high = Math.max(a, b);
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
};

/** The remainder with b's sign, as Python's %. */
const remainder = (a: number, b: number): number => {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
};

/** Python's // on floats: the quotient of what is left when the remainder is taken off, so that a = q·b + r holds. */
const floorDivide = (a: number, b: number): number => {
  if (b === 0) return a / b;
  const rest = a % b;
  const q = (a - rest) / b - Number(rest !== 0 && rest < 0 !== b < 0);
  if (q === 0) return a / b < 0 ? -0 : 0;
  const down = Math.floor(q);
  return q - down > 0.5 ? down + 1 : down;
};

/** JavaScript's ** gives NaN for 1 to the NaN or infinity; C and PyTorch give 1. */
const pow = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;

const halfStep = new Float32Array(1);
const halfBits = new Int32Array(halfStep.buffer);
/** The next float32 from a towards b. */
const nextAfter = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  if (a === b) return b;
  if (a === 0) return b > 0 ? 2 ** -149 : -(2 ** -149);
  halfStep[0] = a;
  halfBits[0] = (halfBits[0] as number) + (a < b === a > 0 ? 1 : -1);
  return halfStep[0];
};

/** Euclid's algorithm. */
const gcd = (a: number, b: number): number => {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
};

/** Each binary op on two floats. */
export const binaryFunctions: Readonly<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  floorDivide,
  truncDivide: (a, b) => Math.trunc(a / b),
  remainder,
  fmod: (a, b) => a % b,
  pow,
  maximum: Math.max,
  minimum: Math.min,
  fmax: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b)),
  fmin: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b)),
  atan2: Math.atan2,
  hypot: Math.hypot,
  copysign: (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)),
  xlogy: (a, b) => (Number.isNaN(b) ? Number.NaN : a === 0 ? 0 : a * Math.log(b)),
  logAddExp,
  logAddExp2: (a, b) => logAddExp(a * Math.LN2, b * Math.LN2) / Math.LN2,
  nextAfter,
  heaviside: (a, b) => (Number.isNaN(a) ? a : a === 0 ? b : a > 0 ? 1 : 0),
  xlog1py: (a, b) => (Number.isNaN(b) ? Number.NaN : a === 0 ? 0 : a * Math.log1p(b)),
  polygamma: (a, b) => polygamma(b, a),
  zeta,
  gammainc,
  gammaincc,
  gcd,
  lcm: (a, b) => (a === 0 || b === 0 ? 0 : Math.abs(a / gcd(a, b)) * Math.abs(b)),
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
  shiftLeft: (a, b) => (b > 31 || b < 0 ? 0 : a << b),
  shiftRight: (a, b) => a >> Math.min(31, b),
  reluBackward: (d, y) => (y <= 0 ? 0 : d),
  sigmoidBackward: (d, y) => d * y * (1 - y),
  tanhBackward: (d, y) => d * (1 - y * y),
  geluBackward: (d, x) => d * (0.5 * erfc(-x * Math.SQRT1_2) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI)),
};

/** Where integers differ from floats: exact products, exact powers. */
export const integerFunctions: Readonly<Partial<Record<BinaryOp, (a: number, b: number) => number>>> = {
  mul: Math.imul,
  floorDivide: (a, b) => Math.floor(a / b),
  pow: (a, b) => {
    if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
    let result = 1;
    let square = a;
    for (let e = b; e > 0; e >>= 1) {
      if (e & 1) result = Math.imul(result, square);
      square = Math.imul(square, square);
    }
    return result;
  },
};

export const compareFunctions: Readonly<Record<CompareOp, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  logicalAnd: (a, b) => a !== 0 && b !== 0,
  logicalOr: (a, b) => a !== 0 || b !== 0,
  logicalXor: (a, b) => (a !== 0) !== (b !== 0),
};
