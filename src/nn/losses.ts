import * as f from "../ops/loss/functional.js";
import type { Tensor } from "../tensor/tensor.js";
import { lossOf } from "./layers/functionLayer.js";
import { Module } from "./module.js";

/** mseLoss, see nn.functional. @source torch.nn.MSELoss */
export class MSELoss extends lossOf(f.mseLoss) {}
/** l1Loss, see nn.functional. @source torch.nn.L1Loss */
export class L1Loss extends lossOf(f.l1Loss) {}
/** smoothL1Loss, see nn.functional. @source torch.nn.SmoothL1Loss */
export class SmoothL1Loss extends lossOf(f.smoothL1Loss) {}
/** huberLoss, see nn.functional. @source torch.nn.HuberLoss */
export class HuberLoss extends lossOf(f.huberLoss) {}
/** crossEntropy, see nn.functional. @source torch.nn.CrossEntropyLoss */
export class CrossEntropyLoss extends lossOf(f.crossEntropy) {}
/** nllLoss, see nn.functional. @source torch.nn.NLLLoss */
export class NLLLoss extends lossOf(f.nllLoss) {}
/** binaryCrossEntropy, see nn.functional. @source torch.nn.BCELoss */
export class BCELoss extends lossOf(f.binaryCrossEntropy) {}
/** binaryCrossEntropyWithLogits, see nn.functional. @source torch.nn.BCEWithLogitsLoss */
export class BCEWithLogitsLoss extends lossOf(f.binaryCrossEntropyWithLogits) {}
/** klDiv, see nn.functional. @source torch.nn.KLDivLoss */
export class KLDivLoss extends lossOf(f.klDiv) {}
/** poissonNllLoss, see nn.functional. @source torch.nn.PoissonNLLLoss */
export class PoissonNLLLoss extends lossOf(f.poissonNllLoss) {}
/** gaussianNllLoss, see nn.functional. @source torch.nn.GaussianNLLLoss */
export class GaussianNLLLoss extends lossOf(f.gaussianNllLoss) {}
/** hingeEmbeddingLoss, see nn.functional. @source torch.nn.HingeEmbeddingLoss */
export class HingeEmbeddingLoss extends lossOf(f.hingeEmbeddingLoss) {}
/** softMarginLoss, see nn.functional. @source torch.nn.SoftMarginLoss */
export class SoftMarginLoss extends lossOf(f.softMarginLoss) {}
/** marginRankingLoss, see nn.functional. @source torch.nn.MarginRankingLoss */
export class MarginRankingLoss extends lossOf(f.marginRankingLoss) {}
/** multiMarginLoss, see nn.functional. @source torch.nn.MultiMarginLoss */
export class MultiMarginLoss extends lossOf(f.multiMarginLoss) {}
/** multilabelMarginLoss, see nn.functional. @source torch.nn.MultiLabelMarginLoss */
export class MultiLabelMarginLoss extends lossOf(f.multilabelMarginLoss) {}
/** multilabelSoftMarginLoss, see nn.functional. @source torch.nn.MultiLabelSoftMarginLoss */
export class MultiLabelSoftMarginLoss extends lossOf(f.multilabelSoftMarginLoss) {}
/** cosineEmbeddingLoss, see nn.functional. @source torch.nn.CosineEmbeddingLoss */
export class CosineEmbeddingLoss extends lossOf(f.cosineEmbeddingLoss) {}
/** tripletMarginLoss, see nn.functional. @source torch.nn.TripletMarginLoss */
export class TripletMarginLoss extends lossOf(f.tripletMarginLoss) {}
/** tripletMarginWithDistanceLoss, see nn.functional. @source torch.nn.TripletMarginWithDistanceLoss */
export class TripletMarginWithDistanceLoss extends lossOf(f.tripletMarginWithDistanceLoss) {}

/** ctcLoss, see nn.functional. @source torch.nn.CTCLoss */
export class CTCLoss extends Module {
  readonly options: f.CtcOptions;

  constructor(options: f.CtcOptions = {}) {
    super();
    this.options = options;
  }

  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: Tensor | readonly number[],
    targetLengths: Tensor | readonly number[],
  ): Tensor {
    return f.ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}
