import { DTypeError, ShapeError } from "../../tensor/errors.js";
import { canCast, dtypeOfValue } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { to } from "./cast.js";
import { where } from "./where.js";

/**
 * x with `value` where the mask holds, broadcast; x's dtype stays.
 *
 * @grad dY outside of the mask to x, the sum of dY inside of it to a tensor value
 * @throws DTypeError for a mask that is not bool, or a value that does not fit into x's dtype
 * @source torch.masked_fill
 */
export const maskedFill = (x: Tensor, mask: Tensor, value: Tensor | number | boolean): Tensor => {
  if (mask.dtype !== "bool") {
    throw new DTypeError({
      op: "maskedFill",
      problem: `the mask is ${mask.dtype}, not bool`,
      args: { x: x.shape, mask: mask.shape },
      hint: "compare first: x.gt(0)",
    });
  }
  if (typeof value === "object" && value.ndim > 0) {
    throw new ShapeError({
      op: "maskedFill",
      problem: "one value is wanted",
      args: { x: x.shape, value: value.shape },
      hint: "where(mask, value, x) takes a tensor of values",
    });
  }
  if (x.dtype === "bool" && typeof value !== "object") return where(mask, Number(value) !== 0, x);
  const dtype = typeof value === "object" ? value.dtype : dtypeOfValue(value);
  if (!canCast(dtype, x.dtype))
    throw new DTypeError({ op: "maskedFill", problem: `a ${dtype} value does not fit into a ${x.dtype} tensor` });
  return where(mask, typeof value === "object" ? to(value, x.dtype) : value, x);
};
