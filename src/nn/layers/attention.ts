import { softmax } from "../../ops/activation/softmax.js";
import { scaledDotProductAttention } from "../../ops/attention/attention.js";
import { dropout } from "../../ops/dropout/dropout.js";
import { add, mul } from "../../ops/elementwise/arithmetic.js";
import { maskedFill } from "../../ops/elementwise/maskedFill.js";
import { linear, matmul } from "../../ops/linalg/matmul.js";
import { expand } from "../../ops/movement/broadcast.js";
import { cat, reshape, squeeze, transpose, unsqueeze } from "../../ops/movement/reshape.js";
import { narrow } from "../../ops/movement/slice.js";
import { chunk } from "../../ops/movement/split.js";
import { mean } from "../../ops/reduce/reduce.js";
import { empty, zeros } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { constant_, xavierNormal_, xavierUniform_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { Linear } from "./linear.js";

export interface MultiheadAttentionOptions {
  /** Share of the weights dropped in training. Default 0. */
  dropout?: number | undefined;
  /** Default true. */
  bias?: boolean | undefined;
  /** A key and a value more that are learned. Default false. */
  addBiasKv?: boolean | undefined;
  /** A key and a value of zeros more. Default false. */
  addZeroAttn?: boolean | undefined;
  /** Features of keys. Default embedDim. */
  kdim?: number | null | undefined;
  /** Features of values. Default embedDim. */
  vdim?: number | null | undefined;
  /** Sequences are [N, L, E] instead of [L, N, E]. Default false. */
  batchFirst?: boolean | undefined;
}

export interface AttentionForwardOptions {
  /** Keys that nobody sees [N, S]: true, or a number that is added to the scores. */
  keyPaddingMask?: Tensor | null | undefined;
  /** Give the weights too. Default true. */
  needWeights?: boolean | undefined;
  /** Keys that a query does not see [L, S] or [N · heads, L, S]: true, or a number that is added. */
  attnMask?: Tensor | null | undefined;
  /** Average the weights over heads. Default true. */
  averageAttnWeights?: boolean | undefined;
  /** A hint that attnMask is causal; attnMask is needed all the same, as in PyTorch. */
  isCausal?: boolean | undefined;
}

/** true as −∞, false as 0, numbers as they are. @throws DTypeError for integers */
const asScores = (name: string, mask: Tensor, like: Tensor): Tensor => {
  if (mask.dtype === "bool")
    return maskedFill(zeros(mask.shape, { dtype: like.dtype }), mask, Number.NEGATIVE_INFINITY);
  if (mask.isFloatingPoint()) return mask;
  throw new DTypeError({
    op: "MultiheadAttention",
    problem: `${name} is ${mask.dtype}`,
    rule: "bool (true hides) or floating (added to the scores)",
    hint: `convert it: ${name}.bool()`,
  });
};

/**
 * Several attentions side by side, each on projections of its own.
 *
 * @shape query [L, N, E], key [S, N, kdim], value [S, N, vdim] → [y [L, N, E], weights [N, L, S] or null]
 * @source torch.nn.MultiheadAttention; Vaswani et al., 2017
 */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly batchFirst: boolean;
  readonly #keyFeatures: number;
  readonly #valueFeatures: number;
  readonly #dropout: number;
  readonly #addZeroAttn: boolean;
  readonly #inProj: Parameter | readonly [Parameter, Parameter, Parameter];
  readonly #inBias: Parameter | null;
  readonly #extra: readonly [Parameter, Parameter] | null;
  readonly #outProj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const {
      dropout: p = 0,
      bias = true,
      addBiasKv = false,
      addZeroAttn = false,
      kdim,
      vdim,
      batchFirst = false,
    } = options;
    checkFeatures("MultiheadAttention", { embedDim, numHeads });
    if (!(p >= 0 && p <= 1))
      throw new ValueError({
        op: "MultiheadAttention",
        problem: `dropout is ${p}`,
        rule: "a probability, from 0 to 1",
      });
    if (!Number.isInteger(embedDim / numHeads) || numHeads < 1)
      throw new ValueError({
        op: "MultiheadAttention",
        problem: `${numHeads} heads do not divide embedDim ${embedDim}`,
      });
    const [K, V] = [kdim ?? embedDim, vdim ?? embedDim];
    this.#keyFeatures = K;
    this.#valueFeatures = V;
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.batchFirst = batchFirst;
    this.#dropout = p;
    this.#addZeroAttn = addZeroAttn;
    const own = (name: string, ...shape: number[]): Parameter =>
      this.registerParameter(name, new Parameter(empty(shape)));
    this.#inProj =
      K === embedDim && V === embedDim
        ? own("in_proj_weight", 3 * embedDim, embedDim)
        : [
            own("q_proj_weight", embedDim, embedDim),
            own("k_proj_weight", embedDim, K),
            own("v_proj_weight", embedDim, V),
          ];
    this.#inBias = bias ? own("in_proj_bias", 3 * embedDim) : null;
    this.#outProj = this.registerModule("out_proj", new Linear(embedDim, embedDim, { bias }));
    this.#extra = addBiasKv ? [own("bias_k", 1, 1, embedDim), own("bias_v", 1, 1, embedDim)] : null;
    for (const weight of Array.isArray(this.#inProj) ? this.#inProj : [this.#inProj])
      xavierUniform_(weight as Parameter);
    if (this.#inBias !== null) constant_(this.#inBias, 0);
    if (this.#outProj.bias !== null) constant_(this.#outProj.bias, 0);
    for (const parameter of this.#extra ?? []) xavierNormal_(parameter);
  }

  /** Query, key or value under its projection, [..., heads, E/heads]. */
  #projected(x: Tensor, i: 0 | 1 | 2): Tensor {
    const E = this.embedDim;
    const bias = this.#inBias === null ? null : narrow(this.#inBias, 0, i * E, E);
    const all = this.#inProj;
    return this.#heads(linear(x, "storage" in all ? narrow(all, 0, i * E, E) : all[i], bias));
  }

  /**
   * Queries, keys and values: of one tensor in one product, whose heads are parted before they are turned, so that their gradients are
   * put together in one pass.
   */
  #projections(query: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor, Tensor] {
    const all = this.#inProj;
    if (query === key && key === value && "storage" in all)
      return chunk(this.#heads(linear(query, all, this.#inBias)), 3, -2) as [Tensor, Tensor, Tensor];
    return [this.#projected(query, 0), this.#projected(key, 1), this.#projected(value, 2)];
  }

  /** The last dimension of x as heads: [..., heads, E/heads]. */
  #heads(x: Tensor): Tensor {
    const size = this.embedDim / this.numHeads;
    return reshape(x, [...x.shape.slice(0, -1), (x.shape.at(-1) as number) / size, size]);
  }

  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: AttentionForwardOptions = {},
  ): [Tensor, Tensor | null] {
    const { keyPaddingMask = null, needWeights = true, attnMask = null, averageAttnWeights = true } = options;
    if (options.isCausal === true && attnMask === null)
      throw new ValueError({
        op: "MultiheadAttention",
        problem: "isCausal is a hint about attnMask, and there is none",
        hint: "pass attnMask: nn.Transformer.generateSquareSubsequentMask(L)",
      });
    const isSingle = query.ndim === 2;
    if ((query.ndim !== 2 && query.ndim !== 3) || key.ndim !== query.ndim || value.ndim !== query.ndim) {
      throw new ShapeError({
        op: "MultiheadAttention",
        problem: "query, key and value do not fit each other",
        rule: "all [L, N, E] or all [L, E]",
        args: { query: query.shape, key: key.shape, value: value.shape },
      });
    }
    this.#checkSizes(query, key, value);
    const steps = this.batchFirst && !isSingle ? 1 : 0;
    const projections = this.#projections(query, key, value);
    let [q, k, v] = isSingle ? (projections.map((x) => unsqueeze(x, 1)) as typeof projections) : projections;
    const N = q.shape[1 - steps] as number;
    let added = 0;
    const more = (x: Tensor, one: Tensor): Tensor =>
      cat([x, expand(one, steps === 0 ? [1, N, -1, -1] : [N, 1, -1, -1])], steps);
    if (this.#extra !== null) {
      [k, v] = [more(k, this.#heads(this.#extra[0])), more(v, this.#heads(this.#extra[1]))];
      added++;
    }
    if (this.#addZeroAttn) {
      const nothing = zeros([1, 1, ...k.shape.slice(2)], { dtype: k.dtype });
      [k, v] = [more(k, nothing), more(v, nothing)];
      added++;
    }
    const [q4, k4, v4] = [q, k, v].map((x) =>
      transpose(steps === 0 ? transpose(x, 0, 1) : x, 1, 2),
    ) as typeof projections;
    const S = key.shape[steps] as number;
    const mask = this.#mask(attnMask, keyPaddingMask, q4, S, added, isSingle);
    const p = this.training ? this.#dropout : 0;
    let weights: Tensor | null = null;
    let context: Tensor;
    if (needWeights) {
      const scores = matmul(mul(q4, 1 / Math.sqrt(this.embedDim / this.numHeads)), transpose(k4, -2, -1));
      weights = softmax(mask === null ? scores : add(scores, mask), -1);
      if (p > 0) weights = dropout(weights, { p });
      context = matmul(weights, v4);
    } else context = scaledDotProductAttention(q4, k4, v4, { attnMask: mask, dropoutP: p });
    const rows = transpose(context, 1, 2);
    const rejoined = [...q.shape.slice(0, 2), this.embedDim];
    const y = this.#outProj.forward(reshape(steps === 0 ? transpose(rows, 0, 1) : rows, rejoined));
    const shown = weights !== null && averageAttnWeights ? mean(weights, 1) : weights;
    return [isSingle ? squeeze(y, 1) : y, shown !== null && isSingle ? squeeze(shown, 0) : shown];
  }

  /** @throws ShapeError for features that are not those of the layer, or keys that are not as many as values */
  #checkSizes(query: Tensor, key: Tensor, value: Tensor): void {
    const batch = this.batchFirst ? 0 : 1;
    const isFit =
      query.shape.at(-1) === this.embedDim &&
      key.shape.at(-1) === this.#keyFeatures &&
      value.shape.at(-1) === this.#valueFeatures &&
      key.shape.slice(0, -1).join() === value.shape.slice(0, -1).join() &&
      (query.ndim === 2 || query.shape[batch] === key.shape[batch]);
    if (isFit) return;
    const [N, L, S] =
      query.ndim === 2 ? ["", "L, ", "S, "] : this.batchFirst ? ["N, ", "L, ", "S, "] : ["", "L, N, ", "S, N, "];
    throw new ShapeError({
      op: "MultiheadAttention",
      problem: "query, key and value do not fit the layer",
      rule: `query [${N}${L}${this.embedDim}], key [${N}${S}${this.#keyFeatures}], value [${N}${S}${this.#valueFeatures}]`,
      args: { query: query.shape, key: key.shape, value: value.shape },
      hint:
        query.ndim === 3 && query.shape[1 - batch] === key.shape[1 - batch]
          ? "batchFirst says whether N comes first"
          : undefined,
    });
  }

  /** Both masks as one summand of the scores [N, heads, L, S]. */
  #mask(
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
    q: Tensor,
    S: number,
    added: number,
    isSingle: boolean,
  ): Tensor | null {
    const [N, H, L] = q.shape as [number, number, number];
    const widened = (mask: Tensor): Tensor =>
      added === 0 ? mask : cat([mask, zeros([...mask.shape.slice(0, -1), added], { dtype: mask.dtype })], -1);
    let all: Tensor | null = null;
    if (attnMask !== null) {
      const isWhole = attnMask.ndim === 3 && attnMask.shape.join() === [N * H, L, S].join();
      if (!isWhole && !(attnMask.ndim === 2 && attnMask.shape.join() === [L, S].join()))
        throw new ShapeError({
          op: "MultiheadAttention",
          problem: "attnMask does not fit",
          rule: "[L, S] or [N · heads, L, S]",
          args: { attnMask: attnMask.shape },
        });
      const scores = widened(asScores("attnMask", attnMask, q));
      all = isWhole ? reshape(scores, [N, H, L, S + added]) : scores;
    }
    if (keyPaddingMask !== null) {
      const padding = isSingle && keyPaddingMask.ndim === 1 ? unsqueeze(keyPaddingMask, 0) : keyPaddingMask;
      if (padding.shape.join() !== [N, S].join())
        throw new ShapeError({
          op: "MultiheadAttention",
          problem: "keyPaddingMask does not fit",
          rule: "[N, S]",
          args: { keyPaddingMask: keyPaddingMask.shape },
        });
      const scores = reshape(widened(asScores("keyPaddingMask", padding, q)), [N, 1, 1, S + added]);
      all = all === null ? scores : add(all, scores);
    }
    return all;
  }
}
