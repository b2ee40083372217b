/** Activations: what stands in the main namespace. */
export { celu, hardshrink, prelu, rrelu, selu, threshold } from "./linearUnits.js";
export { relu } from "./relu.js";
export { sigmoid, tanh } from "./sigmoid.js";
export { logSoftmax, softmax } from "./softmax.js";
