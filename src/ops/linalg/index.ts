/** Matrices: what stands in the main namespace. */
export { cdist, cosineSimilarity, pairwiseDistance } from "./distance.js";
export { einsum } from "./einsum.js";
export { cholesky, qr, svd } from "./factor.js";
export { choleskyInverse, choleskySolve, matrixExp, matrixPower, pinv as pinverse } from "./functions.js";
export { bmm, dot, matmul, mm, mv, outer, outer as ger } from "./matmul.js";
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
export { det, inv as inverse, logdet, slogdet } from "./solve.js";
