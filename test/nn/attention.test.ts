import { describe, expect, it } from "vitest";
import { manualSeed, nn, randn, type Tensor } from "../../src/index.js";

const close = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  expect(a.sub(b).abs().amax().item()).toBeLessThan(1e-12);
};

describe("MultiheadAttention", () => {
  it.each([
    { batchFirst: false },
    { batchFirst: true },
    { batchFirst: true, addBiasKv: true, addZeroAttn: true },
    { batchFirst: false, addBiasKv: true },
    { batchFirst: true, bias: false },
  ])("of one tensor is that of three equal ones, with gradients: %j", (options) => {
    for (const needWeights of [true, false]) {
      manualSeed(3);
      const layer = new nn.MultiheadAttention(6, 2, options).double();
      const run = (parts: (x: Tensor) => [Tensor, Tensor, Tensor]): Tensor[] => {
        manualSeed(4);
        const x = randn(3, 4, 6, { dtype: "float64", requiresGrad: true });
        layer.zeroGrad();
        const [y] = layer.forward(...parts(x), { needWeights });
        y.sin().sum().backward();
        return [y.detach(), ...[x, ...layer.parameters()].map(({ grad }) => (grad as Tensor).clone())];
      };
      const apart = run((x) => [x, x.clone(), x.clone()]);
      run((x) => [x, x, x]).forEach((part, i) => {
        close(part, apart[i] as Tensor);
      });
    }
  });

  it("gives a batch that comes first what it gives one that comes second, and one sequence alone", () => {
    manualSeed(5);
    const first = new nn.MultiheadAttention(6, 2, { batchFirst: true }).double();
    const second = new nn.MultiheadAttention(6, 2).double();
    second.loadStateDict(first.stateDict());
    const [q, k] = [randn(3, 4, 6, { dtype: "float64" }), randn(3, 5, 6, { dtype: "float64" })];
    const [y, weights] = first.forward(q, k, k);
    const [turned, same] = second.forward(q.transpose(0, 1), k.transpose(0, 1), k.transpose(0, 1));
    close(y, turned.transpose(0, 1));
    close(weights as Tensor, same as Tensor);
    const [alone] = first.forward(q.select(0, 1), k.select(0, 1), k.select(0, 1));
    close(alone, y.select(0, 1));
  });
});
