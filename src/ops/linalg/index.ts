/** Matrices: what stands in the main namespace. */
export { bmm, dot, matmul, mm, mv, outer } from "./matmul.js";
