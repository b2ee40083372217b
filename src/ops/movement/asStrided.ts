import { asStridedView, geometryOf } from "../../autograd/strided.js";
import { ShapeError } from "../../tensor/errors.js";
import { checkShape, extentOf, isSize, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface AsStridedOptions {
  /** Elements of the storage before the first. Default: x's own. */
  storageOffset?: number | null | undefined;
}

/**
 * A view of x's whole storage with any shape and strides, which may make elements share places.
 *
 * @grad dY where x lies, summed where elements share a place
 * @throws ShapeError when it would reach outside of the storage, and for negative strides
 * @source torch.as_strided
 */
export const asStrided = (x: Tensor, size: Shape, stride: Shape, options: AsStridedOptions = {}): Tensor => {
  checkShape("asStrided", size);
  const offset = options.storageOffset ?? x.offset;
  const view = { shape: [...size], strides: [...stride], offset };
  const isLegal = size.length === stride.length && stride.every(isSize) && isSize(offset);
  if (!isLegal || extentOf(view) > x.storage.length) {
    throw new ShapeError({
      op: "asStrided",
      problem: isLegal ? "the view reaches outside of the storage" : "the strides do not fit the shape",
      rule: `one stride from 0 up for each size; ${x.storage.length} elements are there`,
      args: { size, stride, storageOffset: String(offset) },
    });
  }
  return asStridedView(x, { view, base: geometryOf(x) });
};
