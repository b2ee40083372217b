import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import { autograd, manualSeed, noGrad, randn, type Tensor, tensor } from "../../src/index.js";

const ops = { ...mt };
const F = mt.nn.functional;
const L = mt.linalg;

/** Name, function, shapes of its inputs, and what the inputs go through first (to stay away from poles and kinks). */
type Row = readonly [
  name: string,
  fn: (...xs: Tensor[]) => Tensor | Tensor[],
  shapes: number[][],
  from?: (x: Tensor) => Tensor,
];

const positive = (x: Tensor): Tensor => x.abs().add(0.5);
const inside = (x: Tensor): Tensor => x.tanh().mul(0.9);
const probability = (x: Tensor): Tensor => x.sigmoid().mul(0.8).add(0.1);
const spread = (x: Tensor): Tensor => x.mul(3);
const square = (x: Tensor): Tensor => x.add(mt.eye(3, { dtype: "float64" }).mul(4));
const spd = (x: Tensor): Tensor => x.matmul(x.transpose(-2, -1)).add(mt.eye(3, { dtype: "float64" }).mul(2));
const labels = tensor([1, 0, 2]);
const places = tensor([
  [0, 1, 1],
  [2, 0, 2],
]);

const rows: readonly Row[] = [
  ...(
    [
      "exp",
      "exp2",
      "expm1",
      "sin",
      "cos",
      "atan",
      "sinh",
      "cosh",
      "asinh",
      "erf",
      "erfc",
      "square",
      "neg",
      "sinc",
      "i0",
    ] as const
  ).map((name): Row => [name, (x) => ops[name](x), [[2, 3]]]),
  ...(["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma"] as const).map(
    (name): Row => [name, (x) => ops[name](x), [[2, 3]], positive],
  ),
  ...(["asin", "acos", "atanh", "erfinv", "tan"] as const).map(
    (name): Row => [name, (x) => ops[name](x), [[2, 3]], inside],
  ),
  ["acosh", (x) => mt.acosh(x), [[4]], (x) => positive(x).add(1)],
  ["logit", (x) => mt.logit(x), [[4]], probability],
  ["polygamma", (x) => mt.polygamma(2, x), [[4]], positive],
  ["nanToNum and frac", (x) => mt.nanToNum(x).add(mt.frac(x)), [[4]]],
  ...(["atan2", "hypot", "logaddexp", "logaddexp2", "mul", "sub", "maximum", "minimum", "fmax", "fmin"] as const).map(
    (name): Row => [name, (a, b) => ops[name](a, b), [[2, 3], [3]]],
  ),
  [
    "div, pow, xlogy",
    (a, b) => mt.div(a, b).add(mt.pow(a, b)).add(mt.xlogy(a, b)),
    [
      [2, 3],
      [2, 1],
    ],
    positive,
  ],
  [
    "lerp, addcmul, addcdiv",
    (a, b, c) =>
      mt
        .lerp(a, b, c)
        .add(mt.addcmul(a, b, c, { value: 2 }))
        .add(mt.addcdiv(a, b, c)),
    [[3], [3], [3]],
    positive,
  ],
  ["clamp between tensors", (x, a, b) => mt.clamp(x, { min: a.sub(1), max: b.add(1) }), [[4], [4], [4]]],
  ["maskedFill and where", (x, v) => mt.where(x.gt(0), mt.maskedFill(x, x.lt(-1), v.sum()), v), [[2, 3], [3]]],

  [
    "sum, mean, prod",
    (x) =>
      x
        .sum(0)
        .mul(x.mean(1, { keepdim: true }))
        .add(x.prod(0)),
    [[3, 4]],
  ],
  ["var, std, logsumexp", (x) => mt.var(x, 1).add(mt.std(x, 1)).add(mt.logsumexp(x, 1)), [[3, 4]]],
  [
    "norms",
    (x) =>
      mt
        .norm(x, 1, { dim: 0 })
        .add(mt.norm(x, 3, { dim: 0 }))
        .add(mt.norm(x)),
    [[3, 4]],
  ],
  ["cumsum, cumprod", (x) => mt.cumsum(x, 1).mul(mt.cumprod(x, 0)), [[3, 4]]],
  ["cumprod beside a zero", (x) => mt.cumprod(mt.cat([x, x.mul(0), x]), 0), [[2]]],
  ["logcumsumexp, cummax", (x) => mt.logcumsumexp(x, 1).add(mt.cummax(x, 1).values), [[2, 4]]],
  [
    "max, min, median along a dimension",
    (x) => mt.max(x, 1).values.add(mt.min(x, 1).values).add(mt.median(x, 1).values),
    [[3, 5]],
  ],
  [
    "sort, topk, kthvalue",
    (x) => mt.sort(x).values.sum(0).sum().add(mt.topk(x, 2).values).add(mt.kthvalue(x, 2).values.sum()),
    [[3, 4]],
  ],
  [
    "quantile, diff, trapezoid",
    (x) => mt.quantile(x, 0.3, { dim: 1 }).add(mt.diff(x).sum(1)).add(mt.trapezoid(x)),
    [[3, 4]],
  ],
  [
    "nansum, renorm, dist",
    (x, y) =>
      mt
        .nansum(x)
        .add(mt.renorm(x, 2, 0, 1))
        .add(mt.dist(x, y)),
    [
      [3, 4],
      [3, 4],
    ],
  ],

  ["gather and takeAlongDim", (x) => mt.gather(x, 1, places).add(mt.takeAlongDim(x, places, { dim: 1 })), [[2, 3]]],
  [
    "scatter and scatterAdd",
    (x, s) =>
      mt
        .scatter(
          x,
          1,
          tensor([
            [2, 0],
            [1, 2],
          ]),
          s,
        )
        .add(
          mt.scatterAdd(
            x,
            1,
            tensor([
              [0, 0],
              [1, 1],
            ]),
            s,
          ),
        ),
    [
      [2, 3],
      [2, 2],
    ],
  ],
  ["index by slices and tensors", (x) => x.index(mt.slice(null, null, 2), tensor([0, 2, 2])), [[4, 3]]],
  [
    "pad, flip, roll, unfold",
    (x) =>
      F.pad(x, [1, 2], { mode: "reflect" })
        .sum()
        .add(mt.flip(x, [0]))
        .add(mt.roll(x, 1, 0))
        .add(x.unfold(1, 2, 1).sum()),
    [[3, 4]],
  ],
  ["tril, diagonal, repeat", (x) => mt.tril(x).sum(1).add(mt.diagonal(x)).add(x.repeat(2, 1).sum()), [[3, 3]]],

  [
    "matmul, batched",
    (a, b) => a.matmul(b),
    [
      [2, 1, 2, 3],
      [2, 3, 2],
    ],
  ],
  [
    "einsum",
    (a, b) => mt.einsum("bij,kj->bik", a, b),
    [
      [2, 2, 3],
      [4, 3],
    ],
  ],
  ["einsum with a diagonal", (a, b) => mt.einsum("ii,i->i", a, b), [[3, 3], [3]]],
  [
    "tensordot, kron, cross",
    (a, b) => mt.tensordot(a, b, { dims: 2 }).add(mt.kron(a, b).sum()).add(mt.cross(a, b).sum()),
    [
      [3, 3],
      [3, 3],
    ],
  ],
  [
    "cdist, cosineSimilarity",
    (a, b) => mt.cdist(a, b).sum(1).add(F.cosineSimilarity(a, b)),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  [
    "bilinear",
    (a, b, w) => F.bilinear(a, b, w),
    [
      [2, 2],
      [2, 3],
      [2, 2, 3],
    ],
  ],
  [
    "solve, inv",
    (a, b) => L.solve(square(a), b).add(L.inv(square(a)).sum()),
    [
      [3, 3],
      [3, 2],
    ],
  ],
  ["det, slogdet", (a) => L.det(square(a)).add(L.slogdet(square(a)).logabsdet), [[3, 3]]],
  ["cholesky", (a) => L.cholesky(spd(a)), [[3, 3]]],
  [
    "qr, tall and wide",
    (a, b) => [L.qr(a).Q, L.qr(a).R, L.qr(b).R],
    [
      [4, 3],
      [2, 3],
    ],
  ],
  ["eigenvalues", (a) => L.eigvalsh(a.add(a.t())), [[3, 3]]],
  ["eigenvectors up to sign", (a) => L.eigh(a.add(a.t())).eigenvectors.square(), [[3, 3]]],
  [
    "singular values, nuclear norm",
    (a) =>
      L.svdvals(a)
        .sum()
        .add(L.matrixNorm(a, { ord: "nuc" })),
    [[4, 3]],
  ],
  ["singular vectors up to sign", (a) => L.svd(a, { fullMatrices: false }).U.square(), [[4, 3]]],
  ["pinv, matrixExp", (a) => L.pinv(square(a)).add(L.matrixExp(a.mul(0.3))), [[3, 3]]],

  ["conv1d", (x, w, b) => F.conv1d(x, w, b, { stride: 2, padding: 1, dilation: 2 }), [[2, 2, 9], [3, 2, 3], [3]]],
  [
    "conv2d in groups",
    (x, w, b) => F.conv2d(x, w, b, { padding: [1, 0], groups: 2 }),
    [[1, 4, 4, 5], [2, 2, 3, 2], [2]],
  ],
  [
    "conv3d",
    (x, w) => F.conv3d(x, w),
    [
      [1, 1, 3, 3, 3],
      [2, 1, 2, 2, 2],
    ],
  ],
  [
    "convTranspose2d",
    (x, w) => F.convTranspose2d(x, w, null, { stride: 2, padding: 1, outputPadding: 1 }),
    [
      [1, 2, 3, 3],
      [2, 2, 3, 3],
    ],
  ],
  ["unfold and fold", (x) => F.fold(F.unfold(x, 2, { padding: 1 }), [3, 4], 2, { padding: 1 }), [[1, 2, 3, 4]]],
  ["maxPool2d, avgPool2d", (x) => F.maxPool2d(x, 2).add(F.avgPool2d(x, 2)), [[1, 2, 4, 4]]],
  [
    "adaptive pools, lpPool",
    (x) =>
      F.adaptiveAvgPool1d(x, 3)
        .add(F.adaptiveMaxPool1d(x, 3))
        .add(F.lpPool1d(x.square(), 3, 2).sum()),
    [[1, 2, 7]],
  ],
  [
    "interpolate",
    (x) =>
      F.interpolate(x, { size: [5, 6], mode: "bilinear" }).add(F.interpolate(x, { size: [5, 6], mode: "bicubic" })),
    [[1, 2, 3, 4]],
  ],
  [
    "gridSample",
    (x, g) => F.gridSample(x, g.tanh().mul(0.7)),
    [
      [1, 2, 4, 4],
      [1, 2, 3, 2],
    ],
  ],
  ["pixelShuffle", (x) => F.pixelShuffle(x, 2), [[1, 4, 2, 2]]],

  ["layerNorm", (x, w, b) => F.layerNorm(x, [4], { weight: w, bias: b }), [[3, 4], [4], [4]]],
  ["groupNorm", (x, w, b) => F.groupNorm(x, 2, { weight: w, bias: b }), [[2, 4, 3], [4], [4]]],
  [
    "batchNorm in training",
    (x, w, b) => F.batchNorm(x, null, null, { weight: w, bias: b, training: true }),
    [[4, 3, 2], [3], [3]],
  ],
  ["instanceNorm, rmsNorm", (x) => F.instanceNorm(x).add(F.rmsNorm(x, [4])), [[2, 3, 4]]],
  ["localResponseNorm", (x) => F.localResponseNorm(x, 3), [[1, 4, 3]]],
  [
    "embedding",
    (w) =>
      F.embedding(
        tensor([
          [0, 2],
          [2, 1],
        ]),
        w,
      ),
    [[3, 2]],
  ],
  [
    "attention",
    (q, k, v) => F.scaledDotProductAttention(q, k, v, { isCausal: true }),
    [
      [2, 3, 2],
      [2, 3, 2],
      [2, 3, 2],
    ],
  ],

  ...(
    [
      "sigmoid",
      "tanh",
      "softplus",
      "silu",
      "gelu",
      "mish",
      "logsigmoid",
      "softsign",
      "tanhshrink",
      "elu",
      "celu",
      "selu",
      "leakyRelu",
      "hardswish",
    ] as const
  ).map((name): Row => [name, (x) => F[name](x), [[2, 3]]]),
  ["gelu by tanh", (x) => F.gelu(x, { approximate: "tanh" }), [[5]]],
  ["relu6, hardtanh, hardsigmoid", (x) => F.relu6(x).add(F.hardtanh(x)).add(F.hardsigmoid(x)), [[6]], spread],
  ["softmax, logSoftmax, softmin", (x) => F.softmax(x, 0).add(F.logSoftmax(x, 1)).add(F.softmin(x, 1)), [[3, 4]]],
  ["glu, prelu, normalize", (x, w) => F.glu(x).sum().add(F.prelu(x, w)).add(F.normalize(x)), [[3, 4], [4]]],

  [
    "crossEntropy, smoothed and weighted",
    (x) => F.crossEntropy(x, labels, { labelSmoothing: 0.1, weight: tensor([1, 2, 0.5, 1], { dtype: "float64" }) }),
    [[3, 4], [4]],
  ],
  ["nllLoss", (x) => F.nllLoss(x.logSoftmax(1), labels), [[3, 4]]],
  [
    "binary losses",
    (p, x) =>
      F.binaryCrossEntropy(probability(p), probability(x)).add(F.binaryCrossEntropyWithLogits(x, probability(p))),
    [[4], [4]],
  ],
  [
    "binary with weights",
    (x, w) =>
      F.binaryCrossEntropyWithLogits(
        x,
        tensor(
          [
            [1, 0, 1],
            [0, 1, 1],
          ],
          { dtype: "float64" },
        ),
        { posWeight: positive(w) },
      ),
    [[2, 3], [3]],
  ],
  [
    "regression losses",
    (a, b) =>
      F.mseLoss(a, b)
        .add(F.smoothL1Loss(a, b))
        .add(F.huberLoss(a, b, { delta: 0.7 }))
        .add(F.l1Loss(a, b)),
    [[5], [5]],
  ],
  [
    "klDiv, poisson, gaussian",
    (a, b) =>
      F.klDiv(a, probability(b))
        .add(F.poissonNllLoss(a, b))
        .add(F.gaussianNllLoss(a, b, positive(b))),
    [[4], [4]],
  ],
  [
    "margin losses",
    (a, b) =>
      F.multiMarginLoss(a, labels, { p: 2 })
        .add(F.tripletMarginLoss(a, b, a.mul(b)))
        .add(F.softMarginLoss(a, b.detach().sign())),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  [
    "cosineEmbeddingLoss",
    (a, b) => F.cosineEmbeddingLoss(a, b, tensor([1, -1, 1])),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  [
    "ctcLoss",
    (x) =>
      F.ctcLoss(
        x.logSoftmax(2),
        tensor([
          [1, 2],
          [2, 2],
        ]),
        [4, 4],
        [2, 2],
      ),
    [[4, 2, 3]],
  ],
];

const same = (x: Tensor): Tensor => x;

const inputsFor = (shapes: readonly number[][], from: (x: Tensor) => Tensor, isStrided: boolean): Tensor[] =>
  shapes.map((shape) => {
    // Every second element of a longer last dimension, and dimensions exchanged in memory.
    const wide = isStrided && shape.length > 0 ? [...shape.slice(0, -1), 2 * (shape.at(-1) as number)] : shape;
    const x = noGrad(() => from(randn(wide, { dtype: "float64" })));
    const view = isStrided && shape.length > 0 ? noGrad(() => x.index("...", mt.slice(null, null, 2))) : x;
    return view.detach().requiresGrad_();
  });

describe("gradients agree with central differences, element by element", () => {
  it.each(rows.map((row) => [row[0], row] as const))("%s", (_name, [, fn, shapes, from = same]) => {
    manualSeed(12);
    expect(autograd.gradcheck(fn, inputsFor(shapes, from, false))).toBe(true);
    manualSeed(13);
    expect(autograd.gradcheck(fn, inputsFor(shapes, from, true), { fastMode: true })).toBe(true);
  });
});

describe("gradients of gradients agree under random upstream gradients", () => {
  it.each(rows.map((row) => [row[0], row] as const))("%s", (_name, [, fn, shapes, from = same]) => {
    manualSeed(14);
    expect(autograd.gradgradcheck(fn, inputsFor(shapes, from, false), null, { fastMode: true })).toBe(true);
  });
});
