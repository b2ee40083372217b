/** Special functions: what tensors have as methods. */
export { gammainc as igamma, gammaincc as igammac } from "./gamma.js";
