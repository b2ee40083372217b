import { noGrad } from "../../autograd/mode.js";
import { ShapeError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clamp } from "../elementwise/clamp.js";
import { eq, isnan, logicalNot, ne } from "../elementwise/compare.js";
import { where } from "../elementwise/where.js";
import { gather } from "../indexing/gather.js";
import { cat, reshape } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { argsort } from "../sort/sort.js";
import { atLeast1d, foundAmongAll, type OneDimOptions, pick, type ValuesAndIndices } from "./extremum.js";
import { any, argmax, type DimOr, optionsOf, sum } from "./reduce.js";

/** All elements, or along a dimension. */
export interface Middle {
  (x: Tensor): Tensor;
  (x: Tensor, dim: number, options?: { keepdim?: boolean | undefined }): ValuesAndIndices;
  (x: Tensor, options: OneDimOptions & { dim: number }): ValuesAndIndices;
  (x: Tensor, options: Record<string, never>): Tensor;
}

/** Places [.., 1, ..] of the lower median along d. */
const middlePlaces = (x: Tensor, d: number, skipsNaN: boolean): Tensor => {
  const order = argsort(x, { dim: d });
  const size = x.shape[d] as number;
  if (skipsNaN) {
    const count = sum(logicalNot(isnan(x)), { dim: d, keepdim: true });
    return gather(order, d, to(div(clamp(sub(count, 1), { min: 0 }), 2, { roundingMode: "floor" }), "int32"));
  }
  const middle = narrow(order, d, Math.floor((size - 1) / 2), 1);
  const isNaNThere = isnan(x);
  return where(
    any(isNaNThere, { dim: d, keepdim: true }),
    argmax(to(isNaNThere, "int32"), d, { keepdim: true }),
    middle,
  );
};

const defineMiddle = (name: string, skipsNaN: boolean): Middle =>
  ((x: Tensor, dimOr?: DimOr<OneDimOptions>, options?: OneDimOptions) => {
    const { dim, keepdim = false } = optionsOf(dimOr, options);
    if (dim === undefined || dim === null) {
      if (x.numel() === 0)
        throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
      const flat = reshape(x, [-1]).contiguous();
      return foundAmongAll(
        flat,
        reshape(
          noGrad(() => middlePlaces(flat.detach(), 0, skipsNaN)),
          [],
        ),
      );
    }
    const d = normalizeDim(name, dim, x.ndim);
    if (x.ndim > 0 && x.shape[d] === 0)
      throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
    const places = noGrad(() => middlePlaces(atLeast1d(x.detach()), d, skipsNaN));
    return pick(x, d, x.ndim === 0 ? reshape(places, []) : places, keepdim);
  }) as Middle;

/** The middle element, the lower of two; NaN wins. @grad to the place that was found; of all elements, shared between equals @source torch.median */
export const median: Middle = defineMiddle("median", false);
/** The middle element that is no NaN. @source torch.nanmedian */
export const nanmedian: Middle = defineMiddle("nanmedian", true);

/** The most frequent element of a dimension, the smallest of several, and its last place. @source torch.mode */
export const mode = (x: Tensor, { dim = -1, keepdim = false }: OneDimOptions = {}): ValuesAndIndices => {
  const d = normalizeDim("mode", dim, x.ndim);
  if (x.ndim === 0) return pick(x, 0, to(ne(x.detach(), x.detach()), "int32"), keepdim);
  const size = x.shape[d] as number;
  if (size === 0)
    throw new ShapeError({ op: "mode", problem: "there is no element to choose from", args: { x: x.shape } });
  const places = noGrad(() => {
    const order = argsort(x.detach(), { dim: d });
    const sorted = gather(x.detach(), d, order);
    // How long the run of equals is that ends at each place: the longest wins, the first of several.
    const runs = runLengths(sorted, d);
    return gather(order, d, argmax(runs, d, { keepdim: true }));
  });
  return pick(x, d, places, keepdim);
};

const runLengths = (sorted: Tensor, d: number): Tensor => {
  const size = sorted.shape[d] as number;
  let length = to(eq(narrow(sorted, d, 0, 1), narrow(sorted, d, 0, 1)), "int32");
  const all = [length];
  for (let i = 1; i < size; i++) {
    const isSame = to(eq(narrow(sorted, d, i, 1), narrow(sorted, d, i - 1, 1)), "int32");
    length = add(mul(length, isSame), 1);
    all.push(length);
  }
  return cat(all, d);
};
