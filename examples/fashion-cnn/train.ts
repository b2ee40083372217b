// A convolutional network on Fashion-MNIST: at least 92.5 % of the 10,000 test images.
//   npm run example -- fashion-cnn
import { cat, data, manualSeed, nn, noGrad, optim, scope, type Tensor } from "mytorch";
import { figure, linePanel, matrixPanel } from "mytorch/viz";
import { example } from "../example.js";

const NAMES = ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"];
const { transforms } = data;

/** 3 × 3 weights, a norm, a relu, and half the size. */
const block = (from: number, to: number): nn.Layer[] => [
  new nn.Conv2d(from, to, 3, { padding: 1, bias: false }),
  new nn.BatchNorm2d(to),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
];

const makeModel = (): nn.Sequential =>
  new nn.Sequential(
    ...block(1, 32), // 14 × 14
    ...block(32, 64), // 7 × 7
    ...block(64, 128), // 3 × 3
    new nn.Flatten(),
    new nn.Dropout({ p: 0.3 }),
    new nn.Linear(128 * 3 * 3, 10),
  );

/** What the model takes each image for, seen as it is and in a mirror. */
const predict = async (model: nn.Sequential, set: data.ImageDataset): Promise<Tensor> => {
  model.eval();
  const classes: Tensor[] = [];
  for await (const [x] of new data.DataLoader(set, { batchSize: 200 }))
    classes.push(
      noGrad(() =>
        scope(() =>
          model
            .forward(x)
            .softmax(1)
            .add(model.forward(x.flip(3)).softmax(1))
            .argmax(1),
        ),
      ),
    );
  model.train();
  return cat(classes);
};

await example(
  { name: "fashion-cnn", about: "A convolutional network tells clothes apart.", epochs: 10, quickEpochs: 2 },
  async (run) => {
    manualSeed(run.seed);
    const fashion = await data.fashionMnist({ flatten: false });
    const [train, test] = run.isQuick
      ? [fashion.train.take(600), fashion.test.take(300)]
      : [fashion.train, fashion.test];
    const augmented = train.transformed(transforms.randomHorizontalFlip());
    const loader = new data.DataLoader(augmented, { batchSize: run.isQuick ? 32 : 128, shuffle: true });

    const model = makeModel();
    console.log(String(nn.summary(model, [1, 1, 28, 28])));
    const steps = run.epochs * loader.length;
    const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.05 });
    const schedule = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: 5e-3, totalSteps: steps + 1 });
    const lossFn = new nn.CrossEntropyLoss({ labelSmoothing: 0.05 });

    const curve: [epoch: number, accuracy: number][] = [];
    let seen: Tensor = test.labels;
    for (let epoch = 1; epoch <= run.epochs; epoch++) {
      let sum = 0;
      for await (const [x, y] of loader) {
        const loss = lossFn.forward(model.forward(x), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        schedule.step();
        sum += loss.item();
        await run.step(steps, { epoch, loss: loss.item() });
      }
      seen = await predict(model, test);
      const accuracy = seen.eq(test.labels).to("float32").mean().item();
      curve.push([epoch, accuracy]);
      run.log(
        `epoch ${epoch}: loss ${(sum / loader.length).toFixed(4)}, test accuracy ${(100 * accuracy).toFixed(2)} %`,
      );
    }

    const counts = NAMES.map(() => NAMES.map(() => 0));
    const [truth, taken] = [test.labels.toTypedArray(), seen.toTypedArray()];
    truth.forEach((label, i) => {
      const row = counts[label] as number[];
      row[taken[i] as number] = (row[taken[i] as number] as number) + 1;
    });
    await run.picture(
      figure([
        linePanel({
          title: "A small CNN on Fashion-MNIST",
          xLabel: "epoch",
          yLabel: "share of test images told right",
          series: [{ name: "test", color: "#0072b2", points: curve }],
        }),
        matrixPanel(counts, {
          title: "What it takes them for",
          xLabel: "taken for",
          yLabel: "what it is",
          names: NAMES,
        }),
      ]),
    );
    run.judge("test accuracy", curve.at(-1)?.[1] as number, { atLeast: run.isQuick ? 0.4 : 0.925 });
  },
);
