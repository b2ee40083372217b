import { defineOp, notATensor } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { full } from "../../tensor/create.js";
import { DTypeError, ValueError } from "../../tensor/errors.js";
import { resultType } from "../../tensor/promotion.js";
import { broadcastShapes } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { sumTo } from "../movement/broadcast.js";
import { to } from "./cast.js";
import { ge, gt, le, logicalAnd, logicalOr, lt } from "./compare.js";
import { where } from "./where.js";

export interface ClampOptions {
  /** Lowest value; a tensor broadcasts. Default null: none. */
  min?: Tensor | number | null | undefined;
  /** Highest value; a tensor broadcasts. Default null: none. */
  max?: Tensor | number | null | undefined;
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

/** Between tensors; where min > max, max, and the gradient goes there. */
const clampTensor = defineOp({
  name: "clamp",
  shape: (inputs) => ({
    shape: inputs.map(({ shape }) => shape).reduce((p, q) => broadcastShapes("clamp", p, q)),
    dtype: (inputs[0] as Tensor).dtype,
  }),
  forward: (k, [y], [x, min, max]) => {
    k.binary("maximum", y as Tensor, x as Tensor, min as Tensor);
    k.binary("minimum", y as Tensor, y as Tensor, max as Tensor);
  },
  savesInputs: [0, 1, 2],
  backward: ([d_], { input, inputMeta, needs }) => {
    const d = d_ as Tensor;
    const [x, min, max] = [input(0), input(1), input(2)];
    const to_ = (i: number, grad: () => Tensor): Tensor | null =>
      needs[i] ? sumTo(grad(), (inputMeta[i] as Tensor).shape) : null;
    return [
      to_(0, () => where(logicalAnd(ge(x, min), le(x, max)), d, 0)),
      to_(1, () => where(logicalAnd(lt(min, max), lt(x, min)), d, 0)),
      to_(2, () => where(logicalOr(gt(x, max), lt(max, min)), d, 0)),
    ];
  },
});

/**
 * x held between min and max; where min > max, max.
 *
 * @grad dY where min ≤ x ≤ max, else 0; where a bound holds, dY goes to the bound
 * @throws ValueError when neither bound is given
 * @source torch.clamp
 */
export const clamp = (x: Tensor, { min = null, max = null }: ClampOptions = {}): Tensor => {
  if (min === null && max === null)
    throw new ValueError({ op: "clamp", problem: "neither min nor max is given", hint: "clamp(x, { min: 0 })" });
  if (!(x instanceof Tensor)) throw notATensor("clamp", x);
  if (x.dtype === "bool") throw new DTypeError({ op: "clamp", problem: "bool tensors have no order to clamp" });
  const dtype = resultType(x, min ?? 0, max ?? 0);
  const lowest = isFloating(dtype) ? Number.NEGATIVE_INFINITY : dtype === "uint8" ? 0 : -(2 ** 31);
  const highest = isFloating(dtype) ? Number.POSITIVE_INFINITY : dtype === "uint8" ? 255 : 2 ** 31 - 1;
  const [low, high] = [min ?? lowest, max ?? highest];
  if (typeof low === "number" && typeof high === "number") return clamp_([to(x, dtype)], { min: low, max: high });
  const asTensor = (bound: Tensor | number): Tensor =>
    typeof bound === "object" ? to(bound, dtype) : full([], bound, { dtype });
  return clampTensor([to(x, dtype), asTensor(low), asTensor(high)], undefined);
};

/** x held at min or above. @source torch.clamp_min */
export const clampMin = (x: Tensor, min: Tensor | number): Tensor => clamp(x, { min });
/** x held at max or below. @source torch.clamp_max */
export const clampMax = (x: Tensor, max: Tensor | number): Tensor => clamp(x, { max });
