import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCorpus, totalOf } from "../../scripts/golden/run.js";
import * as library from "../../src/index.js";
import { manualSeed, optim, randn, type Tensor, tensor } from "../../src/index.js";
import type { Optimizer } from "../../src/optim/index.js";

const folder = fileURLToPath(new URL("../golden/optim/", import.meta.url));

describe("optimizers", async () => {
  const report = await runCorpus(library, folder, { waivers: [] });

  it("go PyTorch's float64 way for 20 steps: every setting, groups, steps without a gradient", () => {
    expect(report.failures.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
    expect(totalOf(report)).toMatchObject({ cases: 55, passed: 55 });
  });
});

const makers: Record<string, (params: readonly Tensor[]) => Optimizer> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true }),
  "SGD with dampening": (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, dampening: 0.5, weightDecay: 0.1 }),
  "Adam with amsgrad": (p) => new optim.Adam(p, { lr: 0.05, amsgrad: true }),
  AdamW: (p) => new optim.AdamW(p, { lr: 0.05 }),
  NAdam: (p) => new optim.NAdam(p, { lr: 0.05 }),
  RAdam: (p) => new optim.RAdam(p, { lr: 0.05 }),
  Adamax: (p) => new optim.Adamax(p, { lr: 0.05 }),
  RMSprop: (p) => new optim.RMSprop(p, { lr: 0.02, momentum: 0.5, centered: true }),
  Adagrad: (p) => new optim.Adagrad(p, { lr: 0.1, lrDecay: 0.1 }),
  Adadelta: (p) => new optim.Adadelta(p, { lr: 1 }),
  Rprop: (p) => new optim.Rprop(p, { lr: 0.05 }),
  ASGD: (p) => new optim.ASGD(p, { lr: 0.1, t0: 3 }),
  Muon: (p) => new optim.Muon(p.slice(0, 1), { lr: 0.05 }),
  LBFGS: (p) => new optim.LBFGS(p, { lr: 0.5, maxIter: 4, historySize: 3 }),
  "LBFGS with a line search": (p) => new optim.LBFGS(p, { maxIter: 4, lineSearchFn: "strongWolfe" }),
};

/** A bumpy loss of a matrix and a vector; the vector has no gradient in every third step. */
const step = (optimizer: Optimizer, [a, b]: readonly [Tensor, Tensor], i: number): void => {
  optimizer.step(() => {
    optimizer.zeroGrad();
    const loss = a.square().sum().add(a.sin().mul(3).sum());
    (i % 3 === 1 ? loss : loss.add(b.sub(1).square().sum())).backward();
    return loss;
  });
};

describe.each(Object.entries(makers))("%s", (_name, make) => {
  it("goes on from a state saved in the middle to the bit, also after more steps of the one that was saved", () => {
    const start = (): [Tensor, Tensor] => {
      manualSeed(3);
      return [randn(3, 2, { requiresGrad: true }), randn(4, { requiresGrad: true })];
    };
    const straight = start();
    const one = make(straight);
    for (let i = 0; i < 7; i++) step(one, straight, i);
    const saved = one.stateDict();
    const values = straight.map((p) => p.detach().clone());
    for (let i = 7; i < 17; i++) step(one, straight, i);
    const resumed = start();
    resumed.forEach((p, i) => {
      p.detach().copy_(values[i] as Tensor);
    });
    const other = make(resumed);
    other.loadStateDict(JSON.parse(JSON.stringify({ ...saved, state: {} })) as typeof saved);
    other.loadStateDict(saved);
    for (let i = 7; i < 17; i++) step(other, resumed, i);
    expect(resumed.map((p) => p.toArray())).toEqual(straight.map((p) => p.toArray()));
  });
});

