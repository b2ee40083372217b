/** Matrices: what stands in the main namespace. */
export { det, logdet, slogdet } from "./det.js";
export { cdist, cosineSimilarity, pairwiseDistance } from "./distance.js";
export { einsum } from "./einsum.js";
export { cholesky } from "./factor.js";
export { choleskyInverse, choleskySolve, matrixExp, matrixPower } from "./functions.js";
export { householderProduct as orgqr } from "./householder.js";
export { luUnpack } from "./lu.js";
export { bmm, dot, matmul, mm, mv, outer, outer as ger } from "./matmul.js";
export { pinverse, qr, svd } from "./older.js";
export {
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  bilinear,
  chainMatmul,
  cross,
  inner,
  kron,
  tensordot,
  trace,
  vdot,
} from "./products.js";
export { inv as inverse } from "./solve.js";
