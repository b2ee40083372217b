import type { TypedArray } from "../backend/dtype.js";
import { type CreateOptions, empty, full, type SizesAnd, tensor, zeros } from "./create.js";
import type { Shape } from "./shape.js";
import type { Nested, Tensor } from "./tensor.js";

/** The sizes, and the options with x's dtype where they name none. */
const likeOf = (x: Tensor, args: SizesAnd<CreateOptions>): [Shape, CreateOptions] => {
  const last = args.at(-1);
  const hasOptions = typeof last === "object" && !Array.isArray(last);
  const sizes = (hasOptions ? args.slice(0, -1) : args) as number[] | [Shape];
  const shape = (Array.isArray(sizes[0]) ? sizes[0] : sizes) as Shape;
  return [shape, { dtype: x.dtype, ...(hasOptions ? (last as CreateOptions) : {}) }];
};

/** Zeros with x's dtype: x.newZeros(2, 3). @source torch.Tensor.new_zeros */
export const newZeros = (x: Tensor, ...args: SizesAnd<CreateOptions>): Tensor => zeros(...likeOf(x, args));
/** Ones with x's dtype. @source torch.Tensor.new_ones */
export const newOnes = (x: Tensor, ...args: SizesAnd<CreateOptions>): Tensor => {
  const [shape, options] = likeOf(x, args);
  return full(shape, 1, options);
};
/** A tensor with x's dtype whose elements are whatever memory held. @source torch.Tensor.new_empty */
export const newEmpty = (x: Tensor, ...args: SizesAnd<CreateOptions>): Tensor => empty(...likeOf(x, args));
/** A tensor with x's dtype filled with one value. @source torch.Tensor.new_full */
export const newFull = (x: Tensor, shape: Shape, value: number | boolean, options: CreateOptions = {}): Tensor =>
  full(shape, value, { dtype: x.dtype, ...options });
/** A tensor of the given values with x's dtype. @source torch.Tensor.new_tensor */
export const newTensor = (
  x: Tensor,
  data: Nested<number | boolean> | TypedArray,
  options: CreateOptions = {},
): Tensor => tensor(data, { dtype: x.dtype, ...options });
