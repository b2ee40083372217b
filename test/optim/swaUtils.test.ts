import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, optim, randn, type Tensor } from "../../src/index.js";

const { AveragedModel, getEmaAvgFn, updateBn } = optim.swaUtils;

const network = () => new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 2));

const train = (model: nn.Sequential, after: () => void): void => {
  const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
  for (let i = 0; i < 3; i++) {
    sgd.zeroGrad();
    model.forward(randn(8, 3)).square().sum().backward();
    sgd.step();
    after();
  }
};

describe("AveragedModel", () => {
  it("holds the mean of the weights, computes with it, and leaves the model and a pending backward alone", () => {
    manualSeed(1);
    const model = network();
    const average = new AveragedModel(model);
    const seen: number[][] = [];
    train(model, () => {
      average.updateParameters(model);
      seen.push([...model.getParameter("0.weight").toTypedArray()]);
    });
    const mean = (seen[0] as number[]).map((_, i) => seen.reduce((sum, w) => sum + (w[i] as number), 0) / 3);
    const own = average.getParameter("module.0.weight").toTypedArray();
    mean.forEach((value, i) => {
      expect(own[i]).toBeCloseTo(value, 6);
    });
    expect(average.numAveraged).toBe(3);
    expect(Object.keys(average.stateDict()).slice(0, 3)).toEqual(["n_averaged", "module.0.weight", "module.0.bias"]);

    const x = randn(4, 3);
    const other = network();
    other.loadStateDict(
      Object.fromEntries(
        Object.entries(average.stateDict()).flatMap(([key, value]) =>
          key.startsWith("module.") ? [[key.slice("module.".length), value] as const] : [],
        ),
      ),
    );
    const before = model.getParameter("0.weight").toArray();
    const pending = model.forward(x).square().sum();
    const y = average.eval().forward(x) as Tensor;
    expect(y.toArray()).toEqual(noGrad(() => other.eval().forward(x)).toArray());
    expect(y.requiresGrad).toBe(false);
    expect(model.getParameter("0.weight").toArray()).toEqual(before);
    expect(model.training).toBe(true);
    pending.backward();
    expect(model.getParameter("0.weight").grad).not.toBeNull();
  });

  it("averages exponentially, and buffers too where asked", () => {
    manualSeed(1);
    const model = network();
    const average = new AveragedModel(model, { avgFn: getEmaAvgFn(0.9), useBuffers: true });
    const [weights, means]: [number[], number[]] = [[], []];
    train(model, () => {
      average.updateParameters(model);
      weights.push(model.getParameter("2.bias").toTypedArray()[0] as number);
      means.push(model.getBuffer("1.running_mean").toTypedArray()[0] as number);
    });
    const ema = (values: number[]): number => values.slice(1).reduce((m, v) => 0.9 * m + 0.1 * v, values[0] as number);
    expect(average.getParameter("module.2.bias").toTypedArray()[0]).toBeCloseTo(ema(weights), 6);
    expect(average.getBuffer("module.1.running_mean").toTypedArray()[0]).toBeCloseTo(ema(means), 6);
    expect(() => getEmaAvgFn(1.5)).toThrow(/decay is 1.5/);
    expect(() => average.updateParameters(new nn.Linear(2, 2))).toThrow(/the average has 6 tensors, the model 2/);
  });

  it("averages all at once in place as one by one", () => {
    manualSeed(1);
    const model = network();
    const { getEmaMultiAvgFn, getSwaAvgFn, getSwaMultiAvgFn } = optim.swaUtils;
    const pairs = [
      [{ avgFn: getEmaAvgFn(0.9) }, { multiAvgFn: getEmaMultiAvgFn(0.9) }],
      [{ avgFn: getSwaAvgFn() }, { multiAvgFn: getSwaMultiAvgFn() }],
    ].map((options) => options.map((option) => new AveragedModel(model, option)));
    train(model, () => {
      for (const average of pairs.flat()) average.updateParameters(model);
    });
    for (const [one, all] of pairs) {
      const values = all?.parameters().flatMap((p) => [...p.toTypedArray()]) as number[];
      one
        ?.parameters()
        .flatMap((p) => [...p.toTypedArray()])
        .forEach((value, i) => {
          expect(values[i]).toBeCloseTo(value, 6);
        });
    }
    expect(() => new AveragedModel(model, { avgFn: getSwaAvgFn(), multiAvgFn: getSwaMultiAvgFn() })).toThrow(
      /not both/,
    );
    expect(() => getEmaMultiAvgFn(-1)).toThrow(/getEmaMultiAvgFn: decay is -1/);
  });

  it("is saved and loaded", () => {
    const model = network();
    const average = new AveragedModel(model);
    average.updateParameters(model);
    const other = new AveragedModel(network());
    other.loadStateDict(average.stateDict());
    expect(other.numAveraged).toBe(1);
    expect(other.getParameter("module.2.weight").toArray()).toEqual(model.getParameter("2.weight").toArray());
  });
});

describe("updateBn", () => {
  it("fills the running statistics with those of all batches, of a model or an average, and keeps modes", async () => {
    manualSeed(2);
    const model = network();
    const average = new AveragedModel(model);
    average.updateParameters(model);
    average.eval();
    const batches = [randn(16, 3), randn(16, 3)];
    await updateBn(batches, average);
    const hidden = noGrad(() => batches.map((x) => (model.getSubmodule("0") as nn.Linear).forward(x)));
    const means = hidden.map((h) => h.mean(0).toTypedArray()[1] as number) as [number, number];
    expect(average.getBuffer("module.1.running_mean").toTypedArray()[1]).toBeCloseTo((means[0] + means[1]) / 2, 6);
    expect(average.getBuffer("module.1.num_batches_tracked").item()).toBe(2);
    expect(model.getBuffer("1.num_batches_tracked").item()).toBe(0);
    expect((model.getSubmodule("1") as nn.BatchNorm1d).momentum).toBe(0.1);
    expect([average.training, model.training]).toEqual([false, true]);
    await updateBn(
      batches.map((x) => [x, 1] as const),
      model,
    );
    expect(model.getBuffer("1.running_mean").toTypedArray()[1]).toBeCloseTo((means[0] + means[1]) / 2, 6);
  });
});
