import { ValueError } from "../../tensor/errors.js";
import { LRScheduler, type Scheduled, type ScheduledGroup, type ScheduleOptions } from "./scheduler.js";

/** One number for all groups, or one for each. */
type PerGroup = number | readonly number[];

const perGroup = (op: string, name: string, value: PerGroup, groups: number): number[] => {
  const list = typeof value === "number" ? new Array<number>(groups).fill(value) : [...value];
  if (list.length === groups) return list;
  throw new ValueError({ op, problem: `${name} has ${list.length} values for ${groups} groups` });
};

/** Momentum is `momentum`, or the first of `betas`. @throws ValueError for an optimizer without either */
const requireMomentum = (op: string, groups: readonly ScheduledGroup[]): void => {
  if (groups.every((group) => "momentum" in group || "betas" in group)) return;
  throw new ValueError({
    op,
    problem: "the optimizer has no momentum to cycle",
    hint: "pass { cycleMomentum: false }",
  });
};

const setMomentum = (group: ScheduledGroup, value: number): void => {
  if (group.betas !== undefined) group.betas = [value, group.betas[1]];
  else group.momentum = value;
};

export interface CyclicOptions extends ScheduleOptions {
  baseLr: PerGroup;
  maxLr: PerGroup;
  /** Steps up. Default 2000. */
  stepSizeUp?: number | undefined;
  /** Steps down. Default as many as up. */
  stepSizeDown?: number | undefined;
  /** "triangular2" halves the height every cycle, "expRange" shrinks it by gamma every step. Default "triangular". */
  mode?: "triangular" | "triangular2" | "expRange" | undefined;
  /** Default 1. */
  gamma?: number | undefined;
  /** A height of your own, in the place of `mode`. */
  scaleFn?: ((x: number) => number) | undefined;
  /** What scaleFn is given: the number of the cycle, or of the step. Default "cycle". */
  scaleMode?: "cycle" | "iterations" | undefined;
  /** Move momentum against the rate. Default true. */
  cycleMomentum?: boolean | undefined;
  /** Default 0.8. */
  baseMomentum?: PerGroup | undefined;
  /** Default 0.9. */
  maxMomentum?: PerGroup | undefined;
}

/** Up and down between two rates. @source torch.optim.lr_scheduler.CyclicLR; Smith, 2017 */
export class CyclicLR extends LRScheduler {
  readonly maxLrs: number[];
  readonly totalSize: number;
  readonly upShare: number;
  readonly cycleMomentum: boolean;
  readonly baseMomentums: number[];
  readonly maxMomentums: number[];
  readonly #scale: (x: number) => number;
  readonly #byCycle: boolean;

  constructor(optimizer: Scheduled, options: CyclicOptions) {
    const groups = optimizer.paramGroups;
    const baseLrs = perGroup("CyclicLR", "baseLr", options.baseLr, groups.length);
    if ((options.lastEpoch ?? -1) === -1)
      groups.forEach((group, i) => {
        group.lr = baseLrs[i] as number;
        group.initialLr = baseLrs[i] as number;
      });
    super(optimizer, options);
    const { stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = "triangular", gamma = 1 } = options;
    this.maxLrs = perGroup("CyclicLR", "maxLr", options.maxLr, groups.length);
    this.totalSize = stepSizeUp + stepSizeDown;
    this.upShare = stepSizeUp / this.totalSize;
    const shapes = {
      triangular: () => 1,
      triangular2: (cycle: number) => 1 / 2 ** (cycle - 1),
      expRange: (step: number) => gamma ** step,
    };
    if (!(mode in shapes))
      throw new ValueError({
        op: "CyclicLR",
        problem: `mode ${mode} is not known`,
        rule: Object.keys(shapes).join(", "),
      });
    this.#scale = options.scaleFn ?? shapes[mode];
    this.#byCycle = options.scaleFn === undefined ? mode !== "expRange" : (options.scaleMode ?? "cycle") === "cycle";
    this.cycleMomentum = options.cycleMomentum ?? true;
    this.baseMomentums = perGroup("CyclicLR", "baseMomentum", options.baseMomentum ?? 0.8, groups.length);
    this.maxMomentums = perGroup("CyclicLR", "maxMomentum", options.maxMomentum ?? 0.9, groups.length);
    if (this.cycleMomentum) requireMomentum("CyclicLR", groups);
    this.start();
  }

  protected override rates(): number[] {
    const { lastEpoch, totalSize, upShare } = this;
    const cycle = Math.floor(1 + lastEpoch / totalSize);
    const x = 1 + lastEpoch / totalSize - cycle;
    const height =
      (x <= upShare ? x / upShare : (x - 1) / (upShare - 1)) * this.#scale(this.#byCycle ? cycle : lastEpoch);
    if (this.cycleMomentum)
      this.optimizer.paramGroups.forEach((group, i) => {
        const [low, high] = [this.baseMomentums[i] as number, this.maxMomentums[i] as number];
        setMomentum(group, high - (high - low) * height);
      });
    return this.each((_lr, baseLr, i) => baseLr + ((this.maxLrs[i] as number) - baseLr) * height);
  }
}

