import { tensor } from "../../tensor/create.js";
import { DTypeError, IndexError, ShapeError, ValueError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { logsigmoid } from "../activation/sigmoid.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clampMin } from "../elementwise/clamp.js";
import { eq, gt } from "../elementwise/compare.js";
import { minimum } from "../elementwise/extremum.js";
import { neg, sqrt, square } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { gather, indexSelect } from "../indexing/gather.js";
import { pairwiseDistance } from "../linalg/distance.js";
import { reshape, unsqueeze } from "../movement/reshape.js";
import { mean, sum } from "../reduce/reduce.js";
import { type LossOptions, reduced, requireSameShape } from "./reduction.js";

interface MarginOptions extends LossOptions {
  margin?: number | undefined;
}

/** max(0, −target · (a − b) + margin) for targets ±1. Default margin 0. @source torch.nn.functional.margin_ranking_loss */
export const marginRankingLoss = (
  a: Tensor,
  b: Tensor,
  target: Tensor,
  { reduction, margin = 0 }: MarginOptions = {},
): Tensor => {
  if (a.ndim !== b.ndim || a.ndim !== target.ndim) {
    throw new ShapeError({
      op: "marginRankingLoss",
      problem: "the inputs have different numbers of dimensions",
      args: { input1: a.shape, input2: b.shape, target: target.shape },
    });
  }
  const gaps = mul(neg(target), sub(a, b));
  return reduced("marginRankingLoss", clampMin(add(to(gaps, floatType(gaps.dtype)), margin), 0), reduction);
};

/** 1 − cos for targets 1, max(0, cos − margin) for targets −1. Default margin 0. @source torch.nn.functional.cosine_embedding_loss */
export const cosineEmbeddingLoss = (
  a: Tensor,
  b: Tensor,
  target: Tensor,
  { reduction, margin = 0 }: MarginOptions = {},
): Tensor => {
  if (a.ndim !== b.ndim || target.ndim !== a.ndim - 1 || a.ndim === 0) {
    throw new ShapeError({
      op: "cosineEmbeddingLoss",
      problem: "the target does not fit the inputs",
      rule: "inputs [N, D] and target [N], or inputs [D] and target []",
      args: { input1: a.shape, input2: b.shape, target: target.shape },
    });
  }
  const eps = 1e-12;
  const sizes = mul(add(sum(square(a), -1), eps), add(sum(square(b), -1), eps));
  const cos = div(sum(mul(a, b), -1), sqrt(sizes));
  const losses = add(where(eq(target, 1), sub(1, cos), 0), where(eq(target, -1), clampMin(sub(cos, margin), 0), 0));
  return reduced("cosineEmbeddingLoss", losses, reduction);
};

export interface TripletOptions extends LossOptions {
  /** Default 1. */
  margin?: number | undefined;
  /** The p of the distance. Default 2. */
  p?: number | undefined;
  /** Added to differences. Default 1e-6. */
  eps?: number | undefined;
  /** Take the positive's distance to the negative where it is smaller. Default false. */
  swap?: boolean | undefined;
}

type Distance = (a: Tensor, b: Tensor) => Tensor;

const tripletLoss = (
  op: string,
  [anchor, positive, negative]: readonly [Tensor, Tensor, Tensor],
  distance: Distance,
  { reduction, margin = 1, swap = false }: TripletOptions,
): Tensor => {
  if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) {
    throw new ShapeError({
      op,
      problem: "the inputs have different numbers of dimensions",
      args: { anchor: anchor.shape, positive: positive.shape, negative: negative.shape },
    });
  }
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const least = swap ? minimum(far, distance(positive, negative)) : far;
  return reduced(op, clampMin(add(sub(near, least), margin), 0), reduction);
};

/** max(0, |anchor − positive| − |anchor − negative| + margin). @source torch.nn.functional.triplet_margin_loss */
export const tripletMarginLoss = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletOptions = {},
): Tensor => {
  const { p = 2, eps = 1e-6 } = options;
  return tripletLoss(
    "tripletMarginLoss",
    [anchor, positive, negative],
    (a, b) => pairwiseDistance(a, b, { p, eps }),
    options,
  );
};

/** The triplet loss with a distance of your own. Default Euclidean. @source torch.nn.functional.triplet_margin_with_distance_loss */
export const tripletMarginWithDistanceLoss = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  {
    distanceFunction,
    ...options
  }: LossOptions & {
    distanceFunction?: Distance | null | undefined;
    margin?: number | undefined;
    swap?: boolean | undefined;
  } = {},
): Tensor =>
  tripletLoss(
    "tripletMarginWithDistanceLoss",
    [anchor, positive, negative],
    distanceFunction ?? ((a, b) => pairwiseDistance(a, b)),
    options,
  );

