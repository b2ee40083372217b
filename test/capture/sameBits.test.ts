import { describe, it } from "vitest";
import { nn, noGrad, optim, rand, randint, randn, type Tensor, zeros } from "../../src/index.js";
import { expectSameBits } from "./held.js";

type Batch = [Tensor, Tensor];

const images = (n: number, ...shape: number[]): Tensor[] => Array.from({ length: n }, () => rand(...shape));
const labels = (n: number, rows: number): Tensor[] => Array.from({ length: n }, () => randint(0, 10, [rows]));
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

/** x, y → loss: forward, zeroGrad, backward, step. */
const trainStep =
  (model: nn.Layer, lossFn: { forward(x: Tensor, y: Tensor): Tensor }, ...optimizers: optim.Optimizer[]) =>
  (x: Tensor, y: Tensor): Tensor => {
    const loss = lossFn.forward(model.forward(x), y);
    for (const optimizer of optimizers) optimizer.zeroGrad();
    loss.backward();
    for (const optimizer of optimizers) optimizer.step();
    return loss;
  };

const mlp = (): nn.Sequential => new nn.Sequential(new nn.Linear(20, 16), new nn.ReLU(), new nn.Linear(16, 10));

describe("a captured step gives the bits of the eager one", () => {
  it("for a perceptron with momentum", () => {
    expectSameBits(() => {
      const model = mlp();
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
      const [xs, ys] = [images(5, 8, 20), labels(5, 8)];
      return {
        step: trainStep(model, new nn.CrossEntropyLoss(), optimizer),
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [model],
      };
    });
  });

  it("for a convolutional network with batch norm, dropout, AdamW, a schedule and clipping", () => {
    expectSameBits(() => {
      const model = new nn.Sequential(
        new nn.Conv2d(1, 4, 3, { padding: 1 }),
        new nn.BatchNorm2d(4),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Dropout2d({ p: 0.2 }),
        new nn.Flatten(),
        new nn.Dropout({ p: 0.3 }),
        new nn.Linear(4 * 5 * 5, 10),
      );
      const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01 });
      const schedule = new optim.lrScheduler.CosineAnnealingLR(optimizer, { TMax: 30 });
      const lossFn = new nn.CrossEntropyLoss();
      const [xs, ys] = [images(5, 6, 1, 10, 10), labels(5, 6)];
      return {
        before: (i) => {
          if (i > 0) schedule.step();
        },
        step: (x: Tensor, y: Tensor) => {
          optimizer.zeroGrad();
          const logits = model.forward(x);
          const loss = lossFn.forward(logits, y);
          loss.backward();
          const norm = nn.utils.clipGradNorm_(model.parameters(), 0.5);
          optimizer.step();
          return { loss, norm, parts: [logits.detach()] };
        },
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [model],
      };
    });
  });

  it("for an LSTM", () => {
    expectSameBits(() => {
      const lstm = new nn.LSTM(6, 8, { batchFirst: true });
      const head = new nn.Linear(8, 3);
      const optimizer = new optim.Adam([...lstm.parameters(), ...head.parameters()], { lr: 0.01 });
      const lossFn = new nn.MSELoss();
      const [xs, ys] = [images(4, 5, 7, 6), images(4, 5, 3)];
      return {
        step: (x: Tensor, y: Tensor) => {
          const [out] = lstm.forward(x);
          const loss = lossFn.forward(head.forward(out.select(1, -1)), y);
          optimizer.zeroGrad();
          loss.backward();
          optimizer.step();
          return loss;
        },
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [lstm, head],
      };
    });
  });

  // Without dropout, attention runs in tiles.
  it.each([0.1, 0])("for a transformer on tokens under a causal mask, dropout %s", (dropout) => {
    expectSameBits(() => {
      const embedding = new nn.Embedding(11, 16);
      const layer = new nn.TransformerEncoderLayer(16, 2, { dimFeedforward: 32, batchFirst: true, dropout });
      const head = new nn.Linear(16, 10);
      const srcMask = nn.Transformer.generateSquareSubsequentMask(6);
      const models = [embedding, layer, head];
      const optimizer = new optim.AdamW(
        models.flatMap((model) => model.parameters()),
        { lr: 0.01 },
      );
      const tokens = Array.from({ length: 3 }, () => randint(0, 11, [2, 6]));
      const next = Array.from({ length: 3 }, () => randint(0, 10, [12]));
      const lossFn = new nn.CrossEntropyLoss({ ignoreIndex: 3 });
      return {
        step: (x: Tensor, y: Tensor) => {
          const loss = lossFn.forward(
            head.forward(layer.forward(embedding.forward(x), { srcMask })).reshape(12, 10),
            y,
          );
          optimizer.zeroGrad();
          loss.backward();
          optimizer.step();
          return loss;
        },
        args: (i): Batch => [at(tokens, i), at(next, i)],
        models,
      };
    });
  });

  it("with a smaller last batch, recorded apart", () => {
    expectSameBits(
      () => {
        const model = mlp();
        const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
        const [xs, ys] = [
          [...images(3, 8, 20), rand(5, 20)],
          [...labels(3, 8), randint(0, 10, [5])],
        ];
        return {
          step: trainStep(model, new nn.CrossEntropyLoss(), optimizer),
          args: (i): Batch => [at(xs, i), at(ys, i)],
          models: [model],
        };
      },
      { runs: 4 },
    );
  });

  it("in training, in evaluation and under noGrad, recorded apart", () => {
    expectSameBits(
      () => {
        const model = new nn.Sequential(mlp(), new nn.Dropout({ p: 0.5 }));
        const xs = images(4, 8, 20);
        return {
          before: (i) => model.train(i % 3 === 0),
          step: (x: Tensor) => noGrad(() => model.forward(x)),
          args: (i): [Tensor] => [at(xs, i)],
          models: [model],
        };
      },
      { runs: 4 },
    );
  });

  it("when learning rate, momentum and plain arguments change", () => {
    expectSameBits(
      () => {
        const model = mlp();
        const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.5 });
        const lossFn = new nn.CrossEntropyLoss();
        const [xs, ys] = [images(5, 8, 20), labels(5, 8)];
        return {
          before: (i) => {
            for (const group of optimizer.paramGroups) group.lr = 0.1 / (1 + i);
            if (i === 9) for (const group of optimizer.paramGroups) group.momentum = 0.8;
          },
          step: (x: Tensor, y: Tensor, { scale }: { scale: number }) => {
            const loss = lossFn.forward(model.forward(x), y).mul(scale);
            optimizer.zeroGrad();
            loss.backward();
            optimizer.step();
            return loss;
          },
          args: (i): [...Batch, { scale: number }] => [at(xs, i), at(ys, i), { scale: i < 12 ? 1 : 0.5 }],
          models: [model],
        };
      },
      { runs: 4 },
    );
  });

  it("with several optimizers, two of them on one model's parts", () => {
    expectSameBits(() => {
      const [front, back] = [new nn.Linear(20, 16), new nn.Linear(16, 10)];
      const model = new nn.Sequential(front, new nn.Tanh(), back);
      const optimizers = [
        new optim.RMSprop(front.parameters(), { lr: 0.01 }),
        new optim.NAdam(back.parameters(), { lr: 0.01 }),
      ];
      const [xs, ys] = [images(5, 8, 20), labels(5, 8)];
      return {
        step: trainStep(model, new nn.CrossEntropyLoss(), ...optimizers),
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [model],
        extra: () => optimizers.map((optimizer) => JSON.stringify(optimizer.stateDict().param_groups)),
      };
    });
  });

  it("when gradients of two backwards add up within the step", () => {
    expectSameBits(() => {
      const model = mlp();
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
      const lossFn = new nn.CrossEntropyLoss();
      const [xs, ys] = [images(5, 8, 20), labels(5, 8)];
      return {
        step: (x: Tensor, y: Tensor) => {
          optimizer.zeroGrad();
          const losses = [0, 1].map((half) => {
            const loss = lossFn.forward(model.forward(x.narrow(0, 4 * half, 4)), y.narrow(0, 4 * half, 4));
            loss.backward();
            return loss;
          });
          optimizer.step();
          return losses;
        },
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [model],
      };
    });
  });

  it("when gradients add up over calls, and the optimizer steps outside", () => {
    expectSameBits(
      () => {
        const model = mlp();
        const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
        const lossFn = new nn.CrossEntropyLoss();
        const [xs, ys] = [images(5, 8, 20), labels(5, 8)];
        return {
          before: (i) => {
            if (i % 4 !== 0 || i === 0) return;
            optimizer.step();
            optimizer.zeroGrad();
          },
          step: (x: Tensor, y: Tensor) => {
            const loss = lossFn.forward(model.forward(x), y);
            loss.backward();
            return loss;
          },
          args: (i): Batch => [at(xs, i), at(ys, i)],
          models: [model],
        };
      },
      { runs: 4 },
    );
  });

  it("for draws of many elements, by a kernel, that go on within a generator's block", () => {
    expectSameBits(() => {
      const model = new nn.Sequential(new nn.Linear(20, 37), new nn.Dropout({ p: 0.3 }), new nn.Linear(37, 10));
      const [xs, ys] = [images(5, 41, 20), labels(5, 41)];
      return {
        step: (x: Tensor, y: Tensor) => {
          const noise = zeros(41, 20).uniform_(-0.1, 0.1).mul(zeros(41, 20).bernoulli_(0.4)).add(rand(41, 20).mul(0.1));
          const loss = new nn.CrossEntropyLoss().forward(model.forward(x.add(noise)), y);
          model.zeroGrad();
          loss.backward();
          return loss;
        },
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [model],
      };
    });
  });

  it("for a rule that is written by hand, changing parameters in place", () => {
    expectSameBits(() => {
      const model = mlp();
      const velocity = model.parameters().map((p) => zeros(p.shape));
      const [xs, ys] = [images(5, 8, 20), labels(5, 8)];
      return {
        step: (x: Tensor, y: Tensor) => {
          const noisy = x.add(randn(8, 20).mul(0.1));
          const loss = new nn.CrossEntropyLoss().forward(model.forward(noisy), y);
          model.zeroGrad();
          loss.backward();
          noGrad(() =>
            model.parameters().forEach((p, i) => {
              const v = velocity[i] as Tensor;
              v.mul_(0.9).add_(p.grad as Tensor);
              p.sub_(v.mul(0.05));
            }),
          );
          return loss;
        },
        args: (i): Batch => [at(xs, i), at(ys, i)],
        models: [model],
      };
    });
  });
});
