/** Activations: what stands in the main namespace. */
export { logSoftmax, softmax } from "./softmax.js";
