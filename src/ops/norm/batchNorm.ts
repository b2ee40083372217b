import { noGrad } from "../../autograd/mode.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { clone } from "../elementwise/cast.js";
import { rsqrt } from "../elementwise/unary.js";
import { reshape } from "../movement/reshape.js";
import { mean as average } from "../reduce/reduce.js";
import { affine, perChannel } from "./layerNorm.js";
import { standardize } from "./standardize.js";

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
    return affine(mul(sub(x, runMean), rsqrt(add(runVar, eps))), w, b);
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
  const { y, mean, variance } = standardize(
    x,
    x.shape.map((_, i) => i).filter((i) => i !== 1),
    eps,
  );
  moveTowards(runningMean, mean.detach(), momentum);
  moveTowards(
    runningVar,
    noGrad(() => mul(variance.detach(), n / Math.max(1, n - 1))),
    momentum,
  );
  return affine(y, w, b);
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
