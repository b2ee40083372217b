import * as mt from "../../../src/index.js";
import { type Corner, d, inf, nan, slope } from "./corner.js";

const { functional: F } = mt.nn;

export const spatial: readonly Corner[] = [
  ["conv1d of no batch", () => F.conv1d(mt.zeros(0, 1, 4), mt.zeros(2, 1, 3)), [0, 2, 2], []],
  [
    "conv1d keeps 0 · ∞ inside, pads with nothing",
    () => F.conv1d(d([[[inf, 1]]]), d([[[0, 1, 1]]]), { padding: 1 }),
    [1, 1, 2],
    [inf, nan],
  ],
  ["maxPool1d lets NaN win", () => F.maxPool1d(d([[1, nan, 2, 3]]), 2), [1, 2], [nan, 3]],
  ["maxPool1d pads with −∞", () => F.maxPool1d(d([[-1, -2]]), 2, { padding: 1 }), [1, 2], [-1, -2]],
  [
    "the slope of maxPool2d at ties goes to the first",
    () =>
      slope(
        (x) => F.maxPool2d(x, 2),
        d([
          [
            [1, 1],
            [1, 1],
          ],
        ]),
      ),
    [1, 2, 2],
    [1, 0, 0, 0],
  ],
  ["avgPool1d counts its padding", () => F.avgPool1d(d([[2, 4]]), 2, { padding: 1 }), [1, 2], [1, 2]],
  [
    "avgPool1d without its padding",
    () => F.avgPool1d(d([[2, 4]]), 2, { padding: 1, countIncludePad: false }),
    [1, 2],
    [2, 4],
  ],
  ["avgPool1d, rounded up", () => F.avgPool1d(d([[1, 2, 3, 4]]), 3, { stride: 2, ceilMode: true }), [1, 2], [2, 3.5]],
  ["adaptiveAvgPool1d to more than there is", () => F.adaptiveAvgPool1d(d([[1, 2, 4]]), 5), [1, 5], [1, 1.5, 2, 3, 4]],
  ["the slope of lpPool1d at 0", () => slope((x) => F.lpPool1d(x, 2, 2), d([[0, 0]])), [1, 2], [0, 0]],
  ["interpolate to the nearest", () => F.interpolate(d([[[1, 2, 3]]]), { size: 5 }), [1, 1, 5], [1, 1, 2, 2, 3]],
  [
    "interpolate to one, by corners",
    () => F.interpolate(d([[[1, 2, 3]]]), { size: 1, mode: "linear", alignCorners: true }),
    [1, 1, 1],
    [1],
  ],
  [
    "gridSample outside, with zeros",
    () =>
      F.gridSample(
        d([[[[1, 2]]]]),
        d([
          [
            [
              [-2, 0],
              [1, 0],
              [nan, 0],
            ],
          ],
        ]),
        { alignCorners: true },
      ),
    [1, 1, 1, 3],
    [0.5, 2, nan],
  ],
  [
    "gridSample outside, at the border",
    () =>
      F.gridSample(
        d([[[[1, 2]]]]),
        d([
          [
            [
              [-2, 0],
              [3, 0],
            ],
          ],
        ]),
        { paddingMode: "border", alignCorners: false },
      ),
    [1, 1, 1, 2],
    [1, 2],
  ],
];

export const norm: readonly Corner[] = [
  ["layerNorm of equal numbers", () => F.layerNorm(d([[2, 2]]), [2]), [1, 2], [0, 0]],
  ["layerNorm of no rows", () => F.layerNorm(mt.zeros(0, 2), [2]), [0, 2], []],
  [
    "layerNorm beside NaN",
    () =>
      F.layerNorm(
        d([
          [1, nan],
          [1, 3],
        ]),
        [2],
      ),
    [2, 2],
    [nan, nan, -0.999995, 0.999995],
  ],
  ["groupNorm of equal numbers", () => F.groupNorm(d([[2, 2]]), 1), [1, 2], [0, 0]],
  [
    "batchNorm outside of training",
    () => F.batchNorm(d([[1, 2]]), d(1, 0), d(0, 4), { eps: 1 }),
    [1, 2],
    [0, 0.894427191],
  ],
  [
    "the slope of layerNorm of equal numbers",
    () => slope((x) => F.layerNorm(x, [2]).square(), d([[2, 2]])),
    [1, 2],
    [0, 0],
  ],
];

