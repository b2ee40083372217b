import { defineMultiOp, defineOp } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { DTypeError, IndexError, ShapeError } from "../../tensor/errors.js";
import { sameShape } from "../../tensor/shape.js";
import { elementsOf, type Tensor } from "../../tensor/tensor.js";
import { logSoftmax, softmax } from "../activation/softmax.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { ne } from "../elementwise/compare.js";
import { neg } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { indexSelect } from "../indexing/gather.js";
import { movedim, reshape } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";
import { type LossOptions, reduced } from "./reduction.js";

interface Labels {
  readonly target: Tensor;
  readonly ignoreIndex: number;
}

/** Losses [N] of logits [N, C]; the probabilities are kept for backward only. */
const crossEntropy_ = defineMultiOp<Labels>({
  name: "crossEntropy",
  shape: ([logits]) => [
    { shape: [(logits as Tensor).shape[0] as number], dtype: (logits as Tensor).dtype },
    { shape: (logits as Tensor).shape, dtype: (logits as Tensor).dtype },
  ],
  forward: (k, [losses, probabilities], [logits], { target, ignoreIndex }) => {
    const badRow = k.crossEntropy(losses as Tensor, probabilities as Tensor, logits as Tensor, target, ignoreIndex);
    if (badRow < 0) return;
    const C = (logits as Tensor).shape[1] as number;
    throw new IndexError({
      op: "crossEntropy",
      problem: `label ${target.toTypedArray()[badRow]} of row ${badRow} is not a class`,
      rule: `class indices from 0 to ${C - 1}${ignoreIndex === DEFAULT_IGNORE ? "" : `, or ignoreIndex ${ignoreIndex}`}`,
      args: { input: (logits as Tensor).shape, target: target.shape },
    });
  },
  savesInputs: [0],
  savesOutputs: [1],
  hidden: 1,
  backward: ([d], { input, output, attrs: { target, ignoreIndex } }) => [
    crossEntropyBackward([d as Tensor, input(0)], { target, ignoreIndex, probabilities: output(1) }),
  ],
});

const crossEntropyBackward = defineOp<Labels & { readonly probabilities: Tensor }>({
  name: "crossEntropyBackward",
  shape: ([, logits]) => logits as Tensor,
  forward: (k, [dLogits], [d], { probabilities, target, ignoreIndex }) =>
    k.crossEntropyBackward(dLogits as Tensor, probabilities, target, d as Tensor, ignoreIndex),
  savesInputs: [0, 1],
  // dLogits = (p − onehot) · d: linear in d; in the logits its slope is softmax's.
  backward: ([g], { input, attrs: { target, ignoreIndex } }) => {
    const [d, logits] = [input(0), input(1)];
    const p = softmax(logits, 1);
    const rows = mul(to(ne(target, ignoreIndex), d.dtype), d).reshape([-1, 1]);
    const gp = sum(mul(g as Tensor, p), { dim: 1, keepdim: true });
    const chosen = (g as Tensor).gather(1, to(mul(target, ne(target, ignoreIndex)), "int32").reshape([-1, 1]));
    return [
      mul(sub(gp, chosen), to(ne(target, ignoreIndex), d.dtype).reshape([-1, 1])).reshape(d.shape),
      mul(mul(p, sub(g as Tensor, gp)), rows),
    ];
  },
});

const DEFAULT_IGNORE = -100;

/** How many labels are not `ignoreIndex`. */
const countOfOthers = (labels: Tensor, ignoreIndex: number): number => {
  let count = 0;
  for (const label of elementsOf(labels.contiguous(), "int32")) if (label !== ignoreIndex) count++;
  return count;
};

export interface CrossEntropyOptions extends LossOptions {
  /** Rows with this label count for nothing. Default −100. */
  ignoreIndex?: number | undefined;
  /** How much each class counts [C]; the mean is taken over these weights. Default 1. */
  weight?: Tensor | null | undefined;
  /** Share of the target that is spread over all classes evenly, from 0 to 1. Default 0. */
  labelSmoothing?: number | undefined;
}

