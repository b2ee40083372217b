/** Element by element: what tensors have as methods. */
export * from "./arithmetic.js";
export { clone, contiguous, to } from "./cast.js";
export { clamp } from "./clamp.js";
export * from "./compare.js";
export * from "./unary.js";
