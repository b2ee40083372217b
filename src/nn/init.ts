import { noGrad } from "../autograd/mode.js";
import { backend } from "../backend/current.js";
import { add, mul } from "../ops/elementwise/arithmetic.js";
import { clamp } from "../ops/elementwise/clamp.js";
import { erf, erfinv } from "../ops/elementwise/special.js";
import { sign } from "../ops/elementwise/unary.js";
import { qr } from "../ops/linalg/factor.js";
import { diagonal } from "../ops/movement/diagonal.js";
import type { Generator } from "../random/generator.js";
import { empty, eye, fillRandom, randperm, tensor } from "../tensor/create.js";
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

/** Normal, drawn anew outside of a to b. @source torch.nn.init.trunc_normal_ */
export const truncNormal_ = (x: Tensor, mean = 0, std = 1, a = -2, b = 2): Tensor =>
  noGrad(() => {
    // Uniform between the ends' probabilities, then through the inverse of the distribution.
    const below = (z: number): number => (1 + erfOf((z - mean) / std / Math.SQRT2)) / 2;
    const [low, high] = [below(a), below(b)];
    uniform_(x, 2 * low - 1, 2 * high - 1);
    return x.copy_(clamp(add(mul(erfinv(x), std * Math.SQRT2), mean), { min: a, max: b }));
  });

const erfOf = (z: number): number => erf(tensor(z, { dtype: "float64" })).item();

/** Ones on the diagonal of a matrix. @source torch.nn.init.eye_ */
export const eye_ = (x: Tensor): Tensor => {
  if (x.ndim !== 2) throw new ShapeError({ op: "eye_", problem: "the tensor is no matrix", args: { tensor: x.shape } });
  return noGrad(() => x.copy_(eye(x.shape[0] as number, x.shape[1] as number)));
};

/** Convolution weights that hand channels through. @source torch.nn.init.dirac_ */
export const dirac_ = (x: Tensor, { groups = 1 }: { groups?: number | undefined } = {}): Tensor => {
  if (x.ndim < 3 || x.ndim > 5)
    throw new ShapeError({
      op: "dirac_",
      problem: "the tensor is no convolution's weight",
      rule: "3 to 5 dimensions",
      args: { tensor: x.shape },
    });
  const [out, inner] = x.shape as [number, number];
  if (out % groups !== 0)
    throw new ValueError({ op: "dirac_", problem: `${groups} groups do not divide ${out} channels` });
  const each = out / groups;
  return noGrad(() => {
    zeros_(x);
    for (let g = 0; g < groups; g++)
      for (let c = 0; c < Math.min(each, inner); c++) {
        const middle = x.shape
          .slice(2)
          .reduce((y, size) => y.select(0, Math.floor(size / 2)), x.select(0, g * each + c).select(0, c));
        middle.fill_(1);
      }
    return x;
  });
};

/** A matrix (all but the first dimension as one) with orthogonal rows or columns, times gain. @source torch.nn.init.orthogonal_; Saxe et al., 2014 */
export const orthogonal_ = (x: Tensor, gain = 1, { generator }: Drawn = {}): Tensor => {
  if (x.ndim < 2)
    throw new ShapeError({ op: "orthogonal_", problem: "at least 2 dimensions are needed", args: { tensor: x.shape } });
  if (x.numel() === 0) return x;
  const rows = x.shape[0] as number;
  const columns = x.numel() / rows;
  return noGrad(() => {
    const flat = normal_(empty(rows, columns, { dtype: x.dtype }), 0, 1, { generator });
    const { Q, R } = qr(rows < columns ? flat.t().contiguous() : flat);
    // Signs of R's diagonal make the draw uniform over all such matrices.
    const even = mul(Q, sign(diagonal(R)));
    return x.copy_(mul(rows < columns ? even.t() : even, gain).reshape(x.shape));
  });
};

/** Normal, with a share `sparsity` of each column 0. @source torch.nn.init.sparse_; Martens, 2010 */
export const sparse_ = (
  x: Tensor,
  sparsity: number,
  { std = 0.01, generator }: { std?: number | undefined } & Drawn = {},
): Tensor => {
  if (x.ndim !== 2)
    throw new ShapeError({ op: "sparse_", problem: "the tensor is no matrix", args: { tensor: x.shape } });
  const [rows, columns] = x.shape as [number, number];
  const zeroed = Math.ceil(sparsity * rows);
  return noGrad(() => {
    normal_(x, 0, std, { generator });
    for (let c = 0; c < columns; c++) {
      const order = randperm(rows, { generator }).toTypedArray();
      for (let i = 0; i < zeroed; i++)
        x.select(0, order[i] as number)
          .select(0, c)
          .fill_(0);
    }
    return x;
  });
};
