import { defineOp } from "../../autograd/defineOp.js";
import { ValueError } from "../../tensor/errors.js";
import { observe } from "../../tensor/recorder.js";
import { Tensor } from "../../tensor/tensor.js";
import { softplus } from "../activation/gelu.js";
import { logsigmoid, sigmoid } from "../activation/sigmoid.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clampMin } from "../elementwise/clamp.js";
import { ne } from "../elementwise/compare.js";
import { log } from "../elementwise/exponential.js";
import { neg } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { expand } from "../movement/broadcast.js";
import { type LossOptions, reduced, requireSameShape } from "./reduction.js";

/** −(t ln p + (1 − t) ln(1 − p)), both logarithms held at −100. */
const binaryCrossEntropy_ = defineOp({
  name: "binaryCrossEntropy",
  shape: ([p]) => p as Tensor,
  forward: (k, [y_], [p_, t_]) => {
    const [y, p, t] = [y_ as Tensor, p_ as Tensor, t_ as Tensor];
    const [a, b] = [Tensor.empty(p.shape, p.dtype), Tensor.empty(p.shape, p.dtype)];
    k.unary("log", a, p);
    k.binary("maximum", a, a, -100);
    k.binary("mul", a, a, t);
    k.binary("sub", b, 1, p);
    k.unary("log", b, b);
    k.binary("maximum", b, b, -100);
    k.binary("sub", y, 1, t);
    k.binary("mul", y, y, b);
    k.binary("add", y, y, a);
    k.unary("neg", y, y);
    a.storage.release("binaryCrossEntropy");
    b.storage.release("binaryCrossEntropy");
  },
  savesInputs: [0, 1],
  backward: ([d_], { input, needs }) => {
    const [d, p, t] = [d_ as Tensor, input(0), input(1)];
    return [
      needs[0] ? mul(d, div(sub(p, t), clampMin(mul(sub(1, p), p), 1e-12))) : null,
      needs[1] ? mul(d, sub(log(sub(1, p)), log(p))) : null,
    ];
  },
});

export interface BinaryOptions extends LossOptions {
  /** Factor of each loss, broadcast. Default 1. */
  weight?: Tensor | null | undefined;
}

/**
 * −(target · ln input + (1 − target) · ln(1 − input)), averaged.
 *
 * @stable logarithms are held at −100, so that no loss is infinite
 * @throws ValueError for an input outside of 0…1
 * @source torch.nn.functional.binary_cross_entropy
 */
export const binaryCrossEntropy = (
  input: Tensor,
  target: Tensor,
  { reduction, weight = null }: BinaryOptions = {},
): Tensor => {
  requireSameShape("binaryCrossEntropy", input, target);
  const { shape } = input;
  observe(input, (elements) => {
    for (const p of elements)
      if (!(p >= 0 && p <= 1)) {
        throw new ValueError({
          op: "binaryCrossEntropy",
          problem: `${p} is no probability`,
          rule: "inputs from 0 to 1",
          args: { input: shape },
          hint: "binaryCrossEntropyWithLogits takes any number",
        });
      }
  });
  const losses = binaryCrossEntropy_([input, target], undefined);
  return reduced("binaryCrossEntropy", weight === null ? losses : mul(losses, weight), reduction);
};

export interface LogitsOptions extends BinaryOptions {
  /** Factor of the positive part, broadcast. Default 1. */
  posWeight?: Tensor | null | undefined;
}

/** Binary cross-entropy of sigmoid(input), fused so that nothing overflows. @source torch.nn.functional.binary_cross_entropy_with_logits */
export const binaryCrossEntropyWithLogits = (
  input: Tensor,
  target: Tensor,
  { reduction, weight = null, posWeight = null }: LogitsOptions = {},
): Tensor => {
  requireSameShape("binaryCrossEntropyWithLogits", input, target);
  const inputs =
    posWeight === null ? [input, target] : [input, target, expand(to(posWeight, input.dtype), input.shape)];
  const losses = withLogits(inputs, undefined);
  return reduced("binaryCrossEntropyWithLogits", weight === null ? losses : mul(losses, weight), reduction);
};

/** (1 − t) · x − (1 + (w − 1) · t) · ln sigmoid(x). */
const withLogits = defineOp({
  name: "binaryCrossEntropyWithLogits",
  shape: ([x]) => x as Tensor,
  forward: (k, [y_], [x_, t_, w]) => {
    const [y, x, t] = [y_ as Tensor, x_ as Tensor, t_ as Tensor];
    const log = Tensor.empty(x.shape, x.dtype);
    k.unary("logSigmoid", log, x);
    if (w !== undefined) {
      k.binary("sub", y, w, 1);
      k.binary("mul", y, y, t);
      k.binary("add", y, y, 1);
      k.binary("mul", log, log, y);
    }
    k.binary("sub", y, 1, t);
    k.binary("mul", y, y, x);
    k.binary("sub", y, y, log);
    log.storage.release("binaryCrossEntropyWithLogits");
  },
  savesInputs: (needs) => needs.map((_, i) => i),
  backward: ([d_], { input, inputMeta, needs }) => {
    const [d, x, t] = [d_ as Tensor, input(0), input(1)];
    const w = inputMeta.length > 2 ? input(2) : null;
    const positive = w === null ? t : mul(w, t);
    // sigmoid less target: exact where both are near.
    const slope = sub(w === null ? sigmoid(x) : mul(add(sub(1, t), positive), sigmoid(x)), positive);
    return [
      needs[0] ? mul(d, slope) : null,
      needs[1] ? mul(d, sub(logsigmoid(neg(x)), w === null ? logsigmoid(x) : mul(w, logsigmoid(x)))) : null,
      needs[2] ? neg(mul(d, mul(t, logsigmoid(x)))) : null,
    ];
  },
});

/** ln(1 + e^(−target·input)) for targets ±1. @source torch.nn.functional.soft_margin_loss */
export const softMarginLoss = (input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor => {
  requireSameShape("softMarginLoss", input, target);
  return reduced("softMarginLoss", softplus(neg(mul(target, input)), { threshold: 700 }), reduction);
};

/** The input for targets 1, max(0, margin − input) for targets −1. Default margin 1. @source torch.nn.functional.hinge_embedding_loss */
export const hingeEmbeddingLoss = (
  input: Tensor,
  target: Tensor,
  { reduction, margin = 1 }: LossOptions & { margin?: number | undefined } = {},
): Tensor => {
  const far = where(ne(target, 1), clampMin(sub(margin, input), 0), 0);
  const near = where(ne(target, -1), input, 0);
  return reduced("hingeEmbeddingLoss", add(far, near), reduction);
};
