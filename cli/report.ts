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
  download(name: string, bytes: number, total: number): void;
  start(settings: object, note: string): void;
  progress(state: Progress): void;
  epoch(result: EpochResult, epochs: number): void;
  end(result: object, text: string): void;
  /** Whatever happened: gives the terminal back as it was. */
  close(): void;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** One JSON object a line on stdout: the settings, each epoch, the result. */
export const jsonReporter = (): Reporter => {
  const write = (event: string, value: object): void => {
    process.stdout.write(`${JSON.stringify({ event, ...value })}\n`);
  };
  return {
    download: () => undefined,
    start: (settings) => write("settings", settings),
    progress: () => undefined,
    epoch: (result) => write("epoch", result),
    end: (result) => write("result", result),
    close: () => undefined,
  };
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

const startBar = (text: string, total: number, begun = 0): SingleBar => {
  const options = { format: `  ${text}`, barsize: 24, hideCursor: true, clearOnComplete: true, stream: process.stderr };
  const bar = new SingleBar(options);
  bar.start(total, begun, { epoch: "", loss: "–", accuracy: "–", speed: "–", there: "0", all: "–" });
  return bar;
};

const trainingText = `epoch {epoch} ${pc.cyan("{bar}")} {percentage} %  loss {loss}  accuracy {accuracy}  {speed} images/s  {eta_formatted} left`;
const downloadText = `${pc.cyan("{bar}")} {there} of {all} MB  {eta_formatted} left`;

/** A bar while it loads and trains and a line an epoch; plain lines where nobody watches a terminal. */
export const textReporter = (isQuiet: boolean): Reporter => {
  const isLive = process.stderr.isTTY === true && !isQuiet;
  let bar: SingleBar | null = null;
  let download: SingleBar | null = null;
  let isAnnounced = false;
  /** A bar goes back to where it began when it ends, so nothing may be written while there is one. */
  const close = (): void => {
    bar?.stop();
    download?.stop();
    bar = null;
    download = null;
  };
  return {
    download: (name, bytes, total) => {
      if (!isAnnounced && !isQuiet) console.log(`downloading ${name}: ${megabytes(total)} MB`);
      isAnnounced = true;
      if (!isLive) return;
      download ??= startBar(downloadText, total);
      download.setTotal(total);
      download.update(bytes, { there: megabytes(bytes), all: megabytes(total) });
    },
    start: (_, note) => {
      close();
      if (!isQuiet) console.log(note);
    },
    progress: ({ epoch, epochs, seen, total, loss, accuracy, imagesPerSecond }) => {
      if (!isLive) return;
      bar ??= startBar(trainingText, total * epochs, (epoch - 1) * total);
      bar.update((epoch - 1) * total + seen, {
        epoch: `${epoch}/${epochs}`,
        loss: loss.toFixed(4),
        accuracy: percent(accuracy),
        speed: Math.round(imagesPerSecond).toLocaleString("en"),
      });
    },
    epoch: ({ epoch, trainLoss, trainAccuracy, testAccuracy, seconds }, epochs) => {
      close();
      if (isQuiet) return;
      console.log(
        `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${trainLoss.toFixed(4)}  train ${percent(trainAccuracy)}  test ${pc.bold(percent(testAccuracy))}  ${seconds.toFixed(1)} s`,
      );
    },
    end: (_, text) => {
      close();
      console.log(text);
    },
    close,
  };
};
