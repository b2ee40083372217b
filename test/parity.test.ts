import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heap } from "../src/backend/current.js";
import { createCpuBackend } from "../src/backend/wasm/loader.js";
import {
  arange,
  data,
  empty,
  Generator,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randint,
  randn,
  randperm,
  setBackend,
} from "../src/index.js";

interface Curve {
  readonly losses: number[];
  readonly test_accuracy_10000: number;
}
type Vectors = "rand_7" | "rand_f64_5" | "randn_5" | "randn_40" | "randn_37" | "randn_f64_20" | "dropout_p0.5_ones_24";
type Curves = "mlp_sgd_lr0.05_2epochs" | "mlp_adam_lr1e-3_1epoch" | "cnn_sgdm_lr0.05_1epoch";
type Parity = Record<Vectors | "randint_0_100_9" | "randperm_20", number[]> &
  Record<"embedding_5_4" | "kaiming_normal_6_4" | "xavier_uniform_6_4" | "dataloader_shuffle_10_batch3", number[][]> &
  Record<"linear_4_3", { weight: number[]; bias: number[] }> &
  Record<"conv2d_2_3_3", { weight: number[][][][]; bias: number[] }> &
  Record<Curves | "bn_dropout_adamw_1epoch_eval_skipped", Curve>;

const parity = JSON.parse(readFileSync(new URL("golden/parity-seed0.json", import.meta.url), "utf8")) as Parity;
const close = (actual: ArrayLike<number>, expected: number[], tolerance: number): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((e, i) => {
    expect(Math.abs((actual[i] as number) - e)).toBeLessThanOrEqual(tolerance);
  });
};

describe("after manualSeed(0) the generator draws what PyTorch draws", () => {
  it("uniform numbers, integers and permutations bit for bit", () => {
    manualSeed(0);
    expect(rand(7).toArray()).toEqual(parity.rand_7);
    manualSeed(0);
    expect(rand(5, { dtype: "float64" }).toArray()).toEqual(parity.rand_f64_5);
    manualSeed(0);
    expect(randint(0, 100, [9]).toArray()).toEqual(parity.randint_0_100_9);
    manualSeed(0);
    expect(randperm(20).toArray()).toEqual(parity.randperm_20);
  });

  it.each([
    ["randn_5", 5],
    ["randn_40", 40],
    ["randn_37", 37],
  ] as const)("normals within 1e-6: %s", (name, n) => {
    manualSeed(0);
    close(randn(n).toTypedArray(), parity[name], 1e-6);
  });

  it("float64 normals within 1e-6", () => {
    manualSeed(0);
    close(randn(20, { dtype: "float64" }).toTypedArray(), parity.randn_f64_20, 1e-6);
  });

  it("a Linear layer's first weights bit for bit", () => {
    manualSeed(0);
    const linear = new nn.Linear(4, 3);
    expect(Array.from(linear.weight.toTypedArray())).toEqual(parity.linear_4_3.weight);
    expect(linear.bias?.toArray()).toEqual(parity.linear_4_3.bias);
  });

  it("uniform initialisation of convolutions and matrices, and a dropout mask, bit for bit; embeddings within 1e-6", () => {
    manualSeed(0);
    const conv = new nn.Conv2d(2, 3, 3);
    expect(Array.from(conv.weight.toTypedArray())).toEqual(parity.conv2d_2_3_3.weight.flat(3));
    expect(conv.bias?.toArray()).toEqual(parity.conv2d_2_3_3.bias);
    manualSeed(0);
    expect(Array.from(nn.init.xavierUniform_(empty(6, 4)).toTypedArray())).toEqual(parity.xavier_uniform_6_4.flat());
    manualSeed(0);
    expect(nn.functional.dropout(ones(24), { p: 0.5 }).toArray()).toEqual(parity["dropout_p0.5_ones_24"]);
    manualSeed(0);
    close(new nn.Embedding(5, 4).weight.toTypedArray(), parity.embedding_5_4.flat(), 1e-6);
    manualSeed(0);
    close(nn.init.kaimingNormal_(empty(6, 4)).toTypedArray(), parity.kaiming_normal_6_4.flat(), 1e-6);
  });

  it("a shuffled DataLoader's order", async () => {
    manualSeed(0);
    const batches: unknown[] = [];
    for await (const [x] of new data.DataLoader(new data.TensorDataset(arange(10)), { batchSize: 3, shuffle: true }))
      batches.push(x.toArray());
    expect(batches).toEqual(parity.dataloader_shuffle_10_batch3);
  });

  it("goes on from a saved state as if nothing had happened", () => {
    const generator = new Generator(5);
    rand(7, { generator });
    const state = generator.getState();
    const first = randn(33, { generator }).toArray();
    generator.setState(state);
    expect(randn(33, { generator }).toArray()).toEqual(first);
  });
});

