import { SingleBar } from "cli-progress";
import pc from "picocolors";

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly seen: number;
  readonly total: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

export interface EpochResult {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
  readonly seconds: number;
}

/** What a training run tells, and to whom. */
export interface Reporter {
  start(settings: object, note: string): void;
  progress(state: Progress): void;
  epoch(result: EpochResult, epochs: number): void;
  end(result: object, text: string): void;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** One JSON object a line on stdout: the settings, each epoch, the result. */
export const jsonReporter = (): Reporter => {
  const write = (event: string, value: object): void => {
    process.stdout.write(`${JSON.stringify({ event, ...value })}\n`);
  };
  return {
    start: (settings) => write("settings", settings),
    progress: () => undefined,
    epoch: (result) => write("epoch", result),
    end: (result) => write("result", result),
  };
};

/** A bar while it trains and a line an epoch; plain lines where nobody watches a terminal. */
export const textReporter = (isQuiet: boolean): Reporter => {
  const isLive = process.stderr.isTTY === true && !isQuiet;
  let bar: SingleBar | null = null;
  const startBar = (total: number): SingleBar => {
    const format = `  epoch {epoch} ${pc.cyan("{bar}")} {percentage} %  loss {loss}  accuracy {accuracy}  {speed} images/s  {eta_formatted} left`;
    const fresh = new SingleBar({
      format,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    });
    fresh.start(total, 0, { epoch: "", loss: "–", accuracy: "–", speed: "–" });
    return fresh;
  };
  return {
    start: (_, note) => {
      if (!isQuiet) console.log(note);
    },
    progress: ({ epoch, epochs, seen, total, loss, accuracy, imagesPerSecond }) => {
      if (!isLive) return;
      bar ??= startBar(total * epochs);
      bar.update((epoch - 1) * total + seen, {
        epoch: `${epoch}/${epochs}`,
        loss: loss.toFixed(4),
        accuracy: percent(accuracy),
        speed: Math.round(imagesPerSecond).toLocaleString("en"),
      });
    },
    epoch: ({ epoch, trainLoss, trainAccuracy, testAccuracy, seconds }, epochs) => {
      if (isQuiet) return;
      if (isLive) process.stderr.write("\r\x1b[K");
      console.log(
        `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${trainLoss.toFixed(4)}  train ${percent(trainAccuracy)}  test ${pc.bold(percent(testAccuracy))}  ${seconds.toFixed(1)} s`,
      );
    },
    end: (_, text) => {
      bar?.stop();
      console.log(text);
    },
  };
};
