// Captured over eager, step by step in turn, in one process: what a step costs apart from its kernels.
//   node bench/capture.mjs [--rounds 11] [--json]
import { parseArgs } from "node:util";
import { capture, manualSeed, nn, optim, rand, randint, tensor } from "../dist/src/index.js";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "11" }, json: { type: "boolean", default: false } },
});

const mlp = (inputs, hidden, outputs) =>
  new nn.Sequential(new nn.Linear(inputs, hidden), new nn.ReLU(), new nn.Linear(hidden, outputs));
const float = (data) => tensor(data, { dtype: "float32" });
const digits = (n) => [rand(n, 784), randint(0, 10, [n])];
const cases = [
  {
    name: "2-3-1, mean squared error",
    steps: 3000,
    model: () => mlp(2, 3, 1),
    loss: new nn.MSELoss(),
    batch: [
      float([
        [1, 2],
        [3, 4],
      ]),
      float([[5], [7]]),
    ],
  },
  { name: "784-128-10, batch 10", steps: 300, model: () => mlp(784, 128, 10), batch: digits(10) },
  { name: "784-128-10, batch 100", steps: 60, model: () => mlp(784, 128, 10), batch: digits(100) },
];

const trainer = (model, lossFn, [x, y]) => {
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  const step = (input, target) => {
    const loss = lossFn.forward(model.forward(input), target);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return [
    () => step(x, y),
    (
      (captured) => () =>
        captured(x, y)
    )(capture(step)),
  ];
};

/** Microseconds a step. */
const time = (step, steps) => {
  const start = performance.now();
  for (let i = 0; i < steps; i++) step();
  return ((performance.now() - start) / steps) * 1000;
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

manualSeed(0);
const rows = cases.map(({ name, steps, model, loss = new nn.CrossEntropyLoss(), batch }) => {
  const [eager] = trainer(model(), loss, batch);
  const [, captured] = trainer(model(), loss, batch);
  for (const step of [eager, captured]) time(step, steps);
  const rounds = Array.from({ length: Number(options.rounds) }, () => [time(eager, steps), time(captured, steps)]);
  return {
    step: name,
    "eager µs": Number(median(rounds.map(([a]) => a)).toFixed(1)),
    "captured µs": Number(median(rounds.map(([, b]) => b)).toFixed(1)),
    ratio: Number(median(rounds.map(([a, b]) => b / a)).toFixed(3)),
  };
});
if (options.json) console.log(JSON.stringify(rows));
else console.table(rows);