/** One of the stored trainings on the first 5,000 images: every loss, and the accuracy on all test images. */
const trainAs = async (
  build: () => nn.Layer,
  optimizerFor: (params: nn.Parameter[]) => optim.Optimizer,
  epochs: number,
): Promise<{ losses: number[]; accuracy: number }> => {
  manualSeed(0);
  const { train, test } = await data.mnist();
  const model = build();
  const optimizer = optimizerFor(model.parameters());
  const lossFn = new nn.CrossEntropyLoss();
  const losses: number[] = [];
  const loader = new data.DataLoader(train.take(5000), { batchSize: 100, shuffle: true });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const [x, y] of loader) {
      const loss = lossFn.forward(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
  }
  // The stored run has not called eval(), and took all test images at once: batch norm sees them all.
  let hits = 0;
  for await (const [x, y] of new data.DataLoader(test, { batchSize: 10_000 })) {
    hits += noGrad(() => model.forward(x).argmax(1).eq(y).sum().item());
  }
  return { losses, accuracy: hits / 10000 };
};

const mlp = (): nn.Layer => new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
const cnn = (): nn.Layer =>
  new nn.Sequential(
    new nn.Unflatten(1, [1, 28, 28]),
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(784, 10),
  );
const withDropout = (): nn.Layer =>
  new nn.Sequential(
    new nn.Linear(784, 64),
    new nn.BatchNorm1d(64),
    new nn.ReLU(),
    new nn.Dropout({ p: 0.2 }),
    new nn.Linear(64, 10),
  );

describe("networks train on MNIST along PyTorch's curves", () => {
  // Fused multiply-adds, where the engine has them, round otherwise: now and then a ReLU or a maximum falls to the other
  // side, and momentum makes 1e-6 in the third loss of the convolutional network 1e-2 in the last.
  beforeAll(() => setBackend(createCpuBackend(heap, "simd")));
  afterAll(() => setBackend(createCpuBackend(heap)));

  it("SGD: each of the 100 losses within 2e-4, the accuracy within 0.002", async () => {
    const { losses, accuracy } = await trainAs(mlp, (params) => new optim.SGD(params, { lr: 0.05 }), 2);
    const expected = parity["mlp_sgd_lr0.05_2epochs"];
    close(losses, expected.losses, 2e-4);
    expect(Math.abs(accuracy - expected.test_accuracy_10000)).toBeLessThanOrEqual(0.002);
  });

  it.each([
    ["Adam", "mlp_adam_lr1e-3_1epoch", mlp, (params: nn.Parameter[]) => new optim.Adam(params, { lr: 1e-3 })],
    [
      "a convolutional network with momentum",
      "cnn_sgdm_lr0.05_1epoch",
      cnn,
      (params: nn.Parameter[]) => new optim.SGD(params, { lr: 0.05, momentum: 0.9 }),
    ],
    [
      "batch norm, dropout and AdamW",
      "bn_dropout_adamw_1epoch_eval_skipped",
      withDropout,
      (params: nn.Parameter[]) => new optim.AdamW(params, { lr: 1e-3 }),
    ],
  ] as const)(
    "%s: losses within 1e-3 for 30 steps, 5e-3 after, accuracy within 0.005",
    async (_name, key, build, make) => {
      const { losses, accuracy } = await trainAs(build, make, 1);
      const expected = parity[key];
      close(losses.slice(0, 30), expected.losses.slice(0, 30), 1e-3);
      close(losses.slice(30), expected.losses.slice(30), 5e-3);
      expect(Math.abs(accuracy - expected.test_accuracy_10000)).toBeLessThanOrEqual(0.005);
    },
  );
});
