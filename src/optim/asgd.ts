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

export interface ASGDOptions {
  /** Learning rate at the start. Default 0.01. */
  lr?: number | undefined;
  /** How fast weights and rate fall. Default 1e-4. */
  lambd?: number | undefined;
  /** Power by which the rate falls. Default 0.75. */
  alpha?: number | undefined;
  /** Steps before the averaging starts. Default 1e6. */
  t0?: number | undefined;
  /** Pull towards 0. Default 0. */
  weightDecay?: number | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<ASGDOptions>;

const defaults: S = { lr: 0.01, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };

/** SGD that also averages where it has been (state `ax`). @source torch.optim.ASGD; Polyak & Juditsky, 1992 */
export class ASGD extends Optimizer<S> {
  constructor(params: Params<ASGDOptions>, options: ASGDOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, weightDecay }: ParamGroup<S>): void {
    requireRange("ASGD", { lr, weightDecay });
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, lambd, alpha, t0, weightDecay, maximize } = group;
    const step = countStep(state);
    const eta = Number(state.eta ?? lr);
    const mu = Number(state.mu ?? 1);
    this.runStep("asgd", param, grad, [remembered(state, "ax", param)], {
      lambd,
      eta,
      mu,
      decay: weightDecay,
      maximize: Number(maximize),
    });
    state.eta = lr / (1 + lambd * lr * step) ** alpha;
    state.mu = 1 / Math.max(1, step - t0);
  }
}
