/** Matrices: what stands in nn.functional. */
export { cosineSimilarity, pairwiseDistance } from "./distance.js";
export { linear } from "./matmul.js";
