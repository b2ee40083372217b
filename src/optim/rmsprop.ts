import type { Tensor } from "../tensor/tensor.js";
import {
  countStep,
  defined,
  Optimizer,
  type ParamGroup,
  type ParamState,
  type Params,
  remembered,
  requireRange,
  type Settings,
} from "./optimizer.js";

export interface RMSpropOptions {
  /** Learning rate. Default 0.01. */
  lr?: number | undefined;
  /** Share of the old average of squares that is kept. Default 0.99. */
  alpha?: number | undefined;
  /** Added to the divisor. Default 1e-8. */
  eps?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Share of the last step that is kept. Default 0. */
  momentum?: number | undefined;
  /** Divide by the spread around the average gradient. Default false. */
  centered?: boolean | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<RMSpropOptions>;

const defaults: S = { lr: 0.01, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0, centered: false, maximize: false };

/** The gradient over the root of its average square. @source torch.optim.RMSprop; Hinton, 2012; Graves, 2013 */
export class RMSprop extends Optimizer<S> {
  constructor(params: Params<RMSpropOptions>, options: RMSpropOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, alpha, eps, weightDecay, momentum }: ParamGroup<S>): void {
    requireRange("RMSprop", { lr, alpha, eps, weightDecay, momentum });
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, alpha, eps, weightDecay, momentum, centered, maximize } = group;
    countStep(state);
    const states = [remembered(state, "square_avg", param)];
    if (centered) states.push(remembered(state, "grad_avg", param));
    if (momentum > 0) states.push(remembered(state, "momentum_buffer", param));
    this.runStep("rmsprop", param, grad, states, {
      lr,
      alpha,
      eps,
      momentum,
      centered: Number(centered),
      decay: weightDecay,
      maximize: Number(maximize),
    });
  }
}
