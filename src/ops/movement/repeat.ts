import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { checkShape, normalizeDim } from "../../tensor/shape.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { indexSelect } from "../indexing/gather.js";
import { expand } from "./broadcast.js";
import { listOf, reshape, type Sizes, unsqueeze } from "./reshape.js";

/**
 * Copies of x side by side: so many along each dimension.
 *
 * @shape x [...S], repeats [n₀, n₁, …] (at least as many as dimensions) → y [n₀ · S₀, …]
 * @grad  dY summed over the copies
 * @source torch.Tensor.repeat
 */
export const repeat = (x: Tensor, ...repeats: Sizes): Tensor => {
  const times = listOf(repeats);
  checkShape("repeat", times);
  const lead = times.length - x.ndim;
  if (lead < 0) {
    throw new ShapeError({
      op: "repeat",
      problem: `${x.ndim} dimensions need at least as many numbers of copies, not ${times.length}`,
      args: { x: x.shape, repeats: times },
    });
  }
  const shape = [...new Array<number>(lead).fill(1), ...x.shape];
  const apart = reshape(
    x,
    shape.flatMap((size) => [1, size]),
  );
  const repeated = expand(
    apart,
    shape.flatMap((size, i) => [times[i] as number, size]),
  );
  return reshape(
    repeated,
    shape.map((size, i) => size * (times[i] as number)),
  );
};

/** As repeat; missing numbers of copies count as 1. @source torch.tile */
export const tile = (x: Tensor, ...dims: Sizes): Tensor => {
  const times = listOf(dims);
  return repeat(x, [...new Array<number>(Math.max(0, x.ndim - times.length)).fill(1), ...times]);
};

export interface RepeatInterleaveOptions {
  /** Default: all dimensions as one. */
  dim?: number | null | undefined;
  /** The size that the result must have. */
  outputSize?: number | null | undefined;
}

/**
 * Each slice repeated in place: so many times all, or each by its own number. With only a tensor of numbers, the indices
 * repeated so.
 *
 * @grad dY summed over the copies
 * @source torch.repeat_interleave
 * @example repeatInterleave(tensor([1, 2]), tensor([2, 1])).toArray() // [1, 1, 2]
 */
export const repeatInterleave = (
  x: Tensor,
  repeats?: number | Tensor | RepeatInterleaveOptions,
  { dim = null, outputSize = null }: RepeatInterleaveOptions = {},
): Tensor => {
  if (typeof repeats !== "number" && !(repeats instanceof Tensor)) return indicesFor(x, repeats?.outputSize ?? null);
  if (dim === null) return repeatInterleave(reshape(x, [x.numel()]), repeats, { dim: 0, outputSize });
  const d = normalizeDim("repeatInterleave", dim, x.ndim);
  if (x.ndim === 0) return repeatInterleave(reshape(x, [1]), repeats, { dim: 0, outputSize });
  const size = x.shape[d] as number;
  const times = typeof repeats === "number" ? repeats : repeats.numel() === 1 ? countsOf(repeats)[0] : undefined;
  if (times === undefined) {
    const counts = repeats as Tensor;
    if (counts.ndim !== 1 || counts.numel() !== size) {
      throw new ShapeError({
        op: "repeatInterleave",
        problem: `${size} slices need one number, or ${size} of them`,
        args: { x: x.shape, repeats: counts.shape },
      });
    }
    return indexSelect(x, d, indicesFor(counts, outputSize));
  }
  checkShape("repeatInterleave", [times]);
  checkOutputSize(size * times, outputSize);
  const apart = unsqueeze(x, d + 1);
  return reshape(expand(apart, apart.shape.with(d + 1, times)), x.shape.with(d, size * times));
};

const countsOf = (repeats: Tensor): number[] => {
  if (repeats.dtype !== "int32" && repeats.dtype !== "uint8") {
    throw new DTypeError({
      op: "repeatInterleave",
      problem: `repeats are ${repeats.dtype}, not int32`,
      hint: 'convert them: repeats.to("int32")',
    });
  }
  const counts = Array.from(repeats.toTypedArray());
  if (counts.some((n) => n < 0))
    throw new ValueError({ op: "repeatInterleave", problem: "repeats cannot be negative" });
  return counts;
};

const checkOutputSize = (n: number, outputSize: number | null): void => {
  if (outputSize !== null && outputSize !== n)
    throw new ShapeError({
      op: "repeatInterleave",
      problem: `the result has ${n} slices, not outputSize = ${outputSize}`,
    });
};

/** Index i, repeats[i] times, for each i. */
const indicesFor = (repeats: Tensor, outputSize: number | null): Tensor => {
  if (repeats.ndim !== 1)
    throw new ShapeError({ op: "repeatInterleave", problem: "repeats are a vector", args: { repeats: repeats.shape } });
  const counts = countsOf(repeats);
  const n = counts.reduce((a, b) => a + b, 0);
  checkOutputSize(n, outputSize);
  const index = Tensor.empty([n], "int32");
  const places = elementsOf(index, "int32");
  let at = 0;
  for (const [i, count] of counts.entries()) {
    places.fill(i, at, at + count);
    at += count;
  }
  return index;
};
