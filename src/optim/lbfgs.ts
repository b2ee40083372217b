import { enableGrad, noGrad } from "../autograd/mode.js";
import { add, mul, sub } from "../ops/elementwise/arithmetic.js";
import { abs, neg } from "../ops/elementwise/unary.js";
import { dot } from "../ops/linalg/matmul.js";
import { cat, reshape } from "../ops/movement/reshape.js";
import { narrow } from "../ops/movement/slice.js";
import { amax, sum } from "../ops/reduce/reduce.js";
import { zerosLike } from "../tensor/create.js";
import { ValueError } from "../tensor/errors.js";
import { recorder } from "../tensor/recorder.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  CAPTURE_CLOSURE,
  defined,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
  requireRange,
  type Settings,
} from "./optimizer.js";
import type { OptimizerState } from "./optimizerState.js";
import { type Probe, strongWolfe } from "./strongWolfe.js";

export interface LBFGSOptions {
  /** Size of a step. Default 1. */
  lr?: number | undefined;
  /** Iterations in one step(). Default 20. */
  maxIter?: number | undefined;
  /** Losses computed in one step() at most. Default 1.25 · maxIter. */
  maxEval?: number | undefined;
  /** Done when no gradient is larger. Default 1e-7. */
  toleranceGrad?: number | undefined;
  /** Done when neither loss nor parameters change more. Default 1e-9. */
  toleranceChange?: number | undefined;
  /** Steps that are remembered. Default 100. */
  historySize?: number | undefined;
  /** Search along each direction. Default null: take the step as it is. */
  lineSearchFn?: "strongWolfe" | null | undefined;
}

type S = Settings<LBFGSOptions>;

/** A step that was made: how the gradient changed, how the parameters did, 1 / their product. */
interface Memory {
  readonly change: Tensor;
  readonly move: Tensor;
  readonly rho: number;
}

/**
 * Quasi-Newton steps from the last gradients, for a whole batch and few parameters: step(closure) computes the loss many times.
 *
 * @source torch.optim.LBFGS; Liu & Nocedal, 1989
 */
export class LBFGS extends Optimizer<S> {
  #memory: Memory[] = [];
  #direction: Tensor | null = null;
  #grad: Tensor | null = null;
  #size = 1;
  #scale = 1;

  constructor(params: Params<LBFGSOptions>, options: LBFGSOptions = {}) {
    const { maxIter = 20 } = options;
    const defaults: S = {
      lr: 1,
      maxIter,
      maxEval: Math.floor((maxIter * 5) / 4),
      toleranceGrad: 1e-7,
      toleranceChange: 1e-9,
      historySize: 100,
      lineSearchFn: null,
    };
    super(params, { ...defaults, ...defined(options) } as S);
    if (this.paramGroups.length === 1) return;
    throw new ValueError({
      op: "LBFGS",
      problem: "groups of parameters are not supported",
      rule: "one list of parameters",
    });
  }

  protected override check({ lr, lineSearchFn }: ParamGroup<S>): void {
    requireRange("LBFGS", { lr });
    if (lineSearchFn === null || lineSearchFn === "strongWolfe") return;
    throw new ValueError({
      op: "LBFGS",
      problem: `lineSearchFn is ${String(lineSearchFn)}`,
      rule: 'null or "strongWolfe"',
    });
  }

  protected override update(): void {
    throw new ValueError({ op: "LBFGS", problem: "step() has no closure", rule: "step(() => { …; return loss })" });
  }

