import { defineMultiOp } from "../../autograd/defineOp.js";
import { isGradEnabled, noGrad } from "../../autograd/mode.js";
import { isFloating } from "../../backend/dtype.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { clone } from "../elementwise/cast.js";
import { rsqrt } from "../elementwise/unary.js";
import { reshape } from "../movement/reshape.js";
import { mean as average, sum } from "../reduce/reduce.js";
import { affine, perChannel } from "./layerNorm.js";
import { type Standardized, standardize } from "./standardize.js";

export interface BatchNormOptions {
  /** Factor of each channel [C]. Default 1. */
  weight?: Tensor | null | undefined;
  /** Added to each channel [C]. Default 0. */
  bias?: Tensor | null | undefined;
  /** Use the batch's statistics, and move the running ones. Default false. */
  training?: boolean | undefined;
  /** Share of the batch in the running statistics. Default 0.1. */
  momentum?: number | undefined;
  /** Added to the variance. Default 1e-5. */
  eps?: number | undefined;
}

interface Normalized {
  readonly eps: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}

/** Inputs x [N, C, …] and, where they are, weight and bias [C]. Means and variances [C] have no gradient. */
const fused = defineMultiOp<Normalized>({
  name: "batchNorm",
  shape: ([x_]) => {
    const { shape, dtype } = x_ as Tensor;
    const few = { shape: shape.slice(1, 2), dtype };
    return [{ shape, dtype }, few, few];
  },
  forward: (k, [y, means, variances], [x, ...parts], { eps, hasWeight, hasBias }) => {
    const [w, b] = [hasWeight ? parts[0] : null, hasBias ? parts[Number(hasWeight)] : null];
    k.batchNorm(y as Tensor, means as Tensor, variances as Tensor, x as Tensor, w ?? null, b ?? null, eps);
  },
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

/** dX, and dW and dB, which cost nothing beside it. */
const fusedBackward = defineMultiOp<Normalized>({
  name: "batchNormBackward",
  shape: ([, x_, means]) => {
    const { shape, dtype } = x_ as Tensor;
    const part = { shape: (means as Tensor).shape, dtype };
    return [{ shape, dtype }, part, part];
  },
  forward: (k, [dX, dW, dB], [d, x, means, variances, w], { eps }) =>
    k.batchNormBackward(
      dX as Tensor,
      dW as Tensor,
      dB as Tensor,
      d as Tensor,
      x as Tensor,
      means as Tensor,
      variances as Tensor,
      w ?? null,
      eps,
    ),
});

const allButChannels = (x: Tensor): number[] => x.shape.map((_, i) => i).filter((i) => i !== 1);

/** The same of plain ops, which have derivatives. */
const composedBackward = (d: Tensor, x: Tensor, w: Tensor | null, { eps }: Normalized): Tensor[] => {
  const dims = allButChannels(x);
  const over = (part: Tensor): Tensor => average(part, { dim: dims, keepdim: true });
  const { y, variance } = standardize(x, dims, eps);
  const g = w === null ? d : mul(d, reshape(w, variance.shape));
  const dX = mul(rsqrt(add(variance, eps)), sub(sub(g, over(g)), mul(y, over(mul(g, y)))));
  return [dX, sum(mul(d, y), dims), sum(d, dims)];
};

/** running ← (1 − momentum) · running + momentum · now, in place. */
const moveTowards = (running: Tensor | null, now: Tensor, momentum: number): void => {
  if (running === null) return;
  noGrad(() => running.copy_(add(mul(running, 1 - momentum), mul(reshape(now, running.shape), momentum))));
};

/**
 * Each channel brought to mean 0 and variance 1, over the batch in training, by running statistics otherwise.
 *
 * @shape x [N, C, ...S]; all others [C]
 * @throws ValueError when a channel has one value only in training: its variance is 0
 * @source torch.nn.functional.batch_norm; Ioffe & Szegedy, 2015
 */
export const batchNorm = (
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 }: BatchNormOptions = {},
): Tensor => {
  if (x.ndim < 2 && x.numel() === 0) return clone(x);
  if (x.ndim < 2)
    throw new ShapeError({
      op: "batchNorm",
      problem: "the input has no channels",
      rule: "x [N, C, …]",
      args: { x: x.shape },
    });
  const channels = (part: Tensor | null, name: string): Tensor | null => perChannel("batchNorm", x, part, name);
  const [w, b] = [channels(weight, "weight"), channels(bias, "bias")];
  const [runMean, runVar] = [channels(runningMean, "runningMean"), channels(runningVar, "runningVar")];
  if (!training) {
    if (runMean === null || runVar === null)
      throw new ValueError({ op: "batchNorm", problem: "outside of training running statistics are needed" });
    const rstd = rsqrt(add(runVar, eps));
    return affine(sub(x, runMean), w === null ? rstd : mul(rstd, w), b);
  }
  const n = x.numel() / Math.max(1, x.shape[1] as number);
  if (n === 1) {
    throw new ValueError({
      op: "batchNorm",
      problem: "each channel has one value only, so its variance is 0",
      rule: "in training more than one value a channel",
      args: { x: x.shape },
      hint: "use a larger batch (dropLast), or eval()",
    });
  }
  const isOneType = [weight, bias].every((part) => part === null || part.dtype === x.dtype);
  const parts = [weight, bias].filter((part) => part !== null);
  const { y, mean, variance } =
    x.numel() > 0 && isOneType && isFloating(x.dtype)
      ? normalized(x, parts, { eps, hasWeight: weight !== null, hasBias: bias !== null })
      : composed(x, w, b, eps);
  moveTowards(runningMean, mean.detach(), momentum);
  moveTowards(
    runningVar,
    noGrad(() => mul(variance.detach(), n / Math.max(1, n - 1))),
    momentum,
  );
  return y;
};

const normalized = (x: Tensor, parts: readonly Tensor[], how: Normalized): Standardized => {
  const [y, mean, variance] = fused([x, ...parts], how) as [Tensor, Tensor, Tensor];
  return { y, mean, variance };
};

/** For what the kernel does not take: no elements, or several dtypes. */
const composed = (x: Tensor, w: Tensor | null, b: Tensor | null, eps: number): Standardized => {
  const { y, mean, variance } = standardize(x, allButChannels(x), eps);
  return { y: affine(y, w, b), mean, variance };
};

export interface InstanceNormOptions {
  runningMean?: Tensor | null | undefined;
  runningVar?: Tensor | null | undefined;
  weight?: Tensor | null | undefined;
  bias?: Tensor | null | undefined;
  /** Use each sample's statistics; otherwise the running ones. Default true. */
  useInputStats?: boolean | undefined;
  /** Default 0.1. */
  momentum?: number | undefined;
  /** Default 1e-5. */
  eps?: number | undefined;
}

/**
 * Each sample's channels brought to mean 0 and variance 1.
 *
 * @shape x [N, C, ...S], all others [C]
 * @source torch.nn.functional.instance_norm; Ulyanov et al., 2016
 */
export const instanceNorm = (x: Tensor, options: InstanceNormOptions = {}): Tensor => {
  const { runningMean = null, runningVar = null, weight = null, bias = null } = options;
  const { useInputStats = true, momentum = 0.1, eps = 1e-5 } = options;
  if (x.ndim < 2)
    throw new ShapeError({
      op: "instanceNorm",
      problem: "the input has no channels",
      rule: "x [N, C, …]",
      args: { x: x.shape },
    });
  if (!useInputStats) return batchNorm(x, runningMean, runningVar, { weight, bias, momentum, eps });
  const n = x.shape.slice(2).reduce((a, b) => a * b, 1);
  if (n === 1 || x.ndim === 2) {
    throw new ValueError({
      op: "instanceNorm",
      problem: "each channel of a sample has one value only, so its variance is 0",
      args: { x: x.shape },
    });
  }
  const { y, mean, variance } = standardize(x, x.shape.map((_, i) => i).slice(2), eps);
  const overBatch = (part: Tensor): Tensor => noGrad(() => average(part.detach(), { dim: 0 }));
  moveTowards(runningMean, overBatch(mean), momentum);
  moveTowards(
    runningVar,
    noGrad(() => mul(overBatch(variance), n / Math.max(1, n - 1))),
    momentum,
  );
  return affine(y, perChannel("instanceNorm", x, weight, "weight"), perChannel("instanceNorm", x, bias, "bias"));
};
