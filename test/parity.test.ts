import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  arange,
  data,
  Generator,
  manualSeed,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  randn,
  randperm,
} from "../src/index.js";

const parity = JSON.parse(readFileSync(new URL("golden/parity-seed0.json", import.meta.url), "utf8"));
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
  ])("normals within 1e-6: %s", (name, n) => {
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

describe("the MNIST network trains along PyTorch's curve", () => {
  it("each of the 100 losses within 2e-4, the accuracy within 0.002", async () => {
    manualSeed(0);
    const { train, test } = await data.mnist();
    const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
    const lossFn = new nn.CrossEntropyLoss();
    const losses: number[] = [];
    const loader = new data.DataLoader(train.take(5000), { batchSize: 100, shuffle: true });
    for (let epoch = 0; epoch < 2; epoch++) {
      for await (const [x, y] of loader) {
        const loss = lossFn.forward(model.forward(x), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        losses.push(loss.item());
      }
    }
    const expected = parity["mlp_sgd_lr0.05_2epochs"];
    close(losses, expected.losses, 2e-4);
    let hits = 0;
    for await (const [x, y] of new data.DataLoader(test, { batchSize: 1000 })) {
      hits += noGrad(() => model.forward(x).argmax(1).eq(y).sum().item());
    }
    expect(Math.abs(hits / 10000 - expected.test_accuracy_10000)).toBeLessThanOrEqual(0.002);
  });
});
