/** Matrices: what tensors have as methods. */
export { bmm, dot, matmul, mm, mv, outer } from "./matmul.js";
