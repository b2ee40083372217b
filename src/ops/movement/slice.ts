import { defineOp, defineView } from "../../autograd/defineOp.js";
import { IndexError, ShapeError } from "../../tensor/errors.js";
import { type Geometry, normalizeDim } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";

/** A region of a tensor as a view; its gradient is 0 outside of the region. */
const region_ = defineView<readonly Step[]>({
  name: "slice",
  view: (x, steps) => {
    const { shape, strides, offset } = geometryOf(x.strides, steps);
    return { shape, strides, offset: x.offset + offset };
  },
  backward: ([d], { attrs, inputMeta }) => [
    regionBackward([d as Tensor], { whole: (inputMeta[0] as Tensor).shape, steps: attrs }),
  ],
});

/** For each dimension of x: first element, step, and how many; a dropped dimension (select) has count −1. */
export interface Step {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

const geometryOf = (strides: readonly number[], steps: readonly Step[]): Geometry => {
  const kept = steps.map((step, i) => ({ ...step, stride: strides[i] as number }));
  return {
    shape: kept.filter(({ count }) => count >= 0).map(({ count }) => count),
    strides: kept.filter(({ count }) => count >= 0).map(({ step, stride }) => step * stride),
    offset: kept.reduce((sum, { start, stride, count }) => sum + (count === 0 ? 0 : start * stride), 0),
  };
};

/** Zeros of x's shape with dY in the region: the gradient of a slice, and its own gradient is the slice. */
const regionBackward = defineOp<{ whole: readonly number[]; steps: readonly Step[] }>({
  name: "sliceBackward",
  shape: ([d], { whole }) => ({ shape: whole, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d], { steps }) => {
    const out = dX as Tensor;
    k.fill(out, 0);
    const { shape, strides, offset } = geometryOf(out.strides, steps);
    k.copy(new Tensor(out.storage, shape, strides, offset), d as Tensor);
  },
  backward: ([dd], { attrs }) => [region(dd as Tensor, attrs.steps)],
});

/** @internal The elements of x that `steps` name, as a view. */
export const region = (x: Tensor, steps: readonly Step[]): Tensor => region_(x, steps);

const everything = (x: Tensor): Step[] => x.shape.map((count) => ({ start: 0, step: 1, count }));

/** `length` elements of dimension `dim` from `start` on, as a view. @source torch.narrow */
export const narrow = (x: Tensor, dim: number, start: number, length: number): Tensor => {
  const d = normalizeDim("narrow", dim, x.ndim);
  const size = x.shape[d] ?? 0;
  const from = start < 0 ? start + size : start;
  if (
    x.ndim === 0 ||
    length < 0 ||
    from < 0 ||
    from + length > size ||
    !Number.isInteger(from) ||
    !Number.isInteger(length)
  ) {
    throw new IndexError({
      op: "narrow",
      problem: `elements ${start} to ${start + length} are not all there`,
      rule: `0 ≤ start, start + length ≤ ${size}`,
      args: { x: x.shape, dim: String(dim), start: String(start), length: String(length) },
    });
  }
  return region(x, everything(x).with(d, { start: from, step: 1, count: length }));
};

/** Slice `index` of dimension `dim`, which goes. @shape x [..., S, ...] → y [..., ...] @source torch.select */
export const select = (x: Tensor, dim: number, index: number): Tensor => {
  if (x.ndim === 0) throw new ShapeError({ op: "select", problem: "a scalar has no dimension to select from" });
  const d = normalizeDim("select", dim, x.ndim);
  const size = x.shape[d] as number;
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new IndexError({
      op: "select",
      problem: `index ${index} is out of range`,
      rule: `an integer from ${-size} to ${size - 1} for dimension ${d} of size ${size}`,
      args: { x: x.shape },
    });
  }
  return region(x, everything(x).with(d, { start: index < 0 ? index + size : index, step: 1, count: -1 }));
};

/** Parts of `size` along a dimension, the last one smaller where it does not divide; or parts of the sizes given. @source torch.split */
export const split = (x: Tensor, size: number | readonly number[], dim = 0): Tensor[] => {
  const d = normalizeDim("split", dim, x.ndim);
  const total = x.shape[d] as number;
  const sizes = typeof size === "number" ? evenSizes(total, size) : size;
  if (sizes.reduce((a, b) => a + b, 0) !== total || sizes.some((s) => s < 0)) {
    throw new ShapeError({ op: "split", problem: `the sizes do not add up to ${total}`, args: { x: x.shape, sizes } });
  }
  let at = 0;
  return sizes.map((length) => {
    const part = narrow(x, d, at, length);
    at += length;
    return part;
  });
};

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
  const d = normalizeDim("chunk", dim, x.ndim);
  return split(x, Math.max(1, Math.ceil((x.shape[d] as number) / chunks)), d);
};

/** The slices of a dimension, each without it. @source torch.unbind */
export const unbind = (x: Tensor, dim = 0): Tensor[] => {
  const d = normalizeDim("unbind", dim, x.ndim);
  return Array.from({ length: x.shape[d] as number }, (_, i) => select(x, d, i));
};
