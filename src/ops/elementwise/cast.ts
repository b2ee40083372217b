import { defineOp } from "../../autograd/defineOp.js";
import type { DType } from "../../backend/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";

const cast_ = defineOp<DType>({
  name: "to",
  shape: ([x], dtype) => ({ shape: (x as Tensor).shape, dtype }),
  forward: (k, [y], [x]) => k.copy(y as Tensor, x as Tensor),
  backward: ([d], { inputMeta }) => [to(d as Tensor, (inputMeta[0] as Tensor).dtype)],
});

/**
 * The same values in another dtype; the tensor itself when it has that dtype already. Fractions are cut off towards zero.
 *
 * @shape x [...S] → y [...S]
 * @grad  dY in the dtype of x
 * @source torch.Tensor.to
 */
export const to = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : cast_([x], dtype));

const clone_ = defineOp({
  name: "clone",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x]) => k.copy(y as Tensor, x as Tensor),
  backward: ([d]) => [d as Tensor],
});

/** A copy in memory of its own. @grad dY @source torch.clone */
export const clone = (x: Tensor): Tensor => clone_([x], undefined);

/** The tensor itself when its elements lie row-major without gaps, else a copy that does. @grad dY @source torch.Tensor.contiguous */
export const contiguous = (x: Tensor): Tensor => (x.isContiguous() ? x : clone(x));

/** As float32. @source torch.Tensor.float */
export const float = (x: Tensor): Tensor => to(x, "float32");
/** As float64. @source torch.Tensor.double */
export const double = (x: Tensor): Tensor => to(x, "float64");
/** As int32. @source torch.Tensor.int */
export const int = (x: Tensor): Tensor => to(x, "int32");
/** As uint8. @source torch.Tensor.byte */
export const byte = (x: Tensor): Tensor => to(x, "uint8");
/** As int32, which stands for int64. @source torch.Tensor.long */
export const long = (x: Tensor): Tensor => to(x, "int32");
/** As bool: whether an element is not 0. @source torch.Tensor.bool */
export const bool = (x: Tensor): Tensor => to(x, "bool");
/** In another tensor's dtype. @source torch.Tensor.type_as */
export const typeAs = (x: Tensor, other: Tensor): Tensor => to(x, other.dtype);
