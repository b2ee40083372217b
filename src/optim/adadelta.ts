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

export interface AdadeltaOptions {
  /** Factor of the step. Default 1. */
  lr?: number | undefined;
  /** Share of the old averages that is kept. Default 0.9. */
  rho?: number | undefined;
  /** Added to both averages. Default 1e-6. */
  eps?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<AdadeltaOptions>;

const defaults: S = { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

/** Steps as large as recent steps were, over recent gradients. @source torch.optim.Adadelta; Zeiler, 2012 */
export class Adadelta extends Optimizer<S> {
  constructor(params: Params<AdadeltaOptions>, options: AdadeltaOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, rho, eps, weightDecay }: ParamGroup<S>): void {
    requireRange("Adadelta", { lr, eps, weightDecay });
    requireRange("Adadelta", { rho }, (value) => value >= 0 && value <= 1, "from 0 to 1");
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, rho, eps, weightDecay, maximize } = group;
    countStep(state);
    this.runStep(
      "adadelta",
      param,
      grad,
      [remembered(state, "square_avg", param), remembered(state, "acc_delta", param)],
      {
        lr,
        rho,
        eps,
        decay: weightDecay,
        maximize: Number(maximize),
      },
    );
  }
}
