/** The namespace `autograd`: the engine, and what is built on ops above it (this list alone reaches up). */
export * as functional from "../derivatives/index.js";
export { type GradcheckOptions, gradcheck, gradgradcheck } from "../inspect/gradcheck.js";
export { detectAnomaly } from "./anomaly.js";
export { type BackwardIntoOptions, type BackwardOptions, backward } from "./backward.js";
export { checkpoint } from "./checkpoint.js";
export { Function, FunctionContext } from "./function.js";
export { type GradOptions, grad } from "./grad.js";
