import type { StepScalars } from "../backend/ops.js";
import { ValueError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  defined,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
  remembered,
  requireRange,
  type Settings,
} from "./optimizer.js";

export interface SGDOptions {
  /** Learning rate. Default 1e-3. */
  lr?: number | undefined;
  /** Share of the last step that is kept. Default 0. */
  momentum?: number | undefined;
  /** Share of the gradient that momentum leaves out. Default 0. */
  dampening?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Look ahead along the momentum. Default false. */
  nesterov?: boolean | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<SGDOptions>;

const defaults: S = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };

/**
 * Stochastic gradient descent with momentum.
 *
 * g = grad + weightDecay · p; v = momentum · v + (1 − dampening) · g; p ← p − lr · v (or g + momentum · v with nesterov).
 *
 * @throws ValueError for rates that are negative or do not fit together
 * @source torch.optim.SGD
 */
export class SGD extends Optimizer<S> {
  constructor(params: Params<SGDOptions>, options: SGDOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, momentum, dampening, weightDecay, nesterov }: ParamGroup<S>): void {
    requireRange("SGD", { lr, momentum, weightDecay });
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ValueError({
        op: "SGD",
        problem: "nesterov does not fit",
        rule: "nesterov needs momentum above 0 and no dampening",
      });
    }
  }

  protected override scalarsOf({
    lr,
    momentum,
    dampening,
    weightDecay,
    nesterov,
    maximize,
  }: ParamGroup<S>): StepScalars {
    return {
      lr,
      momentum,
      dampening,
      weightDecay,
      nesterov: Number(nesterov),
      maximize: Number(maximize),
      isFirstStep: 0,
    };
  }

  protected override update(
    param: Tensor,
    grad: Tensor,
    state: ParamState,
    { momentum }: ParamGroup<S>,
    scalars: StepScalars,
  ): void {
    if (momentum === 0) {
      this.runStep("sgd", param, grad, [], scalars);
      return;
    }
    const isFirstStep = state.momentum_buffer === undefined;
    const buffer = remembered(state, "momentum_buffer", param);
    this.runStep("sgd", param, grad, [buffer], isFirstStep ? { ...scalars, isFirstStep: 1 } : scalars);
  }
}
