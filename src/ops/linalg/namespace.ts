/** The namespace `linalg`, as torch.linalg. */
export { diagonal } from "../movement/diagonal.js";
export { vectorNorm } from "../reduce/norm.js";
export { det, slogdet } from "./det.js";
export { cholesky, eigh, eigvalsh, qr, svd, svdvals } from "./factor.js";
export { matrixExp, matrixPower, solveTriangular } from "./functions.js";
export { householderProduct } from "./householder.js";
export { lu, luFactor, luSolve } from "./lu.js";
export { matmul } from "./matmul.js";
export { cond, matrixNorm, norm } from "./norms.js";
export { cross, multiDot, vecdot } from "./products.js";
export { lstsq, matrixRank, pinv } from "./pseudoinverse.js";
export { inv, solve } from "./solve.js";
export { tensorinv, tensorsolve } from "./tensorSolve.js";
export { vander } from "./vander.js";
