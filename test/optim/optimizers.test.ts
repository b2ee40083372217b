import { describe, expect, it } from "vitest";
import { autograd, manualSeed, nn, optim, randn, type Tensor, tensor } from "../../src/index.js";
import type { Optimizer } from "../../src/optim/index.js";

const makers: Record<string, (params: readonly Tensor[]) => Optimizer> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true }),
  Adam: (p) => new optim.Adam(p, { lr: 0.05, amsgrad: true }),
  AdamW: (p) => new optim.AdamW(p, { lr: 0.05 }),
  NAdam: (p) => new optim.NAdam(p, { lr: 0.05 }),
  RAdam: (p) => new optim.RAdam(p, { lr: 0.3 }),
  Adamax: (p) => new optim.Adamax(p, { lr: 0.05 }),
  RMSprop: (p) => new optim.RMSprop(p, { lr: 0.02, momentum: 0.5, centered: true }),
  Adagrad: (p) => new optim.Adagrad(p, { lr: 0.3 }),
  Adadelta: (p) => new optim.Adadelta(p, { lr: 30 }),
  Rprop: (p) => new optim.Rprop(p, { lr: 0.05 }),
  ASGD: (p) => new optim.ASGD(p, { lr: 0.1 }),
  Muon: (p) => new optim.Muon(p, { lr: 0.05 }),
  LBFGS: (p) => new optim.LBFGS(p, { lr: 0.5, maxIter: 4 }),
};

/** Least squares with a known answer. */
const problem = (): { weight: Tensor; loss: () => Tensor } => {
  manualSeed(4);
  const x = randn(20, 3);
  const wanted = x.matmul(
    tensor(
      [
        [1, -2],
        [0.5, 3],
        [2, 0],
      ],
      { dtype: "float32" },
    ),
  );
  const weight = randn(3, 2, { requiresGrad: true });
  return { weight, loss: () => nn.functional.mseLoss(x.matmul(weight), wanted) };
};

const run = (optimizer: Optimizer, loss: () => Tensor, steps: number): void => {
  for (let i = 0; i < steps; i++) {
    optimizer.step(() => {
      optimizer.zeroGrad();
      const value = loss();
      value.backward();
      return value;
    });
  }
};

describe.each(Object.keys(makers))("%s", (name) => {
  const make = makers[name] as (params: readonly Tensor[]) => Optimizer;

  it("brings the loss of a least-squares problem down to a hundredth", () => {
    const { weight, loss } = problem();
    const before = loss().item();
    run(make([weight]), loss, 200);
    expect(loss().item()).toBeLessThan(before / 100);
  });

  it("goes on from a saved state as if it had not stopped, to the bit", () => {
    const straight = problem();
    run(make([straight.weight]), straight.loss, 13);
    const first = problem();
    const before = make([first.weight]);
    run(before, first.loss, 6);
    const state = before.stateDict();
    const second = problem();
    second.weight.detach().copy_(first.weight.detach());
    const after = make([second.weight]);
    after.loadStateDict(state);
    run(after, second.loss, 7);
    expect(second.weight.toArray()).toEqual(straight.weight.toArray());
  });
});

