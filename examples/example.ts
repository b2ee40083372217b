// What every example shares: its options, a progress bar, its picture, and the bar its quality has to pass.
import { setTimeout } from "node:timers/promises";
import { SingleBar } from "cli-progress";
import { Command, InvalidArgumentError } from "commander";
import { writeFileAtomic } from "mytorch/io";
import { svgToPng } from "mytorch/viz";

export interface Example {
  readonly name: string;
  /** One sentence for --help. */
  readonly about: string;
  /** What one unit of --epochs is called and how many there are: by default, and with --quick. */
  readonly epochs: number;
  readonly quickEpochs: number;
}

class Stopped extends Error {}

/** Where nobody watches a terminal, a line every so many ms. */
const LINE_MS = 15_000;
const PAUSE_MS = 100;

const integerFrom =
  (low: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < low)
      throw new InvalidArgumentError(`It must be an integer from ${low} up.`);
    return value;
  };

/** One run: what was asked for on the command line, and where to report to. */
export class Run {
  readonly epochs: number;
  readonly seed: number;
  /** A small run that shows in seconds that everything works; its quality is not the full one's. */
  readonly isQuick: boolean;
  readonly #picture: string;
  readonly #began = performance.now();
  #isStopped = false;
  #lastPause = 0;
  #nextLine = 0;
  #bar: SingleBar | null = null;
  #done = 0;

  constructor(epochs: number, seed: number, isQuick: boolean, picture: string) {
    this.epochs = epochs;
    this.seed = seed;
    this.isQuick = isQuick;
    this.#picture = picture;
  }

  /** Ctrl-C: the loop ends at its next step. A second one ends the process at once. */
  stop(): void {
    if (this.#isStopped) process.exit(130);
    this.#isStopped = true;
  }

  /** A step of `total` is done. Lets timers and Ctrl-C have their turn ten times a second. */
  async step(total: number, values: Readonly<Record<string, number>>): Promise<void> {
    this.#done++;
    const now = performance.now();
    if (process.stderr.isTTY) {
      this.#bar ??= startBar(total);
      this.#bar.update(this.#done, { values: textOf(values) });
    } else if (now > this.#nextLine) {
      const left = ((now - this.#began) / 1000 / this.#done) * (total - this.#done);
      this.log(`step ${this.#done}/${total}  ${textOf(values)}  ${left.toFixed(0)} s left`);
      this.#nextLine = now + LINE_MS;
    }
    if (now - this.#lastPause < PAUSE_MS) return;
    await setTimeout(0);
    this.#lastPause = performance.now();
    if (this.#isStopped) throw new Stopped("stopped");
  }

  /** A line that stays. */
  log(text: string): void {
    if (this.#bar !== null) process.stderr.write("\r\x1b[K");
    console.log(`${((performance.now() - this.#began) / 1000).toFixed(0).padStart(5)} s  ${text}`);
  }

  /** Writes the picture of what was learned as SVG and PNG. */
  async picture(svg: string): Promise<void> {
    await writeFileAtomic(`${this.#picture}.svg`, svg);
    const png = await svgToPng(svg);
    if (png !== null) await writeFileAtomic(`${this.#picture}.png`, png);
    this.log(`picture: ${this.#picture}.svg${png === null ? "" : ` and .png`}`);
  }

  /** States the result; below the bar the exit code is 1. */
  judge(what: string, value: number, rule: { readonly atLeast: number } | { readonly atMost: number }): void {
    const isGood = "atLeast" in rule ? value >= rule.atLeast : value <= rule.atMost;
    const bar = "atLeast" in rule ? `at least ${rule.atLeast}` : `at most ${rule.atMost}`;
    this.log(`${what}: ${value.toFixed(4)} (${bar} asked): ${isGood ? "passed" : "FAILED"}`);
    if (!isGood) process.exitCode = 1;
  }

  close(): void {
    this.#bar?.stop();
  }
}

const textOf = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(4)}`)
    .join("  ");

const startBar = (total: number): SingleBar => {
  const bar = new SingleBar({
    format: "{bar} {value}/{total}  {values}  {eta_formatted} left",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0, { values: "" });
  return bar;
};

/** Reads the options, runs the example, and ends with exit code 0, 1 (below the bar) or 130 (Ctrl-C). */
export const example = async (
  { name, about, epochs, quickEpochs }: Example,
  body: (run: Run) => Promise<void>,
): Promise<void> => {
  const command = new Command(name)
    .description(about)
    .option("--epochs <n>", `times through the training data (default: ${epochs})`, integerFrom(1))
    .option("--seed <n>", "seed of the random generator", integerFrom(0), 0)
    .option("--quick", "a small run of seconds", false)
    .option("--picture <file>", "where the picture goes, without .svg", name)
    .parse();
  const options = command.opts<{ epochs?: number; seed: number; quick: boolean; picture: string }>();
  const run = new Run(
    options.epochs ?? (options.quick ? quickEpochs : epochs),
    options.seed,
    options.quick,
    options.picture.replace(/\.(svg|png)$/, ""),
  );
  const onInterrupt = (): void => run.stop();
  process.on("SIGINT", onInterrupt);
  try {
    await body(run);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    run.log("stopped: nothing was judged");
    process.exitCode = 130;
  } finally {
    run.close();
    process.off("SIGINT", onInterrupt);
  }
};
