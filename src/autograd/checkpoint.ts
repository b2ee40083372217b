import { defaultGenerator, type GeneratorState } from "../random/generator.js";
import { GradError } from "../tensor/errors.js";
import { recorder } from "../tensor/recorder.js";
import { recordStorages } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { enableGrad, isGradEnabled } from "./mode.js";
import { type Savings, withSavings } from "./node.js";

/**
 * Runs `fn(...args)` without keeping its inner results: backward computes them anew, so memory is traded for time.
 *
 * The second run draws the same random numbers. Inner results that `fn` hands out in another way than by returning them are
 * given back when it ends.
 *
 * @throws GradError in backward, when `fn` does not do the same again
 * @source torch.utils.checkpoint.checkpoint (useReentrant false); Chen et al., 2016
 * @example const y = checkpoint((x) => block.forward(x), x)
 */
export const checkpoint = <A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): R => {
  if (!isGradEnabled()) return fn(...args);
  const run = new Checkpoint(() => fn(...args), tensorsIn(args));
  return recordStorages(
    () => withSavings(run, () => fn(...args)),
    (made, result) => {
      const returned = new Set(tensorsIn(result).map(({ storage }) => storage));
      for (const storage of made) {
        if (returned.has(storage) || storage.holds > 0 || storage.kept) storage.stopRecording();
        else storage.release("checkpoint()");
      }
      run.settle();
    },
  );
};

/** The run whose values are there now: a walk meets one run after the other, so one at a time is enough. */
let current: Checkpoint | null = null;

class Checkpoint implements Savings {
  readonly #again: () => unknown;
  readonly #args: readonly Tensor[];
  readonly #state: GeneratorState = defaultGenerator.getState();
  #tickets = 0;
  #dropped = 0;
  #values: Tensor[] | null = null;

  constructor(again: () => unknown, args: readonly Tensor[]) {
    this.#again = again;
    this.#args = args;
    for (const { storage } of args) storage.holds++;
  }

  keep(): number {
    return this.#tickets++;
  }

  restore(ticket: number): Tensor {
    if (this.#values === null) {
      current?.forget();
      this.#values = this.#compute();
      current = this;
    }
    return this.#values[ticket] as Tensor;
  }

  drop(): void {
    if (++this.#dropped === this.#tickets) this.#letGo();
  }

  /** After the first run: without a ticket there is nothing to compute anew. */
  settle(): void {
    if (this.#tickets === 0) this.#letGo();
  }

  forget(): void {
    for (const { storage } of this.#values ?? []) storage.holds--;
    for (const { storage } of this.#values ?? []) if (storage.isTemporary) storage.releaseIfDead("checkpoint()");
    this.#values = null;
  }

  #letGo(): void {
    if (current === this) current = null;
    this.forget();
    for (const { storage } of this.#args) storage.holds--;
  }

  #compute(): Tensor[] {
    const values: Tensor[] = [];
    const collector: Savings = {
      keep: (tensor) => {
        tensor.storage.holds++;
        return values.push(tensor) - 1;
      },
      restore: (ticket) => values[ticket] as Tensor,
      drop: () => {},
    };
    const now = defaultGenerator.getState();
    defaultGenerator.setState(this.#state);
    const { drawn } = defaultGenerator;
    try {
      enableGrad(() => withSavings(collector, this.#again));
      if (defaultGenerator.drawn !== drawn)
        recorder?.refuses("checkpoint", "it draws the same random numbers twice", "take dropout out of the checkpoint");
    } finally {
      defaultGenerator.setState(now);
    }
    if (values.length !== this.#tickets) {
      throw new GradError({
        op: "checkpoint",
        problem: `the second run saved ${values.length} values, the first ${this.#tickets}`,
        rule: "the function does the same each time it is called with the same arguments",
        hint: "take what changes between the runs (counters, switches, other generators) out of the function",
      });
    }
    return values;
  }
}

const tensorsIn = (value: unknown): Tensor[] => {
  if (value instanceof Tensor) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
};
