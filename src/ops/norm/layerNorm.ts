import { defineMultiOp } from "../../autograd/defineOp.js";
import { isGradEnabled } from "../../autograd/mode.js";
import { isFloating } from "../../backend/dtype.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, pow, sub } from "../elementwise/arithmetic.js";
import { rsqrt, square } from "../elementwise/unary.js";
import { pad } from "../movement/pad.js";
import { reshape } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { mean, sum } from "../reduce/reduce.js";
import { standardize } from "./standardize.js";

export interface AffineOptions {
  /** Factor of each element. Default 1. */
  weight?: Tensor | null | undefined;
  /** Added to each element. Default 0. */
  bias?: Tensor | null | undefined;
  /** Added to the variance. Default 1e-5. */
  eps?: number | undefined;
}

/** @throws ShapeError unless x ends in normalizedShape, DTypeError for what is no float */
const trailingDims = (
  op: string,
  x: Tensor,
  normalizedShape: Shape,
  parts: Readonly<Record<string, Tensor | null>>,
): number[] => {
  const lead = x.ndim - normalizedShape.length;
  const isFit =
    normalizedShape.length > 0 && lead >= 0 && normalizedShape.every((size, i) => x.shape[lead + i] === size);
  if (!isFit) {
    throw new ShapeError({
      op,
      problem: "the input does not end in the normalized shape",
      rule: "x [..., ...normalizedShape]",
      args: { x: x.shape, normalizedShape },
    });
  }
  if (!isFloating(x.dtype)) throw new DTypeError({ op, problem: `the input is ${x.dtype}, not a float` });
  for (const [name, part] of Object.entries(parts)) {
    if (part === null || part.shape.join() === normalizedShape.join()) continue;
    throw new ShapeError({
      op,
      problem: `the ${name} has another shape than what is normalized`,
      args: { [name]: part.shape, normalizedShape },
    });
  }
  return normalizedShape.map((_, i) => lead + i);
};

