import { DTypeError, IndexError, ShapeError } from "../../tensor/errors.js";
import { observe } from "../../tensor/recorder.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add } from "../elementwise/arithmetic.js";
import { lt } from "../elementwise/compare.js";
import { where } from "../elementwise/where.js";

export interface IndexRule {
  /** How many places there are. */
  readonly size: number;
  /** Whether −1 is the last place. Default false: it is an error. */
  readonly countsFromEnd?: boolean;
}

/**
 * The index with negative places counted from the end.
 *
 * @throws DTypeError when it is not int32, IndexError for a place outside of the dimension
 */
export const checkIndex = (op: string, index: Tensor, { size, countsFromEnd = false }: IndexRule): Tensor => {
  if (index.dtype !== "int32") {
    throw new DTypeError({
      op,
      problem: `the index is ${index.dtype}, not int32`,
      hint: 'convert it: index.to("int32")',
    });
  }
  const lowest = countsFromEnd ? -size : 0;
  const { shape } = index;
  const hasNegative = observe(index, (places) => {
    let least = 0;
    for (const i of places) {
      if (i < lowest || i >= size) {
        throw new IndexError({
          op,
          problem: `index ${i} is out of range`,
          rule: size === 0 ? "there is no element" : `integers from ${lowest} to ${size - 1}`,
          args: { index: shape },
        });
      }
      if (i < least) least = i;
    }
    return least < 0;
  });
  return hasNegative ? where(lt(index, 0), add(index, size), index) : index;
};

/** @throws DTypeError when what is written does not have the dtype of what it is written into */
export const checkSameDtype = (op: string, x: Tensor, source: Tensor, name: string): void => {
  if (x.dtype === source.dtype) return;
  throw new DTypeError({
    op,
    problem: `${name} is ${source.dtype}, but the tensor is ${x.dtype}`,
    hint: `convert it: ${name}.to("${x.dtype}")`,
  });
};

/** @throws ShapeError when the index is neither a vector nor a scalar */
export const checkVector = (op: string, index: Tensor): void => {
  if (index.ndim > 1) throw new ShapeError({ op, problem: "takes a vector of indices", args: { index: index.shape } });
};
