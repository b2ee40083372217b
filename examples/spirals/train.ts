// Three spirals that no straight line parts, and the border that a small network draws between them.
//   npm run example -- spirals
import { cat, linspace, manualSeed, meshgrid, nn, noGrad, optim, randn, stack, type Tensor, tensor } from "mytorch";
import { classColors, colorOf, fieldPanel, figure, linePanel, tint } from "mytorch/viz";
import { example } from "../example.js";

const CLASSES = 3;
const EDGE = 1.2;

/** `n` points of each spiral, and which one they are of. */
const makeSpirals = (n: number): { x: Tensor; y: Tensor } => {
  const radius = linspace(0.05, 1, n);
  const arms = Array.from({ length: CLASSES }, (_, k) => {
    const angle = radius
      .mul(4)
      .add((k * 2 * Math.PI) / CLASSES)
      .add(randn(n).mul(0.25));
    return stack([radius.mul(angle.cos()), radius.mul(angle.sin())], 1);
  });
  return { x: cat(arms), y: tensor(Int32Array.from({ length: CLASSES * n }, (_, i) => Math.floor(i / n))) };
};

await example(
  { name: "spirals", about: "A small network parts three spirals.", epochs: 500, quickEpochs: 60 },
  async (run) => {
    manualSeed(run.seed);
    const [train, test] = [makeSpirals(200), makeSpirals(200)];
    const model = new nn.Sequential(
      new nn.Linear(2, 64),
      new nn.Tanh(),
      new nn.Linear(64, 64),
      new nn.Tanh(),
      new nn.Linear(64, CLASSES),
    );
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const accuracyOf = ({ x, y }: typeof test): number =>
      noGrad(() => model.forward(x).argmax(1).eq(y).to("float32").mean().item());

    const losses: [step: number, loss: number][] = [];
    for (let step = 1; step <= run.epochs; step++) {
      const loss = nn.functional.crossEntropy(model.forward(train.x), train.y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      losses.push([step, loss.item()]);
      await run.step(run.epochs, { loss: loss.item() });
    }
    const accuracy = accuracyOf(test);

    const cells = 132;
    const [down, across] = meshgrid([linspace(EDGE, -EDGE, cells), linspace(-EDGE, EDGE, cells)], { indexing: "ij" });
    const places = stack([across as Tensor, down as Tensor], -1).reshape(-1, 2);
    const shares = noGrad(() => model.forward(places).softmax(1)).toTypedArray();
    const colors = classColors.slice(0, CLASSES);
    const [points, labels] = [test.x.toTypedArray(), test.y.toTypedArray()];
    const field = await fieldPanel(
      cells,
      (column, row) => {
        const likely = Array.from(
          { length: CLASSES },
          (_, k) => shares[(row * cells + column) * CLASSES + k] as number,
        );
        const best = Math.max(...likely);
        // As pale as the network is unsure.
        return tint(colorOf(colors[likely.indexOf(best)] as string), (best - 1 / CLASSES) * 0.75);
      },
      {
        title: `${(100 * accuracy).toFixed(1)} % of new points right`,
        xRange: [-EDGE, EDGE],
        yRange: [-EDGE, EDGE],
        points: Array.from(labels, (label, i) => ({
          x: points[2 * i] as number,
          y: points[2 * i + 1] as number,
          color: colors[label] as string,
        })),
      },
    );
    const loss = linePanel({
      title: "Loss",
      xLabel: "step",
      yLabel: "cross-entropy in nats",
      series: [{ name: "train", color: "#0072b2", points: losses }],
    });
    await run.picture(figure([field, loss]));
    run.judge("accuracy on new points", accuracy, { atLeast: run.isQuick ? 0.7 : 0.96 });
  },
);
