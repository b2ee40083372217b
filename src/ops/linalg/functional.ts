/** Matrices: what stands in nn.functional. */
export { linear } from "./matmul.js";
