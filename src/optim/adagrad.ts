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

export interface AdagradOptions {
  /** Learning rate. Default 0.01. */
  lr?: number | undefined;
  /** How the learning rate falls: lr / (1 + steps · lrDecay). Default 0. */
  lrDecay?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** What the sum of squares starts from. Default 0. */
  initialAccumulatorValue?: number | undefined;
  /** Added to the divisor. Default 1e-10. */
  eps?: number | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<AdagradOptions>;

const defaults: S = { lr: 0.01, lrDecay: 0, weightDecay: 0, initialAccumulatorValue: 0, eps: 1e-10, maximize: false };

/** The gradient over the root of the sum of all its squares so far. @source torch.optim.Adagrad; Duchi et al., 2011 */
export class Adagrad extends Optimizer<S> {
  constructor(params: Params<AdagradOptions>, options: AdagradOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, lrDecay, weightDecay, initialAccumulatorValue, eps }: ParamGroup<S>): void {
    requireRange("Adagrad", { lr, lrDecay, weightDecay, initialAccumulatorValue, eps });
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize } = group;
    const step = countStep(state);
    this.runStep("adagrad", param, grad, [remembered(state, "sum", param, initialAccumulatorValue)], {
      stepSize: lr / (1 + (step - 1) * lrDecay),
      eps,
      decay: weightDecay,
      maximize: Number(maximize),
    });
  }
}