describe("optimizers", () => {
  it.each(Object.keys(makers).filter((name) => name !== "LBFGS"))(
    "step all parameters as each alone, to the bit, whatever they share and miss: %s",
    (name) => {
      const build = (): { params: Tensor[]; view: Tensor; step: (i: number, optimizers: Optimizer[]) => void } => {
        manualSeed(9);
        const storage = randn(6, 7);
        // Two in one storage, one of them turned; one that misses gradients; one in float64.
        const view = storage.t();
        const rest = [randn(70, 2), randn(3, 1), randn(5, 5, { dtype: "float64" })];
        const params = [storage, view, ...rest].map((x) => x.requiresGrad_());
        return {
          params,
          view,
          step: (i, optimizers) => {
            params.forEach((param, k) => {
              param.grad = k === 3 && i % 2 === 1 ? null : randn(...param.shape, { dtype: param.dtype });
            });
            for (const optimizer of optimizers) optimizer.step();
          },
        };
      };
      const make = makers[name] as (params: readonly Tensor[]) => Optimizer;
      const [together, apart] = [build(), build()];
      const one = [make(together.params)];
      const many = apart.params.map((param) => make([param]));
      manualSeed(3);
      for (let i = 0; i < 4; i++) together.step(i, one);
      manualSeed(3);
      for (let i = 0; i < 4; i++) apart.step(i, many);
      expect(together.params.map((x) => x.detach().toArray())).toEqual(apart.params.map((x) => x.detach().toArray()));
    },
  );

  it("save PyTorch's keys", () => {
    const weight = tensor([1.5], { requiresGrad: true });
    const adam = new optim.Adam([weight], { lr: 0.1, weightDecay: 0.2 });
    weight.mul(2).sum().backward();
    adam.step();
    const { state, param_groups } = adam.stateDict();
    expect(Object.keys(state["0"] ?? {})).toEqual(["step", "exp_avg", "exp_avg_sq"]);
    expect(param_groups).toEqual([
      { lr: 0.1, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.2, amsgrad: false, maximize: false, params: [0] },
    ]);
  });

  it("take groups with settings of their own, and refuse a tensor twice, an inner result and an empty list", () => {
    const [a, b] = [tensor([1.5], { requiresGrad: true }), tensor([2.5], { requiresGrad: true })];
    const sgd = new optim.SGD([{ params: [a], lr: 1 }, { params: [b] }], { lr: 0.1 });
    a.add(b).sum().backward();
    sgd.step();
    expect([a.item(), b.item()]).toEqual([0.5, Math.fround(2.4)]);
    expect(() => sgd.addParamGroup({ params: [a] })).toThrow(/given twice/);
    expect(() => new optim.Adam([a.mul(2)])).toThrow(/result of mul/);
    expect(() => new optim.Adam([])).toThrow(/no parameters/);
    expect(() => new optim.Adam([a], { betas: [0.9, 1] })).toThrow(/betas\[1\] is 1/);
    expect(() => new optim.Muon([a])).toThrow(/no matrix/);
  });

  it("refuse a state with other groups or shapes, and change nothing then", () => {
    const [a, b] = [randn(2, { requiresGrad: true }), randn(3, { requiresGrad: true })];
    const one = new optim.Adam([a]);
    a.sum().backward();
    one.step();
    expect(() => new optim.Adam([a, b]).loadStateDict(one.stateDict())).toThrow(/other groups/);
    expect(() => new optim.Adam([b]).loadStateDict(one.stateDict())).toThrow(
      /exp_avg of parameter 0 has another shape/,
    );
  });

  it("NAdam's second step has the product of two momentums under the average, as PyTorch 2 and the paper", () => {
    const weight = tensor(1, { dtype: "float64" }).requiresGrad_();
    const nadam = new optim.NAdam([weight], { lr: 0.1 });
    const [b1, b2, decay] = [0.9, 0.999, 4e-3];
    const mu = (t: number): number => b1 * (1 - 0.5 * 0.96 ** (t * decay));
    let [p, m, v, product] = [1, 0, 0, 1];
    for (const [i, g] of [0.5, -0.25].entries()) {
      weight.grad = tensor(g, { dtype: "float64" });
      nadam.step();
      const t = i + 1;
      product *= mu(t);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const divisor = Math.sqrt(v / (1 - b2 ** t)) + 1e-8;
      p -= (0.1 * (((1 - mu(t)) / (1 - product)) * g + (mu(t + 1) / (1 - product * mu(t + 1))) * m)) / divisor;
    }
    expect(weight.item()).toBeCloseTo(p, 14);
  });

  it("LBFGS with a line search finds the bottom of Rosenbrock's valley", () => {
    const x = tensor([-1.2, 1], { dtype: "float64", requiresGrad: true });
    const valley = (): Tensor => {
      const [a, b] = [x.select(0, 0), x.select(0, 1)];
      return b.sub(a.square()).square().mul(100).add(a.mul(-1).add(1).square());
    };
    const lbfgs = new optim.LBFGS([x], { lineSearchFn: "strongWolfe", maxIter: 60, maxEval: 200 });
    run(lbfgs, valley, 2);
    expect(
      x
        .sub(tensor([1, 1]))
        .abs()
        .amax()
        .item(),
    ).toBeLessThan(1e-4);
  });

  it("clip gradients together, and each element", () => {
    const a = tensor([3, 0], { dtype: "float32", requiresGrad: true });
    const b = tensor([4.5], { requiresGrad: true });
    autograd.backward([a.sum(), b.sum()], [null, null]);
    a.grad = tensor([3, 0], { dtype: "float32" });
    b.grad = tensor([4], { dtype: "float32" });
    expect(nn.utils.clipGradNorm_([a, b], 1).item()).toBe(5);
    expect(a.grad?.toTypedArray()[0]).toBeCloseTo(0.6, 6);
    a.grad = tensor([Number.NaN, 7]);
    expect(() => nn.utils.clipGradNorm_([a], 1, { errorIfNonfinite: true })).toThrow(/norm of the gradients is NaN/);
    nn.utils.clipGradValue_([a], 2);
    expect(a.grad?.toArray()).toEqual([Number.NaN, 2]);
  });

  it("turn parameters into one vector and back", () => {
    const layer = new nn.Linear(3, 2);
    const vector = nn.utils.parametersToVector(layer.parameters()).detach();
    expect(vector.shape).toEqual([8]);
    nn.utils.vectorToParameters(vector.mul(0).add(1), layer.parameters());
    expect(layer.weight.toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    expect(() => nn.utils.vectorToParameters(randn(7), layer.parameters())).toThrow(/8 elements in all/);
  });
});