export const affine = (y: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor => {
  const scaled = weight === null ? y : mul(y, weight);
  return bias === null ? scaled : add(scaled, bias);
};

/**
 * Each sample's last dimensions brought to mean 0 and variance 1.
 *
 * @shape x [..., ...normalizedShape], weight and bias [...normalizedShape]
 * @source torch.nn.functional.layer_norm; Ba et al., 2016
 */
export const layerNorm = (
  x: Tensor,
  normalizedShape: Shape,
  { weight = null, bias = null, eps = 1e-5 }: AffineOptions = {},
): Tensor => {
  const dims = trailingDims("layerNorm", x, normalizedShape, { weight, bias });
  const isOneType = [weight, bias].every((part) => part === null || part.dtype === x.dtype);
  if (x.numel() === 0 || !isOneType) return affine(standardize(x, dims, eps).y, weight, bias);
  const attrs = { dims, eps, hasWeight: weight !== null, hasBias: bias !== null };
  return fused([x, ...[weight, bias].filter((part) => part !== null)], attrs)[0] as Tensor;
};

interface Normalized {
  readonly dims: readonly number[];
  readonly eps: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}

/** Inputs x and, where they are, weight and bias. Means and 1 / √(variance + eps) only backward sees. */
const fused = defineMultiOp<Normalized>({
  name: "layerNorm",
  shape: ([x_], { dims }) => {
    const x = x_ as Tensor;
    const rows = { shape: x.shape.slice(0, x.ndim - dims.length), dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, rows, rows];
  },
  forward: (k, [y, means, rstds], [x, ...parts], { eps, hasWeight, hasBias }) => {
    const [w, b] = [hasWeight ? parts[0] : null, hasBias ? parts[Number(hasWeight)] : null];
    k.layerNorm(y as Tensor, means as Tensor, rstds as Tensor, x as Tensor, w ?? null, b ?? null, eps);
  },
  hidden: 2,
  savesInputs: (_needs, { hasWeight }) => (hasWeight ? [0, 1] : [0]),
  savesOutputs: [1, 2],
  backward: ([d_], { input, output, attrs }) => {
    const d = d_ as Tensor;
    const { hasWeight, hasBias } = attrs;
    const w = hasWeight ? [input(1)] : [];
    const [dX, dW, dB] = isGradEnabled()
      ? composedBackward(d, input(0), w[0] ?? null, attrs)
      : fusedBackward([d, input(0), output(1), output(2), ...w], attrs);
    return [dX as Tensor, ...(hasWeight ? [dW as Tensor] : []), ...(hasBias ? [dB as Tensor] : [])];
  },
});

/** dX, and dW and dB, which cost little beside it. */
const fusedBackward = defineMultiOp<Normalized>({
  name: "layerNormBackward",
  shape: ([, x_], { dims }) => {
    const x = x_ as Tensor;
    const part = { shape: x.shape.slice(x.ndim - dims.length), dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, part, part];
  },
  forward: (k, [dX, dW, dB], [d, x, means, rstds, w]) =>
    k.layerNormBackward(
      dX as Tensor,
      dW as Tensor,
      dB as Tensor,
      d as Tensor,
      x as Tensor,
      means as Tensor,
      rstds as Tensor,
      w ?? null,
    ),
});

/** The same of plain ops, which have derivatives. */
const composedBackward = (d: Tensor, x: Tensor, w: Tensor | null, { dims, eps }: Normalized): Tensor[] => {
  const over = (part: Tensor): Tensor => mean(part, { dim: dims, keepdim: true });
  const { y, variance } = standardize(x, dims, eps);
  const g = w === null ? d : mul(d, w);
  const dX = mul(rsqrt(add(variance, eps)), sub(sub(g, over(g)), mul(y, over(mul(g, y)))));
  const lead = x.shape.map((_, i) => i).filter((i) => !dims.includes(i));
  const total = (part: Tensor): Tensor => (lead.length === 0 ? part : sum(part, lead));
  return [dX, total(mul(d, y)), total(d)];
};

/** x over the root of its mean square over the last dimensions. Default eps 2⁻²³ (float32). @source torch.nn.functional.rms_norm; Zhang & Sennrich, 2019 */
export const rmsNorm = (
  x: Tensor,
  normalizedShape: Shape,
  { weight = null, eps = null }: { weight?: Tensor | null | undefined; eps?: number | null | undefined } = {},
): Tensor => {
  const dims = trailingDims("rmsNorm", x, normalizedShape, { weight });
  const least = eps ?? (x.dtype === "float64" ? 2 ** -52 : 2 ** -23);
  return affine(mul(x, rsqrt(add(mean(square(x), { dim: dims, keepdim: true }), least))), weight, null);
};

/** @returns factor or summand [C] as [1, C, 1…], to meet x [N, C, …] */
export const perChannel = (op: string, x: Tensor, part: Tensor | null, name: string): Tensor | null => {
  if (part === null) return null;
  const C = x.shape[1] as number;
  if (part.numel() !== C || part.ndim !== 1) {
    throw new ShapeError({
      op,
      problem: `the ${name} does not have one element a channel`,
      rule: `x [N, C, …], ${name} [C]`,
      args: { x: x.shape, [name]: part.shape },
    });
  }
  return reshape(
    part,
    x.shape.map((_, i) => (i === 1 ? C : 1)),
  );
};

/**
 * Each sample's channels brought to mean 0 and variance 1, group by group.
 *
 * @shape x [N, C, ...S], weight and bias [C]
 * @throws ValueError when the groups do not divide the channels
 * @source torch.nn.functional.group_norm; Wu & He, 2018
 */
export const groupNorm = (
  x: Tensor,
  numGroups: number,
  { weight = null, bias = null, eps = 1e-5 }: AffineOptions = {},
): Tensor => {
  if (x.ndim < 2)
    throw new ShapeError({
      op: "groupNorm",
      problem: "the input has no channels",
      rule: "x [N, C, …]",
      args: { x: x.shape },
    });
  const [N, C] = x.shape as [number, number];
  if (!Number.isInteger(numGroups) || numGroups < 1 || C % numGroups !== 0) {
    throw new ValueError({
      op: "groupNorm",
      problem: `${C} channels cannot be divided into ${numGroups} groups`,
      args: { x: x.shape },
    });
  }
  const rows = reshape(x, [N, numGroups, x.numel() === 0 ? 0 : -1]);
  const y = reshape(standardize(rows, [2], eps).y, x.shape);
  return affine(y, perChannel("groupNorm", x, weight, "weight"), perChannel("groupNorm", x, bias, "bias"));
};

export interface LocalResponseOptions {
  /** Default 1e-4. */
  alpha?: number | undefined;
  /** Default 0.75. */
  beta?: number | undefined;
  /** Default 1. */
  k?: number | undefined;
}

/** x / (k + alpha · mean of squares of `size` neighbouring channels)^beta. @source torch.nn.functional.local_response_norm; Krizhevsky et al., 2012 */
export const localResponseNorm = (
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseOptions = {},
): Tensor => {
  if (x.ndim < 3)
    throw new ShapeError({
      op: "localResponseNorm",
      problem: "at least 3 dimensions are needed",
      rule: "x [N, C, …]",
      args: { x: x.shape },
    });
  if (x.numel() === 0) return x;
  const C = x.shape[1] as number;
  const before = Math.floor(size / 2);
  const sides = [...x.shape.slice(2).flatMap(() => [0, 0]), before, size - 1 - before];
  const padded = pad(square(x), sides);
  let total = narrow(padded, 1, 0, C);
  for (let i = 1; i < size; i++) total = add(total, narrow(padded, 1, i, C));
  return div(x, pow(add(mul(div(total, size), alpha), k), beta));
};
