/** Matrices: what stands in nn.functional. */
export { cosineSimilarity, pairwiseDistance, pdist } from "./distance.js";
export { linear } from "./matmul.js";
export { bilinear } from "./products.js";
