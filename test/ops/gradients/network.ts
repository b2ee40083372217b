import type { Tensor } from "../../../src/index.js";
import * as mt from "../../../src/index.js";
import { bools, distinct, doubles, ints, positive, type Row, real } from "./row.js";

const { functional: F } = mt.nn;

/** The same draws in every call. */
const seeded =
  (fn: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor => {
    mt.manualSeed(3);
    return fn(x);
  };

const activations: Row[] = [
  { name: "relu", fn: (x) => mt.relu(x), inputs: [real(2, 3)] },
  { name: "sigmoid", fn: mt.sigmoid, inputs: [real(2, 3)] },
  { name: "tanh", fn: mt.tanh, inputs: [real(2, 3)] },
  { name: "softmax", fn: (x) => mt.softmax(x, 1), inputs: [real(2, 3)] },
  { name: "logSoftmax", fn: (x) => mt.logSoftmax(x, 0), inputs: [real(2, 3)] },
  { name: "celu", fn: (x) => mt.celu(x, { alpha: 1.5 }), inputs: [real(2, 3)] },
  { name: "selu", fn: (x) => mt.selu(x), inputs: [real(2, 3)] },
  { name: "prelu", fn: mt.prelu, inputs: [real(2, 3), positive(3)] },
  { name: "rrelu", fn: seeded((x) => mt.rrelu(x, { training: true })), inputs: [real(2, 3)] },
  { name: "rrelu, outside of training", fn: (x) => mt.rrelu(x), inputs: [real(2, 3)] },
  { name: "threshold", fn: (x) => mt.threshold(x, 0.1, 20), inputs: [real(2, 3)] },
  { name: "nn.functional.elu", fn: (x) => F.elu(x, { alpha: 1.5 }), inputs: [real(2, 3)] },
  { name: "nn.functional.gelu", fn: (x) => F.gelu(x), inputs: [real(2, 3)] },
  { name: "nn.functional.gelu, by tanh", fn: (x) => F.gelu(x, { approximate: "tanh" }), inputs: [real(2, 3)] },
  { name: "nn.functional.glu", fn: (x) => F.glu(x), inputs: [real(2, 4)] },
  { name: "nn.functional.gumbelSoftmax", fn: seeded((x) => F.gumbelSoftmax(x, { tau: 0.7 })), inputs: [real(2, 3)] },
  { name: "nn.functional.hardshrink", fn: (x) => F.hardshrink(x), inputs: [real(2, 3)] },
  { name: "nn.functional.hardsigmoid", fn: (x) => F.hardsigmoid(x.mul(2)), inputs: [real(2, 3)] },
  { name: "nn.functional.hardswish", fn: (x) => F.hardswish(x.mul(2)), inputs: [real(2, 3)] },
  { name: "nn.functional.hardtanh", fn: (x) => F.hardtanh(x), inputs: [real(2, 3)] },
  { name: "nn.functional.leakyRelu", fn: (x) => F.leakyRelu(x, { negativeSlope: 0.2 }), inputs: [real(2, 3)] },
  { name: "nn.functional.logsigmoid", fn: F.logsigmoid, inputs: [real(2, 3)] },
  { name: "nn.functional.mish", fn: (x) => F.mish(x), inputs: [real(2, 3)] },
  { name: "nn.functional.relu6", fn: (x) => F.relu6(x.mul(5)), inputs: [real(2, 3)] },
  { name: "nn.functional.silu", fn: (x) => F.silu(x), inputs: [real(2, 3)] },
  { name: "nn.functional.softmin", fn: (x) => F.softmin(x, 1), inputs: [real(2, 3)] },
  { name: "nn.functional.softplus", fn: (x) => F.softplus(x, { beta: 2, threshold: 2 }), inputs: [real(2, 3)] },
  { name: "nn.functional.softshrink", fn: (x) => F.softshrink(x), inputs: [real(2, 3)] },
  { name: "nn.functional.softsign", fn: F.softsign, inputs: [real(2, 3)] },
  { name: "nn.functional.tanhshrink", fn: F.tanhshrink, inputs: [real(2, 3)] },
  { name: "nn.functional.normalize", fn: (x) => F.normalize(x), inputs: [real(2, 3)] },
  { name: "nn.functional.normalize, of order 3", fn: (x) => F.normalize(x, { p: 3, dim: 0 }), inputs: [real(2, 3)] },
];

const drops: Row[] = [
  { name: "nn.functional.dropout", fn: seeded((x) => F.dropout(x, { p: 0.4 })), inputs: [real(2, 3)] },
  { name: "nn.functional.dropout1d", fn: seeded((x) => F.dropout1d(x)), inputs: [real(2, 2, 2)] },
  { name: "nn.functional.dropout2d", fn: seeded((x) => F.dropout2d(x)), inputs: [real(2, 2, 1, 2)] },
  { name: "nn.functional.dropout3d", fn: seeded((x) => F.dropout3d(x)), inputs: [real(2, 2, 1, 1, 2)] },
  {
    name: "nn.functional.alphaDropout",
    fn: seeded((x) => F.alphaDropout(x, { training: true })),
    inputs: [real(2, 3)],
  },
  {
    name: "nn.functional.featureAlphaDropout",
    fn: seeded((x) => F.featureAlphaDropout(x, { training: true })),
    inputs: [real(2, 2, 2)],
  },
];

const norms: Row[] = [
  {
    name: "nn.functional.batchNorm",
    fn: (x, weight, bias) => F.batchNorm(x, null, null, { weight, bias, training: true }),
    inputs: [distinct(3, 2, 2), real(2), real(2)],
  },
  {
    name: "nn.functional.batchNorm, outside of training",
    fn: (x, weight, bias) => F.batchNorm(x, doubles(0.1, 0.2), doubles(0.7, 1.3), { weight, bias }),
    inputs: [real(3, 2), real(2), real(2)],
  },
  {
    name: "nn.functional.groupNorm",
    fn: (x, weight, bias) => F.groupNorm(x, 2, { weight, bias }),
    inputs: [distinct(1, 4, 2), real(4), real(4)],
  },
  {
    name: "nn.functional.instanceNorm",
    fn: (x, weight, bias) => F.instanceNorm(x, { weight, bias }),
    inputs: [distinct(2, 2, 3), real(2), real(2)],
  },
  {
    name: "nn.functional.layerNorm",
    fn: (x, weight, bias) => F.layerNorm(x, [3], { weight, bias }),
    inputs: [distinct(2, 3), real(3), real(3)],
  },
  {
    name: "nn.functional.layerNorm, of two dimensions",
    fn: (x) => F.layerNorm(x, [2, 2]),
    inputs: [distinct(2, 2, 2)],
  },
  { name: "nn.functional.rmsNorm", fn: (x, weight) => F.rmsNorm(x, [3], { weight }), inputs: [real(2, 3), real(3)] },
  {
    name: "nn.functional.localResponseNorm",
    fn: (x) => F.localResponseNorm(x, 3, { alpha: 0.5 }),
    inputs: [real(1, 4, 2)],
  },
];

const tables: Row[] = [
  { name: "nn.functional.embedding", fn: (w) => F.embedding(ints(2, 0, 2), w), inputs: [real(3, 2)] },
  {
    name: "nn.functional.embeddingBag",
    fn: (w) => F.embeddingBag(ints(2, 0, 2), w, { offsets: ints(0, 2) }),
    inputs: [real(3, 2)],
  },
  {
    name: "nn.functional.embeddingBag, weighted",
    fn: (w, s) => F.embeddingBag(ints(2, 0, 2), w, { offsets: ints(0, 2), mode: "sum", perSampleWeights: s }),
    inputs: [real(3, 2), real(3)],
  },
  {
    name: "nn.functional.embeddingBag, max",
    fn: (w) => F.embeddingBag(ints(2, 0, 1), w, { offsets: ints(0, 2), mode: "max" }),
    inputs: [distinct(3, 2)],
  },
  {
    name: "nn.functional.scaledDotProductAttention",
    fn: (q, k, v) => F.scaledDotProductAttention(q, k, v),
    inputs: [real(2, 2), real(3, 2), real(3, 2)],
  },
  {
    name: "nn.functional.scaledDotProductAttention, causal",
    fn: (q, k, v) => F.scaledDotProductAttention(q, k, v, { isCausal: true }),
    inputs: [real(3, 2), real(3, 2), real(3, 2)],
  },
  {
    name: "nn.functional.scaledDotProductAttention, masked",
    fn: (q, k, v, attnMask) => F.scaledDotProductAttention(q, k, v, { attnMask, scale: 0.3 }),
    inputs: [real(2, 2), real(3, 2), real(3, 2), real(2, 3)],
  },
  {
    name: "nn.functional.scaledDotProductAttention, masked by truths",
    fn: (q, k, v) => F.scaledDotProductAttention(q, k, v, { attnMask: bools(1, 0, 1) }),
    inputs: [real(2, 2), real(3, 2), real(3, 2)],
  },
];

export const network: Row[] = [...activations, ...drops, ...norms, ...tables];
