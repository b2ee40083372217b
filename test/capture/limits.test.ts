import { afterEach, describe, expect, it, vi } from "vitest";
import {
  CaptureError,
  capture,
  IndexError,
  memoryStats,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.js";
import { bits } from "./held.js";

const build = (lr = 0.1) => {
  const model = new nn.Sequential(new nn.Linear(4, 5), new nn.ReLU(), new nn.Linear(5, 3));
  const optimizer = new optim.SGD(model.parameters(), { lr });
  const lossFn = new nn.CrossEntropyLoss();
  const step = (x: Tensor, y: Tensor): Tensor => {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, optimizer, lossFn, step };
};

const weights = (model: nn.Module): unknown => model.parameters().map(bits);
const batch = (): [Tensor, Tensor] => [rand(6, 4), randint(0, 3, [6])];

/** The error that one of the first calls throws. */
const refusal = (fn: (...args: never[]) => unknown, ...args: unknown[]): CaptureError => {
  const step = capture(fn as (...args: unknown[]) => unknown);
  for (let i = 0; i < 6; i++) {
    try {
      step(...args);
    } catch (error) {
      if (error instanceof CaptureError) return error;
      throw error;
    }
  }
  throw new Error("nothing was refused");
};

afterEach(() => vi.restoreAllMocks());

describe("what cannot be captured is refused", () => {
  it("reading a value, with the op and the line", () => {
    const error = refusal((x: Tensor) => x.sum().item(), rand(3));
    expect(error.message).toMatch(/^item: the step reads values into JavaScript/);
    expect(error.args["called at"]).toMatch(/limits\.test\.ts:\d+/);
  });

  it("shapes that depend on values", () => {
    expect(refusal((x: Tensor) => x.nonzero(), rand(3)).op).toBe("nonzero");
    expect(refusal((x: Tensor) => x.maskedSelect(x.gt(0.5)), rand(3)).message).toMatch(/reads values/);
  });

  it("numbers that change from run to run", () => {
    let factor = 1;
    const error = refusal((x: Tensor) => x.mul(++factor), rand(3));
    expect(error.message).toMatch(
      /does not do the same each time: mul is given the number \d in one run and \d in another/,
    );
    expect(error.args["called at"]).toMatch(/limits\.test\.ts:\d+/);
  });

  it("a state that is carried from run to run outside of the arguments", () => {
    let state = zeros(3);
    const carry = (x: Tensor): Tensor => {
      state = state.add(x);
      return state.sum();
    };
    expect(refusal(carry, rand(3)).message).toMatch(/another tensor in each run/);
  });

  it("values of JavaScript that change from run to run", () => {
    let count = 0;
    expect(refusal((x: Tensor) => x.add(tensor([++count, 0, 0])), rand(3)).message).toMatch(
      /made of JavaScript's values/,
    );
  });

  it("random numbers that JavaScript draws", () => {
    expect(refusal((x: Tensor) => x.gather(0, randint(0, 3, [2])), rand(3)).op).toBe("randint");
  });

  it("hooks of modules and of tensors", () => {
    const layer = new nn.Linear(3, 3);
    const remove = layer.registerForwardHook(() => undefined);
    expect(refusal((x: Tensor) => layer.forward(x).detach(), rand(2, 3)).message).toMatch(
      /Linear: the module has a hook/,
    );
    remove();
    layer.weight.registerHook(() => undefined);
    expect(
      refusal(
        (x: Tensor) => {
          layer.forward(x).sum().backward();
        },
        rand(2, 3),
      ).op,
    ).toBe("registerHook");
  });

  it("a captured function inside of another", () => {
    const inner = capture((x: Tensor) => x.mul(2));
    expect(refusal((x: Tensor) => inner(x).add(1), rand(3)).message).toMatch(/called in a step that is recorded/);
  });

  it("a result whose graph was not walked, a closure for an optimizer, a schedule, an async step", () => {
    const { model, optimizer, lossFn } = build();
    const [x, y] = batch();
    expect(refusal(() => lossFn.forward(model.forward(x), y)).message).toMatch(/graph that no backward has walked/);
    expect(refusal(() => optimizer.step(() => 1)).message).toMatch(/given a closure/);
    const schedule = new optim.lrScheduler.StepLR(optimizer, { stepSize: 3 });
    expect(refusal(() => schedule.step()).op).toBe("StepLR.step");
    expect(refusal(async () => 1).message).toMatch(/async/);
  });
});

describe("a step that cannot be captured", () => {
  it("runs as it is, and says so once, where that is asked for", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const step = capture((x: Tensor) => x.sum().item(), { fallback: "eager" });
    for (let i = 0; i < 5; i++) expect(step(tensor([1, 2, i]))).toBe(3 + i);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/item: the step reads values[\s\S]*runs without capture/);
  });

  it("may be recorded in its first run otherwise than later", () => {
    let cache: Tensor | null = null;
    let ran = 0;
    const step = capture((x: Tensor) => {
      ran++;
      cache ??= x.mul(0).add(2);
      return x.mul(cache);
    });
    for (let i = 0; i < 6; i++) expect(step(tensor([1, i])).toArray()).toEqual([2, 2 * i]);
    expect(ran).toBe(3);
  });
});

