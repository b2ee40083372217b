import { ValueError } from "../../tensor/errors.js";
import type { LRScheduler, Scheduled, SchedulerState } from "./scheduler.js";

const requireOneOptimizer = (
  op: string,
  schedulers: readonly LRScheduler[],
  optimizer: Scheduled | undefined,
): void => {
  if (schedulers.length > 0 && schedulers.every((scheduler) => scheduler.optimizer === optimizer)) return;
  throw new ValueError({
    op,
    problem: "the schedules are not of one optimizer",
    rule: "at least one, all of the same optimizer",
  });
};

/** Saved schedules under PyTorch's name. */
const saveAll = (schedulers: readonly LRScheduler[]): SchedulerState[] =>
  schedulers.map((scheduler) => scheduler.stateDict());

const loadAll = (op: string, schedulers: readonly LRScheduler[], state: SchedulerState): void => {
  const saved = state._schedulers;
  if (!Array.isArray(saved) || saved.length !== schedulers.length)
    throw new ValueError({ op, problem: `the saved state is not one of ${schedulers.length} schedules` });
  schedulers.forEach((scheduler, i) => {
    scheduler.loadStateDict(saved[i] as SchedulerState);
  });
};

/** One schedule after the other, each from its milestone on. @source torch.optim.lr_scheduler.SequentialLR */
export class SequentialLR {
  readonly optimizer: Scheduled;
  readonly #schedulers: readonly LRScheduler[];
  readonly #milestones: readonly number[];
  lastEpoch = 0;

  constructor(
    optimizer: Scheduled,
    { schedulers, milestones }: { schedulers: readonly LRScheduler[]; milestones: readonly number[] },
  ) {
    requireOneOptimizer("SequentialLR", schedulers, optimizer);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError({
        op: "SequentialLR",
        problem: `${milestones.length} milestones for ${schedulers.length} schedules`,
        rule: "one fewer than schedules",
      });
    }
    this.optimizer = optimizer;
    this.#schedulers = schedulers;
    this.#milestones = milestones;
    // Making the schedules has moved the rates already: only the first counts.
    schedulers[0]?.restart();
  }

  step(): void {
    this.lastEpoch++;
    const at = this.#milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    const scheduler = this.#schedulers[at] as LRScheduler;
    if (at > 0 && this.#milestones[at - 1] === this.lastEpoch) scheduler.restart();
    else scheduler.step();
  }

  getLastLr(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  stateDict(): SchedulerState {
    return {
      last_epoch: this.lastEpoch,
      _milestones: [...this.#milestones],
      _last_lr: this.getLastLr(),
      _schedulers: saveAll(this.#schedulers),
    };
  }

  loadStateDict(state: SchedulerState): void {
    loadAll("SequentialLR", this.#schedulers, state);
    this.lastEpoch = Number(state.last_epoch);
  }
}

/** Several schedules at once: each changes the rate that the one before it left. @source torch.optim.lr_scheduler.ChainedScheduler */
export class ChainedScheduler {
  readonly optimizer: Scheduled;
  readonly #schedulers: readonly LRScheduler[];

  constructor(schedulers: readonly LRScheduler[]) {
    requireOneOptimizer("ChainedScheduler", schedulers, schedulers[0]?.optimizer);
    this.optimizer = (schedulers[0] as LRScheduler).optimizer;
    this.#schedulers = schedulers;
  }

  step(): void {
    for (const scheduler of this.#schedulers) scheduler.step();
  }

  getLastLr(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  stateDict(): SchedulerState {
    return { _last_lr: this.getLastLr(), _schedulers: saveAll(this.#schedulers) };
  }

  loadStateDict(state: SchedulerState): void {
    loadAll("ChainedScheduler", this.#schedulers, state);
  }
}