describe("a state that PyTorch saved", () => {
  it("has counters as tensors, which become numbers", () => {
    const weight = tensor([1, 2], { dtype: "float64", requiresGrad: true });
    const adam = new optim.Adam([weight], { lr: 0.1 });
    const group = {
      lr: 0.1,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weight_decay: 0,
      amsgrad: false,
      maximize: false,
      foreach: null,
    };
    const average = (value: number) => tensor([value, value], { dtype: "float64" });
    adam.loadStateDict({
      state: { "0": { step: tensor(3, { dtype: "float32" }), exp_avg: average(0.5), exp_avg_sq: average(0.25) } },
      param_groups: [{ ...group, params: [0] }],
    });
    weight.grad = average(1);
    adam.step();
    const [m, v] = [0.9 * 0.5 + 0.1, 0.999 * 0.25 + 0.001];
    const moved = (0.1 / (1 - 0.9 ** 4)) * (m / (Math.sqrt(v) / Math.sqrt(1 - 0.999 ** 4) + 1e-8));
    expect(weight.toTypedArray()[0]).toBeCloseTo(1 - moved, 14);
    expect(adam.stateDict().state["0"]?.step).toBe(4);
  });
});

describe("settings out of range are refused, each by name", () => {
  const p = (): Tensor[] => [tensor([1, 2], { dtype: "float32", requiresGrad: true })];
  it.each<[string, () => unknown, RegExp]>([
    ["SGD", () => new optim.SGD(p(), { lr: -1 }), /SGD: lr is -1/],
    ["SGD", () => new optim.SGD(p(), { lr: Number.NaN }), /lr is NaN/],
    ["SGD", () => new optim.SGD(p(), { lr: 0.1, momentum: -0.1 }), /momentum is -0\.1/],
    ["SGD", () => new optim.SGD(p(), { lr: 0.1, weightDecay: -1 }), /weightDecay is -1/],
    ["SGD", () => new optim.SGD(p(), { lr: 0.1, nesterov: true }), /nesterov needs momentum/],
    ["SGD's group", () => new optim.SGD([{ params: p(), lr: -2 }], { lr: 0.1 }), /lr is -2/],
    ["Adam", () => new optim.Adam(p(), { betas: [1, 0.9] }), /betas\[0\] is 1/],
    ["Adam", () => new optim.Adam(p(), { betas: [0.9, -0.1] }), /betas\[1\] is -0\.1/],
    ["Adam", () => new optim.Adam(p(), { eps: -1 }), /eps is -1/],
    ["AdamW", () => new optim.AdamW(p(), { betas: [0.9, 1.5] }), /AdamW: betas\[1\] is 1\.5/],
    ["NAdam", () => new optim.NAdam(p(), { lr: -1 }), /NAdam: lr is -1/],
    ["RAdam", () => new optim.RAdam(p(), { betas: [2, 0.9] }), /RAdam: betas\[0\] is 2/],
    ["Adamax", () => new optim.Adamax(p(), { weightDecay: -1 }), /Adamax: weightDecay is -1/],
    ["RMSprop", () => new optim.RMSprop(p(), { alpha: -1 }), /RMSprop: alpha is -1/],
    ["Adagrad", () => new optim.Adagrad(p(), { lrDecay: -1 }), /Adagrad: lrDecay is -1/],
    ["Adadelta", () => new optim.Adadelta(p(), { rho: 1.5 }), /Adadelta: rho is 1\.5/],
    ["Rprop", () => new optim.Rprop(p(), { etas: [1.5, 2] }), /etas\[0\] is 1\.5/],
    ["ASGD", () => new optim.ASGD(p(), { lr: -1 }), /ASGD: lr is -1/],
    ["LBFGS", () => new optim.LBFGS([{ params: p() }, { params: p() }]), /groups of parameters are not supported/],
    ["no parameters", () => new optim.Adam([]), /no parameters to train/],
  ])("%s", (_name, make, message) => {
    expect(make).toThrow(message);
  });

  it("and a module of no parameters says so", () => {
    expect(() => new optim.SGD(new library.nn.ReLU().parameters(), { lr: 0.1 })).toThrow(/no parameters to train/);
  });
});
