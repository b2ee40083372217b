// Trains the 784-128-10 network, and prints its resident memory in MB: at the start, and after each 100 steps.
// node test/memory/trainingSteps.mjs loader|views STEPS
import { data, manualSeed, nn, optim, rand, randint } from "../../dist/src/index.js";

const [kind, steps] = [process.argv[2], Number(process.argv[3])];
const residentMemory = () => process.memoryUsage().rss / 2 ** 20;
const samples = [residentMemory()];

manualSeed(0);
const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
const lossFn = new nn.CrossEntropyLoss();
const step = (x, y) => {
  const loss = lossFn.forward(model.forward(x), y);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
};
const note = (done) => {
  if (done % 100 === 0) samples.push(residentMemory());
};

if (kind === "loader") {
  const { train } = await data.mnist();
  const epochs = steps / 600;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let done = epoch * 600;
    for await (const [x, y] of new data.DataLoader(train, { batchSize: 100, shuffle: true })) {
      step(x, y);
      note(++done);
      if (done === steps) break;
    }
  }
} else {
  const [images, labels] = [rand(5000, 784), randint(0, 10, [5000])];
  for (let done = 0; done < steps; note(++done)) {
    const first = (done % 50) * 100;
    step(images.narrow(0, first, 100), labels.narrow(0, first, 100));
  }
}
console.log(JSON.stringify(samples));
