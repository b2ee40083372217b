/** PyTorch's second names: scripts use both. */

export { atan2 as arctan2 } from "./angles.js";
export { div as divide, div as trueDivide, mul as multiply, sub as subtract } from "./arithmetic.js";
export { clamp as clip } from "./clamp.js";
export {
  ge as greaterEqual,
  gt as greater,
  le as lessEqual,
  lt as less,
  ne as notEqual,
} from "./compare.js";
export { trunc as fix } from "./rounding.js";
export {
  acos as arccos,
  acosh as arccosh,
  asin as arcsin,
  asinh as arcsinh,
  atan as arctan,
  atanh as arctanh,
} from "./trigonometric.js";
export { abs as absolute, neg as negative, sign as sgn } from "./unary.js";
