// A convolutional network on MNIST: at least 99.3 % of the 10,000 test images.
//   npm run build && node examples/mnist-cnn/train.mjs
import { SingleBar } from "cli-progress";
import { data, manualSeed, nn, noGrad, optim } from "mytorch";
import { writeFileAtomic } from "mytorch/io";
import { lineChart } from "mytorch/viz";

const EPOCHS = Number(process.env.EPOCHS ?? 8);
const BATCH = 100;
const GOAL = 0.993;

manualSeed(0);
const { train, test } = await data.mnist();

/** 3 × 3 weights, a norm and a relu. */
const block = (from, to) => [
  new nn.Conv2d(from, to, 3, { padding: 1, bias: false }),
  new nn.BatchNorm2d(to),
  new nn.ReLU(),
];

const model = new nn.Sequential(
  new nn.Unflatten(1, [1, 28, 28]),
  ...block(1, 16),
  new nn.MaxPool2d(2), // 14 × 14
  ...block(16, 32),
  new nn.MaxPool2d(2), // 7 × 7
  ...block(32, 64),
  new nn.Flatten(),
  new nn.Dropout({ p: 0.3 }),
  new nn.Linear(64 * 7 * 7, 10),
);
console.log(String(nn.summary(model, [1, 784])));

const steps = Math.ceil(train.length / BATCH);
const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.01 });
const schedule = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: 5e-3, totalSteps: EPOCHS * steps + 1 });
const lossFn = new nn.CrossEntropyLoss({ labelSmoothing: 0.05 });

const accuracyOf = async () => {
  model.eval();
  let hits = 0;
  for await (const [x, y] of new data.DataLoader(test, { batchSize: 500 }))
    hits += noGrad(() => model.forward(x).argmax(1).eq(y).sum().item());
  model.train();
  return hits / test.length;
};

const bar = new SingleBar({ format: "epoch {epoch} {bar} {value}/{total} loss {loss} ETA {eta_formatted}" });
const curve = [];
for (let epoch = 1; epoch <= EPOCHS; epoch++) {
  if (process.stderr.isTTY) bar.start(steps, 0, { epoch, loss: "" });
  let sum = 0;
  let count = 0;
  for await (const [x, y] of new data.DataLoader(train, { batchSize: BATCH, shuffle: true })) {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    schedule.step();
    sum += loss.item();
    count++;
    if (process.stderr.isTTY) bar.update(count, { epoch, loss: (sum / count).toFixed(4) });
  }
  if (process.stderr.isTTY) bar.stop();
  curve.push(await accuracyOf());
  console.log(`epoch ${epoch}: loss ${(sum / count).toFixed(4)}, test accuracy ${(curve.at(-1) * 100).toFixed(2)} %`);
}

const picture = lineChart([
  {
    title: "A small CNN on MNIST",
    xLabel: "epoch",
    yLabel: "test accuracy",
    series: [{ name: "test accuracy", color: "#1f77b4", points: curve.map((accuracy, i) => [i + 1, accuracy]) }],
  },
]);
await writeFileAtomic("mnist-cnn.svg", picture);
console.log("picture: mnist-cnn.svg");

if (curve.at(-1) < GOAL) {
  console.error(`test accuracy ${curve.at(-1)} is below ${GOAL}`);
  process.exitCode = 1;
}
