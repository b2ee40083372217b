import { ones } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import { observe } from "../../tensor/recorder.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clamp, clampMin } from "../elementwise/clamp.js";
import { sqrt } from "../elementwise/unary.js";
import { matmul } from "../linalg/matmul.js";
import { diagonal } from "../movement/diagonal.js";
import { reshape, t, unsqueeze } from "../movement/reshape.js";
import { type DimOr, mean, optionsOf, std, sum, type VarOptions, variance } from "./reduce.js";

/** Variance and average together. @source torch.var_mean */
export const varMean = (x: Tensor, dimOr?: DimOr<VarOptions>, options?: VarOptions): [Tensor, Tensor] => {
  const { dim, keepdim } = optionsOf(dimOr, options);
  return [variance(x, dimOr, options), mean(x, { dim, keepdim })];
};

/** Standard deviation and average together. @source torch.std_mean */
export const stdMean = (x: Tensor, dimOr?: DimOr<VarOptions>, options?: VarOptions): [Tensor, Tensor] => {
  const { dim, keepdim } = optionsOf(dimOr, options);
  return [std(x, dimOr, options), mean(x, { dim, keepdim })];
};

export interface CovOptions {
  /** Taken off the number of observations. Default 1. */
  correction?: number | undefined;
  /** How often each observation counts [N], integers. Default 1. */
  fweights?: Tensor | null | undefined;
  /** How much each observation counts [N]. Default 1. */
  aweights?: Tensor | null | undefined;
}

/** The covariances of variables (rows) over observations (columns). @shape x [V, N] → [V, V]; one variable gives a scalar @source torch.cov */
export const cov = (x: Tensor, { correction = 1, fweights = null, aweights = null }: CovOptions = {}): Tensor => {
  if (x.ndim > 2) throw new ShapeError({ op: "cov", problem: "at most 2 dimensions are taken", args: { x: x.shape } });
  const rows = to(x.ndim === 2 ? x : reshape(x, [1, -1]), floatType(x.dtype));
  const N = rows.shape[1] as number;
  const each = (w: Tensor | null): Tensor => (w === null ? ones([N], { dtype: rows.dtype }) : to(w, rows.dtype));
  const weights = mul(each(fweights), each(aweights));
  checkWeights(x, N, fweights, aweights);
  const total = sum(weights);
  const centred = sub(rows, div(sum(mul(rows, weights), { dim: 1, keepdim: true }), total));
  // With aweights one observation's correction is its share: Σ w · a / Σ w.
  const taken = aweights === null ? correction : mul(div(sum(mul(weights, each(aweights))), total), correction);
  const found = div(matmul(mul(centred, weights), t(centred)), clampMin(sub(total, taken), 0));
  return rows.shape[0] === 1 ? reshape(found, []) : found;
};

const checkWeights = (x: Tensor, N: number, fweights: Tensor | null, aweights: Tensor | null): void => {
  for (const [name, weights] of [
    ["fweights", fweights],
    ["aweights", aweights],
  ] as const) {
    if (weights === null) continue;
    if (weights.ndim > 1 || weights.numel() !== N)
      throw new ShapeError({
        op: "cov",
        problem: `${name} has not one weight for each observation`,
        args: { x: x.shape, [name]: weights.shape },
      });
    if (name === "fweights" && weights.isFloatingPoint())
      throw new DTypeError({ op: "cov", problem: `fweights is ${weights.dtype}`, rule: "integers" });
    observe(weights, (elements) => {
      if (elements.some((w: number) => w < 0))
        throw new ValueError({ op: "cov", problem: `a weight of ${name} is negative` });
    });
  }
};

/** The correlations of variables (rows), from −1 to 1. @source torch.corrcoef */
export const corrcoef = (x: Tensor): Tensor => {
  const c = cov(x);
  if (c.ndim === 0) return div(c, c);
  const spread = sqrt(diagonal(c));
  return clamp(div(div(c, unsqueeze(spread, 0)), unsqueeze(spread, 1)), { min: -1, max: 1 });
};
