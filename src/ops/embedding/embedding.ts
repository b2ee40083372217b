import { noGrad } from "../../autograd/mode.js";
import { isFloating } from "../../backend/dtype.js";
import { tensor, zeros } from "../../tensor/create.js";
import { DTypeError, IndexError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { eq } from "../elementwise/compare.js";
import { where } from "../elementwise/where.js";
import { checkIndex } from "../indexing/checkIndex.js";
import { indexSelect } from "../indexing/gather.js";
import { reshape, stack, unsqueeze } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { renorm } from "../reduce/norm.js";
import { amax, mean, sum } from "../reduce/reduce.js";

export interface EmbeddingOptions {
  /** This row gets no gradient; negative counts from the end. Default null. */
  paddingIdx?: number | null | undefined;
  /** Rows with a larger norm are scaled down to it, in place. Default null. */
  maxNorm?: number | null | undefined;
  /** The p of that norm. Default 2. */
  normType?: number | undefined;
  /** Divide each row's gradient by how often it was looked up. Default false. */
  scaleGradByFreq?: boolean | undefined;
  /** Gradients are always dense. */
  sparse?: boolean | undefined;
}

const checkIndices = (op: string, index: Tensor): void => {
  if (isFloating(index.dtype) || index.dtype === "bool")
    throw new DTypeError({
      op,
      problem: `the indices are ${index.dtype}, not int32`,
      hint: 'convert them: x.to("int32")',
    });
};

/** Scales the rows that are looked up down to maxNorm. */
const renormRows = (weight: Tensor, index: Tensor, maxNorm: number, normType: number): void =>
  noGrad(() => {
    const rows = [...new Set(Array.from(index.toTypedArray(), Number))];
    for (const row of rows) {
      const place = narrow(weight, 0, row, 1);
      place.copy_(renorm(place, normType, 0, maxNorm));
    }
  });

const rowOf = (op: string, paddingIdx: number | null, rows: number): number | null => {
  if (paddingIdx === null) return null;
  const row = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  if (Number.isInteger(row) && row >= 0 && row < rows) return row;
  throw new IndexError({ op, problem: `paddingIdx ${paddingIdx} is out of range`, rule: `a row of ${rows}` });
};

/**
 * Rows of a table.
 *
 * @shape index [...S] int32, weight [rows, D] → [...S, D]
 * @grad  added up in each row; none in the padding row
 * @throws IndexError for an index that is not a row
 * @source torch.nn.functional.embedding
 */
export const embedding = (
  index: Tensor,
  weight: Tensor,
  { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false }: EmbeddingOptions = {},
): Tensor => {
  checkIndices("embedding", index);
  if (weight.ndim !== 2)
    throw new ShapeError({
      op: "embedding",
      problem: "the table is no matrix",
      rule: "weight [rows, D]",
      args: { weight: weight.shape },
    });
  const padding = rowOf("embedding", paddingIdx, weight.shape[0] as number);
  const flat = reshape(index, [-1]);
  const places = checkIndex("embedding", to(flat, "int32"), { size: weight.shape[0] as number });
  if (maxNorm !== null) renormRows(weight, flat, maxNorm, normType);
  const rows = indexSelect(weight, 0, places);
  const counted = scaleGradByFreq ? scaledGradient(rows, flat) : rows;
  // The padding row's values pass, its gradient does not.
  const found = padding === null ? counted : where(unsqueeze(eq(flat, padding), 1), counted.detach(), counted);
  return reshape(found, [...index.shape, weight.shape[1] as number]);
};

/** The same rows, whose gradients are divided by how often each row is there. */
const scaledGradient = (rows: Tensor, index: Tensor): Tensor => {
  const places = Array.from(index.toTypedArray(), Number);
  const counts = new Map<number, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  const shares = tensor(
    Float64Array.from(places, (place) => 1 / (counts.get(place) as number)),
    { dtype: rows.dtype },
  );
  const scaled = mul(rows, unsqueeze(shares, 1));
  return scaled.add(rows.detach().sub(scaled.detach()));
};

export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Where each bag starts in a vector of indices. Default null: the rows of a matrix are bags. */
  offsets?: Tensor | null | undefined;
  /** Default "mean". */
  mode?: "sum" | "mean" | "max" | undefined;
  /** Factor of each row, for mode "sum". Default null. */
  perSampleWeights?: Tensor | null | undefined;
  /** The last offset is the end of the last bag. Default false. */
  includeLastOffset?: boolean | undefined;
}

