import { defineOp } from "../../autograd/defineOp.js";
import { DTypeError, ValueError } from "../../tensor/errors.js";
import { resultType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { to } from "./cast.js";
import { ge, le, logicalAnd } from "./compare.js";
import { where } from "./where.js";

export interface ClampOptions {
  min?: number | null | undefined;
  max?: number | null | undefined;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const clamp_ = defineOp<Bounds>({
  name: "clamp",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x], { min, max }) => {
    k.binary("maximum", y as Tensor, x as Tensor, min);
    k.binary("minimum", y as Tensor, y as Tensor, max);
  },
  savesInputs: [0],
  backward: ([d], { input, attrs }) => [
    where(logicalAnd(ge(input(0), attrs.min), le(input(0), attrs.max)), d as Tensor, 0),
  ],
});

/**
 * x held between min and max; where min > max, max.
 *
 * @grad dY where min ≤ x ≤ max, else 0
 * @throws ValueError when neither bound is given
 * @source torch.clamp
 */
export const clamp = (x: Tensor, { min = null, max = null }: ClampOptions): Tensor => {
  if (min === null && max === null)
    throw new ValueError({ op: "clamp", problem: "neither min nor max is given", hint: "clamp(x, { min: 0 })" });
  if (x.dtype === "bool") throw new DTypeError({ op: "clamp", problem: "bool tensors have no order to clamp" });
  const dtype = resultType(x, min ?? 0, max ?? 0);
  const isFloat = dtype === "float32" || dtype === "float64";
  const lowest = isFloat ? Number.NEGATIVE_INFINITY : dtype === "uint8" ? 0 : -(2 ** 31);
  const highest = isFloat ? Number.POSITIVE_INFINITY : dtype === "uint8" ? 255 : 2 ** 31 - 1;
  return clamp_([to(x, dtype)], { min: min ?? lowest, max: max ?? highest });
};
