import { tensor } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul } from "../elementwise/arithmetic.js";
import { indexSelect } from "../indexing/gather.js";
import { reshape } from "../movement/reshape.js";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "../pool/pool.js";

export type InterpolationMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "bicubic" | "trilinear" | "area";

export interface InterpolateOptions {
  /** The new spatial sizes; or scaleFactor. */
  size?: number | readonly number[] | null | undefined;
  /** New size over old. */
  scaleFactor?: number | readonly number[] | null | undefined;
  /** Default "nearest". */
  mode?: InterpolationMode | "nearestExact" | undefined;
  /** The corners' centres stay where they are; otherwise their outer edges. Default false. */
  alignCorners?: boolean | null | undefined;
  /** Place pixels by the sizes, not by scaleFactor. Default false. */
  recomputeScaleFactor?: boolean | null | undefined;
  /** Not supported. */
  antialias?: boolean | undefined;
}

/** What each new element takes from the old ones along one dimension: several places with weights. */
interface Taps {
  readonly places: Int32Array;
  readonly weights: Float64Array;
}

const clampTo = (i: number, size: number): number => Math.min(Math.max(i, 0), size - 1);

/** Where new element o lies among the old ones. */
const sourceOf = (o: number, ratio: number, alignCorners: boolean): number =>
  alignCorners ? o * ratio : (o + 0.5) * ratio - 0.5;

const nearestTaps = (n: number, size: number, ratio: number, isExact: boolean): Taps[] => [
  {
    places: Int32Array.from({ length: n }, (_, o) => clampTo(Math.floor((o + (isExact ? 0.5 : 0)) * ratio), size)),
    weights: new Float64Array(n).fill(1),
  },
];

const linearTaps = (n: number, size: number, ratio: number, alignCorners: boolean): Taps[] => {
  const at = Float64Array.from({ length: n }, (_, o) => Math.max(0, sourceOf(o, ratio, alignCorners)));
  const low = Int32Array.from(at, (x) => clampTo(Math.floor(x), size));
  const share = Float64Array.from(at, (x, o) => x - (low[o] as number));
  return [
    { places: low, weights: share.map((s) => 1 - s) },
    { places: low.map((i) => clampTo(i + 1, size)), weights: share },
  ];
};

/** Keys's cubic with a = −0.75. */
const cubic = (x: number): number => {
  const [a, t] = [-0.75, Math.abs(x)];
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
};

const cubicTaps = (n: number, size: number, ratio: number, alignCorners: boolean): Taps[] => {
  const at = Float64Array.from({ length: n }, (_, o) => sourceOf(o, ratio, alignCorners));
  return [-1, 0, 1, 2].map((shift) => ({
    places: Int32Array.from(at, (x) => clampTo(Math.floor(x) + shift, size)),
    weights: at.map((x) => cubic(x - Math.floor(x) - shift)),
  }));
};

/** The weighted sum of the taps along a dimension. */
const resampled = (x: Tensor, dim: number, taps: readonly Taps[]): Tensor => {
  const parts = taps.map(({ places, weights }) => {
    const picked = indexSelect(x, dim, tensor(places));
    if (weights.every((w) => w === 1)) return picked;
    const shape = x.shape.map((_, i) => (i === dim ? places.length : 1));
    return mul(picked, reshape(tensor(weights, { dtype: x.dtype }), shape));
  });
  return parts.reduce((a, b) => add(a, b));
};

const dimsOf: Readonly<Record<string, readonly number[]>> = {
  linear: [1],
  bilinear: [2],
  bicubic: [2],
  trilinear: [3],
};

/**
 * An image of another size.
 *
 * @shape x [N, C, ...S] with 1 to 3 spatial sizes → [N, C, ...size]
 * @throws ValueError for a mode that does not fit the dimensions, or without exactly one of size and scaleFactor
 * @source torch.nn.functional.interpolate
 */
export const interpolate = (x: Tensor, options: InterpolateOptions = {}): Tensor => {
  const {
    size = null,
    scaleFactor = null,
    alignCorners = null,
    recomputeScaleFactor = false,
    antialias = false,
  } = options;
  const mode = options.mode === "nearestExact" ? "nearest-exact" : (options.mode ?? "nearest");
  const fail = (problem: string, rule?: string): never => {
    throw new ValueError({ op: "interpolate", problem, rule, args: { x: x.shape } });
  };
  const old = x.shape.slice(2);
  if (old.length < 1 || old.length > 3)
    throw new ShapeError({
      op: "interpolate",
      problem: "the input has no 1 to 3 spatial sizes",
      rule: "[N, C, ...S]",
      args: { x: x.shape },
    });
  if ((size === null) === (scaleFactor === null)) fail("size and scaleFactor", "exactly one of them is given");
  if (antialias) fail("antialias is not supported");
  const isSmooth = mode in dimsOf;
  if (isSmooth && !dimsOf[mode]?.includes(old.length))
    fail(`mode ${mode} does not fit ${old.length} spatial dimensions`);
  if (!isSmooth && mode !== "nearest" && mode !== "nearest-exact" && mode !== "area")
    fail(`mode ${String(mode)} is not known`);
  if (!isSmooth && alignCorners !== null) fail(`alignCorners means nothing to mode ${mode}`);
  const each = (value: number | readonly number[]): number[] => {
    const list = typeof value === "number" ? old.map(() => value) : [...value];
    if (list.length !== old.length) fail(`${list.length} values for ${old.length} spatial dimensions`);
    return list;
  };
  const scales = scaleFactor === null ? null : each(scaleFactor);
  const sizes =
    scales === null
      ? each(size as number | readonly number[])
      : old.map((s, i) => Math.floor(s * (scales[i] as number)));
  if (sizes.some((s) => !Number.isInteger(s) || s < 1) || old.some((s) => s < 1))
    fail(`a size is [${sizes.join(", ")}]`, "integers from 1 up");
  if (mode === "area")
    return [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][old.length - 1]?.(x, sizes) as Tensor;
  let y = x;
  for (const [i, n] of sizes.entries()) {
    const from = old[i] as number;
    const isAligned = alignCorners === true;
    const given = scales !== null && recomputeScaleFactor !== true ? 1 / (scales[i] as number) : from / n;
    const ratio = isSmooth && isAligned ? (n > 1 ? (from - 1) / (n - 1) : 0) : given;
    const taps =
      mode === "bicubic"
        ? cubicTaps(n, from, ratio, isAligned)
        : isSmooth
          ? linearTaps(n, from, ratio, isAligned)
          : nearestTaps(n, from, ratio, mode === "nearest-exact");
    y = resampled(y, i + 2, taps);
  }
  return y;
};
