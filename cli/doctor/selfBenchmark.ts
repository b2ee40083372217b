import {
  add,
  backendInfo,
  blasInfo,
  manualSeed,
  matmul,
  nn,
  noGrad,
  optim,
  rand,
  randint,
  scope,
  setBlas,
  setNumThreads,
} from "../../src/index.js";

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: "GFLOP/s" | "GB/s" | "ms";
}

interface Trial {
  readonly name: string;
  readonly unit: Measurement["unit"];
  /** Sets up, and gives one run of it. */
  readonly prepare: () => () => void;
  /** From milliseconds a run. */
  readonly value: (ms: number) => number;
  readonly isWithoutBlas?: boolean;
  /** All of them, if left out. */
  readonly threads?: number;
}

/** Runs it for so many seconds. @returns the median in milliseconds */
const medianOf = ({ prepare }: Trial, seconds: number): number => {
  const run = prepare();
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
};

const N = 512;
const MANY = 4_000_000;

const product = (): (() => void) => {
  const [a, b] = [rand(N, N), rand(N, N)];
  return () => scope(() => void noGrad(() => matmul(a, b)));
};
const flops = (ms: number): number => (2 * N ** 3) / ms / 1e6;

const trials = (): readonly Trial[] => {
  const { kind } = blasInfo();
  const { count } = backendInfo().threads;
  return [
    ...[...new Set([kind, null])].flatMap((blas) =>
      [...new Set([1, count])].map(
        (threads): Trial => ({
          name: `matmul ${N}³, ${blas ?? "WebAssembly"}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
          unit: "GFLOP/s",
          prepare: product,
          value: flops,
          isWithoutBlas: blas === null,
          threads,
        }),
      ),
    ),
    {
      name: "x + y, 4 million elements",
      unit: "GB/s",
      prepare: () => {
        const [x, y] = [rand(MANY), rand(MANY)];
        return () => scope(() => void noGrad(() => add(x, y)));
      },
      value: (ms) => (3 * 4 * MANY) / ms / 1e6,
    },
    {
      name: "training step of 784-128-10, batch 100",
      unit: "ms",
      prepare: () => {
        manualSeed(0);
        const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
        const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
        const lossFn = new nn.CrossEntropyLoss();
        const [x, y] = [rand(100, 784), randint(0, 10, [100])];
        return () => {
          optimizer.zeroGrad();
          lossFn.forward(model.forward(x), y).backward();
          optimizer.step();
        };
      },
      value: (ms) => ms,
    },
  ];
};

/**
 * Measures this machine in about `seconds`: the median run of each trial.
 *
 * @param progress is told how much is done, from 0 to 1, and what comes next
 */
export const selfBenchmark = async (
  seconds: number,
  progress: (share: number, next: string) => void,
): Promise<readonly Measurement[]> => {
  const all = trials();
  const { count } = backendInfo().threads;
  const results: Measurement[] = [];
  for (const [i, trial] of all.entries()) {
    progress(i / all.length, trial.name);
    // Lets the bar be drawn, and memory be given back.
    await new Promise((resolve) => setImmediate(resolve));
    const chosen = blasInfo().path ?? "off";
    if (trial.isWithoutBlas) setBlas("off");
    setNumThreads(trial.threads ?? count);
    try {
      const value = trial.value(medianOf(trial, seconds / all.length));
      results.push({ name: trial.name, unit: trial.unit, value });
    } finally {
      if (trial.isWithoutBlas) setBlas(chosen);
      setNumThreads(count);
    }
  }
  progress(1, "");
  return results;
};
