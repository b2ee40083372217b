import { InvalidArgumentError } from "commander";

/** Everything that decides a training run on images. */
export interface MnistSettings {
  readonly dataset: "mnist" | "fashion-mnist";
  readonly train: number;
  readonly test: number;
  readonly epochs: number;
  readonly lr: number;
  readonly momentum: number;
  /** How the learning rate moves: it stays, or falls to 0 along half a cosine. */
  readonly schedule: "constant" | "cosine";
  readonly batchSize: number;
  readonly optimizer: "sgd" | "adam" | "adamw";
  readonly hidden: readonly number[];
  readonly init: "torch" | "he" | "xavier";
  readonly seed: number;
  readonly data?: string;
  readonly plot: string;
  /** Replay recorded steps. */
  readonly capture: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** As many as there are cores if left out. */
  readonly threads?: number;
  /** As `setBlas` takes it; without it MYTORCH_BLAS decides. */
  readonly blas?: string;
}

/** What was typed: the rest follows from it. */
export type MnistOptions = Omit<MnistSettings, Settled> & Partial<Pick<MnistSettings, Settled>>;
type Settled = "lr" | "momentum" | "optimizer" | "plot" | "schedule";

/** Without --optimizer the settings are those that do best on MNIST; with it, PyTorch's plain ones. */
export const settle = (options: MnistOptions): MnistSettings => {
  const optimizer = options.optimizer ?? "sgd";
  return {
    ...options,
    optimizer,
    plot: options.plot ?? options.dataset,
    lr: options.lr ?? (optimizer === "sgd" ? 0.1 : 0.001),
    momentum: options.momentum ?? (options.optimizer === undefined ? 0.9 : 0),
    schedule: options.schedule ?? (options.optimizer === undefined ? "cosine" : "constant"),
  };
};

export const positiveInteger = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be an integer from 1 up.");
  return value;
};

export const integer = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value)) throw new InvalidArgumentError("It must be an integer.");
  return value;
};

export const positiveNumber = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
};

export const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1))
    throw new InvalidArgumentError("It must be a number from 0 up to, not including, 1.");
  return value;
};

export const fileName = (text: string): string => {
  if (text === "" || text.endsWith("/")) throw new InvalidArgumentError("It must be the name of a file.");
  return text;
};

export const sizes = (text: string): number[] => text.split(",").map(positiveInteger);
