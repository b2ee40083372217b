/** Activations: what tensors have as methods. */
export { hardshrink, prelu } from "./linearUnits.js";
export { relu } from "./relu.js";
export { sigmoid, tanh } from "./sigmoid.js";
export { logSoftmax, softmax } from "./softmax.js";
