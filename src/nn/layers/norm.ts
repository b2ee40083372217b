import { noGrad } from "../../autograd/mode.js";
import { batchNorm, instanceNorm } from "../../ops/norm/batchNorm.js";
import { groupNorm, layerNorm, localResponseNorm, rmsNorm } from "../../ops/norm/layerNorm.js";
import { ones, zeros } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkFeatures, Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { layerOf } from "./functionLayer.js";
import { float, reprOf, tuple } from "./repr.js";

export interface BatchNormLayerOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number | undefined;
  /** Share of the batch in the running statistics; null averages all batches. Default 0.1. */
  momentum?: number | null | undefined;
  /** Learn a factor and a summand for each channel. Default true (batch), false (instance). */
  affine?: boolean | undefined;
  /** Keep running statistics for eval. Default true (batch), false (instance). */
  trackRunningStats?: boolean | undefined;
}

type Settings = Required<{ [K in keyof BatchNormLayerOptions]: Exclude<BatchNormLayerOptions[K], undefined> }>;

/** Parameters and buffers of norms over a batch. */
abstract class RunningNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly numFeatures: number;
  /** Share of the batch in the running statistics; null averages all batches. */
  momentum: number | null;
  protected readonly settings: Omit<Settings, "momentum">;
  readonly #ranks: readonly number[];

  constructor(numFeatures: number, { momentum, ...settings }: Settings, ranks: readonly number[]) {
    super();
    checkFeatures(this.constructor.name, { numFeatures });
    this.numFeatures = numFeatures;
    this.momentum = momentum;
    this.settings = settings;
    this.#ranks = ranks;
    this.weight = settings.affine ? new Parameter(ones(numFeatures)) : null;
    this.bias = settings.affine ? new Parameter(zeros(numFeatures)) : null;
    if (!settings.trackRunningStats) return;
    this.registerBuffer("running_mean", zeros(numFeatures));
    this.registerBuffer("running_var", ones(numFeatures));
    this.registerBuffer("num_batches_tracked", zeros([], { dtype: "int32" }));
  }

  /** Average of each channel so far, or null. */
  get runningMean(): Tensor | null {
    return this.settings.trackRunningStats ? this.getBuffer("running_mean") : null;
  }

  /** Variance of each channel so far, or null. */
  get runningVar(): Tensor | null {
    return this.settings.trackRunningStats ? this.getBuffer("running_var") : null;
  }

  /** Running statistics as in a new layer. */
  resetRunningStats(): void {
    if (!this.settings.trackRunningStats) return;
    noGrad(() => {
      this.getBuffer("running_mean").fill_(0);
      this.getBuffer("running_var").fill_(1);
      this.getBuffer("num_batches_tracked").fill_(0);
    });
  }

  protected checkRank(x: Tensor): void {
    if (this.#ranks.includes(x.ndim)) return;
    throw new ShapeError({
      op: this.constructor.name,
      problem: `the input has ${x.ndim} dimensions`,
      rule: `${this.#ranks.join(" or ")} dimensions`,
      args: { input: x.shape },
    });
  }

  override extraRepr(): string {
    const { momentum, settings } = this;
    const { eps, affine, trackRunningStats } = settings;
    return `${this.numFeatures}, ${reprOf({ eps: float(eps), momentum: momentum === null ? null : float(momentum), affine, track_running_stats: trackRunningStats })}`;
  }
}

abstract class BatchNormNd extends RunningNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions, ranks: readonly number[]) {
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    super(numFeatures, { eps, momentum, affine, trackRunningStats }, ranks);
  }

  override forward(x: Tensor): Tensor {
    this.checkRank(x);
    const { momentum, settings } = this;
    const count = this.training && settings.trackRunningStats ? this.getBuffer("num_batches_tracked") : null;
    const y = batchNorm(x, this.runningMean, this.runningVar, {
      weight: this.weight,
      bias: this.bias,
      // Without running statistics the batch's are all there is.
      training: this.training || !settings.trackRunningStats,
      momentum: momentum ?? (count === null ? 0 : 1 / (count.item() + 1)),
      eps: settings.eps,
    });
    // Counted once it is clear that the batch fits.
    if (count !== null) noGrad(() => count.add_(1));
    return y;
  }
}

/** Each channel of [N, C] or [N, C, L] brought to mean 0 and variance 1. @source torch.nn.BatchNorm1d */
export class BatchNorm1d extends BatchNormNd {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, [2, 3]);
  }
}
/** Each channel of [N, C, H, W] brought to mean 0 and variance 1. @source torch.nn.BatchNorm2d */
export class BatchNorm2d extends BatchNormNd {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, [4]);
  }
}
/** Each channel of [N, C, D, H, W] brought to mean 0 and variance 1. @source torch.nn.BatchNorm3d */
export class BatchNorm3d extends BatchNormNd {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, [5]);
  }
}

