import { enableGrad } from "../autograd/mode.js";
import type { OptimizerOp, StepScalars } from "../backend/ops.js";
import { fullLike } from "../tensor/create.js";
import { ValueError } from "../tensor/errors.js";
import { recorder } from "../tensor/recorder.js";
import { Tensor } from "../tensor/tensor.js";
import { loadOptimizer, type OptimizerState, saveOptimizer } from "./optimizerState.js";
import { StepBatch } from "./stepBatch.js";

/** Settings of one group of parameters. `initialLr` is where schedules start from. */
export type ParamGroup<S extends object> = S & { params: Tensor[]; lr: number; initialLr?: number | undefined };

/** What an optimizer remembers of one parameter, by PyTorch's names. */
export type ParamState = Record<string, Tensor | number>;

/** Parameters, or groups of them with settings of their own. */
export type Params<O extends object> = readonly Tensor[] | readonly (Partial<O> & { params: readonly Tensor[] })[];

/** All options with a value. */
export type Settings<O extends object> = { [K in keyof O]-?: Exclude<O[K], undefined> };

/**
 * Base of all optimizers: groups of parameters, what is remembered of each, and how both are saved.
 *
 * @source torch.optim.Optimizer
 */
export abstract class Optimizer<S extends object = object> {
  readonly paramGroups: ParamGroup<S>[] = [];
  readonly state = new Map<Tensor, ParamState>();
  readonly #defaults: S & { lr: number };
  readonly #batch = new StepBatch();

  /** @throws ValueError for settings that do not fit, an empty list, a tensor that is no leaf, one that is given twice */
  constructor(params: Params<object>, defaults: S & { lr: number }) {
    this.#defaults = defaults;
    const op = this.constructor.name;
    if (params.length === 0) {
      throw new ValueError({ op, problem: "there are no parameters to train", rule: "a list that is not empty" });
    }
    const groups = params[0] instanceof Tensor ? [{ params }] : params;
    for (const group of groups) this.addParamGroup(group as Partial<S> & { params: readonly Tensor[] });
  }

  /** Adds parameters with settings of their own; what is left out is as for the others. */
  addParamGroup(group: Partial<S> & { params: readonly Tensor[] }): void {
    const op = this.constructor.name;
    const known = new Set(this.paramGroups.flatMap(({ params }) => params));
    for (const param of group.params) {
      if (!param.isLeaf) {
        throw new ValueError({
          op,
          problem: `a parameter is the result of ${param.gradFn}`,
          rule: "optimizers change leaves",
          args: { parameter: param.shape },
        });
      }
      if (known.has(param)) {
        throw new ValueError({ op, problem: "a parameter was given twice", args: { parameter: param.shape } });
      }
      known.add(param);
    }
    const full: ParamGroup<S> = { ...this.#defaults, ...defined(group), params: [...group.params] };
    this.check(full);
    this.paramGroups.push(full);
  }

  /** @throws ValueError for settings that are out of range */
  protected abstract check(group: ParamGroup<S>): void;

  /** Numbers that the steps of all parameters of a group have in common: made once a step, and handed to `update`. */
  protected scalarsOf(_group: ParamGroup<S>): StepScalars {
    return noScalars;
  }

  /** Changes one parameter. `state` is empty the first time. */
  protected abstract update(
    param: Tensor,
    grad: Tensor,
    state: ParamState,
    group: ParamGroup<S>,
    scalars: StepScalars,
  ): void;

  /**
   * Changes every parameter that has a gradient.
   *
   * @param closure computes the loss and its gradients anew; its result is handed back
   */
  step(): null;
  step<L>(closure: () => L): L;
  step<L>(closure?: () => L): L | null {
    if (recorder === null) return this.#step(closure);
    if (closure !== undefined) {
      recorder.refuses(
        `${this.constructor.name}.step`,
        "it is given a closure, which it may call any number of times",
        CAPTURE_CLOSURE,
      );
    }
    return recorder.calls(this, "step", () => this.#step(closure));
  }

  #step<L>(closure: (() => L) | undefined): L | null {
    const loss = closure === undefined ? null : enableGrad(closure);
    try {
      for (const group of this.paramGroups) {
        const scalars = this.scalarsOf(group);
        for (const param of group.params) {
          const grad = param.gradValue;
          if (grad !== null) this.update(param, grad, this.stateOf(param), group, scalars);
        }
      }
    } finally {
      this.#batch.run();
    }
    return loss;
  }

  /** Has a kernel change one parameter and its states: now, or together with those that follow. */
  protected runStep(
    op: OptimizerOp,
    param: Tensor,
    grad: Tensor,
    states: readonly Tensor[],
    scalars: StepScalars,
  ): void {
    this.#batch.add(op, param, grad, states, scalars);
  }

  protected stateOf(param: Tensor): ParamState {
    const known = this.state.get(param);
    if (known !== undefined) return known;
    const state = {};
    this.state.set(param, state);
    return state;
  }

  /** Forgets the gradients. */
  zeroGrad(): void {
    const forget = (): void => {
      for (const { params } of this.paramGroups) for (const param of params) param.setGrad(null);
    };
    if (recorder === null) forget();
    else recorder.calls(this, "zeroGrad", forget);
  }

  /** Everything that decides the next steps, by PyTorch's keys: copies, so that training can go on. */
  stateDict(): OptimizerState {
    return saveOptimizer(this.paramGroups, this.state);
  }

  /** @throws ValueError when the groups differ in number or size: nothing has changed then */
  loadStateDict(saved: OptimizerState): void {
    loadOptimizer(this.constructor.name, saved, this.paramGroups, this.state);
  }
}

const noScalars: StepScalars = {};

/** What to do where a closure stands in a captured step. */
export const CAPTURE_CLOSURE = "capture the closure itself, and give the captured function to step()";

/** A tensor of the parameter's shape that an optimizer remembers: made the first time. */
export const remembered = (state: ParamState, name: string, param: Tensor, initial = 0): Tensor => {
  const held = state[name];
  if (held instanceof Tensor) return held;
  const made = fullLike(param, initial, { dtype: param.dtype });
  made.storage.keep();
  state[name] = made;
  return made;
};

/** Counts the steps of one parameter. @returns the number of this one, from 1 */
export const countStep = (state: ParamState): number => {
  const step = Number(state.step ?? 0) + 1;
  state.step = step;
  return step;
};

export const defined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

/** Ranges of settings, checked by name. */
export const requireRange = (
  op: string,
  settings: Readonly<Record<string, number>>,
  isFit: (value: number) => boolean = (value) => value >= 0,
  rule = "a number from 0 up",
): void => {
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "number" && isFit(value)) continue;
    throw new ValueError({ op, problem: `${name} is ${String(value)}`, rule, args: { [name]: String(value) } });
  }
};

/** Both betas lie in 0…1, 1 excluded. */
export const requireBetas = (op: string, betas: readonly [number, number]): void =>
  requireRange(
    op,
    { "betas[0]": betas[0], "betas[1]": betas[1] },
    (beta) => beta >= 0 && beta < 1,
    "from 0 up to, not including, 1",
  );
