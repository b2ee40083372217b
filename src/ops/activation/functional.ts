/** Activations: what stands in nn.functional. */
export { logSoftmax, softmax } from "./softmax.js";
