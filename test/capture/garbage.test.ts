/** What a step, eager or replayed, leaves to the garbage collector. */
import { getHeapStatistics } from "node:v8";
import { describe, expect, it } from "vitest";
import { capture, memoryStats, nn, noGrad, optim, randn, type Tensor } from "../../src/index.js";

const STEPS = 200;

/** Bytes of JavaScript's heap that a call takes: the median over rounds in which nothing was collected. */
const measured = (call: () => unknown): number => {
  const rounds: number[] = [];
  for (let round = 0; round < 40; round++) {
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < STEPS; i++) call();
    const taken = getHeapStatistics().used_heap_size - before;
    if (taken >= 0) rounds.push(taken / STEPS);
  }
  return rounds.sort((a, b) => a - b)[rounds.length >> 1] as number;
};

/** The least of five such measures: the engine compiles in its own time, and code not yet compiled takes twice as much. */
const bytesOf = (call: () => unknown): number => Math.min(...Array.from({ length: 5 }, () => measured(call)));

const network = (): nn.Sequential => new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));

/** A step of a small network: a dozen ops and kernels, an optimizer of four parameters. */
const trainingStep = (): ((x: Tensor, y: Tensor) => Tensor) => {
  const model = network();
  const lossFn = new nn.MSELoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  return (x, y) => {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
};

describe("an eager step takes of JavaScript's heap", () => {
  it("less than 30,000 bytes where a network is small: each op's tensor and node, and little else", () => {
    const step = trainingStep();
    const [x, y] = [randn(2, 2), randn(2, 1)];
    expect(bytesOf(() => step(x, y))).toBeLessThan(30_000);
  });
});

describe("a replay takes of JavaScript's heap", () => {
  it("less than 2,500 bytes where it is all kernels: its result, and the list of its arguments", () => {
    const model = network();
    const lossFn = new nn.MSELoss();
    const evaluate = capture((x: Tensor, y: Tensor) => noGrad(() => lossFn.forward(model.forward(x), y)));
    const [x, y] = [randn(2, 2), randn(2, 1)];
    expect(bytesOf(() => evaluate(x, y))).toBeLessThan(2500);
  });

  it("less than 8,000 bytes for a training step, an optimizer's JavaScript included", () => {
    const captured = capture(trainingStep());
    const [x, y] = [randn(2, 2), randn(2, 1)];
    expect(bytesOf(() => captured(x, y))).toBeLessThan(8000);
  });

  it("and none of the library's for a result of one element, until it is computed with", () => {
    const square = capture((x: Tensor) => x.square().sum());
    const x = randn(10);
    const losses = Array.from({ length: 5 }, () => square(x));
    const { blocks } = memoryStats();
    losses.push(...Array.from({ length: 100 }, () => square(x)));
    expect(memoryStats().blocks).toBe(blocks);
    const loss = losses[100] as Tensor;
    expect(loss.add(1).item()).toBe(Math.fround(loss.item() + 1));
    expect(loss.toArray()).toBe(loss.item());
    expect(loss.add_(2).item()).toBe(Math.fround((losses[1] as Tensor).item() + 2));
    expect(memoryStats().blocks).toBe(blocks + 2);
  });
});
