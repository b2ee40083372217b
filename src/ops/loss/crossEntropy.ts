import { defineMultiOp, defineOp } from "../../autograd/defineOp.js";
import { isFloating, type TypedArray } from "../../backend/dtype.js";
import { DTypeError, IndexError, ShapeError } from "../../tensor/errors.js";
import { recorder } from "../../tensor/recorder.js";
import { type Shape, sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { logSoftmax, softmax } from "../activation/softmax.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { ne } from "../elementwise/compare.js";
import { neg } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { indexSelect } from "../indexing/gather.js";
import { expand } from "../movement/broadcast.js";
import { movedim, reshape } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";
import { type LossOptions, reduced } from "./reduction.js";

interface Labels {
  readonly target: Tensor;
  readonly ignoreIndex: number;
}

/** Throws an IndexError for the first label that is no class. */
const requireClasses =
  (input: Shape, target: Shape, ignoreIndex: number) =>
  (labels: TypedArray): void => {
    const C = input[1] as number;
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row] as number;
      if ((label >= 0 && label < C) || label === ignoreIndex) continue;
      throw new IndexError({
        op: "crossEntropy",
        problem: `label ${label} of row ${row} is not a class`,
        rule: `class indices from 0 to ${C - 1}${ignoreIndex === DEFAULT_IGNORE ? "" : `, or ignoreIndex ${ignoreIndex}`}`,
        args: { input, target },
      });
    }
  };

/** Losses [N] of logits [N, C], and the number of rows that are not ignored; the probabilities are kept for backward only. */
const crossEntropy_ = defineMultiOp<Labels>({
  name: "crossEntropy",
  shape: ([logits]) => {
    const { shape, dtype } = logits as Tensor;
    return [
      { shape: [shape[0] as number], dtype },
      { shape: [], dtype },
      { shape, dtype },
    ];
  },
  forward: (k, [losses, counted, probabilities], [logits], { target, ignoreIndex }) => {
    const check = requireClasses((logits as Tensor).shape, target.shape, ignoreIndex);
    recorder?.observes(target, check);
    const badRow = k.crossEntropy(
      losses as Tensor,
      probabilities as Tensor,
      counted as Tensor,
      logits as Tensor,
      target,
      ignoreIndex,
    );
    if (badRow >= 0) check(target.toTypedArray());
  },
  savesInputs: [0],
  savesOutputs: [2],
  hidden: 2,
  backward: ([d], { input, output, attrs: { target, ignoreIndex } }) => [
    crossEntropyBackward([d as Tensor, input(0)], { target, ignoreIndex, probabilities: output(2) }),
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

/** The mean of losses [N] over the rows that are not ignored, of which there are `counted` []. */
const meanOfCounted = defineOp({
  name: "mean",
  shape: ([losses]) => ({ shape: [], dtype: (losses as Tensor).dtype }),
  forward: (k, [mean], [losses, counted]) => {
    k.reduce("sum", mean as Tensor, losses as Tensor, [0]);
    k.binary("div", mean as Tensor, mean as Tensor, counted as Tensor);
  },
  savesInputs: [1],
  backward: ([d], { input, inputMeta }) => [
    expand(div(d as Tensor, input(1)), (inputMeta[0] as { shape: Shape }).shape),
    null,
  ],
});

const DEFAULT_IGNORE = -100;

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
  const [losses, counted] = crossEntropy_([logits.contiguous()], { target: labels, ignoreIndex }) as [Tensor, Tensor];
  const { weight = null, labelSmoothing = 0 } = options;
  if (weight !== null || labelSmoothing !== 0) {
    const rows = weightedLosses(logits, labels, losses, options);
    if (reduction === "mean") return div(sum(rows.losses), sum(rows.weights));
    return reduced("crossEntropy", isSingle ? reshape(rows.losses, []) : rows.losses, reduction);
  }
  if (reduction === "mean") return meanOfCounted([losses, counted], undefined);
  return reduced("crossEntropy", isSingle ? losses.reshape([]) : losses, reduction);
};
