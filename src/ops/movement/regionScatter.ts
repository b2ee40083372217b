import { ShapeError } from "../../tensor/errors.js";
import { sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { clone } from "../elementwise/cast.js";
import { copy_ } from "../inPlace.js";
import { type AsStridedOptions, asStrided } from "./asStrided.js";
import { type DiagonalOptions, diagonal } from "./diagonal.js";
import { type SliceOptions, select, sliceDim } from "./slice.js";

/** A copy of x in which the region holds src: dX is dY outside of the region, dSrc is dY inside. */
const withRegion = (op: string, x: Tensor, src: Tensor, regionOf: (x: Tensor) => Tensor): Tensor => {
  const y = clone(x);
  const place = regionOf(y);
  if (!sameShape(place.shape, src.shape))
    throw new ShapeError({
      op,
      problem: "src does not have the region's shape",
      args: { region: place.shape, src: src.shape },
    });
  copy_(place, src);
  return y;
};

/** A copy of x with src in slice `index` of dimension `dim`. @source torch.select_scatter */
export const selectScatter = (x: Tensor, src: Tensor, dim: number, index: number): Tensor =>
  withRegion("selectScatter", x, src, (y) => select(y, dim, index));

export interface SliceScatterOptions extends SliceOptions {
  /** Default 0. */
  dim?: number | undefined;
}

/** A copy of x with src in the elements start, start + step, … of dimension `dim`. @source torch.slice_scatter */
export const sliceScatter = (x: Tensor, src: Tensor, { dim = 0, ...range }: SliceScatterOptions = {}): Tensor =>
  withRegion("sliceScatter", x, src, (y) => sliceDim(y, dim, range));

/** A copy of x with src on a diagonal. @source torch.diagonal_scatter */
export const diagonalScatter = (x: Tensor, src: Tensor, options: DiagonalOptions = {}): Tensor =>
  withRegion("diagonalScatter", x, src, (y) => diagonal(y, options));

/** A copy of x with src where such a view of it lies. @source torch.as_strided_scatter */
export const asStridedScatter = (
  x: Tensor,
  src: Tensor,
  size: readonly number[],
  stride: readonly number[],
  options: AsStridedOptions = {},
): Tensor => withRegion("asStridedScatter", x, src, (y) => asStrided(y, size, stride, options));
