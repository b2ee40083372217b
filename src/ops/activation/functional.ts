/** Activations: what stands in nn.functional. */
export { relu } from "./relu.js";
export { logsigmoid, sigmoid, silu, tanh } from "./sigmoid.js";
export { logSoftmax, softmax } from "./softmax.js";
