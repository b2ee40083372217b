/** Element by element: what tensors have as methods. */
export * from "./aliases.js";
export * from "./angles.js";
export { add, div, floatPower, floorDivide, fmod, ldexp, mul, pow, remainder, sub } from "./arithmetic.js";
export * from "./bitwise.js";
export { bool, clone, contiguous, double, float, int, to, typeAs } from "./cast.js";
export { clamp, clampMax, clampMin } from "./clamp.js";
export { allclose, isclose } from "./close.js";
export { addcdiv, addcmul, lerp } from "./combine.js";
export * from "./compare.js";
export { exp, exp2, expm1, log, log1p, log2, log10, logit } from "./exponential.js";
export { fmax, fmin, maximum, minimum } from "./extremum.js";
export * from "./logarithms.js";
export { maskedFill } from "./maskedFill.js";
export * from "./rounding.js";
export { digamma, erf, erfc, erfinv, i0, lgamma, mvlgamma } from "./special.js";
export * from "./trigonometric.js";
export * from "./unary.js";
