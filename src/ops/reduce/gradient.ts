import { ShapeError, ValueError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import { normalizeDim } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { cat, reshape } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";

export interface GradientOptions {
  /** The distance of the points, or their coordinates [size]; one for all dimensions, or one for each. Default 1. */
  spacing?: number | readonly (number | Tensor)[] | null | undefined;
  /** Default all. */
  dim?: number | readonly number[] | null | undefined;
  /** At both ends a line through 2 points, or a parabola through 3. Default 1. */
  edgeOrder?: number | undefined;
}

/**
 * The slope of samples along each dimension, by central differences.
 *
 * @shape x [...S] → for each dimension [...S]
 * @source torch.gradient
 */
export const gradient = (
  x: Tensor,
  { spacing: given = 1, dim = null, edgeOrder = 1 }: GradientOptions = {},
): Tensor[] => {
  const spacing = given ?? 1;
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new ValueError({ op: "gradient", problem: `edgeOrder is ${edgeOrder}`, rule: "1 or 2" });
  const dims =
    dim === null
      ? x.shape.map((_, i) => i)
      : (typeof dim === "number" ? [dim] : dim).map((d) => normalizeDim("gradient", d, x.ndim));
  if (typeof spacing !== "number" && spacing.length !== dims.length)
    throw new ValueError({
      op: "gradient",
      problem: `${spacing.length} spacings for ${dims.length} dimensions`,
      rule: "one number for all, or a list with one for each",
    });
  const twice = dims.find((d, i) => dims.indexOf(d) !== i);
  if (twice !== undefined)
    throw new ShapeError({ op: "gradient", problem: `dimension ${twice} is named twice`, args: { x: x.shape } });
  const y = to(x, floatType(x.dtype));
  return dims.map((d, i) =>
    along(y, d, typeof spacing === "number" ? spacing : (spacing[i] as number | Tensor), edgeOrder),
  );
};

const along = (x: Tensor, d: number, spacing: number | Tensor, edgeOrder: number): Tensor => {
  const size = x.shape[d] as number;
  if (size < edgeOrder + 1)
    throw new ShapeError({
      op: "gradient",
      problem: `dimension ${d} has ${size} points`,
      rule: `edgeOrder ${edgeOrder} takes at least ${edgeOrder + 1}`,
      args: { x: x.shape },
    });
  if (spacing instanceof Tensor && (spacing.ndim !== 1 || spacing.numel() !== size))
    throw new ShapeError({
      op: "gradient",
      problem: "there is not one coordinate for each point",
      args: { x: x.shape, spacing: spacing.shape },
    });
  const part = (start: number, length: number): Tensor => narrow(x, d, start, length);
  /** The distance of each point to the next, for `length` points from `start` on. */
  const gap = (start: number, length: number): Tensor | number => {
    if (!(spacing instanceof Tensor)) return spacing;
    const places = to(spacing, x.dtype);
    const gaps = sub(narrow(places, 0, start + 1, length), narrow(places, 0, start, length));
    return reshape(
      gaps,
      x.shape.map((_, i) => (i === d ? length : 1)),
    );
  };
  const line = (start: number): Tensor => div(sub(part(start + 1, 1), part(start, 1)), gap(start, 1));
  const inside = size - 2;
  const middle =
    inside <= 0
      ? []
      : [throughThree(part(0, inside), part(1, inside), part(2, inside), gap(0, inside), gap(1, inside), 0)];
  const end = (start: number, at: -1 | 1): Tensor =>
    edgeOrder === 1
      ? line(at === -1 ? start : start + 1)
      : throughThree(part(start, 1), part(start + 1, 1), part(start + 2, 1), gap(start, 1), gap(start + 1, 1), at);
  if (size === 2) return cat([line(0), line(0)], d);
  return cat([end(0, -1), ...middle, end(size - 3, 1)], d);
};

/** The slope of the parabola through three points at distances h and k: at the first (−1), the middle (0) or the last (1). */
const throughThree = (
  a: Tensor,
  b: Tensor,
  c: Tensor,
  h: Tensor | number,
  k: Tensor | number,
  at: -1 | 0 | 1,
): Tensor => {
  const left = div(sub(b, a), h);
  const right = div(sub(c, b), k);
  const bend = div(sub(right, left), typeof h === "number" ? h + (k as number) : add(h, k));
  if (at === -1) return sub(left, mul(bend, h));
  if (at === 1) return add(right, mul(bend, k));
  return add(left, mul(bend, h));
};
