import { describe, expect, it } from "vitest";
import {
  memoryStats,
  nn,
  OutOfMemoryError,
  optim,
  rand,
  randint,
  setMemoryLimit,
  type Tensor,
  zeros,
} from "../src/index.js";

const build = () => {
  const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
  const lossFn = new nn.CrossEntropyLoss();
  const step = (x: Tensor, y: Tensor): Tensor => {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, step };
};

describe("memory", () => {
  it("is flat after a hundred steps of a synchronous loop over views", () => {
    const { step } = build();
    const [x, y] = [rand(1000, 784), randint(0, 10, [1000])];
    const run = (steps: number): void => {
      for (let i = 0; i < steps; i++) step(x.narrow(0, (i % 10) * 100, 100), y.narrow(0, (i % 10) * 100, 100));
    };
    run(100);
    const before = memoryStats().inUse;
    run(400);
    expect(memoryStats().inUse).toBe(before);
  });

  it("of losses that are kept goes, their values stay", () => {
    const { step } = build();
    const [x, y] = [rand(10, 784), randint(0, 10, [10])];
    const losses = Array.from({ length: 20 }, () => step(x, y));
    const values = losses.map((loss) => loss.item());
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values[19]).toBeLessThan(values[0] as number);
  });

  it("keeps what a later graph still needs: a carried state that was detached", () => {
    const cell = new nn.Linear(4, 4);
    let state: Tensor = zeros(1, 4);
    for (let i = 0; i < 5; i++) {
      const next = cell.forward(state).tanh();
      next.sum().backward();
      state = next.detach();
    }
    expect(state.toArray()).toHaveLength(1);
  });

  it("that is used up is a typed error which leaves everything usable", () => {
    const { limit, inUse } = memoryStats();
    setMemoryLimit(inUse + 2 ** 20);
    const x = rand(10);
    expect(() => zeros(1000, 1000)).toThrow(OutOfMemoryError);
    setMemoryLimit(limit);
    expect(x.add(1).sum().item()).toBeGreaterThan(10);
  });
});
