/** Attention: what stands in nn.functional. */
export { scaledDotProductAttention } from "./attention.js";
