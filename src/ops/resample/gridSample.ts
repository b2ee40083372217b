import { arange, full, ones } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, remainder, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clamp } from "../elementwise/clamp.js";
import { eq, ge, logicalAnd, lt } from "../elementwise/compare.js";
import { floor, round } from "../elementwise/rounding.js";
import { abs } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { gather } from "../indexing/gather.js";
import { matmul } from "../linalg/matmul.js";
import { expand } from "../movement/broadcast.js";
import { reshape, stack, transpose, unsqueeze } from "../movement/reshape.js";
import { select } from "../movement/slice.js";

export interface GridSampleOptions {
  /** Default "bilinear". */
  mode?: "bilinear" | "nearest" | "bicubic" | undefined;
  /** What lies outside of the image. Default "zeros". */
  paddingMode?: "zeros" | "border" | "reflection" | undefined;
  /** −1 and 1 are the corners' centres; otherwise their outer edges. Default false. */
  alignCorners?: boolean | null | undefined;
}

/** Coordinates −1…1 as places 0…size−1. */
const placeOf = (x: Tensor, size: number, isAligned: boolean): Tensor =>
  isAligned ? mul(add(x, 1), (size - 1) / 2) : div(sub(mul(add(x, 1), size), 1), 2);

/** Reflected at both ends until inside. */
const reflected = (x: Tensor, size: number, isAligned: boolean): Tensor => {
  const [low, high] = isAligned ? [0, size - 1] : [-0.5, size - 0.5];
  const span = high - low;
  if (span === 0) return mul(x, 0);
  const way = abs(sub(x, low));
  const rest = remainder(way, span);
  const turns = floor(div(way, span));
  return add(where(eq(remainder(turns, 2), 0), rest, sub(span, rest)), low);
};

const held = (x: Tensor, size: number, mode: string, isAligned: boolean): Tensor => {
  if (mode === "border") return clamp(x, { min: 0, max: size - 1 });
  if (mode === "reflection") return clamp(reflected(x, size, isAligned), { min: 0, max: size - 1 });
  return x;
};

/** The elements at whole places [N, P] of each dimension, 0 outside: [N, C, P]. */
const at = (image: Tensor, sizes: readonly number[], places: readonly Tensor[]): Tensor => {
  const inside = places.map((p, i) => logicalAnd(ge(p, 0), lt(p, sizes[i] as number))).reduce(logicalAnd);
  const offset = places
    .map((p, i) => clamp(p, { min: 0, max: (sizes[i] as number) - 1 }))
    .reduce((sum, p, i) => add(mul(sum, sizes[i] as number), p));
  const [N, C] = image.shape as [number, number];
  const index = expand(unsqueeze(to(offset.detach(), "int32"), 1), [N, C, offset.shape[1] as number]);
  return mul(gather(image, 2, index.contiguous()), unsqueeze(to(inside, image.dtype), 1));
};

const cubicWeights = (t: Tensor): Tensor[] => {
  const a = -0.75;
  const near = (x: Tensor): Tensor => add(mul(mul(sub(mul(x, a + 2), a + 3), x), x), 1);
  const far = (x: Tensor): Tensor => sub(mul(add(mul(sub(mul(x, a), 5 * a), x), 8 * a), x), 4 * a);
  return [far(add(t, 1)), near(t), near(sub(1, t)), far(sub(2, t))];
};

/**
 * An image read at the places that a grid names, in −1…1.
 *
 * @shape x [N, C, H, W], grid [N, H′, W′, 2] (x first) → [N, C, H′, W′]; or [N, C, D, H, W] with grid [N, D′, H′, W′, 3]
 * @source torch.nn.functional.grid_sample; Jaderberg et al., 2015
 */
