import { defineMultiOp } from "../../autograd/defineOp.js";
import { isGradEnabled } from "../../autograd/mode.js";
import type { AttentionSpec } from "../../backend/backend.js";
import { isFloating } from "../../backend/dtype.js";
import { ones } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import { sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { softmax } from "../activation/softmax.js";
import { dropout } from "../dropout/dropout.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { where } from "../elementwise/where.js";
import { matmul } from "../linalg/matmul.js";
import { expand } from "../movement/broadcast.js";
import { transpose } from "../movement/reshape.js";
import { tril } from "../movement/triangle.js";
import { sum } from "../reduce/reduce.js";

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
  if (query.shape.at(-1) !== key.shape.at(-1) || key.shape.at(-2) !== value.shape.at(-2))
    throw new ShapeError({
      op: "scaledDotProductAttention",
      problem: "query, key and value do not fit together",
      rule: "query [...B, L, E], key [...B, S, E], value [...B, S, V]",
      args: { query: query.shape, key: key.shape, value: value.shape },
    });
  const factor = scale ?? 1 / Math.sqrt(query.shape.at(-1) as number);
  if (isFit([query, key, value], attnMask) && dropoutP === 0) {
    const shape = [...query.shape.slice(0, -1), key.shape.at(-2) as number];
    const mask = attnMask === null ? [] : [expand(to(asSummand(attnMask), query.dtype), shape)];
    return tiled([query, key, value, ...mask], { scale: factor, isCausal })[0] as Tensor;
  }
  const weights = weightsOf(query, key, attnMask === null ? null : asSummand(attnMask), { scale: factor, isCausal });
  return matmul(dropoutP > 0 ? dropout(weights, { p: dropoutP }) : weights, value);
};

/** Whether the kernel takes them: floats of one kind and one batch that nothing broadcasts, and no gradient for the mask. */
const isFit = (inputs: readonly [Tensor, Tensor, Tensor], mask: Tensor | null): boolean => {
  const [query] = inputs;
  const batch = query.shape.slice(0, -2);
  if (!inputs.every((x) => isFloating(x.dtype) && x.dtype === query.dtype && sameShape(x.shape.slice(0, -2), batch)))
    return false;
  if (inputs.some((x) => x.numel() === 0)) return false;
  return (
    mask === null ||
    (!mask.requiresGrad && (mask.dtype === "bool" || mask.dtype === query.dtype) && mask.ndim <= query.ndim)
  );
};

/** What a mask adds to the scores. Added, so that a query that sees nothing is NaN forward and backward. */
const asSummand = (mask: Tensor): Tensor => (mask.dtype === "bool" ? where(mask, 0, Number.NEGATIVE_INFINITY) : mask);

/** softmax(q · kᵀ · scale + mask). */
const weightsOf = (q: Tensor, k: Tensor, mask: Tensor | null, { scale, isCausal }: AttentionSpec): Tensor => {
  let scores = mul(matmul(q, transpose(k, -2, -1)), scale);
  if (isCausal) scores = add(scores, asSummand(tril(ones(scores.shape.slice(-2), { dtype: "bool" }))));
  if (mask !== null) scores = add(scores, mask);
  return softmax(scores, -1);
};

/** Inputs q, k, v and perhaps a mask. The second output, the logarithms of sums, only backward sees. */
const tiled = defineMultiOp<AttentionSpec>({
  name: "scaledDotProductAttention",
  shape: ([q_, , v_]) => {
    const [q, v] = [q_ as Tensor, v_ as Tensor];
    const lead = q.shape.slice(0, -1);
    return [
      { shape: [...lead, v.shape.at(-1) as number], dtype: q.dtype },
      { shape: lead, dtype: q.dtype },
    ];
  },
  forward: (k, [y, logSums], [q, key, v, mask], spec) =>
    k.attention(y as Tensor, logSums as Tensor, q as Tensor, key as Tensor, v as Tensor, mask ?? null, spec),
  hidden: 1,
  savesInputs: (needs) => needs.map((_, i) => i),
  savesOutputs: [0, 1],
  backward: ([d_], { input, output, inputMeta, attrs }) => {
    const d = d_ as Tensor;
    const mask = inputMeta.length > 3 ? input(3) : null;
    const [q, k, v] = [input(0), input(1), input(2)];
    const gradients = isGradEnabled()
      ? composedBackward(d, q, k, v, mask, attrs)
      : tiledBackward([d, output(0), output(1), q, k, v, ...(mask === null ? [] : [mask])], attrs);
    return mask === null ? gradients : [...gradients, null];
  },
});

const tiledBackward = defineMultiOp<AttentionSpec>({
  name: "scaledDotProductAttentionBackward",
  shape: ([, , , q, k, v]) => [q as Tensor, k as Tensor, v as Tensor],
  forward: (backend, [dQ, dK, dV], [d, y, logSums, q, k, v, mask], spec) =>
    backend.attentionBackward(
      dQ as Tensor,
      dK as Tensor,
      dV as Tensor,
      d as Tensor,
      y as Tensor,
      logSums as Tensor,
      q as Tensor,
      k as Tensor,
      v as Tensor,
      mask ?? null,
      spec,
    ),
});

/** The same of plain ops, which have derivatives: with weights P, dV = Pᵀ dO and dS = P ∘ (dO vᵀ − Σ P ∘ dO vᵀ). */
const composedBackward = (
  d: Tensor,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | null,
  spec: AttentionSpec,
): Tensor[] => {
  const weights = weightsOf(q, k, mask, spec);
  const dWeights = matmul(d, transpose(v, -2, -1));
  const taken = sum(mul(dWeights, weights), { dim: -1, keepdim: true });
  const dScores = mul(mul(weights, sub(dWeights, taken)), spec.scale);
  const dK = matmul(transpose(dScores, -2, -1), q);
  return [matmul(dScores, k), dK, matmul(transpose(weights, -2, -1), d)];
};