  override step(): null;
  override step<L>(closure: () => L): L;
  override step<L>(closure?: () => L): L | null {
    if (closure === undefined) return super.step();
    recorder?.refuses("LBFGS.step", "it calls its closure as often as the numbers ask for", CAPTURE_CLOSURE);
    const group = this.paramGroups[0] as ParamGroup<S>;
    const first = enableGrad(closure);
    noGrad(() => this.#iterate(group, () => lossOf(enableGrad(closure)), lossOf(first)));
    return first;
  }

  /** What is remembered of the steps belongs to all parameters; it is saved with the first, as in PyTorch. */
  override stateDict(): OptimizerState {
    const first = this.paramGroups[0]?.params[0] as Tensor;
    this.state.clear();
    if (this.#direction !== null && this.#grad !== null) {
      const state: ParamState = { d: this.#direction, prev_flat_grad: this.#grad, t: this.#size, H_diag: this.#scale };
      for (const [i, { change, move, rho }] of this.#memory.entries())
        Object.assign(state, { [`old_dirs.${i}`]: change, [`old_stps.${i}`]: move, [`ro.${i}`]: rho });
      this.state.set(first, state);
    }
    return super.stateDict();
  }

  override loadStateDict(saved: OptimizerState): void {
    super.loadStateDict(saved);
    const state = this.state.get(this.paramGroups[0]?.params[0] as Tensor) ?? {};
    this.#direction = (state.d as Tensor | undefined) ?? null;
    this.#grad = (state.prev_flat_grad as Tensor | undefined) ?? null;
    this.#size = Number(state.t ?? 1);
    this.#scale = Number(state.H_diag ?? 1);
    this.#memory = [];
    for (let i = 0; `ro.${i}` in state; i++) {
      const [change, move] = [state[`old_dirs.${i}`] as Tensor, state[`old_stps.${i}`] as Tensor];
      this.#memory.push({ change, move, rho: Number(state[`ro.${i}`]) });
    }
  }

  #iterate(group: ParamGroup<S>, closure: () => number, firstLoss: number): void {
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange } = group;
    let evaluations = 1;
    let loss = firstLoss;
    let grad = flatGradient(group.params);
    if (largest(grad) <= toleranceGrad) return;
    for (let iteration = 1; iteration <= maxIter; iteration++) {
      const isFirst = this.#direction === null;
      const direction = this.#nextDirection(grad, group.historySize);
      this.#grad = kept(grad);
      this.#size = isFirst ? Math.min(1, 1 / sum(abs(grad)).item()) * lr : lr;
      const slope = dot(grad, direction).item();
      if (slope > -toleranceChange) break;
      const before = loss;
      if (group.lineSearchFn === null) {
        moveBy(group.params, direction, this.#size);
        if (iteration === maxIter) break;
        loss = closure();
        evaluations++;
        grad = flatGradient(group.params);
      } else {
        const found = this.#search(group, closure, direction, { t: 0, loss, slope, grad });
        evaluations += found.evaluations;
        ({ loss, grad, t: this.#size } = found.probe);
      }
      const isDone =
        evaluations >= maxEval ||
        largest(grad) <= toleranceGrad ||
        largest(direction) * this.#size <= toleranceChange ||
        Math.abs(loss - before) < toleranceChange;
      if (isDone) break;
    }
  }

  /** −H·grad, with H from the steps that are remembered. */
  #nextDirection(grad: Tensor, historySize: number): Tensor {
    if (this.#direction !== null && this.#grad !== null) {
      const change = sub(grad, this.#grad);
      const move = mul(this.#direction, this.#size);
      const product = dot(change, move).item();
      if (product > 1e-10) {
        if (this.#memory.length === historySize) this.#memory.shift();
        this.#memory.push({ change: kept(change), move: kept(move), rho: 1 / product });
        this.#scale = product / dot(change, change).item();
      }
    }
    const shares: number[] = [];
    let q = neg(grad);
    for (const { change, move, rho } of this.#memory.toReversed()) {
      const share = dot(move, q).item() * rho;
      shares.unshift(share);
      q = sub(q, mul(change, share));
    }
    let direction = mul(q, this.#scale);
    for (const [i, { change, move, rho }] of this.#memory.entries())
      direction = add(direction, mul(move, (shares[i] as number) - dot(change, direction).item() * rho));
    this.#direction = kept(direction);
    return direction;
  }

  #search(
    { params, toleranceChange }: ParamGroup<S>,
    closure: () => number,
    direction: Tensor,
    start: Probe<Tensor>,
  ): { probe: Probe<Tensor>; evaluations: number } {
    const origin = params.map((param) => param.clone());
    const moveTo = (t: number): void => {
      params.forEach((param, i) => {
        param.copy_(origin[i] as Tensor);
      });
      moveBy(params, direction, t);
    };
    let evaluations = 0;
    const evaluate = (t: number): Probe<Tensor> => {
      moveTo(t);
      evaluations++;
      const loss = closure();
      const grad = kept(flatGradient(params));
      return { t, loss, grad, slope: dot(grad, direction).item() };
    };
    const probe = strongWolfe(evaluate, start, this.#size, largest(direction), {
      c1: 1e-4,
      c2: 0.9,
      tolerance: toleranceChange,
      maxSteps: 25,
    });
    moveTo(probe.t);
    return { probe, evaluations };
  }
}

const lossOf = (loss: unknown): number => {
  if (typeof loss === "number") return loss;
  if (typeof loss === "object" && loss !== null && "item" in loss) return (loss as Tensor).item();
  throw new ValueError({
    op: "LBFGS",
    problem: "the closure returned no loss",
    rule: "a tensor with one element, or a number",
  });
};

const flatGradient = (params: readonly Tensor[]): Tensor =>
  cat(params.map((param) => reshape(param.gradValue ?? zerosLike(param), [-1])));

const moveBy = (params: readonly Tensor[], direction: Tensor, t: number): void => {
  let start = 0;
  for (const param of params) {
    const part = reshape(narrow(direction, 0, start, param.numel()), param.shape);
    param.add_(mul(part, t));
    start += param.numel();
  }
};

const largest = (x: Tensor): number => amax(abs(x)).item();

/** Outlives the next backward. */
const kept = (x: Tensor): Tensor => {
  x.storage.keep();
  return x;
};
