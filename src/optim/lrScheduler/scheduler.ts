import { ValueError } from "../../tensor/errors.js";
import { recorder } from "../../tensor/recorder.js";

/** What a schedule sees of an optimizer. */
export interface Scheduled {
  readonly paramGroups: ScheduledGroup[];
}

export interface ScheduledGroup {
  lr: number;
  initialLr?: number | undefined;
  momentum?: number;
  betas?: readonly [number, number];
}

/** A saved schedule: numbers and lists by PyTorch's names. */
export type SchedulerState = Record<string, unknown>;

export interface ScheduleOptions {
  /** The last step that was done, to go on from; −1 starts anew. Default −1. */
  lastEpoch?: number | undefined;
}

/** Where PyTorch's name is not ours in snake case. */
const torchNames: Readonly<Record<string, string>> = {
  lastLr: "_last_lr",
  stepCount: "_step_count",
  TMax: "T_max",
  T0: "T_0",
  TMult: "T_mult",
  length: "T_i",
  position: "T_cur",
  upShare: "step_ratio",
};

const torchName = (name: string): string =>
  torchNames[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const isOptimizer = (value: unknown): boolean => typeof value === "object" && value !== null && "paramGroups" in value;

/** The fields of a schedule that decide what comes next. */
const fieldsOf = (scheduler: object): [string, unknown][] =>
  Object.entries(scheduler).filter(([, value]) => typeof value !== "function" && !isOptimizer(value));

export const saveFields = (scheduler: object): SchedulerState =>
  Object.fromEntries(fieldsOf(scheduler).map(([name, value]) => [torchName(name), structuredClone(value)]));

/** What changes from step to step: a state without it is not one of this kind of schedule. Settings may be left out. */
const counters = new Set(["lastEpoch", "stepCount", "position", "length", "best", "numBadEpochs", "cooldownCounter"]);

/** @throws ValueError for a state that lacks a counter, or has another type of value somewhere: nothing has changed then */
export const loadFields = (scheduler: object, state: SchedulerState): void => {
  const op = scheduler.constructor.name;
  const fields = fieldsOf(scheduler);
  const missing = fields
    .map(([name]) => name)
    .filter((name) => counters.has(name) && !Object.hasOwn(state, torchName(name)));
  if (missing.length > 0) {
    throw new ValueError({
      op,
      problem: `the saved state has no ${missing.map(torchName).join(", ")}`,
      rule: "a state of the same kind of schedule",
    });
  }
  const given = fields.filter(([name]) => Object.hasOwn(state, torchName(name)));
  for (const [name, own] of given) {
    const value = state[torchName(name)];
    if (typeof value === typeof own && Array.isArray(value) === Array.isArray(own)) continue;
    throw new ValueError({
      op,
      problem: `the saved ${torchName(name)} is ${JSON.stringify(value)}`,
      rule: "a value of the same type",
    });
  }
  Object.assign(scheduler, Object.fromEntries(given.map(([name]) => [name, structuredClone(state[torchName(name)])])));
};

/**
 * Base of schedules: each step sets the learning rate of every group from the one before, so that schedules can be chained.
 *
 * A subclass sets its fields and then calls `start`.
 *
 * @source torch.optim.lr_scheduler.LRScheduler
 */
export abstract class LRScheduler {
  readonly optimizer: Scheduled;
  lastEpoch: number;
  readonly baseLrs: number[];
  protected lastLr: number[] = [];
  protected stepCount = 0;

  constructor(optimizer: Scheduled, { lastEpoch = -1 }: ScheduleOptions = {}) {
    this.optimizer = optimizer;
    this.lastEpoch = lastEpoch;
    this.baseLrs = optimizer.paramGroups.map((group, i) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      if (group.initialLr !== undefined) return group.initialLr;
      throw new ValueError({
        op: this.constructor.name,
        problem: `group ${i} has no initialLr to go on from`,
        hint: "load the optimizer's state first, or leave lastEpoch out",
      });
    });
  }

  /** The rates of this step, from the groups as they stand. */
  protected abstract rates(): number[];

  /** Every group's rate now, changed by `change`. */
  protected each(change: (lr: number, baseLr: number, i: number) => number): number[] {
    return this.optimizer.paramGroups.map(({ lr }, i) => change(lr, this.baseLrs[i] as number, i));
  }

  protected start(): void {
    this.step();
  }

  /** Sets the rates of the next step. */
  step(): void {
    this.stepCount++;
    this.lastEpoch++;
    this.set();
  }

  /** Back to step 0, as if it had just been made. */
  restart(): void {
    this.optimizer.paramGroups.forEach((group, i) => {
      group.lr = this.baseLrs[i] as number;
    });
    this.lastEpoch = 0;
    this.stepCount = 1;
    this.set();
  }

  protected set(): void {
    recorder?.refuses(
      `${this.constructor.name}.step`,
      "a schedule runs in the step, in JavaScript",
      "call it after the captured step: the optimizer takes the rates as they are at each call",
    );
    const rates = this.rates();
    this.optimizer.paramGroups.forEach((group, i) => {
      group.lr = rates[i] as number;
    });
    this.lastLr = rates;
  }

  /** The rates that the last step set. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  stateDict(): SchedulerState {
    return saveFields(this);
  }

  loadStateDict(state: SchedulerState): void {
    loadFields(this, state);
  }
}
