/** Matrices: what tensors have as methods. */
export { cholesky, qr, svd } from "./factor.js";
export { matrixExp, matrixPower, pinv as pinverse } from "./functions.js";
export { bmm, dot, matmul, mm, mv, outer, outer as ger } from "./matmul.js";
export { addbmm, addmm, addmv, addr, baddbmm, cross, inner, kron, trace, vdot } from "./products.js";
export { det, inv as inverse, logdet, slogdet } from "./solve.js";
