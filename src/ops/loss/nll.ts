import { ones } from "../../tensor/create.js";
import { DTypeError, IndexError, ShapeError } from "../../tensor/errors.js";
import { observe } from "../../tensor/recorder.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { ne } from "../elementwise/compare.js";
import { neg } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { gather, indexSelect } from "../indexing/gather.js";
import { reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";
import { type LossOptions, reduced } from "./reduction.js";

export interface NllOptions extends LossOptions {
  /** How much each class counts [C]; the mean is taken over these weights. Default 1. */
  weight?: Tensor | null | undefined;
  /** Rows with this label count for nothing. Default −100. */
  ignoreIndex?: number | undefined;
}

/**
 * −input[target], averaged: input holds ln of probabilities.
 *
 * @shape input [N, C, ...S], target [N, ...S] class indices → y []; or input [C], target []
 * @throws IndexError for labels that are not classes, ShapeError when rows and labels differ
 * @source torch.nn.functional.nll_loss
 */
export const nllLoss = (
  input: Tensor,
  target: Tensor,
  { reduction = "mean", weight = null, ignoreIndex = -100 }: NllOptions = {},
): Tensor => {
  const isSingle = input.ndim === 1 && target.ndim === 0;
  const fits =
    isSingle ||
    (input.ndim >= 2 &&
      target.ndim === input.ndim - 1 &&
      input.shape.every((size, i) => i === 1 || target.shape[i === 0 ? 0 : i - 1] === size));
  if (!fits) {
    throw new ShapeError({
      op: "nllLoss",
      problem: "rows and labels do not match",
      rule: "input [N, C, ...S], target [N, ...S]",
      args: { input: input.shape, target: target.shape },
    });
  }
  if (target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError({
      op: "nllLoss",
      problem: `labels are class indices (int32), not ${target.dtype}`,
      args: { target: target.shape },
      hint: 'convert them: target.to("int32")',
    });
  }
  const classes = isSingle ? 0 : 1;
  const C = input.shape[classes] as number;
  const labels = to(target, "int32");
  const shapes = { input: input.shape, target: target.shape };
  observe(labels, (elements) => {
    for (const label of elements) {
      if ((label >= 0 && label < C) || label === ignoreIndex) continue;
      throw new IndexError({
        op: "nllLoss",
        problem: `label ${label} is not a class`,
        rule: `class indices from 0 to ${C - 1}, or ignoreIndex ${ignoreIndex}`,
        args: shapes,
      });
    }
  });
  if (weight !== null && (weight.ndim !== 1 || weight.numel() !== C))
    throw new ShapeError({
      op: "nllLoss",
      problem: "there is not one weight for each class",
      args: { input: input.shape, weight: weight.shape },
    });
  const counts = ne(labels, ignoreIndex);
  const known = where(counts, labels, 0);
  const each = weight ?? ones([C], { dtype: input.dtype });
  const weights = where(counts, reshape(indexSelect(each, 0, reshape(known, [-1])), target.shape), 0);
  const chosen = isSingle ? gather(input, 0, known) : squeeze(gather(input, 1, unsqueeze(known, 1)), 1);
  const losses = where(counts, neg(mul(chosen, weights)), 0);
  if (reduction === "mean") return div(sum(losses), sum(weights));
  return reduced("nllLoss", losses, reduction);
};
