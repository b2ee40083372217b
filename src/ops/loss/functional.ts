/** Losses: what stands in nn.functional. */
export { crossEntropy, mseLoss } from "./losses.js";
