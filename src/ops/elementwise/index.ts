/** Element by element: what stands in the main namespace. */
export { add, div, floorDivide, fmod, maximum, minimum, mul, pow, remainder, sub } from "./arithmetic.js";
export { clone } from "./cast.js";
export { clamp } from "./clamp.js";
export * from "./compare.js";
export * from "./unary.js";
export { where } from "./where.js";
