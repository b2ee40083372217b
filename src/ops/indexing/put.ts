import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reshape } from "../movement/reshape.js";
import { checkIndex, checkSameDtype } from "./checkIndex.js";
import { indexInto } from "./indexInto.js";

export interface AccumulateOptions {
  /** Add to what is there. Default false: of values for one place the last stays. */
  accumulate?: boolean | undefined;
}

/** A copy of x with source's elements at row-major places, which may be negative. @source torch.put */
export const put = (
  x: Tensor,
  index: Tensor,
  source: Tensor,
  { accumulate = false }: AccumulateOptions = {},
): Tensor => {
  checkSameDtype("put", x, source, "source");
  const n = x.numel();
  const places = checkIndex("put", index, { size: n, countsFromEnd: true });
  const count = places.numel();
  if (count !== source.numel()) {
    throw new ShapeError({
      op: "put",
      problem: "each place needs one element of the source",
      args: { index: index.shape, source: source.shape },
    });
  }
  const y = indexInto([reshape(x, [n]), reshape(places, [count]), reshape(source, [count])], {
    dim: 0,
    how: accumulate ? "sum" : "set",
  });
  return reshape(y, x.shape);
};
