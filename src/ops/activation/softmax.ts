import { defineOp } from "../../autograd/defineOp.js";
import type { DType } from "../../backend/dtype.js";
import { floatType } from "../../tensor/promotion.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { exp } from "../elementwise/exponential.js";
import { neg } from "../elementwise/unary.js";
import { reshape } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";

type Kind = "softmax" | "logSoftmax";

const defineSoftmax = (kind: Kind): ((x: Tensor, dim: number, options?: { dtype?: DType | undefined }) => Tensor) => {
  const run = defineOp<number>({
    name: kind,
    shape: ([x]) => x as Tensor,
    forward: (k, [y], [x], dim) => k.softmax(kind, y as Tensor, x as Tensor, dim),
    savesOutputs: [0],
    backward: ([d], { output, attrs }) => [gradient([d as Tensor, output(0)], attrs)],
  });
  const gradient = defineOp<number>({
    name: `${kind}Backward`,
    shape: ([d]) => d as Tensor,
    forward: (k, [dX], [d, y], dim) => k.softmaxBackward(kind, dX as Tensor, d as Tensor, y as Tensor, dim),
    savesInputs: [0, 1],
    backward: ([dd], { input, attrs: dim }) => {
      const [d, y, g] = [input(0), input(1), dd as Tensor];
      const total = (x: Tensor): Tensor => sum(x, { dim, keepdim: true });
      // softmax: dX = y (d − Σ d y). logSoftmax: dX = d − eʸ Σ d.
      if (kind === "softmax") {
        const gy = mul(g, y);
        return [mul(y, sub(g, total(gy))), sub(mul(g, sub(d, total(mul(d, y)))), mul(d, total(gy)))];
      }
      const p = exp(y);
      return [sub(g, total(mul(g, p))), neg(mul(mul(g, p), total(d)))];
    },
  });
  return (x, dim, { dtype } = {}) => {
    const d = normalizeDim(kind, dim, x.ndim);
    if (x.ndim === 0) return reshape(run([reshape(to(x, dtype ?? floatType(x.dtype)), [1])], 0), []);
    return run([to(x, dtype ?? floatType(x.dtype))], d);
  };
};

/**
 * eˣ over its sum along `dim`.
 *
 * @grad y · (dY − Σ dY · y)
 * @stable the largest element is taken off first
 * @source torch.nn.functional.softmax
 */
export const softmax = defineSoftmax("softmax");
/** ln softmax(x). @grad dY − softmax(x) · Σ dY @stable finite where softmax is 0 @source torch.nn.functional.log_softmax */
export const logSoftmax = defineSoftmax("logSoftmax");
