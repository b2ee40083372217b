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

export interface AdamaxOptions {
  /** Learning rate. Default 2e-3. */
  lr?: number | undefined;
  /** Shares of the old average and the old largest gradient that are kept. Default [0.9, 0.999]. */
  betas?: readonly [number, number] | undefined;
  /** Added to the gradient's size. Default 1e-8. */
  eps?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<AdamaxOptions>;

const defaults: S = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

/** Adam with the largest gradient in the place of the root of squares. @source torch.optim.Adamax; Kingma & Ba, 2015 */
export class Adamax extends Optimizer<S> {
  constructor(params: Params<AdamaxOptions>, options: AdamaxOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, eps, weightDecay, betas }: ParamGroup<S>): void {
    requireRange("Adamax", { lr, eps, weightDecay });
    requireBetas("Adamax", betas);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, betas, eps, weightDecay, maximize } = group;
    const step = countStep(state);
    this.runStep("adamax", param, grad, [remembered(state, "exp_avg", param), remembered(state, "exp_inf", param)], {
      stepSize: lr / (1 - betas[0] ** step),
      beta1: betas[0],
      beta2: betas[1],
      eps,
      decay: weightDecay,
      maximize: Number(maximize),
    });
  }
}