abstract class InstanceNormNd extends RunningNorm {
  readonly #rank: number;

  constructor(numFeatures: number, options: BatchNormLayerOptions, rank: number) {
    const { eps = 1e-5, momentum = 0.1, affine = false, trackRunningStats = false } = options;
    super(numFeatures, { eps, momentum, affine, trackRunningStats }, [rank, rank - 1]);
    this.#rank = rank;
  }

  override forward(x: Tensor): Tensor {
    this.checkRank(x);
    const isSingle = x.ndim === this.#rank - 1;
    const y = instanceNorm(isSingle ? x.unsqueeze(0) : x, {
      runningMean: this.runningMean,
      runningVar: this.runningVar,
      weight: this.weight,
      bias: this.bias,
      useInputStats: this.training || !this.settings.trackRunningStats,
      // The count is in the state, as in PyTorch, which never touches it here.
      momentum: this.momentum ?? 0,
      eps: this.settings.eps,
    });
    return isSingle ? y.squeeze(0) : y;
  }
}

/** Each sample's channels of [N, C, L] brought to mean 0 and variance 1. @source torch.nn.InstanceNorm1d */
export class InstanceNorm1d extends InstanceNormNd {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, 3);
  }
}
/** Each sample's channels of [N, C, H, W] brought to mean 0 and variance 1. @source torch.nn.InstanceNorm2d */
export class InstanceNorm2d extends InstanceNormNd {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, 4);
  }
}
/** Each sample's channels of [N, C, D, H, W] brought to mean 0 and variance 1. @source torch.nn.InstanceNorm3d */
export class InstanceNorm3d extends InstanceNormNd {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, 5);
  }
}

export interface LayerNormLayerOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number | undefined;
  /** Learn a factor and a summand for each element. Default true. */
  elementwiseAffine?: boolean | undefined;
  /** The summand too. Default true. */
  bias?: boolean | undefined;
}

const shapeOf = (normalizedShape: number | Shape): Shape =>
  typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;

/** Each sample's last dimensions brought to mean 0 and variance 1. @source torch.nn.LayerNorm */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly normalizedShape: Shape;
  readonly eps: number;

  constructor(
    normalizedShape: number | Shape,
    { eps = 1e-5, elementwiseAffine = true, bias = true }: LayerNormLayerOptions = {},
  ) {
    super();
    this.normalizedShape = shapeOf(normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape)) : null;
  }

  override forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }

  override extraRepr(): string {
    return `${tuple(this.normalizedShape)}, ${reprOf({ eps: float(this.eps), elementwiseAffine: this.weight !== null })}`;
  }
}

/** x over the root of its mean square. @source torch.nn.RMSNorm */
export class RMSNorm extends Module {
  readonly weight: Parameter | null;
  readonly normalizedShape: Shape;
  readonly eps: number | null;

  constructor(
    normalizedShape: number | Shape,
    {
      eps = null,
      elementwiseAffine = true,
    }: { eps?: number | null | undefined; elementwiseAffine?: boolean | undefined } = {},
  ) {
    super();
    this.normalizedShape = shapeOf(normalizedShape);
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape)) : null;
  }

  override forward(x: Tensor): Tensor {
    return rmsNorm(x, this.normalizedShape, { weight: this.weight, eps: this.eps });
  }

  override extraRepr(): string {
    const eps = this.eps === null ? null : float(this.eps);
    return `${tuple(this.normalizedShape)}, ${reprOf({ eps, elementwiseAffine: this.weight !== null })}`;
  }
}

/** Each sample's groups of channels brought to mean 0 and variance 1. @source torch.nn.GroupNorm */
export class GroupNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;

  constructor(
    numGroups: number,
    numChannels: number,
    { eps = 1e-5, affine = true }: { eps?: number | undefined; affine?: boolean | undefined } = {},
  ) {
    super();
    if (numChannels % numGroups !== 0)
      throw new ValueError({ op: "GroupNorm", problem: `${numGroups} groups do not divide ${numChannels} channels` });
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.weight = affine ? new Parameter(ones(numChannels)) : null;
    this.bias = affine ? new Parameter(zeros(numChannels)) : null;
  }

  override forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, { weight: this.weight, bias: this.bias, eps: this.eps });
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, ${reprOf({ eps: float(this.eps), affine: this.weight !== null })}`;
  }
}

/** x over neighbouring channels. @source torch.nn.LocalResponseNorm */
export class LocalResponseNorm extends layerOf(
  localResponseNorm,
  (size, { alpha = 1e-4, beta = 0.75, k = 1 } = {}) =>
    `${size}, ${reprOf({ alpha: float(alpha), beta: float(beta), k: float(k) })}`,
) {}
