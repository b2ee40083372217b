import { isFloating } from "../../backend/dtype.js";
import { DTypeError, IndexError } from "../../tensor/errors.js";
import { checkShape, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { div, remainder } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";

/**
 * The coordinates of flat indices in a shape, a tensor for each dimension.
 *
 * @shape indices [...S] → [...S] for each dimension
 * @throws IndexError for an index outside of the shape
 * @source torch.unravel_index
 */
export const unravelIndex = (indices: Tensor, shape: Shape): Tensor[] => {
  checkShape("unravelIndex", shape);
  if (isFloating(indices.dtype) || indices.dtype === "bool")
    throw new DTypeError({ op: "unravelIndex", problem: `the indices are ${indices.dtype}, not integers` });
  const count = shape.reduce((a, b) => a * b, 1);
  for (const index of indices.toTypedArray())
    if (index < 0 || index >= count)
      throw new IndexError({ op: "unravelIndex", problem: `${index} is outside of the shape`, args: { shape } });
  let rest = to(indices, "int32");
  const coordinates: Tensor[] = [];
  for (const size of shape.toReversed()) {
    coordinates.unshift(remainder(rest, size));
    rest = div(rest, size, { roundingMode: "floor" });
  }
  return coordinates;
};
