import type { Tensor } from "../../../src/index.js";
import * as mt from "../../../src/index.js";
import { distinct, doubles, ints, positive, type Row, real, share } from "./row.js";

const { functional: F } = mt.nn;
const signs = (): Tensor => doubles(1, -1, 1);

const pairs: Row[] = [
  { name: "nn.functional.mseLoss", fn: (x, y) => F.mseLoss(x, y), inputs: [real(2, 3), real(2, 3)] },
  {
    name: "nn.functional.mseLoss, sum",
    fn: (x, y) => F.mseLoss(x, y, { reduction: "sum" }),
    inputs: [real(2, 3), real(2, 3)],
  },
  {
    name: "nn.functional.l1Loss",
    fn: (x, y) => F.l1Loss(x, y, { reduction: "sum" }),
    inputs: [real(2, 3), distinct(2, 3)],
  },
  {
    name: "nn.functional.smoothL1Loss",
    fn: (x, y) => F.smoothL1Loss(x, y, { beta: 0.7 }),
    inputs: [real(2, 3), distinct(2, 3)],
  },
  {
    name: "nn.functional.huberLoss",
    fn: (x, y) => F.huberLoss(x, y, { delta: 0.7, reduction: "none" }),
    inputs: [real(2, 3), distinct(2, 3)],
  },
  {
    name: "nn.functional.poissonNllLoss",
    fn: (x, y) => F.poissonNllLoss(x, y),
    inputs: [real(2, 3), positive(2, 3)],
  },
  {
    name: "nn.functional.poissonNllLoss, of rates",
    fn: (x) => F.poissonNllLoss(x, doubles(0.5, 1.5, 3), { logInput: false, full: true }),
    inputs: [positive(2, 3)],
  },
  {
    name: "nn.functional.gaussianNllLoss",
    fn: (x, y, v) => F.gaussianNllLoss(x, y, v),
    inputs: [real(2, 3), real(2, 3), positive(2, 3)],
  },
  {
    name: "nn.functional.klDiv",
    fn: (x, y) => F.klDiv(x, y, { reduction: "batchmean" }),
    inputs: [real(2, 3), share(2, 3)],
  },
  {
    name: "nn.functional.klDiv, of logarithms",
    fn: (x, y) => F.klDiv(x, y, { reduction: "sum", logTarget: true }),
    inputs: [real(2, 3), real(2, 3)],
  },
  {
    name: "nn.functional.binaryCrossEntropy",
    fn: (x, y) => F.binaryCrossEntropy(x, y),
    inputs: [share(2, 3), share(2, 3)],
  },
  {
    name: "nn.functional.binaryCrossEntropyWithLogits",
    fn: (x, y) => F.binaryCrossEntropyWithLogits(x, y, { weight: doubles(1, 2, 3) }),
    inputs: [real(2, 3), share(2, 3)],
  },
  {
    name: "nn.functional.binaryCrossEntropyWithLogits, weighing positives",
    fn: (x, y) => F.binaryCrossEntropyWithLogits(x, y, { posWeight: doubles(0.5, 2, 3) }),
    inputs: [real(2, 3), share(2, 3)],
  },
  { name: "nn.functional.softMarginLoss", fn: (x) => F.softMarginLoss(x, signs().expand(2, 3)), inputs: [real(2, 3)] },
  {
    name: "nn.functional.hingeEmbeddingLoss",
    fn: (x) => F.hingeEmbeddingLoss(x, signs().expand(2, 3)),
    inputs: [real(2, 3)],
  },
];

const margins: Row[] = [
  {
    name: "nn.functional.marginRankingLoss",
    fn: (a, b) => F.marginRankingLoss(a, b, signs(), { margin: 0.5 }),
    inputs: [real(3), real(3)],
  },
  {
    name: "nn.functional.cosineEmbeddingLoss",
    fn: (a, b) => F.cosineEmbeddingLoss(a, b, signs(), { margin: -0.9 }),
    inputs: [real(3, 2), real(3, 2)],
  },
  {
    name: "nn.functional.tripletMarginLoss",
    fn: (a, p, n) => F.tripletMarginLoss(a, p, n, { margin: 3 }),
    inputs: [real(2, 2), real(2, 2), real(2, 2)],
  },
  {
    name: "nn.functional.tripletMarginWithDistanceLoss",
    fn: (a, p, n) => F.tripletMarginWithDistanceLoss(a, p, n, { swap: true, margin: 3 }),
    inputs: [real(2, 2), real(2, 2), real(2, 2)],
  },
  { name: "nn.functional.multiMarginLoss", fn: (x) => F.multiMarginLoss(x, ints(2, 0)), inputs: [real(2, 3)] },
  {
    name: "nn.functional.multiMarginLoss, squared",
    fn: (x) => F.multiMarginLoss(x, ints(2, 0), { p: 2, margin: 1.5, weight: doubles(1, 2, 3) }),
    inputs: [real(2, 3)],
  },
  {
    name: "nn.functional.multilabelMarginLoss",
    fn: (x) =>
      F.multilabelMarginLoss(
        x,
        mt.tensor(
          [
            [1, 2, -1],
            [0, -1, 2],
          ],
          { dtype: "int32" },
        ),
      ),
    inputs: [real(2, 3)],
  },
  {
    name: "nn.functional.multilabelSoftMarginLoss",
    fn: (x) =>
      F.multilabelSoftMarginLoss(
        x,
        mt.tensor(
          [
            [1, 0, 1],
            [0, 1, 1],
          ],
          { dtype: "float64" },
        ),
      ),
    inputs: [real(2, 3)],
  },
];

const classes: Row[] = [
  {
    name: "nn.functional.nllLoss",
    fn: (x) => F.nllLoss(x, ints(2, 0), { weight: doubles(1, 2, 3) }),
    inputs: [real(2, 3)],
  },
  { name: "nn.functional.crossEntropy", fn: (x) => F.crossEntropy(x, ints(2, 0)), inputs: [real(2, 3)] },
  {
    name: "nn.functional.crossEntropy, smoothed",
    fn: (x) => F.crossEntropy(x, ints(2, -100), { weight: doubles(1, 2, 3), labelSmoothing: 0.2 }),
    inputs: [real(2, 3)],
  },
  {
    name: "nn.functional.crossEntropy, of shares",
    fn: (x, y) => F.crossEntropy(x, y),
    inputs: [real(2, 3), share(2, 3)],
  },
  {
    name: "nn.functional.ctcLoss",
    fn: (x) => F.ctcLoss(x.logSoftmax(2), mt.tensor([[1, 2]], { dtype: "int32" }), [4], [2]),
    inputs: [real(4, 1, 3)],
  },
  {
    name: "nn.functional.ctcLoss, of a repeated label",
    fn: (x) => F.ctcLoss(x.logSoftmax(2), mt.tensor([[1, 1]], { dtype: "int32" }), [4], [2], { reduction: "sum" }),
    inputs: [real(4, 1, 3)],
  },
];

export const loss: Row[] = [...pairs, ...margins, ...classes];
