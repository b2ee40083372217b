import { noGrad } from "../../autograd/mode.js";
import {
  type EmbeddingBagOptions,
  type EmbeddingOptions,
  embedding,
  embeddingBag,
} from "../../ops/embedding/embedding.js";
import { empty } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { normal_ } from "../init.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { float, reprOf } from "./repr.js";

const tableOf = (
  op: string,
  rows: number,
  size: number,
  paddingIdx: number | null,
  given: Tensor | null,
): { weight: Parameter; padding: number | null } => {
  checkFeatures(op, { numEmbeddings: rows, embeddingDim: size });
  const padding = paddingIdx === null ? null : paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  if (padding !== null && !(Number.isInteger(padding) && padding >= 0 && padding < rows))
    throw new ValueError({ op, problem: `paddingIdx ${paddingIdx} is out of range`, rule: `a row of ${rows}` });
  if (given !== null) return { weight: new Parameter(given), padding };
  const weight = new Parameter(empty(rows, size));
  normal_(weight);
  if (padding !== null) noGrad(() => weight.narrow(0, padding, 1).fill_(0));
  return { weight, padding };
};

interface GivenTable {
  /** @internal The table itself, in the place of one that is drawn. */
  weight?: Tensor | null | undefined;
}

interface FreezeOption {
  /** Whether the table is left as it is. Default true. */
  freeze?: boolean | undefined;
}

const sizesOf = (embeddings: Tensor): [number, number] => {
  if (embeddings.ndim === 2) return embeddings.shape as [number, number];
  throw new ShapeError({
    op: "fromPretrained",
    problem: "the table is no matrix",
    rule: "[numEmbeddings, embeddingDim]",
    args: { embeddings: embeddings.shape },
  });
};

/** Sizes, and the settings that are not the usual ones. */
const reprOfTable = (sizes: readonly number[], options: EmbeddingOptions): string => {
  const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false } = options;
  const rest = reprOf({
    paddingIdx: paddingIdx ?? undefined,
    maxNorm: maxNorm ?? undefined,
    normType: normType === 2 ? undefined : float(normType),
    scaleGradByFreq: scaleGradByFreq || undefined,
  });
  return [...sizes, ...(rest === "" ? [] : [rest])].join(", ");
};

/** Rows of a table that is learned. @shape [...S] int32 → [...S, embeddingDim] @source torch.nn.Embedding: normal */
export class Embedding extends Module {
  readonly weight: Parameter;
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly #options: EmbeddingOptions;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    { paddingIdx = null, weight: given = null, ...options }: EmbeddingOptions & GivenTable = {},
  ) {
    super();
    const { weight, padding } = tableOf("Embedding", numEmbeddings, embeddingDim, paddingIdx, given);
    this.weight = weight;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = padding;
    this.#options = options;
  }

  /** A layer of a table that is there already; `freeze` (default true) leaves it as it is. @source torch.nn.Embedding.from_pretrained */
  static fromPretrained(
    embeddings: Tensor,
    { freeze = true, ...options }: EmbeddingOptions & FreezeOption = {},
  ): Embedding {
    const [rows, size] = sizesOf(embeddings);
    return new Embedding(rows, size, { ...options, weight: embeddings }).requiresGrad_(!freeze);
  }

  override forward(index: Tensor): Tensor {
    return embedding(index, this.weight, { ...this.#options, paddingIdx: this.paddingIdx });
  }

  override extraRepr(): string {
    return reprOfTable([this.numEmbeddings, this.embeddingDim], { ...this.#options, paddingIdx: this.paddingIdx });
  }
}

type BagOptions = Omit<EmbeddingBagOptions, "offsets" | "perSampleWeights">;

/** Rows of a table, added up, averaged or compared bag by bag. @source torch.nn.EmbeddingBag: normal */
export class EmbeddingBag extends Module {
  readonly weight: Parameter;
  readonly #options: BagOptions;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    { paddingIdx = null, weight: given = null, ...options }: BagOptions & GivenTable = {},
  ) {
    super();
    const { weight, padding } = tableOf("EmbeddingBag", numEmbeddings, embeddingDim, paddingIdx, given);
    this.weight = weight;
    this.#options = { ...options, paddingIdx: padding };
  }

  /** A layer of a table that is there already; `freeze` (default true) leaves it as it is. @source torch.nn.EmbeddingBag.from_pretrained */
  static fromPretrained(
    embeddings: Tensor,
    { freeze = true, ...options }: BagOptions & FreezeOption = {},
  ): EmbeddingBag {
    const [rows, size] = sizesOf(embeddings);
    return new EmbeddingBag(rows, size, { ...options, weight: embeddings }).requiresGrad_(!freeze);
  }

  override forward(
    index: Tensor,
    offsets: Tensor | null = null,
    { perSampleWeights = null }: { perSampleWeights?: Tensor | null | undefined } = {},
  ): Tensor {
    return embeddingBag(index, this.weight, { ...this.#options, offsets, perSampleWeights });
  }

  override extraRepr(): string {
    const { mode = "mean", paddingIdx, ...options } = this.#options;
    const last = reprOf({ mode, paddingIdx: paddingIdx ?? undefined });
    return `${reprOfTable(this.weight.shape, options)}, ${last}`;
  }
}
