/** Shapes and views: what tensors have as properties. */
export { H, mH, mT, T } from "./transposed.js";
