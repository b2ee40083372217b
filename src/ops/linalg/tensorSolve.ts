import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { movedim, reshape } from "../movement/reshape.js";
import { inv, solve } from "./solve.js";

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/**
 * X of tensordot(A, X, { dims: X.ndim }) = B.
 *
 * @shape A [...S, ...T] with as many elements in S as in T, B [...S] → X [...T]
 * @source torch.linalg.tensorsolve
 */
export const tensorsolve = (
  A: Tensor,
  B: Tensor,
  { dims = null }: { dims?: readonly number[] | null | undefined } = {},
): Tensor => {
  const turned =
    dims === null
      ? A
      : movedim(
          A,
          [...dims],
          [...dims.keys()].map((i) => A.ndim - dims.length + i),
        );
  const rest = turned.shape.slice(B.ndim);
  if (sizeOf(rest) !== B.numel()) {
    throw new ShapeError({
      op: "tensorsolve",
      problem: "the two sides of A do not have as many elements",
      rule: "A [...S, ...T], B [...S], as many elements in S as in T",
      args: { A: A.shape, B: B.shape },
    });
  }
  return reshape(solve(reshape(turned, [B.numel(), B.numel()]), reshape(B, [-1])), rest);
};

/**
 * The X with tensordot(X, A, { dims: ind }) an identity.
 *
 * @shape A [...S, ...T] with S the first `ind` dimensions → [...T, ...S]
 * @source torch.linalg.tensorinv
 */
export const tensorinv = (A: Tensor, { ind = 2 }: { ind?: number | undefined } = {}): Tensor => {
  if (!Number.isInteger(ind) || ind < 1)
    throw new ValueError({ op: "tensorinv", problem: `ind is ${ind}`, rule: "an integer from 1 up" });
  const [first, rest] = [A.shape.slice(0, ind), A.shape.slice(ind)];
  if (sizeOf(first) !== sizeOf(rest)) {
    throw new ShapeError({
      op: "tensorinv",
      problem: `the first ${ind} dimensions do not have as many elements as the others`,
      args: { A: A.shape },
    });
  }
  return reshape(inv(reshape(A, [sizeOf(first), sizeOf(rest)])), [...rest, ...first]);
};