/** The losses of rows under class weights and smoothing, and what each row counts: 0 where it is ignored. */
const weightedLosses = (
  logits: Tensor,
  labels: Tensor,
  losses: Tensor,
  { weight = null, labelSmoothing = 0, ignoreIndex = DEFAULT_IGNORE }: CrossEntropyOptions,
): { losses: Tensor; weights: Tensor } => {
  const counts = ne(labels, ignoreIndex);
  const isCounted = to(counts, logits.dtype);
  const C = logits.shape[1] as number;
  const weights = weight === null ? isCounted : mul(indexSelect(weight, 0, where(counts, labels, 0)), isCounted);
  const hard = mul(losses, weights);
  if (labelSmoothing === 0) return { losses: hard, weights };
  const all = logSoftmax(logits, 1);
  const even = mul(neg(sum(weight === null ? all : mul(all, weight), 1)), isCounted);
  return { losses: add(mul(hard, 1 - labelSmoothing), mul(even, labelSmoothing / C)), weights };
};

/** −Σ target · ln softmax(input) over classes, for targets that are probabilities. */
const softCrossEntropy = (input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor => {
  const { reduction = "mean", weight = null, labelSmoothing = 0 } = options;
  const classes = input.ndim === 1 ? 0 : 1;
  const C = input.shape[classes] as number;
  const smoothed = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / C);
  const perClass =
    weight === null
      ? null
      : reshape(
          weight,
          input.shape.map((_, i) => (i === classes ? C : 1)),
        );
  const products = mul(smoothed, logSoftmax(input, classes));
  const losses = neg(sum(perClass === null ? products : mul(products, perClass), classes));
  return reduction === "mean" ? div(sum(losses), input.numel() / C) : reduced("crossEntropy", losses, reduction);
};

/**
 * −ln softmax(input)[target], averaged over the rows that count.
 *
 * @shape input [N, C] logits, target [N] class indices (int32) → y []; or input [C], target []; or target probabilities like input
 * @units nats
 * @grad  (softmax(input) − onehot(target)) · dY / N
 * @stable fused with its softmax, so that neither overflows
 * @throws DTypeError for float labels, IndexError for labels that are not classes, ShapeError when rows and labels differ
 * @source torch.nn.functional.cross_entropy
 */
export const crossEntropy = (input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor => {
  const { reduction = "mean", ignoreIndex = DEFAULT_IGNORE } = options;
  if (isFloating(target.dtype) && sameShape(input.shape, target.shape)) return softCrossEntropy(input, target, options);
  if (!isFloating(input.dtype))
    throw new DTypeError({
      op: "crossEntropy",
      problem: `logits are floats, not ${input.dtype}`,
      args: { input: input.shape },
    });
  if (target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError({
      op: "crossEntropy",
      problem: `labels are class indices (int32), not ${target.dtype}`,
      args: { target: target.shape },
      hint: 'convert them: target.to("int32"); one-hot rows: target.argmax(1)',
    });
  }
  if (input.ndim > 2 && target.ndim === input.ndim - 1) {
    // [N, C, ...] is a longer list of rows.
    const rows = reshape(movedim(input, 1, -1), [-1, input.shape[1] as number]);
    const losses = crossEntropy(rows, reshape(target, [-1]), options);
    return reduction === "none" ? reshape(losses, target.shape) : losses;
  }
  const isSingle = input.ndim === 1 && target.ndim === 0;
  if (!isSingle && !(input.ndim === 2 && target.ndim === 1 && input.shape[0] === target.shape[0])) {
    throw new ShapeError({
      op: "crossEntropy",
      problem: "rows and labels do not match",
      rule: "input [N, C], target [N]",
      args: { input: input.shape, target: target.shape },
    });
  }
  const logits = isSingle ? input.unsqueeze(0) : input;
  const labels = to(isSingle ? target.unsqueeze(0) : target, "int32");
  const [losses] = crossEntropy_([logits.contiguous()], { target: labels, ignoreIndex }) as [Tensor];
  const { weight = null, labelSmoothing = 0 } = options;
  if (weight !== null || labelSmoothing !== 0) {
    const rows = weightedLosses(logits, labels, losses, options);
    if (reduction === "mean") return div(sum(rows.losses), sum(rows.weights));
    return reduced("crossEntropy", isSingle ? reshape(rows.losses, []) : rows.losses, reduction);
  }
  const counted = countOfOthers(labels, ignoreIndex);
  if (reduction === "mean" && counted < labels.numel()) return div(sum(losses), counted);
  return reduced("crossEntropy", isSingle ? losses.reshape([]) : losses, reduction);
};
