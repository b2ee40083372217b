/** Activations: what tensors have as methods. */
export { logSoftmax, softmax } from "./softmax.js";
