import { defineMultiOp, defineViews } from "../../autograd/defineOp.js";
import { IndexError, ShapeError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { cat, stack } from "./reshape.js";
import { sliceDim } from "./slice.js";

const dimToSplit = (op: string, x: Tensor, dim: number): number => {
  if (x.ndim === 0) throw new IndexError({ op, problem: "a scalar has no dimension to split", args: { x: x.shape } });
  return normalizeDim(op, dim, x.ndim);
};

interface Parts {
  readonly sizes: readonly number[];
  readonly dim: number;
}

/** Views beside each other along a dimension. Their gradients are put together once: each alone would be of x's whole size. */
const split_ = defineViews<Parts>({
  name: "split",
  views: ({ shape, strides, offset }, { sizes, dim }) => {
    let at = offset;
    return sizes.map((size) => {
      const part = { shape: shape.with(dim, size), strides, offset: at };
      at += size * (strides[dim] as number);
      return part;
    });
  },
  backward: (grads, { attrs }) => [cat(grads, attrs.dim)],
});

/** Views of `size` along a dimension, the last one smaller where it does not divide; or of the sizes given. @source torch.split */
export const split = (x: Tensor, size: number | readonly number[], dim = 0): Tensor[] => {
  const d = dimToSplit("split", x, dim);
  const total = x.shape[d] as number;
  const sizes = typeof size === "number" ? evenSizes(total, size) : size;
  if (sizes.reduce((a, b) => a + b, 0) !== total || sizes.some((s) => s < 0)) {
    throw new ShapeError({ op: "split", problem: `the sizes do not add up to ${total}`, args: { x: x.shape, sizes } });
  }
  return split_(x, { sizes, dim: d });
};

const copiedParts_ = defineMultiOp<Parts>({
  name: "copiedParts",
  shape: ([given], { sizes, dim }) => {
    const x = given as Tensor;
    return sizes.map((size) => ({ shape: x.shape.map((s, i) => (i === dim ? size : s)), dtype: x.dtype }));
  },
  forward: (k, parts, [given], { dim }) => {
    const x = given as Tensor;
    let at = x.offset;
    for (const part of parts) {
      k.copy(part, new Tensor(x.storage, part.shape, x.strides, at));
      at += (part.shape[dim] as number) * (x.strides[dim] as number);
    }
  },
  backward: (grads, { attrs }) => [cat(grads, attrs.dim)],
});

/** @internal Parts of the sizes given, each in memory of its own. */
export const copiedParts = (x: Tensor, sizes: readonly number[], dim: number): Tensor[] =>
  copiedParts_([x], { sizes, dim: normalizeDim("split", dim, x.ndim) });

const evenSizes = (total: number, size: number): number[] => {
  if (!Number.isInteger(size) || size <= 0) {
    if (size === 0 && total === 0) return [0];
    throw new ShapeError({ op: "split", problem: `${size} is not a size to split by`, rule: "an integer from 1 up" });
  }
  if (total === 0) return [0];
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => Math.min(size, total - i * size));
};

/** At most `chunks` parts of equal size, the last one smaller. @source torch.chunk */
export const chunk = (x: Tensor, chunks: number, dim = 0): Tensor[] => {
  if (!Number.isInteger(chunks) || chunks < 1)
    throw new ShapeError({ op: "chunk", problem: `${chunks} is not a number of parts`, rule: "an integer from 1 up" });
  const d = dimToSplit("chunk", x, dim);
  const total = x.shape[d] as number;
  // Of nothing there are as many parts as asked for, all empty.
  if (total === 0) return split(x, new Array<number>(chunks).fill(0), d);
  return split(x, Math.ceil(total / chunks), d);
};

const unbind_ = defineViews<number>({
  name: "unbind",
  views: ({ shape, strides, offset }, dim) =>
    Array.from({ length: shape[dim] as number }, (_, i) => ({
      shape: shape.toSpliced(dim, 1),
      strides: strides.toSpliced(dim, 1),
      offset: offset + i * (strides[dim] as number),
    })),
  backward: (grads, { attrs }) => [stack(grads, attrs)],
});

/** The slices of a dimension, each without it, as views. @source torch.unbind */
export const unbind = (x: Tensor, dim = 0): Tensor[] => {
  return unbind_(x, dimToSplit("unbind", x, dim));
};

/** A number of parts, or the positions to cut at. */
export type Sections = number | readonly number[] | Tensor;

/**
 * So many parts, the first ones larger by one where it does not divide; or the parts between positions, which may be negative
 * or out of range as in a slice.
 *
 * @source torch.tensor_split
 */
export const tensorSplit = (x: Tensor, sections: Sections, dim = 0): Tensor[] => {
  const d = dimToSplit("tensorSplit", x, dim);
  const size = x.shape[d] as number;
  const given = typeof sections === "object" && "toTypedArray" in sections ? positionsOf(sections) : sections;
  if (typeof given !== "number") {
    const cuts = [0, ...given, size];
    return cuts.slice(1).map((end, i) => sliceDim(x, d, { start: cuts[i], end }));
  }
  if (!Number.isInteger(given) || given < 1)
    throw new ShapeError({
      op: "tensorSplit",
      problem: `${given} is not a number of parts`,
      rule: "an integer from 1 up",
    });
  const larger = size % given;
  const length = Math.floor(size / given);
  return split_(x, { sizes: Array.from({ length: given }, (_, i) => length + (i < larger ? 1 : 0)), dim: d });
};

const positionsOf = (x: Tensor): number | number[] => {
  if (x.ndim > 1 || x.isFloatingPoint() || x.dtype === "bool")
    throw new ShapeError({
      op: "tensorSplit",
      problem: "positions are an integer scalar or vector",
      args: { positions: x.shape },
    });
  return x.ndim === 0 ? x.item() : Array.from(x.toTypedArray());
};

const splitEvenly = (op: string, x: Tensor, sections: number | readonly number[], dim: number): Tensor[] => {
  const size = x.shape[dim] as number;
  if (typeof sections === "number" && (sections < 1 || size % sections !== 0)) {
    throw new ShapeError({
      op,
      problem: `${size} elements do not make ${sections} equal parts`,
      args: { x: x.shape, dim: String(dim) },
      hint: "tensorSplit() makes unequal parts",
    });
  }
  return tensorSplit(x, sections, dim);
};

const needRank = (op: string, x: Tensor, rank: number): void => {
  if (x.ndim < rank) throw new ShapeError({ op, problem: `takes at least ${rank} dimensions`, args: { x: x.shape } });
};

/** Equal parts of the columns (of a vector's elements), or the parts between positions. @source torch.hsplit */
export const hsplit = (x: Tensor, sections: number | readonly number[]): Tensor[] => {
  needRank("hsplit", x, 1);
  return splitEvenly("hsplit", x, sections, x.ndim === 1 ? 0 : 1);
};

/** Equal parts of the rows, or the parts between positions. @source torch.vsplit */
export const vsplit = (x: Tensor, sections: number | readonly number[]): Tensor[] => {
  needRank("vsplit", x, 2);
  return splitEvenly("vsplit", x, sections, 0);
};

/** Equal parts of the third dimension, or the parts between positions. @source torch.dsplit */
export const dsplit = (x: Tensor, sections: number | readonly number[]): Tensor[] => {
  needRank("dsplit", x, 3);
  return splitEvenly("dsplit", x, sections, 2);
};
