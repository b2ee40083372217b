import { ShapeError, ValueError } from "../../tensor/errors.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { logicalXor } from "../elementwise/compare.js";
import { cat, reshape } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { cumsum } from "./cumulative.js";
import { sum } from "./reduce.js";

export interface DiffOptions {
  /** How often. Default 1. */
  n?: number | undefined;
  /** Default −1. */
  dim?: number | undefined;
  /** Put in front of x first. */
  prepend?: Tensor | null | undefined;
  /** Put behind x first. */
  append?: Tensor | null | undefined;
}

/** Each element less the one before. @source torch.diff */
export const diff = (x: Tensor, { n = 1, dim = -1, prepend = null, append = null }: DiffOptions = {}): Tensor => {
  if (x.ndim === 0)
    throw new ShapeError({ op: "diff", problem: "a scalar has nothing before it", args: { x: x.shape } });
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError({ op: "diff", problem: `n is ${n}`, rule: "an integer from 0 up" });
  const d = normalizeDim("diff", dim, x.ndim);
  if (n === 0) return x;
  let y =
    prepend === null && append === null
      ? x
      : cat(
          [prepend, x, append].filter((part) => part !== null),
          d,
        );
  for (let i = 0; i < n && (y.shape[d] as number) > 0; i++) {
    const rest = (y.shape[d] as number) - 1;
    const [after, before] = [narrow(y, d, 1, rest), narrow(y, d, 0, rest)];
    y = y.dtype === "bool" ? logicalXor(after, before) : sub(after, before);
  }
  return y;
};

export interface TrapezoidOptions {
  /** Distance of the points, where x is not given. Default 1. */
  dx?: number | undefined;
  /** Default −1. */
  dim?: number | undefined;
}

/** The areas between neighbours along d. */
const areas = (y: Tensor, x: Tensor | null, d: number, dx: number): Tensor => {
  const rest = Math.max((y.shape[d] as number) - 1, 0);
  const heights = add(narrow(y, d, Math.min(1, y.shape[d] as number), rest), narrow(y, d, 0, rest));
  if (x === null) return mul(heights, dx / 2);
  const gaps = diff(x, { dim: x.ndim === 1 ? 0 : d });
  const widths =
    x.ndim === 1 && y.ndim > 1
      ? reshape(
          gaps,
          y.shape.map((_, i) => (i === d ? -1 : 1)),
        )
      : gaps;
  return div(mul(heights, widths), 2);
};

/** Either points x, or options; then options. */
type PointsOr = Tensor | TrapezoidOptions;

const partsOf = (xOr: PointsOr | undefined, options: TrapezoidOptions): { x: Tensor | null } & TrapezoidOptions =>
  xOr !== undefined && "storage" in xOr ? { x: xOr, ...options } : { x: null, ...(xOr ?? options) };

/** The area under y by straight lines, at points x or at distance dx. @source torch.trapezoid */
export const trapezoid = (y: Tensor, xOr?: PointsOr, options: TrapezoidOptions = {}): Tensor => {
  const { x, dx = 1, dim = -1 } = partsOf(xOr, options);
  const d = normalizeDim("trapezoid", dim, y.ndim);
  return sum(areas(y, x, d, dx), d);
};

/** The area under y so far. @source torch.cumulative_trapezoid */
export const cumulativeTrapezoid = (y: Tensor, xOr?: PointsOr, options: TrapezoidOptions = {}): Tensor => {
  const { x, dx = 1, dim = -1 } = partsOf(xOr, options);
  const d = normalizeDim("cumulativeTrapezoid", dim, y.ndim);
  return cumsum(areas(y, x, d, dx), d);
};
