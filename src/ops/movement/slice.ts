import { defineOp, defineView } from "../../autograd/defineOp.js";
import { IndexError, ShapeError, ValueError } from "../../tensor/errors.js";
import { type Geometry, normalizeDim } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { clone } from "../elementwise/cast.js";

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

/** One loop without objects in between: taking a batch out of a large tensor is part of every step of a training. */
const geometryOf = (strides: readonly number[], steps: readonly Step[]): Geometry => {
  const shape: number[] = [];
  const kept: number[] = [];
  let offset = 0;
  for (let d = 0; d < steps.length; d++) {
    const { start, step, count } = steps[d] as Step;
    const stride = strides[d] as number;
    if (count !== 0) offset += start * stride;
    if (count < 0) continue;
    shape.push(count);
    kept.push(step * stride);
  }
  return { shape, strides: kept, offset };
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

export const everything = (x: Tensor): Step[] => x.shape.map((count) => ({ start: 0, step: 1, count }));

/** `length` elements of dimension `dim` from `start` on (a number, or an integer scalar), as a view. @source torch.narrow */
export const narrow = (x: Tensor, dim: number, start: number | Tensor, length: number): Tensor => {
  const d = normalizeDim("narrow", dim, x.ndim);
  const size = x.shape[d] ?? 0;
  const first = typeof start === "number" ? start : positionOf("narrow", start);
  const from = first < 0 ? first + size : first;
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
      problem: `elements ${first} to ${first + length} are not all there`,
      rule: `0 ≤ start, start + length ≤ ${size}`,
      args: { x: x.shape, dim: String(dim), start: String(first), length: String(length) },
    });
  }
  return region(x, everything(x).with(d, { start: from, step: 1, count: length }));
};

/** A position given as a scalar tensor. */
const positionOf = (op: string, x: Tensor): number => {
  if (x.ndim === 0 && (x.dtype === "int32" || x.dtype === "uint8")) return x.item();
  throw new ShapeError({
    op,
    problem: `a position is a number or an integer scalar, not ${x.dtype}`,
    args: { start: x.shape },
  });
};

/** As narrow, as a copy. @source torch.narrow_copy */
export const narrowCopy = (x: Tensor, dim: number, start: number | Tensor, length: number): Tensor =>
  clone(narrow(x, dim, start, length));

export interface SliceOptions {
  /** First element; counted from the end when negative. Default the first. */
  start?: number | null | undefined;
  /** Element before which it ends; counted from the end when negative. Default after the last. */
  end?: number | null | undefined;
  /** Default 1. */
  step?: number | null | undefined;
}

/** Where start : end : step leads in a dimension of that size, as in Python: what is out of range is cut off. */
export const stepOf = (op: string, size: number, { start, end, step }: SliceOptions): Step => {
  const by = step ?? 1;
  const bounds = [start ?? 0, end ?? size];
  if (!Number.isInteger(by) || by < 1 || !bounds.every(Number.isInteger)) {
    throw new ValueError({
      op,
      problem: `${String(start ?? "")}:${String(end ?? "")}:${by} is not a slice`,
      rule: "integers, with a step from 1 up",
      hint: "flip() goes backwards",
    });
  }
  const [from, to] = bounds.map((i) => Math.min(Math.max(i < 0 ? i + size : i, 0), size)) as [number, number];
  return { start: from, step: by, count: Math.max(0, Math.ceil((to - from) / by)) };
};

/** @internal Elements start, start + step, … before end of a dimension, as a view. */
export const sliceDim = (x: Tensor, dim: number, range: SliceOptions): Tensor => {
  const d = normalizeDim("slice", dim, x.ndim);
  if (x.ndim === 0)
    throw new ShapeError({ op: "slice", problem: "a scalar has no dimension to slice", args: { x: [] } });
  return region(x, everything(x).with(d, stepOf("slice", x.shape[d] as number, range)));
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