export const loss: readonly Corner[] = [
  ["mseLoss of nothing", () => F.mseLoss(mt.zeros(0), mt.zeros(0)), [], [nan]],
  ["the slope of l1Loss at 0", () => slope((x) => F.l1Loss(x, d(1, 2)), d(1, 3)), [2], [0, 0.5]],
  [
    "the slope of smoothL1Loss at beta",
    () => slope((x) => F.smoothL1Loss(x, d(0, 0, 0), { reduction: "sum" }), d(-1, 0, 1)),
    [3],
    [-1, 0, 1],
  ],
  [
    "the slope of huberLoss at delta",
    () => slope((x) => F.huberLoss(x, d(0, 0, 0), { reduction: "sum" }), d(-1, 0, 1)),
    [3],
    [-1, 0, 1],
  ],
  [
    "binaryCrossEntropy at 0 and 1 is held at 100",
    () => F.binaryCrossEntropy(d(0, 1, 0, 1), d(0, 1, 1, 0), { reduction: "none" }),
    [4],
    [0, 0, 100, 100],
  ],
  [
    "the slope of binaryCrossEntropy at 0 and 1",
    () => slope((x) => F.binaryCrossEntropy(x, d(0, 1, 1, 0)), d(0, 1, 0, 1)),
    [4],
    [0, 0, -250000001000, 250000001000],
  ],
  [
    "binaryCrossEntropyWithLogits of huge logits",
    () => F.binaryCrossEntropyWithLogits(d(1e3, -1e3, 1e3), d(1, 0, 0), { reduction: "none" }),
    [3],
    [0, 0, 1000],
  ],
  ["crossEntropy of huge logits", () => F.crossEntropy(d([[1e4, 0]]), mt.tensor([1])), [], [10000]],
  ["crossEntropy of ignored targets alone", () => F.crossEntropy(d([[1, 2]]), mt.tensor([-100])), [], [nan]],
  [
    "the slope of crossEntropy beside −∞",
    () => slope((x) => F.crossEntropy(x, mt.tensor([0])), d([[0, -inf, 1]])),
    [1, 3],
    [-0.731058579, 0, 0.731058579],
  ],
  [
    "nllLoss of no rows, summed",
    () => F.nllLoss(mt.zeros(0, 2), mt.zeros(0, { dtype: "int32" }), { reduction: "sum" }),
    [],
    [0],
  ],
  ["klDiv at target 0", () => F.klDiv(d(-1, -2), d(0, 1), { reduction: "none" }), [2], [0, 2]],
  [
    "the slope of hingeEmbeddingLoss at its margin",
    () => slope((x) => F.hingeEmbeddingLoss(x, d(-1, -1, 1), { reduction: "sum" }), d(1, 0, 5)),
    [3],
    [-1, -1, 1],
  ],
  [
    "the slope of multiMarginLoss at its margin",
    () => slope((x) => F.multiMarginLoss(x, mt.tensor([0])), d([[1, 0, 0.5]])),
    [1, 3],
    [-0.333333333, 0, 0.333333333],
  ],
  [
    "multiMarginLoss does not count NaN",
    () => F.multiMarginLoss(d([[1, nan, 0.5]]), mt.tensor([0])),
    [],
    [0.166666667],
  ],
  [
    "the slope of multilabelMarginLoss at its margin",
    () => slope((x) => F.multilabelMarginLoss(x, mt.tensor([[0, -1, 1]])), d([[1, 0, 0.5]])),
    [1, 3],
    [-0.333333333, 0, 0.333333333],
  ],
  [
    "gaussianNllLoss holds its variance at eps",
    () => F.gaussianNllLoss(d(1), d(2), d(0), { eps: 0.5 }),
    [],
    [0.65342641],
  ],
  [
    "ctcLoss of a target that does not fit",
    () => F.ctcLoss(mt.zeros(1, 1, 3, { dtype: "float64" }), mt.tensor([[1, 2]]), [1], [2]),
    [],
    [inf],
  ],
  [
    "ctcLoss of one, with its infinity at 0",
    () => F.ctcLoss(mt.zeros(1, 1, 3, { dtype: "float64" }), mt.tensor([[1, 2]]), [1], [2], { zeroInfinity: true }),
    [],
    [0],
  ],
];

export const tables: readonly Corner[] = [
  [
    "the slope of embedding sums repeated rows, none at the padding",
    () => slope((w) => F.embedding(mt.tensor([0, 1, 1]), w, { paddingIdx: 0 }), mt.ones(3, 2, { dtype: "float64" })),
    [3, 2],
    [0, 0, 2, 2, 0, 0],
  ],
  ["embedding of no index", () => F.embedding(mt.zeros(0, { dtype: "int32" }), mt.ones(3, 2)), [0, 2], []],
  [
    "embeddingBag of an empty bag",
    () => F.embeddingBag(mt.tensor([1, 2]), d([[1], [2], [4]]), { offsets: mt.tensor([0, 0]) }),
    [2, 1],
    [0, 3],
  ],
  ["oneHot of nothing", () => F.oneHot(mt.zeros(0, { dtype: "int32" }), { numClasses: 3 }), [0, 3], []],
  ["dropout of everything", () => F.dropout(d(1, 2), { p: 1 }), [2], [0, 0]],
  ["the slope of dropout of everything", () => slope((x) => F.dropout(x, { p: 1 }), d(1, 2)), [2], [0, 0]],
  ["dropout outside of training", () => F.dropout(d(1, inf), { training: false }), [2], [1, inf]],
  ["alphaDropout of nothing", () => F.alphaDropout(mt.zeros(0), { training: true }), [0], []],
];
