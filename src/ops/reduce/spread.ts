import type { Tensor } from "../../tensor/tensor.js";
import { type DimOr, mean, optionsOf, std, type VarOptions, variance } from "./reduce.js";

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
