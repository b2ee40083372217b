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

export interface NAdamOptions {
  /** Learning rate. Default 2e-3. */
  lr?: number | undefined;
  /** Shares of the old averages that are kept. Default [0.9, 0.999]. */
  betas?: readonly [number, number] | undefined;
  /** Added to the divisor. Default 1e-8. */
  eps?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** How fast the momentum's warm-up ends. Default 4e-3. */
  momentumDecay?: number | undefined;
  /** Weights decay apart from the gradient, as in AdamW. Default false. */
  decoupledWeightDecay?: boolean | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<NAdamOptions>;

const defaults: S = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
};

/** Adam with Nesterov's look ahead. @source torch.optim.NAdam; Dozat, 2016 */
export class NAdam extends Optimizer<S> {
  constructor(params: Params<NAdamOptions>, options: NAdamOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, eps, weightDecay, momentumDecay, betas }: ParamGroup<S>): void {
    requireRange("NAdam", { lr, eps, weightDecay, momentumDecay });
    requireBetas("NAdam", betas);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay, maximize } = group;
    const step = countStep(state);
    const momentumAt = (t: number): number => betas[0] * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const momentum = momentumAt(step);
    const next = momentumAt(step + 1);
    const product = Number(state.mu_product ?? 1) * momentum;
    state.mu_product = product;
    this.runStep("nadam", param, grad, [remembered(state, "exp_avg", param), remembered(state, "exp_avg_sq", param)], {
      gradSize: (lr * (1 - momentum)) / (1 - product),
      averageSize: (lr * next) / (1 - product * next),
      beta1: betas[0],
      beta2: betas[1],
      eps,
      correction: 1 - betas[1] ** step,
      decay: decoupledWeightDecay ? 0 : weightDecay,
      shrink: decoupledWeightDecay ? 1 - lr * weightDecay : 1,
      maximize: Number(maximize),
    });
  }
}
