import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { camelCase } from "../../scripts/golden/values.js";
import { optim, tensor } from "../../src/index.js";

const { lrScheduler, swaUtils } = optim;

/** What makeOptimizers.py wrote of one schedule. */
interface Stored {
  readonly id: string;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly optimizer: { readonly op: "SGD" | "Adam"; readonly momentum?: number };
  readonly groups: readonly number[];
  readonly metrics: readonly number[] | null;
  readonly rates: readonly (readonly number[])[];
  readonly state: Record<string, unknown>;
}

const stored = (
  JSON.parse(gunzipSync(readFileSync(new URL("../golden/schedules.json.gz", import.meta.url))).toString()) as {
    schedules: Stored[];
  }
).schedules;

interface Schedule {
  step(metric?: number): void;
  stateDict(): Record<string, unknown>;
  loadStateDict(state: Record<string, unknown>): void;
  getLastLr(): number[];
}

const optimizerOf = ({ optimizer: { op, momentum }, groups }: Stored): optim.SGD | optim.Adam => {
  const params = groups.map((lr) => ({ params: [tensor([0], { dtype: "float32", requiresGrad: true })], lr }));
  return op === "Adam" ? new optim.Adam(params, { lr: 0.1 }) : new optim.SGD(params, { lr: 0.1, momentum });
};

const scheduleOf = ({ name, options }: Stored, optimizer: optim.SGD | optim.Adam): Schedule => {
  const given = Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      camelCase(key),
      typeof value === "string" ? camelCase(value) : value,
    ]),
  );
  switch (name) {
    case "LambdaLR":
      return new lrScheduler.LambdaLR(optimizer, { lrLambda: (epoch) => 0.95 ** epoch });
    case "MultiplicativeLR":
      return new lrScheduler.MultiplicativeLR(optimizer, { lrLambda: () => 0.95 });
    case "SequentialLR":
      return new lrScheduler.SequentialLR(optimizer, {
        schedulers: [
          new lrScheduler.ConstantLR(optimizer, { factor: 0.1, totalIters: 4 }),
          new lrScheduler.ExponentialLR(optimizer, { gamma: 0.9 }),
          new lrScheduler.CosineAnnealingLR(optimizer, { TMax: 10 }),
        ],
        milestones: [5, 14],
      });
    case "ChainedScheduler":
      return new lrScheduler.ChainedScheduler([
        new lrScheduler.ConstantLR(optimizer, { factor: 0.1, totalIters: 4 }),
        new lrScheduler.ExponentialLR(optimizer, { gamma: 0.9 }),
      ]);
    default: {
      const kind = (lrScheduler as unknown as Record<string, new (...args: unknown[]) => Schedule>)[name];
      if (kind === undefined) throw new Error(`no schedule ${name}`);
      return new kind(optimizer, given);
    }
  }
};

const run = (
  schedule: Schedule,
  optimizer: optim.SGD | optim.Adam,
  { metrics }: Stored,
  from: number,
  to: number,
): number[][] => {
  const rates: number[][] = [];
  for (let step = from; step < to; step++) {
    optimizer.step();
    schedule.step(metrics?.[step]);
    rates.push(optimizer.paramGroups.map(({ lr }) => lr));
  }
  return rates;
};

const expectClose = (actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((row, i) => {
    row.forEach((value, group) => {
      expect(value).toBeCloseTo(expected[i]?.[group] as number, 11);
    });
  });
};

describe.each(stored.map((schedule) => [schedule.id, schedule] as const))("%s", (_id, golden) => {
  it("sets PyTorch's rates for 30 steps", () => {
    const optimizer = optimizerOf(golden);
    const schedule = scheduleOf(golden, optimizer);
    const first = optimizer.paramGroups.map(({ lr }) => lr);
    expectClose([first, ...run(schedule, optimizer, golden, 0, 30)], golden.rates);
  });

  it("goes on from a state saved in the middle to the bit", () => {
    const straight = optimizerOf(golden);
    const one = scheduleOf(golden, straight);
    run(one, straight, golden, 0, 10);
    const saved = JSON.parse(JSON.stringify({ schedule: one.stateDict(), optimizer: straight.stateDict() })) as {
      schedule: Record<string, unknown>;
      optimizer: ReturnType<optim.SGD["stateDict"]>;
    };
    // JSON has no infinity; a metric may not have been seen yet.
    if (saved.schedule.best === null) saved.schedule.best = one.stateDict().best;
    const expected = run(one, straight, golden, 10, 30);
    const resumed = optimizerOf(golden);
    const other = scheduleOf(golden, resumed);
    resumed.loadStateDict(saved.optimizer);
    other.loadStateDict(saved.schedule);
    expect(run(other, resumed, golden, 10, 30)).toEqual(expected);
    expect(other.getLastLr()).toEqual(expected.at(-1));
  });

  it("goes on from the state that PyTorch saved after the tenth step", () => {
    const optimizer = optimizerOf(golden);
    const schedule = scheduleOf(golden, optimizer);
    optimizer.paramGroups.forEach((group, i) => {
      group.lr = golden.rates[10]?.[i] as number;
    });
    schedule.loadStateDict(golden.state);
    expectClose(run(schedule, optimizer, golden, 10, 30), golden.rates.slice(11));
  });
});

describe("schedules", () => {
  const sgd = () => new optim.SGD([tensor([0], { dtype: "float32", requiresGrad: true })], { lr: 0.1 });

  it("refuse a state of another kind, or with values of other types, and change nothing", () => {
    const schedule = new lrScheduler.StepLR(sgd(), { stepSize: 3 });
    const before = schedule.stateDict();
    expect(() => schedule.loadStateDict({ gamma: 3 })).toThrow(
      /StepLR: the saved state has no last_epoch, _step_count/,
    );
    expect(() => schedule.loadStateDict({ ...before, last_epoch: "4" })).toThrow(/the saved last_epoch is "4"/);
    expect(schedule.stateDict()).toEqual(before);
  });

  it("start from lastEpoch only where the optimizer has an initial rate", () => {
    expect(() => new lrScheduler.ExponentialLR(sgd(), { gamma: 0.5, lastEpoch: 3 })).toThrow(
      /no initialLr to go on from/,
    );
  });

  it("SWALR goes to its rate along a cosine or a line, and stays there, as in PyTorch", () => {
    for (const [annealStrategy, expected] of [
      ["cos", [0.1, 0.08681980515339464, 0.055, 0.02318019484660536, 0.01, 0.01]],
      ["linear", [0.1, 0.0775, 0.055, 0.0325, 0.01, 0.01]],
    ] as const) {
      const optimizer = sgd();
      const schedule = new swaUtils.SWALR(optimizer, { swaLr: 0.01, annealEpochs: 4, annealStrategy });
      const rates = [optimizer.paramGroups[0]?.lr];
      for (let i = 0; i < 5; i++) {
        schedule.step();
        rates.push(optimizer.paramGroups[0]?.lr);
      }
      rates.forEach((rate, i) => {
        expect(rate).toBeCloseTo(expected[i] as number, 12);
      });
    }
    expect(() => new swaUtils.SWALR(sgd(), { swaLr: [0.1, 0.2] })).toThrow(/swaLr has 2 values/);
    expect(() => new swaUtils.SWALR(sgd(), { swaLr: 0.1, annealEpochs: -1 })).toThrow(/annealEpochs is -1/);
  });
});
