export { detectAnomaly } from "./anomaly.js";
export { type BackwardOptions, backward } from "./backward.js";
export { type GradOptions, grad } from "./grad.js";
