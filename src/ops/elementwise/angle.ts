import { onesLike, zerosLike } from "../../tensor/create.js";
import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { to } from "./cast.js";
import { eq, isnan, lt } from "./compare.js";
import { where } from "./where.js";

/** The angle in the plane of complex numbers: π below 0, else 0; NaN stays. @grad 0 @source torch.angle */
export const angle = (x: Tensor): Tensor => {
  const y = to(x, floatType(x.dtype));
  const turned = where(lt(y, 0), Math.PI, zerosLike(y));
  return where(isnan(y), y.detach(), where(eq(turned, turned), turned, y));
};

/** Whether an element has no imaginary part: always. @source torch.isreal */
export const isreal = (x: Tensor): Tensor => onesLike(x, { dtype: "bool" });
