/** Matrices: what stands in the main namespace. */
export { cdist, cosineSimilarity, pairwiseDistance } from "./distance.js";
export { bmm, dot, matmul, mm, mv, outer } from "./matmul.js";
