import {
  capture,
  data,
  Generator,
  getNumThreads,
  manualSeed,
  nn,
  noGrad,
  scope,
  setBlas,
  setNumThreads,
  type Tensor,
} from "../src/index.js";
import { catchInterrupt, type Interrupt } from "./interrupt.js";
import { mnistPanels } from "./mnistPanels.js";
import { optimizers } from "./optimizers.js";
import { checkPicturePlace, pictureNote, savePicture } from "./picture.js";
import { type EpochResult, jsonReporter, type Reporter, textReporter } from "./report.js";
import type { MnistSettings } from "./settings.js";

/** Counts hits and adds up losses by samples, so that a smaller last batch weighs what it should. */
class Meter {
  loss = 0;
  hits = 0;
  samples = 0;

  add(samples: number, { loss, hits }: Measured): void {
    this.loss += loss.item() * samples;
    this.hits += hits.item();
    this.samples += samples;
  }
}

/** Of one batch: the mean loss, and how many labels were guessed. */
interface Measured {
  readonly loss: Tensor;
  readonly hits: Tensor;
}

const hitsOf = (logits: Tensor, labels: Tensor): Tensor => scope(() => logits.detach().argmax(1).eq(labels).sum());

const buildModel = (inputs: number, { hidden, init }: MnistSettings): nn.Sequential => {
  const widths = [inputs, ...hidden, 10];
  const layers = widths.slice(1).flatMap((width, i) => {
    const linear = new nn.Linear(widths[i] as number, width);
    if (init !== "torch" && linear.bias) {
      if (init === "he") nn.init.kaimingNormal_(linear.weight, { nonlinearity: "relu" });
      else nn.init.xavierUniform_(linear.weight);
      nn.init.zeros_(linear.bias);
    }
    return i < hidden.length ? [linear, new nn.ReLU()] : [linear];
  });
  return new nn.Sequential(...layers);
};

const evaluate = async (model: nn.Layer, lossFn: nn.CrossEntropyLoss, test: data.ImageDataset): Promise<Meter> => {
  const meter = new Meter();
  for await (const [x, y] of new data.DataLoader(test, { batchSize: 1000, generator: new Generator(0) })) {
    noGrad(() =>
      scope(() => {
        const logits = model.forward(x);
        meter.add(y.numel(), { loss: lossFn.forward(logits, y), hits: hitsOf(logits, y) });
      }),
    );
  }
  return meter;
};

/** Trains a multilayer perceptron on images of 28 × 28 and reports as it goes. @returns the exit code */
export const trainMnist = async (settings: MnistSettings): Promise<number> => {
  if (settings.blas !== undefined) setBlas(settings.blas);
  const reporter = settings.json ? jsonReporter() : textReporter(settings.quiet);
  const interrupt = catchInterrupt();
  try {
    return await run(settings, reporter, interrupt);
  } finally {
    interrupt.end();
    reporter.close();
  }
};

const run = async (settings: MnistSettings, reporter: Reporter, { signal }: Interrupt): Promise<number> => {
  await checkPicturePlace(settings.plot);
  const load = settings.dataset === "mnist" ? data.mnist : data.fashionMnist;
  const onProgress = (bytes: number, total: number): void => reporter.download(settings.dataset, bytes, total);
  const all = await load({ dir: settings.data, signal, onProgress });
  signal.throwIfAborted();
  const [train, test] = [all.train.take(settings.train), all.test.take(settings.test)];
  if (settings.threads !== undefined) setNumThreads(settings.threads);
  manualSeed(settings.seed);
  const model = buildModel(train.images.shape[1] as number, settings);
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = optimizers[settings.optimizer](model.parameters(), settings);
  const parameters = model.parameters().reduce((n, p) => n + p.numel(), 0);
  reporter.start(
    { ...settings, threads: getNumThreads() },
    `${settings.dataset}: ${train.length.toLocaleString("en")} images to train on, ${test.length.toLocaleString("en")} to test; ${parameters.toLocaleString("en")} parameters, seed ${settings.seed}`,
  );

  const trainStep = (x: Tensor, y: Tensor): Measured => {
    const logits = model.forward(x);
    const loss = lossFn.forward(logits, y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return { loss, hits: hitsOf(logits, y) };
  };
  const measuredStep = settings.capture ? capture(trainStep) : trainStep;

  const history: EpochResult[] = [];
  const steps = settings.epochs * Math.ceil(train.length / settings.batchSize);
  let step = 0;
  const begun = performance.now();
  for (let epoch = 1; epoch <= settings.epochs && !signal.aborted; epoch++) {
    const start = performance.now();
    const meter = new Meter();
    for await (const [x, y] of new data.DataLoader(train, { batchSize: settings.batchSize, shuffle: true })) {
      if (settings.schedule === "cosine")
        for (const group of optimizer.paramGroups)
          group.lr = (settings.lr * (1 + Math.cos((Math.PI * step) / steps))) / 2;
      meter.add(y.numel(), measuredStep(x, y));
      step++;
      const seconds = (performance.now() - start) / 1000;
      reporter.progress({
        epoch,
        epochs: settings.epochs,
        seen: meter.samples,
        total: train.length,
        loss: meter.loss / meter.samples,
        accuracy: meter.hits / meter.samples,
        imagesPerSecond: meter.samples / seconds,
      });
      if (signal.aborted) break;
    }
    const tested = await evaluate(model, lossFn, test);
    const result: EpochResult = {
      epoch,
      trainLoss: meter.loss / meter.samples,
      trainAccuracy: meter.hits / meter.samples,
      testLoss: tested.loss / tested.samples,
      testAccuracy: tested.hits / tested.samples,
      seconds: (performance.now() - start) / 1000,
    };
    history.push(result);
    reporter.epoch(result, settings.epochs);
    // The event loop sees a Ctrl-C only when it is given a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  const picture = await savePicture(settings.plot, mnistPanels(history), settings.json || settings.quiet);
  const last = history.at(-1) as EpochResult;
  const isStopped = step < steps;
  const where = isStopped ? `stopped in epoch ${last.epoch} of ${settings.epochs}\n` : "";
  reporter.end(
    {
      testAccuracy: last.testAccuracy,
      testLoss: last.testLoss,
      trainLoss: last.trainLoss,
      epochs: history.length,
      seconds: (performance.now() - begun) / 1000,
      isStopped,
      files: picture.files,
    },
    `${where}${(100 * last.testAccuracy).toFixed(2)} % of the ${test.length.toLocaleString("en")} test images are right${pictureNote(picture)}`,
  );
  if (picture.failure !== null) throw picture.failure;
  return isStopped ? 130 : 0;
};
