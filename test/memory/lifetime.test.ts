import { describe, expect, it } from "vitest";
import {
  argmax,
  linalg,
  memoryStats,
  nn,
  OutOfMemoryError,
  optim,
  ReleasedError,
  rand,
  randint,
  setMemoryLimit,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.js";

const build = (): ((x: Tensor, y: Tensor) => void) => {
  const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
  const lossFn = new nn.CrossEntropyLoss();
  return (x, y) => {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  };
};

/** Runs `fn` with so many bytes to spare. */
const withRoom = (bytes: number, fn: () => void): void => {
  const { limit, inUse } = memoryStats();
  setMemoryLimit(inUse + bytes);
  try {
    fn();
  } finally {
    setMemoryLimit(limit);
  }
};

describe("memory of tensors", () => {
  it("is what it was after a hundred steps of a synchronous loop over views", () => {
    const step = build();
    const [x, y] = [rand(1000, 784), randint(0, 10, [1000])];
    const run = (steps: number): void => {
      for (let i = 0; i < steps; i++) step(x.narrow(0, (i % 10) * 100, 100), y.narrow(0, (i % 10) * 100, 100));
    };
    run(100);
    const before = memoryStats();
    run(400);
    expect(memoryStats()).toEqual(before);
  });

  it("goes where it is told to: dispose() and using", () => {
    const { blocks } = memoryStats();
    const x = tensor([1, 2]);
    {
      using y = x.add(1);
      expect(y.toArray()).toEqual([2, 3]);
      expect(memoryStats().blocks).toBe(blocks + 2);
    }
    x.dispose();
    x.dispose();
    expect(memoryStats().blocks).toBe(blocks);
    expect(() => x.toArray()).toThrow(ReleasedError);
    expect(() => x.add(1)).toThrow(/given back by dispose\(\)/);
  });

  it("of a single value comes back by itself", () => {
    const x = tensor([2], { dtype: "float32", requiresGrad: true });
    const losses = [1, 2, 3].map((factor) => {
      const loss = x.mul(factor).sum();
      loss.backward();
      return loss;
    });
    expect(stack(losses).toArray()).toEqual([2, 4, 6]);
  });
});

describe("memory that is used up", () => {
  it("is a typed error that says how much there is and what to do, and leaves everything usable", () => {
    const x = rand(10);
    const before = memoryStats().inUse;
    withRoom(2 ** 20, () => {
      expect(() => zeros(1000, 1000)).toThrow(OutOfMemoryError);
      expect(() => zeros(1000, 1000)).toThrow(/no room for 3\.8 MB[\s\S]*hint[\s\S]*scope/);
      expect(x.add(1).sum().item()).toBeGreaterThan(10);
    });
    expect(memoryStats().inUse - before).toBeLessThan(1000);
  });

  it.each<[string, (x: Tensor) => unknown]>([
    ["a kernel's scratch", (x) => x.t().softmax(0)],
    ["a copy for reading", (x) => x.t().toArray()],
    ["a decomposition", (x) => linalg.eigh(x)],
    ["an op of several steps", (x) => argmax(x.t().add(1), 0)],
  ])("is that error too where it is missing for %s, and what was taken comes back", (_, fn) => {
    const x = rand(500, 500);
    const before = memoryStats().inUse;
    withRoom(500 * 500 * 4 - 64, () => {
      expect(() => fn(x)).toThrow(OutOfMemoryError);
    });
    expect(memoryStats().inUse).toBe(before);
    expect(x.sum().item()).toBeGreaterThan(0);
  });

  it("in backward leaves no gradient, and nothing of the walk", () => {
    const w = rand(500, 500, { requiresGrad: true });
    const loss = w.matmul(w).relu().mul(w).sum();
    const before = memoryStats().inUse;
    withRoom(2 ** 20, () => {
      expect(() => loss.backward()).toThrow(OutOfMemoryError);
    });
    expect(w.grad).toBeNull();
    expect(memoryStats().inUse).toBeLessThanOrEqual(before);
  });
});