describe("a replay", () => {
  it("throws for a label that is no class, and leaves what the eager step leaves", () => {
    const { model, step } = build();
    const captured = capture(step);
    const [x, y] = batch();
    for (let i = 0; i < 4; i++) captured(x, y);
    const before = weights(model);
    expect(() => captured(x, tensor([0, 1, 2, 3, 0, 0]))).toThrow(IndexError);
    expect(() => captured(x, tensor([0, 1, 2, 3, 0, 0]))).toThrow(/label 3 of row 3 is not a class/);
    expect(weights(model)).toEqual(before);
    expect(Number.isFinite(captured(x, y).item())).toBe(true);
    expect(weights(model)).not.toEqual(before);
  });

  it("goes on after a step that threw while it was recorded", () => {
    const { model, step } = build();
    const other = build();
    other.model.loadStateDict(model.stateDict());
    let fails = true;
    const captured = capture((x: Tensor, y: Tensor) => {
      const loss = step(x, y);
      if (fails) throw new Error("in the middle");
      return loss;
    });
    const [x, y] = batch();
    expect(() => captured(x, y)).toThrow("in the middle");
    fails = false;
    for (let i = 0; i < 5; i++) captured(x, y);
    for (let i = 0; i < 6; i++) other.step(x, y);
    expect(weights(model)).toEqual(weights(other.model));
  });

  it("leaves losses and gradients that were kept as they were", () => {
    const { model, optimizer, step } = build();
    const captured = capture(step);
    const [x, y] = batch();
    const losses: Tensor[] = [];
    const grads: Tensor[] = [];
    const seen: unknown[] = [];
    for (let i = 0; i < 8; i++) {
      losses.push(captured(x, y));
      const { grad } = model.parameters()[0] as Tensor;
      grads.push(grad as Tensor);
      seen.push([losses.at(-1)?.item(), bits(grad)]);
    }
    expect(losses.map((loss, i) => [loss.item(), bits(grads[i] as Tensor)])).toEqual(seen);
    expect(new Set(losses.map((loss) => loss.item())).size).toBe(8);
    optimizer.zeroGrad();
    expect((model.parameters()[0] as Tensor).grad).toBeNull();
  });

  it("sees what was loaded into the parameters, and parameters that were frozen", () => {
    const { model, step } = build();
    const twin = build();
    const captured = capture(step);
    const [x, y] = batch();
    for (let i = 0; i < 4; i++) captured(x, y);
    const fresh = build().model.stateDict();
    for (const m of [model, twin.model]) m.loadStateDict(fresh);
    for (let i = 0; i < 3; i++) expect(captured(x, y).item()).toBe(twin.step(x, y).item());
    for (const m of [model, twin.model]) (m.parameters()[0] as Tensor).requiresGrad = false;
    for (let i = 0; i < 4; i++) expect(captured(x, y).item()).toBe(twin.step(x, y).item());
    expect(weights(model)).toEqual(weights(twin.model));
  });

  it("of one model does not disturb another's", () => {
    const [a, b] = [build(), build()];
    const [c, d] = [build(), build()];
    c.model.loadStateDict(a.model.stateDict());
    d.model.loadStateDict(b.model.stateDict());
    const [stepA, stepB] = [capture(a.step), capture(b.step)];
    const batches = Array.from({ length: 4 }, batch);
    for (let i = 0; i < 12; i++) {
      const [x, y] = batches[i % 4] as [Tensor, Tensor];
      expect(stepA(x, y).item()).toBe(c.step(x, y).item());
      expect(stepB(x, y).item()).toBe(d.step(x, y).item());
    }
  });

  it("bumps versions: a graph made before is refused after it", () => {
    const { model, step } = build();
    const captured = capture(step);
    const [x, y] = batch();
    for (let i = 0; i < 4; i++) captured(x, y);
    const loss = model.forward(x.clone().requiresGrad_()).sum();
    captured(x, y);
    expect(() => loss.backward()).toThrow(/changed by an in-place op/);
  });

  it("takes no memory but its results", () => {
    const { step } = build();
    const captured = capture(step);
    const [x, y] = batch();
    for (let i = 0; i < 3; i++) captured(x, y).dispose();
    const { inUse, peak } = memoryStats();
    for (let i = 0; i < 1000; i++) captured(x, y).dispose();
    expect(memoryStats().inUse).toBe(inUse);
    expect(memoryStats().peak).toBe(peak);
  });

  it("runs under noGrad, with tensors in nested results, and takes views as arguments", () => {
    const { model } = build();
    const infer = capture((rows: { x: Tensor }[]) => noGrad(() => rows.map(({ x }) => ({ y: model.forward(x) }))));
    const all = rand(10, 4);
    for (let i = 0; i < 5; i++) {
      const x = all.narrow(0, i, 3);
      const [row] = infer([{ x }]) as [{ y: Tensor }];
      expect(bits(row.y)).toEqual(bits(noGrad(() => model.forward(x))));
    }
  });
});