/** max(0, x) as the losses over classes take it: no slope at 0, and NaN does not count. */
const partAbove0 = (x: Tensor): Tensor => where(gt(x, 0), x, 0);

/** Input [C], or one number, as one row of [N, C]. */
const asRows = (op: string, input: Tensor, target: Tensor): { rows: Tensor; isSingle: boolean } => {
  if (input.ndim <= 2) {
    const isSingle = input.ndim < 2;
    return { rows: isSingle ? reshape(input, [1, -1]) : input, isSingle };
  }
  throw new ShapeError({
    op,
    problem: "the input is no row and no rows",
    rule: "[C] or [N, C]",
    args: { input: input.shape, target: target.shape },
  });
};

export interface MultiMarginOptions extends LossOptions {
  /** 1 or 2. Default 1. */
  p?: number | undefined;
  /** Default 1. */
  margin?: number | undefined;
  /** Factor of each class [C]. */
  weight?: Tensor | null | undefined;
}

/** Σ over the other classes of max(0, margin − input[target] + input)ᵖ / C. @grad 0 at the margin @source torch.nn.functional.multi_margin_loss */
export const multiMarginLoss = (
  input: Tensor,
  target: Tensor,
  { reduction, p = 1, margin = 1, weight = null }: MultiMarginOptions = {},
): Tensor => {
  if (p !== 1 && p !== 2) throw new ValueError({ op: "multiMarginLoss", problem: `p is ${p}`, rule: "1 or 2" });
  const { rows, isSingle } = asRows("multiMarginLoss", input, target);
  const [N, C] = rows.shape as [number, number];
  if (target.numel() !== N)
    throw new ShapeError({
      op: "multiMarginLoss",
      problem: "there is not one class for each row",
      args: { input: input.shape, target: target.shape },
    });
  const labels = reshape(target, [N, 1]);
  const gaps = partAbove0(add(sub(margin, gather(rows, 1, labels)), rows));
  const sizes = p === 1 ? gaps : square(gaps);
  const others = where(eq(labels, tensor(Int32Array.from({ length: C }, (_, i) => i))), 0, sizes);
  const weighted =
    weight === null ? others : mul(others, reshape(indexSelect(weight, 0, reshape(labels, [-1])), [N, 1]));
  const losses = div(sum(weighted, 1), C);
  return reduced("multiMarginLoss", isSingle && reduction === "none" ? reshape(losses, []) : losses, reduction);
};

/**
 * Σ over targets y and other classes i of max(0, 1 − (input[y] − input[i])) / C; a row of targets ends at the first −1.
 *
 * @source torch.nn.functional.multilabel_margin_loss
 */
export const multilabelMarginLoss = (input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor => {
  requireSameShape("multilabelMarginLoss", input, target);
  if (target.isFloatingPoint())
    throw new DTypeError({ op: "multilabelMarginLoss", problem: `targets are class indices, not ${target.dtype}` });
  const { rows, isSingle } = asRows("multilabelMarginLoss", input, target);
  const [N, C] = rows.shape as [number, number];
  const labels = target.toTypedArray();
  // Which classes are targets, and how often each is one.
  const counts = new Float64Array(N * C);
  for (let n = 0; n < N; n++) {
    for (let j = 0; j < C; j++) {
      const label = labels[n * C + j] as number;
      if (label < 0) break;
      if (label >= C)
        throw new IndexError({
          op: "multilabelMarginLoss",
          problem: `label ${label} is not a class`,
          rule: `−1 to ${C - 1}`,
        });
      counts[n * C + label] = (counts[n * C + label] as number) + 1;
    }
  }
  const times = tensor(counts, { dtype: input.dtype }).reshape([N, C, 1]);
  const isOther = eq(times, 0).reshape([N, 1, C]);
  const gaps = partAbove0(sub(1, sub(unsqueeze(rows, 2), unsqueeze(rows, 1))));
  const losses = div(sum(mul(where(isOther, gaps, 0), times), [1, 2]), C);
  return reduced("multilabelMarginLoss", isSingle && reduction === "none" ? reshape(losses, []) : losses, reduction);
};

/** Binary cross-entropy of each class by logits, averaged over classes. @source torch.nn.functional.multilabel_soft_margin_loss */
export const multilabelSoftMarginLoss = (
  input: Tensor,
  target: Tensor,
  { reduction, weight = null }: LossOptions & { weight?: Tensor | null | undefined } = {},
): Tensor => {
  requireSameShape("multilabelSoftMarginLoss", input, target);
  const each = neg(add(mul(target, logsigmoid(input)), mul(sub(1, target), logsigmoid(neg(input)))));
  return reduced("multilabelSoftMarginLoss", mean(weight === null ? each : mul(each, weight), -1), reduction);
};
