// A variational autoencoder that lays the digits of MNIST out on a plane.
//   npm run example -- vae-mnist
import {
  data,
  exp,
  linspace,
  manualSeed,
  meshgrid,
  nn,
  noGrad,
  optim,
  randnLike,
  scope,
  stack,
  type Tensor,
} from "mytorch";
import { classColors, figure, imageGrid, linePanel } from "mytorch/viz";
import { example } from "../example.js";

/** Kingma & Welling, 2014, with two latent numbers. */
class VAE extends nn.Module {
  readonly encoder = new nn.Sequential(
    new nn.Linear(784, 384),
    new nn.ReLU(),
    new nn.Linear(384, 128),
    new nn.ReLU(),
    new nn.Linear(128, 4),
  );
  readonly decoder = new nn.Sequential(
    new nn.Linear(2, 128),
    new nn.ReLU(),
    new nn.Linear(128, 384),
    new nn.ReLU(),
    new nn.Linear(384, 784),
  );

  /** Middle and log of the variance of where an image may lie on the plane: both [N, 2]. */
  encode(x: Tensor): [Tensor, Tensor] {
    return this.encoder.forward(x).chunk(2, 1) as [Tensor, Tensor];
  }

  /** The two parts of the negative evidence lower bound, nats an image: how badly it draws it, and how much it says about where it lies. */
  override forward(x: Tensor): { drawing: Tensor; place: Tensor } {
    const [mean, logVar] = this.encode(x);
    const z = mean.add(randnLike(mean).mul(exp(logVar.mul(0.5))));
    const logits = this.decoder.forward(z);
    const drawing = nn.functional.binaryCrossEntropyWithLogits(logits, x, { reduction: "sum" });
    const place = mean.square().add(exp(logVar)).sub(logVar).sub(1).sum().mul(0.5);
    return { drawing: drawing.div(x.shape[0] as number), place: place.div(x.shape[0] as number) };
  }
}

await example(
  { name: "vae-mnist", about: "An autoencoder lays digits out on a plane.", epochs: 15, quickEpochs: 2 },
  async (run) => {
    manualSeed(run.seed);
    const mnist = await data.mnist();
    const [train, test] = run.isQuick ? [mnist.train.take(4000), mnist.test.take(500)] : [mnist.train, mnist.test];
    const loader = new data.DataLoader(train, { batchSize: 128, shuffle: true });
    const model = new VAE();
    const steps = run.epochs * loader.length;
    const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
    const schedule = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: 2e-3, totalSteps: steps + 1 });

    /** Negative evidence lower bound, nats an image, and the middles [N, 2]. */
    const evaluate = async (): Promise<{ bound: number; places: number[]; labels: number[] }> => {
      let bound = 0;
      const [places, labels]: [number[], number[]] = [[], []];
      for await (const [x, y] of new data.DataLoader(test, { batchSize: 500 })) {
        noGrad(() =>
          scope(() => {
            const { drawing, place } = model.forward(x);
            bound += (drawing.item() + place.item()) * (x.shape[0] as number);
            places.push(...model.encode(x)[0].toTypedArray());
          }),
        );
        labels.push(...y.toTypedArray());
      }
      return { bound: bound / test.length, places, labels };
    };

    const curves: Record<"train" | "test", [epoch: number, bound: number][]> = { train: [], test: [] };
    let result = await evaluate();
    for (let epoch = 1; epoch <= run.epochs; epoch++) {
      let sum = 0;
      for await (const [x] of loader) {
        const { drawing, place } = model.forward(x);
        const loss = drawing.add(place);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        schedule.step();
        sum += loss.item();
        await run.step(steps, { epoch, loss: loss.item() });
      }
      result = await evaluate();
      curves.train.push([epoch, sum / loader.length]);
      curves.test.push([epoch, result.bound]);
      run.log(`epoch ${epoch}: -ELBO ${(sum / loader.length).toFixed(2)} train, ${result.bound.toFixed(2)} test`);
    }

    const side = 12;
    const axis = linspace(-2.4, 2.4, side);
    const [down, across] = meshgrid([axis.neg(), axis], { indexing: "ij" }) as [Tensor, Tensor];
    const plane = stack([across, down], -1).reshape(-1, 2);
    const drawn = noGrad(() => model.decoder.forward(plane).sigmoid()).toTypedArray();
    const { places, labels } = result;
    const shown = labels.slice(0, 300);
    await run.picture(
      figure([
        await imageGrid(drawn, [side * side, 28, 28], {
          title: "What it draws where on the plane",
          columns: side,
          size: 20,
        }),
        linePanel({
          title: "Where it puts test images",
          xLabel: "first latent number",
          yLabel: "second",
          series: classColors.map((color, digit) => ({
            name: String(digit),
            color,
            isScatter: true,
            points: shown.flatMap((label, i): [number, number][] =>
              label === digit ? [[places[2 * i] as number, places[2 * i + 1] as number]] : [],
            ),
          })),
        }),
        linePanel({
          title: "Negative evidence lower bound",
          xLabel: "epoch",
          yLabel: "nats an image",
          series: [
            { name: "train", color: "#0072b2", points: curves.train },
            { name: "test", color: "#d55e00", points: curves.test },
          ],
        }),
      ]),
    );
    run.judge("negative ELBO of the test images, nats an image", result.bound, { atMost: run.isQuick ? 215 : 150 });
  },
);
