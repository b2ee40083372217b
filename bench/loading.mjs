// How long an epoch takes whose images are decoded by this thread, by one worker, and by two: alone, and under a training step.
//   node bench/loading.mjs [rounds, 5 unless given]
import { cpus } from "node:os";
import { data, manualSeed, nn, optim } from "../dist/src/index.js";

const rounds = Number(process.argv[2] ?? 5);
const set = await data.workerDataset(new URL("./loadingSet.mjs", import.meta.url), { length: 2048 });

const trainStep = () => {
  manualSeed(0);
  const model = new nn.Sequential(
    new nn.Conv2d(3, 8, 3, { padding: 1, stride: 2 }),
    new nn.ReLU(),
    new nn.Conv2d(8, 16, 3, { padding: 1, stride: 2 }),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(16 * 16 * 16, 10),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  const lossFn = new nn.CrossEntropyLoss();
  return (x, y) => {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  };
};

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
const counts = [0, 1, 2];
const loaders = counts.map(
  (numWorkers) =>
    new data.DataLoader(set, { batchSize: 64, numWorkers, ...(numWorkers > 0 && { persistentWorkers: true }) }),
);
const epoch = async (loader, step) => {
  const start = performance.now();
  for await (const [x, y] of loader) step(x, y);
  return performance.now() - start;
};

console.log(`2048 images of 64 × 64, decoded; batches of 64; ${cpus().length} cores; ms an epoch, median of ${rounds}`);
for (const [what, step] of [
  ["loading alone", () => undefined],
  ["with a training step", trainStep()],
]) {
  const times = counts.map(() => []);
  for (const loader of loaders) await epoch(loader, step);
  // Alternately, so that what else the machine does meets all alike.
  for (let round = 0; round < rounds; round++)
    for (const [i, loader] of loaders.entries()) times[i].push(await epoch(loader, step));
  for (const [i, numWorkers] of counts.entries())
    console.log(`${what}, ${numWorkers} workers`.padEnd(36), median(times[i]).toFixed(0).padStart(6));
}
