import {
  capture,
  getNumThreads,
  linspace,
  manualSeed,
  nn,
  noGrad,
  optim,
  randn,
  setNumThreads,
  type Tensor,
  tensor,
} from "../src/index.js";
import { checkPicturePlace, pictureNote, savePicture } from "./picture.js";
import { jsonReporter, textReporter } from "./report.js";

export interface SmallSettings {
  readonly epochs: number;
  readonly lr: number;
  readonly seed: number;
  readonly plot: string;
  readonly capture: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** As many as there are cores if left out. */
  readonly threads?: number;
}

interface Task {
  readonly name: string;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly model: nn.Layer;
  readonly momentum: number;
}

const tasks: Readonly<Record<"synthetic" | "line" | "curve", () => Task>> = {
  synthetic: () => ({
    name: "synthetic: a 2-3-1 network on [[1, 2], [3, 4]] → [[5], [7]]",
    x: tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "float32" },
    ),
    y: tensor([[5], [7]], { dtype: "float32" }),
    model: new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1)),
    momentum: 0,
  }),
  line: () => {
    const x = linspace(-1, 1, 60).reshape(60, 1);
    return {
      name: "line: y = 2x + 1 with noise, fitted by y = ax + b",
      x,
      y: x.mul(2).add(1).add(randn(60, 1).mul(0.15)),
      model: new nn.Linear(1, 1),
      momentum: 0,
    };
  },
  curve: () => {
    const x = linspace(-1, 1, 120).reshape(120, 1);
    const model = new nn.Sequential(
      new nn.Linear(1, 32),
      new nn.ReLU(),
      new nn.Linear(32, 32),
      new nn.ReLU(),
      new nn.Linear(32, 1),
    );
    return {
      name: "curve: y = sin(4x) with noise, fitted by a ReLU network",
      x,
      y: x.mul(4).sin().add(randn(120, 1).mul(0.05)),
      model,
      momentum: 0.9,
    };
  },
};

/** Fits one of the small tasks and draws the points and the fit. @returns the exit code */
export const trainSmall = async (kind: keyof typeof tasks, settings: SmallSettings): Promise<number> => {
  await checkPicturePlace(settings.plot);
  const reporter = settings.json ? jsonReporter() : textReporter(settings.quiet);
  if (settings.threads !== undefined) setNumThreads(settings.threads);
  manualSeed(settings.seed);
  const { name, x, y, model, momentum } = tasks[kind]();
  reporter.start({ task: kind, ...settings, threads: getNumThreads() }, name);
  const optimizer = new optim.SGD(model.parameters(), { lr: settings.lr, momentum });
  const lossFn = new nn.MSELoss();
  const losses: (readonly [number, number])[] = [];
  const trainStep = (): Tensor => {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = settings.capture ? capture(trainStep) : trainStep;
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const loss = step();
    losses.push([epoch, loss.item()]);
    if (epoch % 100 === 0) {
      if (settings.json) process.stdout.write(`${JSON.stringify({ event: "epoch", epoch, trainLoss: loss.item() })}\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const fit = noGrad(() => model.forward(x)).toTypedArray();
  const wanted = y.toTypedArray();
  const at = kind === "synthetic" ? Array.from(wanted, (_, i) => i + 1) : Array.from(x.toTypedArray());
  const pairs = (values: ArrayLike<number>): (readonly [number, number])[] =>
    at.map((v, i) => [v, values[i] as number]);
  const xLabel = kind === "synthetic" ? "sample" : "x";
  const dots = { name: "points", color: "#9ecae9", points: pairs(wanted), isScatter: true };
  const line = { name: "fit", color: "#e45756", points: pairs(fit) };
  const panels = [
    {
      title: "points and fit",
      xLabel,
      yLabel: "y",
      // Two points that are met exactly would be hidden below the fit's own.
      series: kind === "synthetic" ? [line, dots] : [dots, line],
    },
    {
      title: "loss",
      xLabel: "step",
      yLabel: "mean squared error",
      // It falls by orders of magnitude: on a linear scale it would be a corner.
      yScale: "log" as const,
      series: [{ name: "train", color: "#4c78a8", points: losses }],
    },
  ];
  const picture = await savePicture(settings.plot, panels, settings.json || settings.quiet);
  const loss = losses.at(-1)?.[1] as number;
  const found =
    kind === "line"
      ? `\ny = ${model
          .parameters()
          .map((p) => p.item().toFixed(3))
          .join(" x + ")}`
      : "";
  reporter.end(
    { trainLoss: loss, epochs: settings.epochs, fit: Array.from(fit), files: picture.files },
    `loss ${loss.toPrecision(4)} after ${settings.epochs} steps${found}${pictureNote(picture)}`,
  );
  if (picture.failure !== null) throw picture.failure;
  return 0;
};