/** Rows of a table, added up, averaged or compared bag by bag. @source torch.nn.functional.embedding_bag */
export const embeddingBag = (index: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor => {
  const {
    offsets = null,
    mode = "mean",
    perSampleWeights = null,
    includeLastOffset = false,
    paddingIdx = null,
  } = options;
  checkIndices("embeddingBag", index);
  if (perSampleWeights !== null && mode !== "sum")
    throw new ValueError({ op: "embeddingBag", problem: `mode is ${mode}`, rule: 'perSampleWeights need mode "sum"' });
  const D = weight.shape[1] as number;
  const padding = rowOf("embeddingBag", paddingIdx, weight.shape[0] as number);
  const starts = bagStarts(index, offsets, includeLastOffset);
  const flat = reshape(index, [-1]);
  const rows = embedding(flat, weight, { ...options, paddingIdx });
  const values = perSampleWeights === null ? rows : mul(rows, reshape(perSampleWeights, [-1, 1]));
  const places = Array.from(flat.toTypedArray(), Number);
  const bags = starts.slice(0, -1).map((start, i) => {
    const end = starts[i + 1] as number;
    const kept = Array.from({ length: end - start }, (_, j) => start + j).filter((at) => places[at] !== padding);
    if (kept.length === 0) return zeros([D], { dtype: weight.dtype });
    const bag =
      kept.length === end - start
        ? narrow(values, 0, start, end - start)
        : indexSelect(values, 0, tensor(Int32Array.from(kept)));
    return mode === "sum" ? sum(bag, 0) : mode === "mean" ? mean(bag, 0) : amax(bag, 0);
  });
  return bags.length === 0 ? zeros([0, D], { dtype: weight.dtype }) : stack(bags);
};

/** Where bags begin, and at last where the last one ends. */
const bagStarts = (index: Tensor, offsets: Tensor | null, includeLastOffset: boolean): number[] => {
  if (index.ndim === 2) {
    if (offsets !== null)
      throw new ValueError({
        op: "embeddingBag",
        problem: "a matrix of indices has its rows as bags",
        hint: "leave offsets out",
      });
    const [N, size] = index.shape as [number, number];
    return Array.from({ length: N + 1 }, (_, i) => i * size);
  }
  if (index.ndim !== 1 || offsets?.ndim !== 1) {
    throw new ShapeError({
      op: "embeddingBag",
      problem: "the bags are not known",
      rule: "a matrix of indices, or a vector with offsets",
      args: { index: index.shape },
    });
  }
  const starts = Array.from(offsets.toTypedArray(), Number);
  if ((starts[0] ?? 0) !== 0 || starts.some((start, i) => start > index.numel() || start < (starts[i - 1] ?? 0)))
    throw new ValueError({
      op: "embeddingBag",
      problem: "the offsets do not fit",
      rule: "from 0, not falling, within the indices",
    });
  return includeLastOffset ? starts : [...starts, index.numel()];
};

/** 1 at each class, 0 elsewhere, int32. @shape x [...S] → [...S, numClasses] @source torch.nn.functional.one_hot */
export const oneHot = (x: Tensor, { numClasses = -1 }: { numClasses?: number | undefined } = {}): Tensor => {
  if (isFloating(x.dtype) || x.dtype === "bool")
    throw new DTypeError({ op: "oneHot", problem: `classes are integers, not ${x.dtype}` });
  if (x.numel() === 0 && numClasses <= 0)
    throw new ValueError({ op: "oneHot", problem: "the number of classes of an empty tensor is not known" });
  const values = Array.from(x.toTypedArray(), Number);
  const most = values.reduce((a, b) => Math.max(a, b), -1);
  const C = numClasses === -1 ? most + 1 : numClasses;
  for (const value of values)
    if (value < 0 || value >= C)
      throw new ValueError({
        op: "oneHot",
        problem: `${value} is no class`,
        rule: `from 0 to ${C - 1}`,
        args: { x: x.shape },
      });
  const classes = tensor(Int32Array.from({ length: C }, (_, i) => i));
  return to(eq(unsqueeze(x, -1), classes), "int32");
};