export interface OneCycleOptions extends ScheduleOptions {
  maxLr: PerGroup;
  /** Steps in all; or `epochs` · `stepsPerEpoch`. */
  totalSteps?: number | undefined;
  epochs?: number | undefined;
  stepsPerEpoch?: number | undefined;
  /** Share of the steps in which the rate rises. Default 0.3. */
  pctStart?: number | undefined;
  /** Default "cos". */
  annealStrategy?: "cos" | "linear" | undefined;
  /** Move momentum against the rate. Default true. */
  cycleMomentum?: boolean | undefined;
  /** Default 0.85. */
  baseMomentum?: PerGroup | undefined;
  /** Default 0.95. */
  maxMomentum?: PerGroup | undefined;
  /** The first rate is maxLr / divFactor. Default 25. */
  divFactor?: number | undefined;
  /** The last rate is the first / finalDivFactor. Default 1e4. */
  finalDivFactor?: number | undefined;
  /** Fall to the first rate as long as it rose, and then to the last. Default false. */
  threePhase?: boolean | undefined;
}

type Point = "first" | "max" | "last";

interface Phase {
  readonly end: number;
  readonly from: Point;
  readonly to: Point;
  /** Momentum goes from its largest to its base, back, or stays large. */
  readonly momentum: "down" | "up" | "high";
}

const phasesOf = (total: number, pctStart: number, isThreePhase: boolean): Phase[] => {
  const rise: Phase = { end: pctStart * total - 1, from: "first", to: "max", momentum: "down" };
  if (!isThreePhase) return [rise, { end: total - 1, from: "max", to: "last", momentum: "up" }];
  return [
    rise,
    { end: 2 * pctStart * total - 2, from: "max", to: "first", momentum: "up" },
    { end: total - 1, from: "first", to: "last", momentum: "high" },
  ];
};

/** Up to a large rate and far down, once. @source torch.optim.lr_scheduler.OneCycleLR; Smith & Topin, 2018 */
export class OneCycleLR extends LRScheduler {
  readonly totalSteps: number;
  readonly maxLrs: number[];
  readonly divFactor: number;
  readonly finalDivFactor: number;
  readonly pctStart: number;
  readonly threePhase: boolean;
  readonly annealStrategy: "cos" | "linear";
  readonly cycleMomentum: boolean;
  readonly baseMomentums: number[];
  readonly maxMomentums: number[];

  constructor(optimizer: Scheduled, options: OneCycleOptions) {
    const groups = optimizer.paramGroups;
    const totalSteps = options.totalSteps ?? (options.epochs ?? 0) * (options.stepsPerEpoch ?? 0);
    if (!(Number.isInteger(totalSteps) && totalSteps > 0)) {
      throw new ValueError({
        op: "OneCycleLR",
        problem: "the number of steps is not known",
        rule: "totalSteps, or epochs and stepsPerEpoch: integers above 0",
      });
    }
    const { divFactor = 25, pctStart = 0.3, annealStrategy = "cos" } = options;
    if (!(pctStart >= 0 && pctStart <= 1))
      throw new ValueError({ op: "OneCycleLR", problem: `pctStart is ${pctStart}`, rule: "from 0 to 1" });
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw new ValueError({
        op: "OneCycleLR",
        problem: `annealStrategy is ${String(annealStrategy)}`,
        rule: '"cos" or "linear"',
      });
    const maxLrs = perGroup("OneCycleLR", "maxLr", options.maxLr, groups.length);
    if ((options.lastEpoch ?? -1) === -1)
      groups.forEach((group, i) => {
        group.initialLr = (maxLrs[i] as number) / divFactor;
      });
    super(optimizer, options);
    this.totalSteps = totalSteps;
    this.maxLrs = maxLrs;
    this.divFactor = divFactor;
    this.finalDivFactor = options.finalDivFactor ?? 1e4;
    this.pctStart = pctStart;
    this.threePhase = options.threePhase ?? false;
    this.annealStrategy = annealStrategy;
    this.cycleMomentum = options.cycleMomentum ?? true;
    this.baseMomentums = perGroup("OneCycleLR", "baseMomentum", options.baseMomentum ?? 0.85, groups.length);
    this.maxMomentums = perGroup("OneCycleLR", "maxMomentum", options.maxMomentum ?? 0.95, groups.length);
    if (this.cycleMomentum) requireMomentum("OneCycleLR", groups);
    this.start();
  }

  #between(from: number, to: number, share: number): number {
    if (this.annealStrategy === "linear") return (to - from) * share + from;
    return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  }

  protected override rates(): number[] {
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new ValueError({
        op: "OneCycleLR",
        problem: `step ${step} of a cycle of ${this.totalSteps}`,
        hint: "call step() once after each optimizer step, totalSteps times in all",
      });
    }
    const phases = phasesOf(this.totalSteps, this.pctStart, this.threePhase);
    const at = phases.findIndex(({ end }, i) => step <= end || i === phases.length - 1);
    const { end, from, to, momentum } = phases[at] as Phase;
    const start = at === 0 ? 0 : (phases[at - 1] as Phase).end;
    const share = (step - start) / (end - start);
    if (this.cycleMomentum)
      this.optimizer.paramGroups.forEach((group, i) => {
        const [low, high] = [this.baseMomentums[i] as number, this.maxMomentums[i] as number];
        const ends = { down: [high, low], up: [low, high], high: [high, high] }[momentum] as [number, number];
        setMomentum(group, this.#between(ends[0], ends[1], share));
      });
    return this.each((_lr, _baseLr, i) => {
      const max = this.maxLrs[i] as number;
      const first = max / this.divFactor;
      const points = { first, max, last: first / this.finalDivFactor };
      return this.#between(points[from], points[to], share);
    });
  }
}
