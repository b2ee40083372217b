import { ones } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { softmax } from "../activation/softmax.js";
import { dropout } from "../dropout/dropout.js";
import { add, mul } from "../elementwise/arithmetic.js";
import { where } from "../elementwise/where.js";
import { matmul } from "../linalg/matmul.js";
import { transpose } from "../movement/reshape.js";
import { tril } from "../movement/triangle.js";

export interface AttentionOptions {
  /** bool: where to look; float: added to the scores. Default null. */
  attnMask?: Tensor | null | undefined;
  /** Share of the weights that is dropped. Default 0. */
  dropoutP?: number | undefined;
  /** Each query sees the keys up to its own place. Default false. */
  isCausal?: boolean | undefined;
  /** Factor of the scores. Default 1/√E. */
  scale?: number | null | undefined;
}

/**
 * softmax(query · keyᵀ · scale + mask) · value.
 *
 * @shape query [...B, L, E], key [...B, S, E], value [...B, S, V] → [...B, L, V]
 * @source torch.nn.functional.scaled_dot_product_attention; Vaswani et al., 2017
 */
export const scaledDotProductAttention = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { attnMask = null, dropoutP = 0, isCausal = false, scale = null }: AttentionOptions = {},
): Tensor => {
  if (isCausal && attnMask !== null)
    throw new ValueError({
      op: "scaledDotProductAttention",
      problem: "both isCausal and a mask are given",
      rule: "one of them",
    });
  const factor = scale ?? 1 / Math.sqrt(query.shape.at(-1) as number);
  let scores = mul(matmul(query, transpose(key, -2, -1)), factor);
  const mask = isCausal
    ? tril(ones([query.shape.at(-2) as number, key.shape.at(-2) as number], { dtype: "bool" }))
    : attnMask;
  // Added, so that a query that sees nothing is NaN forward and backward.
  if (mask !== null) scores = add(scores, mask.dtype === "bool" ? where(mask, 0, Number.NEGATIVE_INFINITY) : mask);
  const weights = softmax(scores, -1);
  return matmul(dropoutP > 0 ? dropout(weights, { p: dropoutP }) : weights, value);
};
