/** Loops that keep more than one step's tensors: what PyTorch (manual_seed(0), the same script) computes in each. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  cat,
  manualSeed,
  nn,
  optim,
  ReleasedError,
  rand,
  randint,
  stack,
  type Tensor,
  zeros,
} from "../../src/index.js";

const lossFn = new nn.CrossEntropyLoss();
let model: nn.Sequential;
let x: Tensor;
let y: Tensor;
let optimizer: optim.SGD;

beforeEach(() => {
  manualSeed(0);
  model = new nn.Sequential(new nn.Linear(4, 6), new nn.Tanh(), new nn.Linear(6, 3));
  x = rand(5, 4);
  y = randint(0, 3, [5]);
  optimizer = new optim.SGD(model.parameters(), { lr: 0.5 });
});

/** One step of training. @returns the outputs and the loss, as they are after it */
const step = (): { outputs: Tensor; loss: Tensor } => {
  const outputs = model.forward(x);
  const loss = lossFn.forward(outputs, y);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return { outputs, loss };
};

const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 5));
const itemsOf = (tensors: readonly Tensor[]): number[] => tensors.map((tensor) => tensor.item());

describe("a training loop, as in PyTorch,", () => {
  it("uses one batch in several backwards, whose gradients add up", () => {
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) {
      optimizer.zeroGrad();
      for (const factor of [1, 2, 3]) lossFn.forward(model.forward(factor === 1 ? x : x.mul(factor)), y).backward();
      optimizer.step();
      losses.push(lossFn.forward(model.forward(x), y).item());
    }
    expect(losses).toEqual(near([1.0070809, 1.0146484, 0.9482027, 1.3717136]));
    expect(x.sum().item()).toBeCloseTo(10.938067, 5);
    expect(model.parameters()[0]?.grad?.abs().sum().item()).toBeCloseTo(6.480069, 4);
  });

  it("keeps every loss, reads them afterwards, and takes their mean", () => {
    const losses = Array.from({ length: 6 }, () => step().loss);
    expect(itemsOf(losses)).toEqual(near([1.0948179, 1.0639026, 1.0442474, 1.029006, 1.0155928, 1.0028561]));
    expect(stack(losses).mean().item()).toBeCloseTo(1.0417372, 5);
    expect(losses.map(String)[5]).toBe("tensor(1.0029, gradFn=<mean>)");
  });

  it("adds losses up on the way", () => {
    let total: Tensor = zeros([]);
    for (let i = 0; i < 6; i++) total = total.add(step().loss.detach());
    expect(total.item()).toBeCloseTo(6.2504225, 5);
  });

  it("collects detached outputs", () => {
    const outputs = Array.from({ length: 6 }, () => step().outputs.detach());
    const sums = [0.5099169, 0.5116369, 0.5121124, 0.5055602, 0.4953851, 0.4854491];
    expect(itemsOf(outputs.map((out) => out.sum()))).toEqual(near(sums));
    expect(cat(outputs).shape).toEqual([30, 3]);
    expect(outputs[0]?.select(0, 0).toArray()).toEqual(near([-0.0701353, -0.0494584, 0.2711477]));
  });

  it("carries the state of an RNN from step to step", () => {
    manualSeed(0);
    const rnn = new nn.RNN(2, 3, { batchFirst: true });
    const head = new nn.Linear(3, 1);
    const sgd = new optim.SGD([...rnn.parameters(), ...head.parameters()], { lr: 0.1 });
    let state = zeros(1, 2, 3);
    const sequences = rand(5, 2, 4, 2);
    const losses: Tensor[] = [];
    const states: Tensor[] = [];
    for (let t = 0; t < 5; t++) {
      const sequence = sequences.select(0, t);
      const [outputs, next] = rnn.forward(sequence, state);
      const loss = head
        .forward(outputs)
        .sub(sequence.sum(2, { keepdim: true }))
        .pow(2)
        .mean();
      sgd.zeroGrad();
      loss.backward();
      sgd.step();
      state = next.detach();
      losses.push(loss);
      states.push(state);
    }
    expect(itemsOf(losses)).toEqual(near([0.9799869, 0.5125368, 0.1727757, 0.2811264, 0.0748313]));
    expect(itemsOf(states.map((h) => h.sum()))).toEqual(near([-0.890094, -0.3003442, 0.1538817, 0.2531808, 0.4074408]));
  });

  it("is told what to do where it reads an output of the step before last that it did not detach", () => {
    const { outputs } = step();
    expect(outputs.shape).toEqual([5, 3]);
    expect(outputs.argmax(1).shape).toEqual([5]);
    step();
    expect(() => outputs.argmax(1)).toThrow(ReleasedError);
    expect(() => outputs.toArray()).toThrow(/given back by the next backward\(\)[\s\S]*hint[\s\S]*detach\(\)/);
    expect(outputs.toString()).toBe("tensor(<released>, gradFn=<linear>)");
  });
});
