import { isFloating } from "../../backend/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div } from "../elementwise/arithmetic.js";
import { isnan, logicalNot, ne } from "../elementwise/compare.js";
import { where } from "../elementwise/where.js";
import { type Dim, type DimOr, mean, optionsOf, type SumOptions, sum } from "./reduce.js";

/** The sum of what is no NaN. @grad dY, 0 at NaN @source torch.nansum */
export const nansum = (x: Tensor, dimOr?: DimOr<SumOptions>, options?: SumOptions): Tensor =>
  sum(isFloating(x.dtype) ? where(isnan(x), 0, x) : x, dimOr, options);

/** The average of what is no NaN. @source torch.nanmean */
export const nanmean = (x: Tensor, dimOr?: DimOr<SumOptions>, options?: SumOptions): Tensor => {
  if (!isFloating(x.dtype)) return mean(x, dimOr, options);
  const { dtype: _dtype, ...where_ } = optionsOf(dimOr, options);
  return div(nansum(x, dimOr, options), sum(logicalNot(isnan(x)), where_));
};

/** How many elements are not 0, int32. @source torch.count_nonzero */
export const countNonzero = (x: Tensor, dimOr?: DimOr<{ dim?: Dim }>): Tensor =>
  sum(ne(x, 0), optionsOf(dimOr, undefined));
