import type { DType, TypedArray } from "../../backend/dtype.js";
import { type CreateOptions, type RandomOptions, randint, tensor } from "../../tensor/create.js";
import { type Nested, Tensor } from "../../tensor/tensor.js";
import { to } from "../elementwise/cast.js";

/** A tensor as it is, or in another dtype; of anything else, a new one. @source torch.as_tensor */
export const asTensor = (
  data: Tensor | Nested<number | boolean> | TypedArray,
  { dtype }: { dtype?: DType | undefined } = {},
): Tensor => {
  if (data instanceof Tensor) return dtype === undefined ? data : to(data, dtype);
  return tensor(data, dtype === undefined ? {} : { dtype });
};

/** A tensor without dimensions; float32 unless said. @source torch.scalar_tensor */
export const scalarTensor = (value: number | boolean, { dtype = "float32", ...options }: CreateOptions = {}): Tensor =>
  tensor(value, { dtype, ...options });

/** Integers from low up to, not including, high, in x's shape and dtype. @source torch.randint_like */
export const randintLike = (x: Tensor, low: number, high: number, options: RandomOptions = {}): Tensor =>
  randint(low, high, x.shape, { dtype: x.dtype, ...options });
