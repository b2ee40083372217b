import { DTypeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineGradKernel, defineUnary } from "../elementwise/defineUnary.js";
import { type InPlaceOption, maybeInPlace } from "./maybeInPlace.js";

const reluBackward = defineGradKernel("reluBackward", () => null);

/**
 * Rectified linear unit: max(x, 0), element by element.
 *
 * @shape  x [...S] → y [...S], any rank; scalars and size 0 included
 * @grad   dY where y > 0, else 0. At x = 0 the slope is 0, as in PyTorch.
 * @source torch.nn.functional.relu; Nair & Hinton, ICML 2010
 * @example relu(tensor([-1, 0, 2])).toArray() // [0, 0, 2]
 */
export const relu = (x: Tensor, { inplace }: InPlaceOption = {}): Tensor => {
  if (x.dtype === "bool") throw new DTypeError({ op: "relu", problem: "bool tensors have no relu" });
  return maybeInPlace("relu_", x, inplace, () => relu_(x));
};
const relu_ = defineUnary({ name: "relu", kernel: "relu", keepsIntegers: true, gradY: reluBackward });
