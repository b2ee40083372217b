// A convolutional network on MNIST: at least 99.3 % of the 10,000 test images.
//   npm run example -- mnist-cnn
import { cat, data, manualSeed, nn, noGrad, optim, scope, type Tensor } from "mytorch";
import { figure, imageGrid, linePanel } from "mytorch/viz";
import { example } from "../example.js";

const { transforms } = data;

/** 3 × 3 weights, a norm and a relu. */
const block = (from: number, to: number): nn.Layer[] => [
  new nn.Conv2d(from, to, 3, { padding: 1, bias: false }),
  new nn.BatchNorm2d(to),
  new nn.ReLU(),
];

const makeModel = (): nn.Sequential =>
  new nn.Sequential(
    ...block(1, 16),
    new nn.MaxPool2d(2), // 14 × 14
    ...block(16, 32),
    new nn.MaxPool2d(2), // 7 × 7
    ...block(32, 64),
    new nn.Flatten(),
    new nn.Dropout({ p: 0.3 }),
    new nn.Linear(64 * 7 * 7, 10),
  );

/** The digit that the model sees in each image. */
const predict = async (model: nn.Sequential, set: data.ImageDataset): Promise<Tensor> => {
  model.eval();
  const digits: Tensor[] = [];
  for await (const [x] of new data.DataLoader(set, { batchSize: 200 }))
    digits.push(noGrad(() => scope(() => model.forward(x).argmax(1))));
  model.train();
  return cat(digits);
};

await example(
  { name: "mnist-cnn", about: "A convolutional network reads digits.", epochs: 6, quickEpochs: 2 },
  async (run) => {
    manualSeed(run.seed);
    const mnist = await data.mnist({ flatten: false });
    const [train, test] = run.isQuick ? [mnist.train.take(1000), mnist.test.take(300)] : [mnist.train, mnist.test];
    const shifted = train.transformed(transforms.randomCrop(28, { padding: 2 }));
    const loader = new data.DataLoader(shifted, { batchSize: run.isQuick ? 32 : 128, shuffle: true });

    const model = makeModel();
    console.log(String(nn.summary(model, [1, 1, 28, 28])));
    const steps = run.epochs * loader.length;
    const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.01 });
    const schedule = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: 5e-3, totalSteps: steps + 1 });
    const lossFn = new nn.CrossEntropyLoss({ labelSmoothing: 0.05 });

    const curve: [epoch: number, accuracy: number][] = [];
    let wrong: number[] = [];
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
      wrong = Array.from(seen.ne(test.labels).nonzero().flatten().toTypedArray());
      curve.push([epoch, 1 - wrong.length / test.length]);
      run.log(`epoch ${epoch}: loss ${(sum / loader.length).toFixed(4)}, ${wrong.length} of ${test.length} wrong`);
    }

    const shown = wrong.slice(0, 48);
    const images = cat(shown.map((i) => test.get(i)[0])).toTypedArray();
    const [digits, labels] = [seen.toTypedArray(), test.labels.toTypedArray()];
    await run.picture(
      figure([
        linePanel({
          title: "A small CNN on MNIST",
          xLabel: "epoch",
          yLabel: "share of test images read right",
          series: [{ name: "test", color: "#0072b2", points: curve }],
        }),
        await imageGrid(images, [shown.length, 28, 28], {
          title: `${shown.length} of the ${wrong.length} it reads wrong, truth → reading`,
          columns: 12,
          labels: shown.map((i) => `${labels[i]}→${digits[i]}`),
        }),
      ]),
    );
    run.judge("test accuracy", curve.at(-1)?.[1] as number, { atLeast: run.isQuick ? 0.6 : 0.993 });
  },
);
