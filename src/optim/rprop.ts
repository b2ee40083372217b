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

export interface RpropOptions {
  /** Size of the first step. Default 0.01. */
  lr?: number | undefined;
  /** Factors of the step where the sign has turned, and where it has stayed. Default [0.5, 1.2]. */
  etas?: readonly [number, number] | undefined;
  /** The smallest and the largest step. Default [1e-6, 50]. */
  stepSizes?: readonly [number, number] | undefined;
  /** Climb instead of descend. Default false. */
  maximize?: boolean | undefined;
}

type S = Settings<RpropOptions>;

const defaults: S = { lr: 0.01, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false };

/** Steps by the gradient's sign alone; for whole batches. @source torch.optim.Rprop; Riedmiller & Braun, 1993 */
export class Rprop extends Optimizer<S> {
  constructor(params: Params<RpropOptions>, options: RpropOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, etas }: ParamGroup<S>): void {
    requireRange("Rprop", { lr });
    requireRange("Rprop", { "etas[0]": etas[0] }, (eta) => eta > 0 && eta < 1, "between 0 and 1");
    requireRange("Rprop", { "etas[1]": etas[1] }, (eta) => eta > 1, "above 1");
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, etas, stepSizes, maximize } = group;
    countStep(state);
    this.runStep("rprop", param, grad, [remembered(state, "prev", param), remembered(state, "step_size", param, lr)], {
      etaMinus: etas[0],
      etaPlus: etas[1],
      smallest: stepSizes[0],
      largest: stepSizes[1],
      maximize: Number(maximize),
    });
  }
}
