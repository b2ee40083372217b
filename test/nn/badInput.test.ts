import { describe, expect, it } from "vitest";
import { manualSeed, nn, randn, type Tensor, tensor, zeros } from "../../src/index.js";

const ints = (values: number[]): Tensor => tensor(values, { dtype: "int32" });

describe("what PyTorch refuses is refused, and says why", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "a batch of one in train-mode batch norm",
      () => new nn.BatchNorm1d(3).forward(randn(1, 3)),
      /batchNorm: each channel has one value only[\s\S]*a larger batch/,
    ],
    [
      "one pixel in batch norm",
      () => new nn.BatchNorm2d(3).forward(randn(1, 3, 1, 1)),
      /each channel has one value only/,
    ],
    [
      "one pixel in instance norm",
      () => new nn.InstanceNorm2d(3).forward(randn(2, 3, 1, 1)),
      /each channel of a sample has one value only/,
    ],
    ["channels that are not the norm's", () => new nn.BatchNorm1d(3).forward(randn(4, 5)), /\[4, 5\]/],
    ["dimensions that are not the norm's", () => new nn.BatchNorm2d(3).forward(randn(4, 3)), /4 dimensions/],
    ["groups that do not divide channels", () => new nn.GroupNorm(3, 4), /3 groups do not divide 4 channels/],
    [
      "groups that do not divide a convolution's channels",
      () => new nn.Conv2d(4, 6, 3, { groups: 4 }),
      /4 groups do not divide 4 input and 6 output channels/,
    ],
    ["no groups", () => new nn.Conv2d(4, 6, 3, { groups: 0 }), /groups is 0/],
    [
      "channels that are not the convolution's",
      () => new nn.Conv2d(4, 6, 3).forward(randn(1, 3, 8, 8)),
      /\[1, 3, 8, 8\]/,
    ],
    ["a negative size", () => new nn.Linear(-1, 3), /inFeatures is -1/],
    ["features that are not the layer's", () => new nn.Linear(4, 3).forward(randn(2, 5)), /\[2, 5\]/],
    ["a probability above 1", () => new nn.Dropout({ p: 1.5 }), /p is 1\.5/],
    ["an index behind the table", () => new nn.Embedding(4, 2).forward(ints([1, 4])), /4/],
    ["a negative index", () => new nn.Embedding(4, 2).forward(ints([-1])), /-1/],
    ["a padding row behind the table", () => new nn.Embedding(4, 2, { paddingIdx: 4 }), /paddingIdx 4 is out of range/],
    ["floating indices", () => new nn.Embedding(4, 2).forward(randn(2)), /not int32[\s\S]*to\("int32"\)/],
    ["heads that do not divide features", () => new nn.MultiheadAttention(5, 2), /2 heads do not divide embedDim 5/],
    ["classes that are not there", () => new nn.CrossEntropyLoss().forward(randn(2, 3), ints([0, 3])), /3/],
    [
      "an activation that is not there",
      () => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as "relu" }),
      /activation is tanh/,
    ],
    ["cutoffs that do not rise", () => new nn.AdaptiveLogSoftmaxWithLoss(8, 9, [5, 2]), /cutoffs are \[5, 2\]/],
    [
      "a target behind the classes",
      () => new nn.AdaptiveLogSoftmaxWithLoss(8, 9, [2]).forward(randn(1, 8), ints([9])),
      /target 9 is no class/,
    ],
    [
      "windows that do not fit",
      () => nn.functional.fractionalMaxPool2d(randn(1, 1, 3, 3), 2, { outputSize: 3 }),
      /windows do not fit/,
    ],
    [
      "both size and ratio",
      () => nn.functional.fractionalMaxPool2d(randn(1, 1, 9, 9), 2, {}),
      /either outputSize or outputRatio/,
    ],
    ["a container's forward", () => new nn.ModuleList([new nn.ReLU()]).forward(), /has no forward/],
  ])("%s", (_what, run, message) => {
    manualSeed(0);
    expect(run).toThrow(message);
  });

  it("but batch norm of one takes it in eval mode, and has not counted what it refused", () => {
    const norm = new nn.BatchNorm1d(3);
    expect(() => norm.forward(randn(1, 3))).toThrow(/one value only/);
    expect(norm.getBuffer("num_batches_tracked").item()).toBe(0);
    expect(new nn.BatchNorm1d(3).eval().forward(randn(1, 3)).shape).toEqual([1, 3]);
  });
});

