/** Losses: what stands in nn.functional. */
export { binaryCrossEntropy, binaryCrossEntropyWithLogits, hingeEmbeddingLoss, softMarginLoss } from "./binary.js";
export { crossEntropy } from "./crossEntropy.js";
export { type CtcOptions, ctcLoss } from "./ctc.js";
export {
  cosineEmbeddingLoss,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from "./margin.js";
export { nllLoss } from "./nll.js";
export { gaussianNllLoss, huberLoss, klDiv, l1Loss, mseLoss, poissonNllLoss, smoothL1Loss } from "./regression.js";
