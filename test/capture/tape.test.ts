/** What changes between replays while the step stays the same: threads, the BLAS, where arguments lie, what is in them. */
import { afterEach, describe, it } from "vitest";
import {
  cat,
  getNumThreads,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  randn,
  setBlas,
  setNumThreads,
  type Tensor,
  zeros,
} from "../../src/index.js";
import { expectSameBits, type Subject } from "./held.js";

type Batch = [Tensor, Tensor];
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;
const threads = getNumThreads();

afterEach(() => {
  setNumThreads(threads);
  setBlas("auto");
});

/** Large enough that products and elementwise work are shared out, or go to a BLAS. */
const wide = (before?: (i: number) => void): Subject<Batch> => {
  const model = new nn.Sequential(new nn.Linear(300, 200), new nn.GELU(), new nn.Linear(200, 10));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const lossFn = new nn.CrossEntropyLoss();
  const xs = Array.from({ length: 3 }, () => rand(150, 300));
  const ys = xs.map(() => randint(0, 10, [150]));
  return {
    ...(before === undefined ? {} : { before }),
    step: (x, y) => {
      const loss = lossFn.forward(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    },
    args: (i) => [at(xs, i), at(ys, i)],
    models: [model],
  };
};

describe("a captured step gives the bits of the eager one", () => {
  it("when the number of threads changes from replay to replay", () => {
    expectSameBits(() => wide((i) => setNumThreads(1 + (i % 3))), { calls: 10 });
  });

  it("when there are more threads than when a convolution was noted, each with a tile of its own", () => {
    expectSameBits(
      () => {
        const model = new nn.Sequential(
          new nn.Conv2d(8, 32, 3),
          new nn.ReLU(),
          new nn.Conv2d(32, 16, 3, { stride: 2 }),
        );
        const xs = Array.from({ length: 3 }, () => rand(6, 8, 24, 24));
        return {
          before: (i) => setNumThreads(i < 4 ? 1 : 3),
          step: (x: Tensor) => {
            const loss = model.forward(x).square().mean();
            model.zeroGrad();
            loss.backward();
            return loss;
          },
          args: (i): [Tensor] => [at(xs, i)],
          models: [model],
        };
      },
      { calls: 8 },
    );
  });

  it("when the BLAS is turned off and on between replays", () => {
    expectSameBits(() => wide((i) => setBlas(i % 4 < 2 ? "auto" : "off")), { calls: 10 });
    expectSameBits(() => wide((i) => setBlas(i % 4 < 2 ? "off" : "auto")), { calls: 10 });
  });

  it("when arguments lie elsewhere each time, also at addresses that are no multiple of a register", () => {
    expectSameBits(() => {
      const model = new nn.Linear(5, 3);
      const all = randn(40 * 5 + 23);
      return {
        step: (x: Tensor) => {
          const y = model
            .forward(x)
            .tanh()
            .add(x.narrow(1, 0, 3))
            .mul(x.narrow(1, 2, 3));
          const loss = y.square().mean();
          model.zeroGrad();
          loss.backward();
          return [loss, y.detach()];
        },
        // 20 bytes from one to the next.
        args: (i): [Tensor] => [all.narrow(0, i, 40 * 5).view(40, 5)],
        models: [model],
      };
    });
  });

  it("when an argument is changed in place, and handed back", () => {
    expectSameBits(() => {
      const xs = Array.from({ length: 3 }, () => randn(4, 6));
      return {
        step: (x: Tensor, y: Tensor) => {
          x.mul_(0.5).add_(y.t());
          x.narrow(0, 1, 2).relu_();
          return { x, part: x.narrow(1, 2, 2), sum: x.sum() };
        },
        args: (i): Batch => [at(xs, i), randn(6, 4)],
        models: [],
        extra: () => xs.map((x) => [...x.toTypedArray()]),
      };
    });
  });

  it("with NaN, infinities and zeros among the elements", () => {
    expectSameBits(() => {
      const model = new nn.Sequential(new nn.Linear(8, 6), new nn.ReLU(), new nn.Linear(6, 6), new nn.Sigmoid());
      const xs = [0, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e30].map((value) =>
        cat([randn(3, 8), randn(1, 8).mul(0).add(value)]),
      );
      return {
        step: (x: Tensor) => {
          const y = model.forward(x).mul(x.narrow(1, 0, 6));
          model.zeroGrad();
          y.sum().backward();
          return y.detach();
        },
        args: (i): [Tensor] => [at(xs, i)],
        models: [model],
      };
    });
  });

  it("with a batch of size 0", () => {
    expectSameBits(() => {
      const model = new nn.Sequential(new nn.Linear(8, 6), new nn.ReLU(), new nn.Linear(6, 4));
      return {
        step: (x: Tensor) => {
          const y = model.forward(x).add(1);
          model.zeroGrad();
          y.sum().backward();
          return y.detach();
        },
        args: (): [Tensor] => [rand(0, 8)],
        models: [model],
      };
    });
  });

  it("where some ops have no kernel, before, between and behind those that have", () => {
    expectSameBits(() => {
      const model = new nn.Linear(6, 6);
      const xs = Array.from({ length: 3 }, () => rand(5, 6));
      return {
        step: (x: Tensor) => {
          const y = model.forward(x.mul(0.5).erfinv()).square().add(x).lgamma();
          const loss = y.cumsum(1).mul(x).mean();
          model.zeroGrad();
          loss.backward();
          return loss;
        },
        args: (i): [Tensor] => [at(xs, i)],
        models: [model],
      };
    });
  });

  it("for chains of elementwise ops that are large enough to go tile by tile, on any number of threads", () => {
    expectSameBits(
      () => {
        const weight = randn(70_001).requiresGrad_();
        const velocity = zeros(70_001);
        const xs = Array.from({ length: 3 }, () => randn(70_001));
        return {
          before: (i) => setNumThreads(1 + (i % 3)),
          step: (x: Tensor) => {
            const loss = x.mul(weight).add(0.5).tanh().mul(x).sub(weight).square().mean();
            weight.grad = null;
            loss.backward();
            noGrad(() => {
              velocity.mul_(0.9).add_(weight.grad as Tensor);
              weight.sub_(velocity.mul(0.05).mul(x.sign()));
            });
            return loss;
          },
          args: (i): [Tensor] => [at(xs, i)],
          models: [],
          extra: () => [...weight.toTypedArray()],
        };
      },
      { calls: 10 },
    );
  });

  it("with strided copies and scalars in turn", () => {
    expectSameBits(() => {
      const xs = Array.from({ length: 3 }, () => randn(4, 3, 5));
      return {
        step: (x: Tensor) => {
          const a = x.permute(2, 0, 1).contiguous().mul(2).add(0.5);
          const b = x.permute(1, 2, 0).contiguous().sub(3).div(7);
          return [a.matmul(b.permute(1, 0, 2).contiguous()), a, b];
        },
        args: (i): [Tensor] => [at(xs, i)],
        models: [],
      };
    });
  });
});
