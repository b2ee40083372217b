import { tensor } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import { broadcastShapes } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { clampMin } from "../elementwise/clamp.js";
import { indexSelect } from "../indexing/gather.js";
import { expand } from "../movement/broadcast.js";
import { unsqueeze } from "../movement/reshape.js";
import { vectorNorm } from "../reduce/norm.js";
import { sum } from "../reduce/reduce.js";

export interface DistanceOptions {
  /** The p of the norm. Default 2. */
  p?: number | undefined;
  /** Added to each difference. Default 1e-6. */
  eps?: number | undefined;
  /** Default false. */
  keepdim?: boolean | undefined;
}

/** The p-norm of a − b + eps along the last dimension. @source torch.nn.functional.pairwise_distance */
export const pairwiseDistance = (
  a: Tensor,
  b: Tensor,
  { p = 2, eps = 1e-6, keepdim = false }: DistanceOptions = {},
): Tensor => vectorNorm(add(sub(a, b), eps), { ord: p, dim: -1, keepdim });

/** The cosine of the angle between a and b along a dimension. Default dim 1, eps 1e-8. @source torch.nn.functional.cosine_similarity */
export const cosineSimilarity = (
  a: Tensor,
  b: Tensor,
  { dim = 1, eps = 1e-8 }: { dim?: number | undefined; eps?: number | undefined } = {},
): Tensor => {
  const shape = broadcastShapes("cosineSimilarity", a.shape, b.shape);
  const unit = (x: Tensor): Tensor => {
    const size = vectorNorm(x, { dim, keepdim: true });
    // Held from below without a gradient of its own, as in PyTorch.
    return div(x, add(size, sub(clampMin(size.detach(), eps), size.detach())));
  };
  return sum(mul(unit(expand(a, shape)), unit(expand(b, shape))), dim);
};

/**
 * The p-norm of every row of a less every row of b.
 *
 * @shape a [...B, P, M], b [...B, R, M] → [...B, P, R]
 * @source torch.cdist
 */
export const cdist = (
  a: Tensor,
  b: Tensor,
  { p = 2 }: { p?: number | undefined; computeMode?: string | undefined } = {},
): Tensor => {
  if (a.ndim < 2 || b.ndim < 2 || a.shape.at(-1) !== b.shape.at(-1)) {
    throw new ShapeError({
      op: "cdist",
      problem: "the rows have different lengths",
      rule: "a [...B, P, M], b [...B, R, M]",
      args: { a: a.shape, b: b.shape },
    });
  }
  return vectorNorm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), { ord: p, dim: -1 });
};

/** The p-norm of every row less every later row, in a vector. @shape x [N, M] → [N·(N−1)/2] @source torch.nn.functional.pdist */
export const pdist = (x: Tensor, { p = 2 }: { p?: number | undefined } = {}): Tensor => {
  if (x.ndim !== 2)
    throw new ShapeError({ op: "pdist", problem: "the tensor is no rows", rule: "[N, M]", args: { x: x.shape } });
  const N = x.shape[0] as number;
  const pairs = Array.from({ length: N }, (_, i) =>
    Array.from({ length: N - 1 - i }, (_, j) => [i, i + 1 + j] as const),
  ).flat();
  const rows = (side: 0 | 1): Tensor => indexSelect(x, 0, tensor(Int32Array.from(pairs, (pair) => pair[side])));
  return vectorNorm(sub(rows(0), rows(1)), { ord: p, dim: -1 });
};
