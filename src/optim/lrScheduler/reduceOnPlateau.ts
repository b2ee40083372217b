import { ValueError } from "../../tensor/errors.js";
import { loadFields, type Scheduled, type SchedulerState, saveFields } from "./scheduler.js";

export interface PlateauOptions {
  /** Whether a small or a large metric is good. Default "min". */
  mode?: "min" | "max" | undefined;
  /** The rate is multiplied by this, below 1. Default 0.1. */
  factor?: number | undefined;
  /** Steps without improvement that are waited for. Default 10. */
  patience?: number | undefined;
  /** How much better is better. Default 1e-4. */
  threshold?: number | undefined;
  /** Whether the threshold is a share of the best metric, or a difference. Default "rel". */
  thresholdMode?: "rel" | "abs" | undefined;
  /** Steps after a reduction that do not count. Default 0. */
  cooldown?: number | undefined;
  /** The lowest rate, for all groups or for each. Default 0. */
  minLr?: number | readonly number[] | undefined;
  /** Smaller changes of the rate are left out. Default 1e-8. */
  eps?: number | undefined;
}

/** Lowers the rate when a metric has stopped improving. @source torch.optim.lr_scheduler.ReduceLROnPlateau */
export class ReduceLROnPlateau {
  readonly optimizer: Scheduled;
  readonly mode: "min" | "max";
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly thresholdMode: "rel" | "abs";
  readonly cooldown: number;
  readonly minLrs: number[];
  readonly eps: number;
  best: number;
  numBadEpochs = 0;
  cooldownCounter = 0;
  lastEpoch = 0;

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    const { mode = "min", factor = 0.1, thresholdMode = "rel", minLr = 0 } = options;
    const fail = (problem: string, rule: string): ValueError =>
      new ValueError({ op: "ReduceLROnPlateau", problem, rule });
    if (!(factor < 1)) throw fail(`factor is ${factor}`, "below 1");
    if (mode !== "min" && mode !== "max") throw fail(`mode is ${String(mode)}`, '"min" or "max"');
    if (thresholdMode !== "rel" && thresholdMode !== "abs")
      throw fail(`thresholdMode is ${String(thresholdMode)}`, '"rel" or "abs"');
    const groups = optimizer.paramGroups.length;
    this.minLrs = typeof minLr === "number" ? new Array<number>(groups).fill(minLr) : [...minLr];
    if (this.minLrs.length !== groups)
      throw fail(`minLr has ${this.minLrs.length} values`, `one for each of ${groups} groups`);
    this.optimizer = optimizer;
    this.mode = mode;
    this.factor = factor;
    this.patience = options.patience ?? 10;
    this.threshold = options.threshold ?? 1e-4;
    this.thresholdMode = thresholdMode;
    this.cooldown = options.cooldown ?? 0;
    this.eps = options.eps ?? 1e-8;
    this.best = mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** @param metrics what is watched, as a number: loss.item() */
  step(metrics: number): void {
    this.lastEpoch++;
    if (this.#isBetter(metrics)) {
      this.best = metrics;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs <= this.patience) return;
    this.optimizer.paramGroups.forEach((group, i) => {
      const next = Math.max(group.lr * this.factor, this.minLrs[i] as number);
      if (group.lr - next > this.eps) group.lr = next;
    });
    this.cooldownCounter = this.cooldown;
    this.numBadEpochs = 0;
  }

  #isBetter(value: number): boolean {
    const { best, threshold } = this;
    if (this.thresholdMode === "rel")
      return this.mode === "min" ? value < best * (1 - threshold) : value > best * (1 + threshold);
    return this.mode === "min" ? value < best - threshold : value > best + threshold;
  }

  getLastLr(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  stateDict(): SchedulerState {
    return saveFields(this);
  }

  loadStateDict(state: SchedulerState): void {
    loadFields(this, state);
  }
}
