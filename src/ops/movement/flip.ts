import { defineOp, type Op } from "../../autograd/defineOp.js";
import type { Backend } from "../../backend/backend.js";
import { ShapeError } from "../../tensor/errors.js";
import { normalizeDim, normalizeDims } from "../../tensor/shape.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { cat, listOf, reshape, type Sizes, transpose } from "./reshape.js";
import { narrow } from "./slice.js";

const flipDim = (k: Backend, y: Tensor, x: Tensor, dim: number): void => {
  const size = x.shape[dim] as number;
  const index = Tensor.empty([size], "int32");
  const places = elementsOf(index, "int32");
  for (let i = 0; i < size; i++) places[i] = size - 1 - i;
  k.indexSelect(y, x, index, dim);
  index.storage.release("flip");
};

const flip_: Op<readonly number[]> = defineOp<readonly number[]>({
  name: "flip",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x], dims) => {
    const out = y as Tensor;
    const last = dims.length - 1;
    let from = x as Tensor;
    if (last < 0) k.copy(out, from);
    dims.forEach((dim, i) => {
      const into = i === last ? out : Tensor.empty(out.shape, out.dtype);
      flipDim(k, into, from, dim);
      if (i > 0) from.storage.release("flip");
      from = into;
    });
  },
  backward: ([d], { attrs }) => [flip_([d as Tensor], attrs)],
});

/** The elements in reverse order along the dimensions, as a copy. @grad dY, flipped back @source torch.flip */
export const flip = (x: Tensor, ...dims: Sizes): Tensor => {
  const asked = listOf(dims);
  return flip_([x], asked.length === 0 ? [] : normalizeDims("flip", asked, x.ndim));
};

const needRank = (op: string, x: Tensor, rank: number): void => {
  if (x.ndim < rank)
    throw new ShapeError({
      op,
      problem: `takes at least ${rank} dimension${rank === 1 ? "" : "s"}`,
      args: { x: x.shape },
    });
};

/** Columns in reverse order. @source torch.fliplr */
export const fliplr = (x: Tensor): Tensor => {
  needRank("fliplr", x, 2);
  return flip(x, 1);
};

/** Rows in reverse order. @source torch.flipud */
export const flipud = (x: Tensor): Tensor => {
  needRank("flipud", x, 1);
  return flip(x, 0);
};

/** Elements moved on by `shifts` along `dims`, the last ones coming in first; without dims over all elements. @source torch.roll */
export const roll = (x: Tensor, shifts: number | readonly number[], dims: number | readonly number[] = []): Tensor => {
  const by = typeof shifts === "number" ? [shifts] : shifts;
  const along = typeof dims === "number" ? [dims] : dims;
  if (along.length === 0 && by.length === 1)
    return reshape(rollDim(reshape(x, [x.numel()]), by[0] as number, 0), x.shape);
  if (x.ndim === 0) throw new ShapeError({ op: "roll", problem: "a scalar has no dimension to roll along" });
  if (by.length !== along.length || by.length === 0 || !by.every(Number.isInteger)) {
    throw new ShapeError({
      op: "roll",
      problem: "each dimension needs one shift, an integer",
      args: { x: x.shape, shifts: by, dims: along },
    });
  }
  return by.reduce((y, shift, i) => rollDim(y, shift, normalizeDim("roll", along[i] as number, x.ndim)), x);
};

const rollDim = (x: Tensor, shift: number, dim: number): Tensor => {
  const size = x.shape[dim] as number;
  const start = size === 0 ? 0 : ((-shift % size) + size) % size;
  return cat([narrow(x, dim, start, size - start), narrow(x, dim, 0, start)], dim);
};

/** Turned by k · 90° in the plane of two dimensions, from the first towards the second. @source torch.rot90 */
export const rot90 = (x: Tensor, k = 1, dims: readonly number[] = [0, 1]): Tensor => {
  needRank("rot90", x, 2);
  const [a, b] = dims.map((d) => normalizeDim("rot90", d, x.ndim));
  if (dims.length !== 2 || a === undefined || b === undefined || a === b || !Number.isInteger(k))
    throw new ShapeError({
      op: "rot90",
      problem: "takes an integer and two different dimensions",
      args: { x: x.shape, dims },
    });
  const turns = ((k % 4) + 4) % 4;
  if (turns === 1) return transpose(flip(x, b), a, b);
  if (turns === 2) return flip(x, a, b);
  return turns === 3 ? flip(transpose(x, a, b), b) : flip(x, []);
};
