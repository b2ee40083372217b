import { defineOp } from "../../autograd/defineOp.js";
import { DTypeError } from "../../tensor/errors.js";
import { resultType } from "../../tensor/promotion.js";
import { broadcastShapes } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sumTo } from "../movement/broadcast.js";
import { to } from "./cast.js";
import type { Value } from "./defineBinary.js";

interface Numbers {
  readonly a: number | null;
  readonly b: number | null;
}

const where_ = defineOp<Numbers & { readonly dtype: Tensor["dtype"] }>({
  name: "where",
  shape: (inputs, { dtype }) => ({
    shape: inputs.map((x) => x.shape).reduce((p, q) => broadcastShapes("where", p, q)),
    dtype,
  }),
  forward: (k, [y], inputs, { a, b }) =>
    k.where(y as Tensor, inputs[0] as Tensor, a ?? (inputs[1] as Tensor), b ?? (inputs[inputs.length - 1] as Tensor)),
  savesInputs: [0],
  backward: ([d], { attrs, input, inputMeta, needs }) => {
    const chosen = (i: number, isA: boolean): Tensor | null => {
      if (!needs[i]) return null;
      const part = isA ? where(input(0), d as Tensor, 0) : where(input(0), 0, d as Tensor);
      return sumTo(part, (inputMeta[i] as Tensor).shape);
    };
    if (attrs.a === null && attrs.b === null) return [null, chosen(1, true), chosen(2, false)];
    return inputMeta.length === 1 ? [null] : [null, chosen(1, attrs.a === null)];
  },
});

/**
 * a where the condition holds, else b, broadcast.
 *
 * @shape condition [...S] bool, a [...T], b [...U] → their broadcast
 * @grad  dY goes to the side that was chosen, 0 to the other (NaN of the other side stays out)
 * @source torch.where
 */
export const where = (condition: Tensor, a: Value, b: Value): Tensor => {
  if (condition.dtype !== "bool" && condition.dtype !== "uint8") {
    throw new DTypeError({
      op: "where",
      problem: `the condition is ${condition.dtype}, not bool`,
      hint: "compare first: x.gt(0)",
    });
  }
  const dtype = resultType(a, b);
  const inputs = [to(condition, "bool")];
  if (typeof a === "object") inputs.push(to(a, dtype));
  if (typeof b === "object") inputs.push(to(b, dtype));
  return where_(inputs, {
    a: typeof a === "object" ? null : Number(a),
    b: typeof b === "object" ? null : Number(b),
    dtype,
  });
};

/** x where the condition holds, else other: x.where(condition, other). @source torch.Tensor.where */
export const chosen = (x: Tensor, condition: Tensor, other: Value): Tensor => where(condition, x, other);
