export { detectAnomaly } from "./anomaly.js";
export { backward, type BackwardOptions } from "./backward.js";
export { grad, type GradOptions } from "./grad.js";
