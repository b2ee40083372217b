import { describe, expect, it } from "vitest";
import { autograd, manualSeed, memoryStats, nn, rand, randn, type Tensor } from "../../src/index.js";

const { checkpoint } = autograd;

const network = (): nn.Linear[] => {
  manualSeed(1);
  return [new nn.Linear(8, 16), new nn.Linear(16, 8)];
};

const block = ([up, down]: nn.Linear[]): ((x: Tensor) => Tensor) => {
  return (x) => (down as nn.Linear).forward((up as nn.Linear).forward(x).tanh()).sigmoid();
};

const gradientsOf = (layers: nn.Linear[], x: Tensor, y: Tensor): (number[] | null)[] => {
  y.pow(2).sum().backward();
  return [...layers.flatMap((layer) => [...layer.parameters()]), x].map((p) =>
    Array.from(p.grad?.toTypedArray() ?? []),
  );
};

describe("checkpoint", () => {
  it("gives the same gradients, to inputs and to parameters", () => {
    const plain = network();
    const x = randn(4, 8, { requiresGrad: true });
    const wanted = gradientsOf(plain, x, block(plain)(block(plain)(x)));
    const saved = network();
    const x2 = x.detach().clone().requiresGrad_();
    const run = block(saved);
    expect(gradientsOf(saved, x2, checkpoint(run, checkpoint(run, x2)))).toEqual(wanted);
  });

  it("takes one checkpoint inside of another", () => {
    const plain = network();
    const x = randn(4, 8, { requiresGrad: true });
    const wanted = gradientsOf(plain, x, block(plain)(block(plain)(x)));
    const nested = network();
    const x2 = x.detach().clone().requiresGrad_();
    const inner = (h: Tensor): Tensor => checkpoint(block(nested), h);
    expect(
      gradientsOf(
        nested,
        x2,
        checkpoint((h) => inner(inner(h)), x2),
      ),
    ).toEqual(wanted);
  });

  it("passes gradcheck to the second order", () => {
    const x = randn(3, { dtype: "float64", requiresGrad: true });
    const fn = (a: Tensor): Tensor => checkpoint((b) => b.sin().mul(b.exp()).tanh(), a);
    expect(autograd.gradcheck(fn, [x])).toBe(true);
    expect(autograd.gradgradcheck(fn, [x])).toBe(true);
  });

  it("draws the same random numbers again, and leaves the generator where it was", () => {
    const x = randn(50, { requiresGrad: true });
    manualSeed(9);
    const y = checkpoint((a: Tensor) => a.mul(rand(50).gt(0.5).to("float32")).mul(a.exp()).tanh(), x);
    const next = rand(1).item();
    y.sum().backward();
    manualSeed(9);
    const x2 = x.detach().clone().requiresGrad_();
    x2.mul(rand(50).gt(0.5).to("float32")).mul(x2.exp()).tanh().sum().backward();
    expect(rand(1).item()).toBe(next);
    expect(x.grad?.toArray()).toEqual(x2.grad?.toArray());
  });

  it("holds less memory than the plain run", () => {
    const chain = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 20; i++) y = y.sin().exp().tanh();
      return y;
    };
    const held = (run: (x: Tensor) => Tensor): number => {
      const x = randn(10_000, { requiresGrad: true });
      const before = memoryStats().inUse;
      const y = run(x);
      const after = memoryStats().inUse;
      y.sum().backward();
      expect(x.grad?.shape).toEqual([10_000]);
      return after - before;
    };
    const plain = held(chain);
    expect(held((x) => checkpoint(chain, x))).toBeLessThan(plain / 20);
  });

  it("says so when the second run is another one", () => {
    let calls = 0;
    const x = randn(3, { requiresGrad: true });
    const y = checkpoint((a: Tensor) => (calls++ === 0 ? a.exp().exp() : a.exp()), x);
    expect(() => y.sum().backward()).toThrow(/checkpoint: the second run saved 1 values, the first 2/);
  });
});
