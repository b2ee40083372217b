import { isFloating } from "../../backend/dtype.js";
import { tensor } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { observe } from "../../tensor/recorder.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clamp } from "../elementwise/clamp.js";
import { isnan, logicalNot } from "../elementwise/compare.js";
import { ceil, floor, round } from "../elementwise/rounding.js";
import { where } from "../elementwise/where.js";
import { gather } from "../indexing/gather.js";
import { expand } from "../movement/broadcast.js";
import { movedim, reshape, squeeze, unsqueeze } from "../movement/reshape.js";
import { sort } from "../sort/sort.js";
import { any, sum } from "./reduce.js";

export interface QuantileOptions {
  /** Default all elements. */
  dim?: number | null | undefined;
  keepdim?: boolean | undefined;
  /** What to do between two elements. Default "linear". */
  interpolation?: "linear" | "lower" | "higher" | "midpoint" | "nearest" | undefined;
}

const defineQuantile =
  (name: string, skipsNaN: boolean) =>
  (
    x: Tensor,
    q: Tensor | number,
    { dim = null, keepdim = false, interpolation = "linear" }: QuantileOptions = {},
  ): Tensor => {
    if (!isFloating(x.dtype)) throw new DTypeError({ op: name, problem: `the tensor is ${x.dtype}, not a float` });
    const shares = typeof q === "number" ? tensor(q, { dtype: x.dtype }) : q;
    if (shares.dtype !== x.dtype)
      throw new DTypeError({ op: name, problem: "q has another dtype", args: { x: x.dtype, q: shares.dtype } });
    if (shares.ndim > 1)
      throw new ShapeError({ op: name, problem: "q is a number or a vector", args: { x: x.shape, q: shares.shape } });
    observe(shares, (elements) => {
      for (const share of elements)
        if (!(share >= 0 && share <= 1))
          throw new ValueError({ op: name, problem: `q is ${share}`, rule: "from 0 to 1" });
    });
    if (x.numel() === 0) throw new ShapeError({ op: name, problem: "the tensor is empty", args: { x: x.shape } });
    const d = dim === null ? 0 : normalizeDim(name, dim, x.ndim);
    const rows = dim === null || x.ndim === 0 ? reshape(x, [-1]) : movedim(x, d, -1);
    const ranks = ranksOf(rows.detach(), shares, skipsNaN);
    const sorted = sort(rows).values;
    const at = (places: Tensor): Tensor => gather(sorted, -1, to(places, "int32"));
    const [below, above] = [floor(ranks), ceil(ranks)];
    const between = (): Tensor => {
      if (interpolation === "lower") return at(below);
      if (interpolation === "higher") return at(above);
      if (interpolation === "nearest") return at(round(ranks));
      const share = interpolation === "midpoint" ? 0.5 : sub(ranks, below);
      const [a, b] = [at(below), at(above)];
      if (interpolation === "midpoint" || interpolation === "linear") return add(a, mul(sub(b, a), share));
      throw new ValueError({
        op: name,
        problem: `interpolation ${String(interpolation)} is not known`,
        rule: "linear, lower, higher, midpoint or nearest",
      });
    };
    // [rest…, q] → [q, rest…], with the reduced dimension back where it is kept.
    const found = movedim(between(), -1, 0);
    const kept = !keepdim
      ? found
      : dim === null
        ? reshape(found, [shares.numel(), ...x.shape.map(() => 1)])
        : x.ndim === 0
          ? found
          : unsqueeze(found, d + 1);
    return shares.ndim === 0 ? squeeze(kept, 0) : kept;
  };

/** Places between sorted elements, [...rows, q]; a row with NaN points at it, since it sorts last. */
const ranksOf = (rows: Tensor, shares: Tensor, skipsNaN: boolean): Tensor => {
  const size = rows.shape.at(-1) as number;
  const q = reshape(shares, [-1]);
  const shape = [...rows.shape.slice(0, -1), q.numel()];
  if (skipsNaN) {
    const last = clamp(sub(sum(logicalNot(isnan(rows)), { dim: -1, keepdim: true }), 1), { min: 0 });
    return mul(expand(to(last, rows.dtype), shape), q);
  }
  const hasNaN = any(isnan(rows), { dim: -1, keepdim: true });
  return where(hasNaN, size - 1, expand(mul(q, size - 1), shape));
};

/** The value below which a share q of the elements lies. @source torch.quantile */
export const quantile = defineQuantile("quantile", false);
/** The quantile of what is no NaN. @source torch.nanquantile */
export const nanquantile = defineQuantile("nanquantile", true);
