import { ValueError } from "../../tensor/errors.js";
import { LRScheduler, type Scheduled, type ScheduleOptions } from "./scheduler.js";

/** Times gamma (default 0.1) every `stepSize` steps. @source torch.optim.lr_scheduler.StepLR */
export class StepLR extends LRScheduler {
  readonly stepSize: number;
  readonly gamma: number;

  constructor(optimizer: Scheduled, options: ScheduleOptions & { stepSize: number; gamma?: number | undefined }) {
    super(optimizer, options);
    this.stepSize = options.stepSize;
    this.gamma = options.gamma ?? 0.1;
    this.start();
  }

  protected override rates(): number[] {
    const isDue = this.lastEpoch !== 0 && this.lastEpoch % this.stepSize === 0;
    return this.each((lr) => (isDue ? lr * this.gamma : lr));
  }
}

/** Times gamma (default 0.1) at each milestone; one that is listed twice counts twice. @source torch.optim.lr_scheduler.MultiStepLR */
export class MultiStepLR extends LRScheduler {
  /** How often each step is listed. */
  readonly milestones: Readonly<Record<string, number>>;
  readonly gamma: number;

  constructor(
    optimizer: Scheduled,
    options: ScheduleOptions & { milestones: readonly number[]; gamma?: number | undefined },
  ) {
    super(optimizer, options);
    const counts: Record<string, number> = {};
    for (const milestone of options.milestones) counts[milestone] = (counts[milestone] ?? 0) + 1;
    this.milestones = counts;
    this.gamma = options.gamma ?? 0.1;
    this.start();
  }

  protected override rates(): number[] {
    const count = this.milestones[this.lastEpoch] ?? 0;
    return this.each((lr) => lr * this.gamma ** count);
  }
}

/** Times gamma every step. @source torch.optim.lr_scheduler.ExponentialLR */
export class ExponentialLR extends LRScheduler {
  readonly gamma: number;

  constructor(optimizer: Scheduled, options: ScheduleOptions & { gamma: number }) {
    super(optimizer, options);
    this.gamma = options.gamma;
    this.start();
  }

  protected override rates(): number[] {
    return this.each((lr) => (this.lastEpoch === 0 ? lr : lr * this.gamma));
  }
}

/** Times `factor` (default 1/3) until step `totalIters` (default 5). @source torch.optim.lr_scheduler.ConstantLR */
export class ConstantLR extends LRScheduler {
  readonly factor: number;
  readonly totalIters: number;

  constructor(
    optimizer: Scheduled,
    options: ScheduleOptions & { factor?: number | undefined; totalIters?: number | undefined } = {},
  ) {
    super(optimizer, options);
    this.factor = options.factor ?? 1 / 3;
    this.totalIters = options.totalIters ?? 5;
    if (!(this.factor > 0 && this.factor <= 1))
      throw outside("ConstantLR", "factor", this.factor, "above 0, at most 1");
    this.start();
  }

  protected override rates(): number[] {
    const change = this.lastEpoch === 0 ? this.factor : this.lastEpoch === this.totalIters ? 1 / this.factor : 1;
    return this.each((lr) => lr * change);
  }
}

/**
 * From `startFactor` (default 1/3) to `endFactor` (default 1) of the rate on a straight line of `totalIters` (default 5) steps.
 *
 * @source torch.optim.lr_scheduler.LinearLR
 */
export class LinearLR extends LRScheduler {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;

  constructor(
    optimizer: Scheduled,
    options: ScheduleOptions & {
      startFactor?: number | undefined;
      endFactor?: number | undefined;
      totalIters?: number | undefined;
    } = {},
  ) {
    super(optimizer, options);
    this.startFactor = options.startFactor ?? 1 / 3;
    this.endFactor = options.endFactor ?? 1;
    this.totalIters = options.totalIters ?? 5;
    if (!(this.startFactor > 0 && this.startFactor <= 1))
      throw outside("LinearLR", "startFactor", this.startFactor, "above 0, at most 1");
    if (!(this.endFactor >= 0 && this.endFactor <= 1))
      throw outside("LinearLR", "endFactor", this.endFactor, "from 0 to 1");
    this.start();
  }

  protected override rates(): number[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    if (lastEpoch === 0) return this.each((lr) => lr * startFactor);
    if (lastEpoch > totalIters) return this.each((lr) => lr);
    const rise = endFactor - startFactor;
    return this.each((lr) => lr * (1 + rise / (totalIters * startFactor + (lastEpoch - 1) * rise)));
  }
}

/** Down to 0 in `totalIters` (default 5) steps along a power (default 1). @source torch.optim.lr_scheduler.PolynomialLR */
export class PolynomialLR extends LRScheduler {
  readonly totalIters: number;
  readonly power: number;

  constructor(
    optimizer: Scheduled,
    options: ScheduleOptions & { totalIters?: number | undefined; power?: number | undefined } = {},
  ) {
    super(optimizer, options);
    this.totalIters = options.totalIters ?? 5;
    this.power = options.power ?? 1;
    this.start();
  }

  protected override rates(): number[] {
    const { lastEpoch, totalIters, power } = this;
    if (lastEpoch === 0 || lastEpoch > totalIters) return this.each((lr) => lr);
    const fall = (1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters);
    return this.each((lr) => lr * fall ** power);
  }
}

/** One function of the step for all groups, or one for each. */
export type Factor = ((epoch: number) => number) | readonly ((epoch: number) => number)[];

const factorsFor = (op: string, factor: Factor, groups: number): ((epoch: number) => number)[] => {
  const list = typeof factor === "function" ? Array.from({ length: groups }, () => factor) : [...factor];
  if (list.length === groups) return list;
  throw new ValueError({
    op,
    problem: `${list.length} functions for ${groups} groups`,
    rule: "one, or one for each group",
  });
};

/** The initial rate times `lrLambda(step)`. @source torch.optim.lr_scheduler.LambdaLR */
export class LambdaLR extends LRScheduler {
  readonly #factors: ((epoch: number) => number)[];

  constructor(optimizer: Scheduled, options: ScheduleOptions & { lrLambda: Factor }) {
    super(optimizer, options);
    this.#factors = factorsFor("LambdaLR", options.lrLambda, optimizer.paramGroups.length);
    this.start();
  }

  protected override rates(): number[] {
    return this.each((_lr, baseLr, i) => baseLr * (this.#factors[i]?.(this.lastEpoch) as number));
  }
}

/** The rate before times `lrLambda(step)`. @source torch.optim.lr_scheduler.MultiplicativeLR */
export class MultiplicativeLR extends LRScheduler {
  readonly #factors: ((epoch: number) => number)[];

  constructor(optimizer: Scheduled, options: ScheduleOptions & { lrLambda: Factor }) {
    super(optimizer, options);
    this.#factors = factorsFor("MultiplicativeLR", options.lrLambda, optimizer.paramGroups.length);
    this.start();
  }

  protected override rates(): number[] {
    return this.each((lr, _baseLr, i) =>
      this.lastEpoch === 0 ? lr : lr * (this.#factors[i]?.(this.lastEpoch) as number),
    );
  }
}

const outside = (op: string, name: string, value: number, rule: string): ValueError =>
  new ValueError({ op, problem: `${name} is ${value}`, rule, args: { [name]: String(value) } });
