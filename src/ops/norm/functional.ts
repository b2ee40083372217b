/** Normalisation: what stands in nn.functional. */
export { batchNorm, instanceNorm } from "./batchNorm.js";
export { groupNorm, layerNorm, localResponseNorm, rmsNorm } from "./layerNorm.js";
