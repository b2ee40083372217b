import type { Tensor } from "../tensor/tensor.js";
import {
  countStep,
  defined,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
  remembered,
  requireBetas,
  requireRange,
  type Settings,
} from "./optimizer.js";

export interface RAdamOptions {
  /** Learning rate. Default 1e-3. */
  lr?: number | undefined;
  /** Shares of the old averages that are kept. Default [0.9, 0.999]. */
  betas?: readonly [number, number] | undefined;
  /** Added to the divisor. Default 1e-8. */
  eps?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Weights decay apart from the gradient, as in AdamW. Default false. */
  decoupledWeightDecay?: boolean | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<RAdamOptions>;

const defaults: S = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
};

/**
 * Adam that steps along the plain average until enough squares are averaged to trust their root.
 *
 * @source torch.optim.RAdam; Liu et al., 2020
 */
export class RAdam extends Optimizer<S> {
  constructor(params: Params<RAdamOptions>, options: RAdamOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, eps, weightDecay, betas }: ParamGroup<S>): void {
    requireRange("RAdam", { lr, eps, weightDecay });
    requireBetas("RAdam", betas);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, betas, eps, weightDecay, decoupledWeightDecay, maximize } = group;
    const step = countStep(state);
    const beta2t = betas[1] ** step;
    // How many squares the average is worth, at most and by now; below 5 its variance is unbounded.
    const most = 2 / (1 - betas[1]) - 1;
    const now = most - (2 * step * beta2t) / (1 - beta2t);
    const isRectified = now > 5;
    const rectifier = isRectified
      ? Math.sqrt(((now - 4) * (now - 2) * most) / ((most - 4) * (most - 2) * now)) * Math.sqrt(1 - beta2t)
      : 1;
    this.runStep("radam", param, grad, [remembered(state, "exp_avg", param), remembered(state, "exp_avg_sq", param)], {
      stepSize: lr / (1 - betas[0] ** step),
      beta1: betas[0],
      beta2: betas[1],
      eps,
      isRectified: Number(isRectified),
      rectifier,
      decay: decoupledWeightDecay ? 0 : weightDecay,
      shrink: decoupledWeightDecay ? 1 - lr * weightDecay : 1,
      maximize: Number(maximize),
    });
  }
}
