import { backend } from "../backend/current.js";
import type { Generator } from "../random/generator.js";
import { fillRandom } from "../tensor/create.js";
import { ShapeError, ValueError } from "../tensor/errors.js";
import { sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

interface Drawn {
  generator?: Generator | undefined;
}

/** Uniform from a to b. @source torch.nn.init.uniform_ */
export const uniform_ = (x: Tensor, a = 0, b = 1, { generator }: Drawn = {}): Tensor =>
  fillRandom(x, "uniform", a, b, generator);
/** Normal. @source torch.nn.init.normal_ */
export const normal_ = (x: Tensor, mean = 0, std = 1, { generator }: Drawn = {}): Tensor =>
  fillRandom(x, "normal", mean, std, generator);
/** One value everywhere. @source torch.nn.init.constant_ */
export const constant_ = (x: Tensor, value: number): Tensor => {
  backend().fill(x, value);
  x.storage.version++;
  return x;
};
export const zeros_ = (x: Tensor): Tensor => constant_(x, 0);
export const ones_ = (x: Tensor): Tensor => constant_(x, 1);

export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "selu";

/** The factor by which a nonlinearity's input should be spread. @source torch.nn.init.calculate_gain */
export const calculateGain = (nonlinearity: Nonlinearity, param?: number): number => {
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leakyRelu":
      return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
    case "selu":
      return 3 / 4;
    default:
      return 1;
  }
};

/** How many inputs and outputs each unit of a weight [out, in, ...] has. */
export const fansOf = (x: Tensor): { fanIn: number; fanOut: number } => {
  if (x.ndim < 2)
    throw new ShapeError({
      op: "init",
      problem: "fans need at least 2 dimensions",
      rule: "weight [out, in, ...]",
      args: { weight: x.shape },
    });
  const field = sizeOf(x.shape.slice(2));
  return { fanIn: (x.shape[1] as number) * field, fanOut: (x.shape[0] as number) * field };
};

export interface KaimingOptions extends Drawn {
  /** Slope below 0 of the leaky ReLU that follows. Default 0. */
  a?: number | undefined;
  /** "fanIn" keeps the spread forward, "fanOut" backward. Default "fanIn". */
  mode?: "fanIn" | "fanOut" | undefined;
  /** Default "leakyRelu". */
  nonlinearity?: Nonlinearity | undefined;
}

const kaimingStd = (x: Tensor, { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions): number => {
  if (mode !== "fanIn" && mode !== "fanOut")
    throw new ValueError({ op: "init", problem: `mode ${String(mode)} is not known`, rule: '"fanIn" or "fanOut"' });
  return calculateGain(nonlinearity, a) / Math.sqrt(fansOf(x)[mode]);
};

/** Uniform with standard deviation gain/√fan. @source torch.nn.init.kaiming_uniform_; He et al., 2015 */
export const kaimingUniform_ = (x: Tensor, options: KaimingOptions = {}): Tensor => {
  const bound = Math.sqrt(3) * kaimingStd(x, options);
  return uniform_(x, -bound, bound, options);
};

/** Normal with standard deviation gain/√fan. @source torch.nn.init.kaiming_normal_; He et al., 2015 */
export const kaimingNormal_ = (x: Tensor, options: KaimingOptions = {}): Tensor =>
  normal_(x, 0, kaimingStd(x, options), options);

/** Uniform with standard deviation gain·√(2/(fanIn+fanOut)). @source torch.nn.init.xavier_uniform_; Glorot & Bengio, 2010 */
export const xavierUniform_ = (x: Tensor, gain = 1, options: Drawn = {}): Tensor => {
  const { fanIn, fanOut } = fansOf(x);
  const bound = Math.sqrt(3) * gain * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(x, -bound, bound, options);
};

/** Normal with standard deviation gain·√(2/(fanIn+fanOut)). @source torch.nn.init.xavier_normal_ */
export const xavierNormal_ = (x: Tensor, gain = 1, options: Drawn = {}): Tensor => {
  const { fanIn, fanOut } = fansOf(x);
  return normal_(x, 0, gain * Math.sqrt(2 / (fanIn + fanOut)), options);
};
