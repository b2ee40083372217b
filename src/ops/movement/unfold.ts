import { ShapeError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineStridedView } from "./defineStridedView.js";
import { reshape } from "./reshape.js";
import { narrow } from "./slice.js";

const unfold_ = defineStridedView<{ dim: number; size: number; step: number }>("unfold", (x, { dim, size, step }) => {
  const count = Math.floor(((x.shape[dim] as number) - size) / step) + 1;
  const stride = x.strides[dim] as number;
  return {
    shape: [...x.shape.with(dim, count), size],
    strides: [...x.strides.with(dim, stride * step), stride],
    offset: x.offset,
  };
});

/**
 * Windows of `size` elements along a dimension, one every `step`, as a view: they become a new last dimension.
 *
 * @shape x [..., S, ...] → y [..., ⌊(S − size) / step⌋ + 1, ..., size]
 * @grad  dY, summed where windows overlap
 * @source torch.Tensor.unfold
 */
export const unfold = (x: Tensor, dimension: number, size: number, step: number): Tensor => {
  const dim = normalizeDim("unfold", dimension, x.ndim);
  const length = x.shape[dim] ?? 1;
  if (!Number.isInteger(size) || !Number.isInteger(step) || size < 0 || size > length || step < 1) {
    throw new ShapeError({
      op: "unfold",
      problem: "there is no such window",
      rule: `size is an integer from 0 to ${length}, step one from 1 up`,
      args: { x: x.shape, size: String(size), step: String(step) },
    });
  }
  return x.ndim === 0 ? narrow(reshape(x, [1]), 0, 0, size) : unfold_(x, { dim, size, step });
};
