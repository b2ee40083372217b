/** Activations: what tensors have as methods. */
export { relu } from "./relu.js";
export { sigmoid, tanh } from "./sigmoid.js";
export { logSoftmax, softmax } from "./softmax.js";
