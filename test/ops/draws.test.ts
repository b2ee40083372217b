import { describe, expect, it } from "vitest";
import { bernoulli, corrcoef, cov, manualSeed, multinomial, normal, ones, tensor, zeros } from "../../src/index.js";

describe("draws", () => {
  it("multinomial follows its weights, and draws no place twice without replacement", () => {
    manualSeed(1);
    const drawn = Array.from(multinomial(tensor([1, 0, 3]), 4000, { replacement: true }).toTypedArray());
    expect(drawn.filter((place) => place === 1)).toEqual([]);
    expect(drawn.filter((place) => place === 2).length / 4000).toBeCloseTo(0.75, 1);
    expect(Array.from(multinomial(tensor([[1, 2, 3]]), 3).toTypedArray()).sort((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(() => multinomial(tensor([1, 0]), 2)).toThrow(/fewer than 2 weights above 0/);
    expect(() => multinomial(tensor([1, -1]), 1)).toThrow(/finite and from 0 up/);
  });

  it("bernoulli and normal have the means that they are given", () => {
    manualSeed(2);
    expect(bernoulli(ones(2000).mul(0.3)).mean().item()).toBeCloseTo(0.3, 1);
    expect(normal(ones(2000).mul(5), zeros(2000)).mean().item()).toBe(5);
    expect(() => bernoulli(tensor([1.5]))).toThrow(/no probability/);
  });

  it("cov and corrcoef are PyTorch's", () => {
    const x = tensor(
      [
        [0, 2, 1, 4],
        [2, 0, 1, -1],
      ],
      { dtype: "float64" },
    );
    for (const [i, v] of [35 / 12, -13 / 6, -13 / 6, 5 / 3].entries())
      expect(cov(x).toTypedArray()[i]).toBeCloseTo(v, 12);
    expect(corrcoef(x).toTypedArray()[1]).toBeCloseTo(-0.9827076298239908, 10);
    expect(cov(x, { aweights: tensor([1, 2, 1, 1]), correction: 1 }).toTypedArray()[0]).toBeCloseTo(
      2.4444444444444446,
      10,
    );
  });
});
