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

export interface AdamOptions {
  /** Learning rate. Default 1e-3. */
  lr?: number | undefined;
  /** Shares of the old averages of the gradient and of its square that are kept. Default [0.9, 0.999]. */
  betas?: readonly [number, number] | undefined;
  /** Added to the divisor. Default 1e-8. */
  eps?: number | undefined;
  /** Pull towards 0: as part of the gradient in Adam (default 0), apart from it in AdamW (default 0.01). */
  weightDecay?: number | undefined;
  /** Divide by the largest average so far. Default false. */
  amsgrad?: boolean | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<AdamOptions>;

const defaults: S = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, amsgrad: false, maximize: false };

abstract class AdamFamily extends Optimizer<S> {
  /** Whether the weights decay apart from the gradient. */
  protected abstract readonly isDecoupled: boolean;

  protected override check({ lr, eps, weightDecay, betas }: ParamGroup<S>): void {
    requireRange(this.constructor.name, { lr, eps, weightDecay });
    requireBetas(this.constructor.name, betas);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize } = group;
    const step = countStep(state);
    const states = [remembered(state, "exp_avg", param), remembered(state, "exp_avg_sq", param)];
    if (amsgrad) states.push(remembered(state, "max_exp_avg_sq", param));
    this.runStep("adam", param, grad, states, {
      stepSize: lr / (1 - betas[0] ** step),
      beta1: betas[0],
      beta2: betas[1],
      eps,
      // The average of squares starts at 0: its root is divided by this.
      correction: Math.sqrt(1 - betas[1] ** step),
      decay: this.isDecoupled ? 0 : weightDecay,
      shrink: this.isDecoupled ? 1 - lr * weightDecay : 1,
      maximize: Number(maximize),
    });
  }
}

/**
 * Adam: steps of about the learning rate, along the average gradient over the root of its average square.
 *
 * @source torch.optim.Adam; Kingma & Ba, 2015; amsgrad: Reddi et al., 2018
 */
export class Adam extends AdamFamily {
  protected readonly isDecoupled = false;
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }
}

/**
 * Adam whose weight decay is no part of the gradient.
 *
 * @source torch.optim.AdamW; Loshchilov & Hutter, 2019
 */
export class AdamW extends AdamFamily {
  protected readonly isDecoupled = true;
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super(params, { ...defaults, weightDecay: 0.01, ...defined(options) } as S);
  }
}
