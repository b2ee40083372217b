import { defineView } from "../../autograd/defineOp.js";
import { moveStrided } from "../../autograd/strided.js";
import { contiguousStrides, type Geometry, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** @internal A row-major tensor in a storage of its own. */
export const packedGeometry = (shape: Shape): Geometry => ({ shape, strides: contiguousStrides(shape), offset: 0 });

/**
 * Defines a view by where its elements lie among those of x. The gradient lays dY there among zeros, and sums where elements of
 * the view share a place.
 */
export const defineStridedView = <A>(
  name: string,
  rule: (x: Geometry, attrs: A) => Geometry,
): ((x: Tensor, attrs: A) => Tensor) =>
  defineView<A>({
    name,
    view: (x, attrs) => rule(x, attrs),
    backward: ([d], { attrs, inputMeta }) => {
      const { shape, dtype } = inputMeta[0] as Tensor;
      const packed = packedGeometry(shape);
      return [moveStrided([d as Tensor], { from: rule(packed, attrs), to: packed, dtype, shared: null })];
    },
  });
