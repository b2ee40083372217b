/** Matrices: what tensors have as methods. */
export { det, logdet, slogdet } from "./det.js";
export { cholesky } from "./factor.js";
export { choleskyInverse, choleskySolve, matrixExp, matrixPower } from "./functions.js";
export { householderProduct as orgqr } from "./householder.js";
export { bmm, dot, matmul, mm, mv, outer, outer as ger } from "./matmul.js";
export { pinverse, qr, svd } from "./older.js";
export { addbmm, addmm, addmv, addr, baddbmm, cross, inner, kron, trace, vdot } from "./products.js";
export { inv as inverse } from "./solve.js";
