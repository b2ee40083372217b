import { noGrad } from "../autograd/mode.js";
import { add, div, mul } from "../ops/elementwise/arithmetic.js";
import { clone, contiguous } from "../ops/elementwise/cast.js";
import { square } from "../ops/elementwise/unary.js";
import { matmul } from "../ops/linalg/matmul.js";
import { t } from "../ops/movement/reshape.js";
import { sum } from "../ops/reduce/reduce.js";
import { ShapeError, ValueError } from "../tensor/errors.js";
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

export interface MuonOptions {
  /** Learning rate. Default 1e-3. */
  lr?: number | undefined;
  /** Pull towards 0, apart from the gradient. Default 0.1. */
  weightDecay?: number | undefined;
  /** Share of the old average gradient that is kept. Default 0.95. */
  momentum?: number | undefined;
  /** Look ahead along the momentum. Default true. */
  nesterov?: boolean | undefined;
  /** Coefficients of x, x³ and x⁵ in the iteration that brings all singular values near 1. Default [3.4445, −4.775, 2.0315]. */
  nsCoefficients?: readonly [number, number, number] | undefined;
  /** Added to the gradient's norm. Default 1e-7. */
  eps?: number | undefined;
  /** How often it iterates. Default 5. */
  nsSteps?: number | undefined;
  /** "original" scales the rate of tall matrices by √(rows/columns), "matchRmsAdamw" steps as large as AdamW's. Default "original". */
  adjustLrFn?: "original" | "matchRmsAdamw" | undefined;
}

type S = Settings<MuonOptions>;

const defaults: S = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: "original",
};

/**
 * Steps along the nearest matrix whose singular values are all about 1: for weight matrices of inner layers.
 *
 * PyTorch iterates in bfloat16, here it is the parameter's dtype.
 *
 * @throws ShapeError for a parameter that is no matrix
 * @source torch.optim.Muon; Jordan et al., 2024
 */
export class Muon extends Optimizer<S> {
  constructor(params: Params<MuonOptions>, options: MuonOptions = {}) {
    super(params, { ...defaults, ...defined(options) } as S);
  }

  protected override check({ lr, weightDecay, momentum, nsSteps, adjustLrFn, params }: ParamGroup<S>): void {
    requireRange("Muon", { lr, weightDecay, momentum });
    requireRange("Muon", { nsSteps }, (n) => Number.isInteger(n) && n > 0 && n < 100, "an integer from 1 to 99");
    if (adjustLrFn !== "original" && adjustLrFn !== "matchRmsAdamw")
      throw new ValueError({ op: "Muon", problem: `adjustLrFn is ${String(adjustLrFn)}` });
    for (const param of params) {
      if (param.ndim === 2) continue;
      throw new ShapeError({
        op: "Muon",
        problem: "a parameter is no matrix",
        rule: "[rows, columns]",
        args: { parameter: param.shape },
        hint: "give biases, norms and embeddings to AdamW",
      });
    }
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<S>): void {
    const { lr, weightDecay, momentum, nesterov, adjustLrFn } = group;
    const [rows, columns] = param.shape as [number, number];
    const ratio =
      adjustLrFn === "original" ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));
    noGrad(() => {
      const buffer = remembered(state, "momentum_buffer", param);
      buffer.mul_(momentum).add_(mul(grad, 1 - momentum));
      const step = nesterov ? add(mul(grad, 1 - momentum), mul(buffer, momentum)) : clone(buffer);
      param.mul_(1 - lr * weightDecay);
      param.sub_(mul(orthogonalised(step, group), lr * ratio));
    });
  }
}

/** The iteration x ← a·x + (b·xxᵀ + c·(xxᵀ)²)·x on the smaller side. */
const orthogonalised = (x: Tensor, { nsCoefficients: [a, b, c], eps, nsSteps }: S): Tensor => {
  const isTall = (x.shape[0] as number) > (x.shape[1] as number);
  const wide = isTall ? contiguous(t(x)) : x;
  const norm = Math.max(Math.sqrt(sum(square(wide)).item()), eps);
  let y = div(wide, norm);
  for (let i = 0; i < nsSteps; i++) {
    const gram = matmul(y, t(y));
    const factor = add(mul(gram, b), mul(matmul(gram, gram), c));
    y = add(mul(y, a), matmul(factor, y));
  }
  return isTall ? t(y) : y;
};
