/** Activations: what stands in the main namespace. */
export { relu } from "./relu.js";
export { sigmoid, tanh } from "./sigmoid.js";
export { logSoftmax, softmax } from "./softmax.js";
