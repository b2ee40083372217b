/** The namespace `linalg`, as torch.linalg. */
export { diagonal } from "../movement/diagonal.js";
export { vectorNorm } from "../reduce/norm.js";
export { cholesky, eigh, eigvalsh, qr, svd, svdvals } from "./factor.js";
export { matrixExp, matrixPower, pinv, solveTriangular } from "./functions.js";
export { matmul } from "./matmul.js";
export { matrixNorm, matrixRank, norm } from "./norms.js";
export { cross, multiDot, vecdot } from "./products.js";
export { det, inv, slogdet, solve } from "./solve.js";