describe("attention", () => {
  const mha = () => new nn.MultiheadAttention(4, 2);
  const q = randn(3, 2, 4);

  it.each<[string, () => unknown, RegExp]>([
    [
      "a mask of integers",
      () => mha().forward(q, q, q, { attnMask: zeros([3, 3], { dtype: "int32" }) }),
      /attnMask is int32[\s\S]*attnMask\.bool\(\)/,
    ],
    [
      "a mask of another shape",
      () => mha().forward(q, q, q, { attnMask: zeros(3, 4) }),
      /attnMask does not fit[\s\S]*\[3, 4\]/,
    ],
    [
      "padding of another shape",
      () => mha().forward(q, q, q, { keyPaddingMask: zeros([3, 2], { dtype: "bool" }) }),
      /keyPaddingMask does not fit/,
    ],
    ["isCausal without a mask", () => mha().forward(q, q, q, { isCausal: true }), /hint about attnMask/],
    [
      "features that are not the layer's",
      () => mha().forward(randn(3, 2, 5), q, q),
      /query \[L, N, 4\][\s\S]*\[3, 2, 5\]/,
    ],
    ["another batch", () => mha().forward(q, randn(3, 5, 4), randn(3, 5, 4)), /do not fit the layer/],
    ["more keys than values", () => mha().forward(q, randn(5, 2, 4), q), /do not fit the layer/],
    ["a batch and no batch", () => mha().forward(q, randn(3, 4), randn(3, 4)), /do not fit each other/],
  ])("refuses %s", (_what, run, message) => {
    expect(run).toThrow(message);
  });

  it("hides what masks hide: bool and −∞ are the same, and hidden keys have weight 0 and no gradient", () => {
    manualSeed(3);
    const layer = mha();
    const key = randn(3, 2, 4, { requiresGrad: true });
    const causal = nn.Transformer.generateSquareSubsequentMask(3);
    const [y, weights] = layer.forward(q, key, key, { attnMask: causal });
    const [other] = layer.forward(q, key, key, { attnMask: causal.ne(0), needWeights: false });
    expect(y.sub(other).abs().amax().item()).toBeLessThan(1e-6);
    expect(weights?.select(1, 0).select(1, 2).toArray()).toEqual([0, 0]);
    y.select(0, 0).sum().backward();
    const [first, ...rest] = [0, 1, 2].map((i) => key.grad?.select(0, i).abs().amax().item());
    expect(first).toBeGreaterThan(0);
    expect(rest).toEqual([0, 0]);
  });

  it("drops weights in training only, whether or not they are asked for", () => {
    const layer = new nn.MultiheadAttention(4, 2, { dropout: 0.5 });
    for (const needWeights of [true, false]) {
      layer.train();
      manualSeed(1);
      const [a] = layer.forward(q, q, q, { needWeights });
      const [b] = layer.forward(q, q, q, { needWeights });
      expect(a.toArray()).not.toEqual(b.toArray());
      layer.eval();
      const [c] = layer.forward(q, q, q, { needWeights });
      const [d] = layer.forward(q, q, q, { needWeights });
      expect(c.toArray()).toEqual(d.toArray());
    }
  });
});

describe("copies of a layer in a TransformerEncoder", () => {
  it("begin equal, are trained apart, and leave the generator where PyTorch leaves it", () => {
    manualSeed(0);
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 5 });
    const next = randn(1).item();
    manualSeed(0);
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 5 }), 3);
    expect(randn(1).item()).toBe(next);
    const first = encoder.getParameter("layers.0.linear1.weight");
    const second = encoder.getParameter("layers.1.linear1.weight");
    expect(second.toArray()).toEqual(first.toArray());
    expect(first.toArray()).toEqual(layer.getParameter("linear1.weight").toArray());
    first.detach().fill_(0);
    expect(second.abs().amax().item()).toBeGreaterThan(0);
  });
});