export const gridSample = (
  x: Tensor,
  grid: Tensor,
  { mode = "bilinear", paddingMode = "zeros", alignCorners = false }: GridSampleOptions = {},
): Tensor => {
  const dims = x.ndim - 2;
  if (
    (dims !== 2 && dims !== 3) ||
    grid.ndim !== x.ndim ||
    grid.shape.at(-1) !== dims ||
    grid.shape[0] !== x.shape[0]
  ) {
    throw new ShapeError({
      op: "gridSample",
      problem: "the grid does not fit the image",
      rule: "x [N, C, H, W], grid [N, H′, W′, 2]; or one dimension more of each",
      args: { x: x.shape, grid: grid.shape },
    });
  }
  if (!["bilinear", "nearest", "bicubic"].includes(mode) || (mode === "bicubic" && dims === 3))
    throw new ValueError({ op: "gridSample", problem: `mode ${mode} does not fit ${dims} dimensions` });
  if (!["zeros", "border", "reflection"].includes(paddingMode))
    throw new ValueError({ op: "gridSample", problem: `paddingMode ${paddingMode} is not known` });
  const isAligned = alignCorners === true;
  const sizes = x.shape.slice(2);
  const [N, C] = x.shape as [number, number];
  const image = reshape(x, [N, C, -1]);
  const points = reshape(grid, [N, -1, dims]);
  // The grid names the last dimension first.
  const raw = sizes.map((size, i) => placeOf(select(points, 2, dims - 1 - i), size, isAligned));
  const keep = (p: Tensor, i: number): Tensor => held(p, sizes[i] as number, paddingMode, isAligned);
  const shape: Shape = [N, C, ...grid.shape.slice(1, -1)];
  if (mode === "nearest") {
    const nearest = raw.map((p, i) => round(keep(p, i)));
    // The grid's gradient is 0, not absent.
    return where(full([], true), reshape(at(image, sizes, nearest), shape), unsqueeze(select(grid, -1, 0), 1));
  }
  const isCubic = mode === "bicubic";
  const places = isCubic ? raw : raw.map(keep);
  const low = places.map((p) => floor(p.detach()));
  const taps = places.map((p, i) => {
    const t = sub(p, low[i] as Tensor);
    const weights = isCubic ? cubicWeights(t) : [sub(1, t), t];
    return weights.map((weight, j) => ({ weight, place: add(low[i] as Tensor, j - (isCubic ? 1 : 0)) }));
  });
  let corners: { weight: Tensor; places: Tensor[] }[] = [{ weight: ones([], { dtype: x.dtype }), places: [] }];
  for (const [i, list] of taps.entries())
    corners = corners.flatMap((corner) =>
      list.map(({ weight, place }) => ({
        weight: mul(corner.weight, weight),
        places: [...corner.places, isCubic ? keep(place, i) : place],
      })),
    );
  const parts = corners.map((corner) => mul(at(image, sizes, corner.places), unsqueeze(corner.weight, 1)));
  return reshape(
    parts.reduce((a, b) => add(a, b)),
    shape,
  );
};

/** A grid for gridSample from affine maps theta [N, 2, 3] (or [N, 3, 4]). @source torch.nn.functional.affine_grid */
export const affineGrid = (
  theta: Tensor,
  size: Shape,
  { alignCorners = false }: { alignCorners?: boolean | null | undefined } = {},
): Tensor => {
  const dims = size.length - 2;
  if (theta.ndim !== 3 || theta.shape[1] !== dims || theta.shape[2] !== dims + 1 || theta.shape[0] !== size[0]) {
    throw new ShapeError({
      op: "affineGrid",
      problem: "theta does not fit the size",
      rule: "theta [N, 2, 3] for [N, C, H, W]",
      args: { theta: theta.shape, size },
    });
  }
  const spatial = size.slice(2);
  const axis = (n: number): Tensor => {
    const i = arange(n, { dtype: theta.dtype });
    if (alignCorners === true) return n > 1 ? sub(mul(i, 2 / (n - 1)), 1) : mul(i, 0);
    return sub(div(add(mul(i, 2), 1), n), 1);
  };
  // Coordinates last dimension first, and 1 for the shift.
  const coordinates = spatial
    .map((n, i) =>
      expand(
        reshape(
          axis(n),
          spatial.map((_, j) => (j === i ? n : 1)),
        ),
        spatial,
      ),
    )
    .toReversed();
  const base = stack([...coordinates, ones(spatial, { dtype: theta.dtype })], -1);
  const points = reshape(base, [1, -1, dims + 1]);
  return reshape(matmul(points, transpose(theta, 1, 2)), [size[0] as number, ...spatial, dims]);
};
