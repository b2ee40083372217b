/** Draws into a tensor that is there: x.normal_(0, 0.02). The same seed draws what PyTorch's CPU generator draws. */
import { inPlace } from "../../autograd/inPlace.js";
import { isFloating } from "../../backend/dtype.js";
import { fillBernoulli, fillNormal, fillUniform } from "../../random/distributions.js";
import { defaultGenerator, type Generator } from "../../random/generator.js";
import { tensor } from "../../tensor/create.js";
import { finfo, iinfo } from "../../tensor/dtypeInfo.js";
import { DTypeError, ValueError } from "../../tensor/errors.js";
import { drawElements, Tensor } from "../../tensor/tensor.js";
import { to } from "../elementwise/cast.js";
import { expand } from "../movement/broadcast.js";
import { bernoulli } from "./draw.js";

interface Drawn {
  /** Default: the default generator. */
  generator?: Generator | undefined;
}

type Fill = (out: Float32Array | Float64Array, generator: Generator) => void;

/** x ← what `fill` draws, row-major. */
const drawInto = (op: string, x: Tensor, { generator = defaultGenerator }: Drawn, fill: Fill): Tensor =>
  inPlace(op, x, () => {
    if (isFloating(x.dtype)) {
      const drawn = Tensor.empty(x.shape, x.dtype);
      drawElements(drawn, (out) => fill(out, generator));
      return drawn;
    }
    const out = new Float64Array(x.numel());
    fill(out, generator);
    return tensor(out, { dtype: x.dtype, shape: x.shape });
  });

const eachBy =
  (draw: (generator: Generator) => number): Fill =>
  (out, generator) => {
    for (let i = 0; i < out.length; i++) out[i] = draw(generator);
  };

const requireFloat = (op: string, x: Tensor): void => {
  if (isFloating(x.dtype)) return;
  throw new DTypeError({ op, problem: `${x.dtype} has no fractions to draw`, args: { x: x.shape } });
};

const requirePositive = (op: string, name: string, value: number): void => {
  if (value > 0) return;
  throw new ValueError({ op, problem: `${name} is ${value}`, rule: "above 0" });
};

/** Uniform from `from` up to, not including, `to`. @source torch.Tensor.uniform_ */
export const uniform_ = (x: Tensor, from = 0, to = 1, options: Drawn = {}): Tensor => {
  requireFloat("uniform_", x);
  if (!(from <= to)) throw new ValueError({ op: "uniform_", problem: `from ${from} to ${to}`, rule: "from ≤ to" });
  return drawInto("uniform_", x, options, (out, g) => fillUniform(out, g, from, to));
};

/** Normal. @source torch.Tensor.normal_ */
export const normal_ = (x: Tensor, mean = 0, std = 1, options: Drawn = {}): Tensor => {
  requireFloat("normal_", x);
  if (!(std >= 0)) throw new ValueError({ op: "normal_", problem: `std is ${std}`, rule: "from 0 up" });
  return drawInto("normal_", x, options, (out, g) => fillNormal(out, g, mean, std));
};

/** 1 with probability p, else 0; p may be a tensor that broadcasts. @source torch.Tensor.bernoulli_ */
export const bernoulli_ = (x: Tensor, p: number | Tensor = 0.5, options: Drawn = {}): Tensor => {
  if (typeof p === "object")
    return inPlace("bernoulli_", x, () => to(bernoulli(to(expand(p.detach(), x.shape), "float64"), options), x.dtype));
  if (!(p >= 0 && p <= 1)) throw new ValueError({ op: "bernoulli_", problem: `p is ${p}`, rule: "from 0 to 1" });
  return drawInto("bernoulli_", x, options, (out, g) => fillBernoulli(out, g, p));
};

/** Waiting times at a rate. @source torch.Tensor.exponential_ */
export const exponential_ = (x: Tensor, lambd = 1, options: Drawn = {}): Tensor => {
  requireFloat("exponential_", x);
  requirePositive("exponential_", "lambd", lambd);
  return drawInto(
    "exponential_",
    x,
    options,
    eachBy((g) => -Math.log1p(-g.nextFloat64()) / lambd),
  );
};

/** Tries up to the first success, each with probability p. @source torch.Tensor.geometric_ */
export const geometric_ = (x: Tensor, p: number, options: Drawn = {}): Tensor => {
  if (!(p > 0 && p < 1)) throw new ValueError({ op: "geometric_", problem: `p is ${p}`, rule: "between 0 and 1" });
  return drawInto(
    "geometric_",
    x,
    options,
    eachBy((g) => Math.ceil(Math.log(g.nextFloat64()) / Math.log1p(-p))),
  );
};

/** Cauchy's distribution. @source torch.Tensor.cauchy_ */
export const cauchy_ = (x: Tensor, median = 0, sigma = 1, options: Drawn = {}): Tensor => {
  requireFloat("cauchy_", x);
  requirePositive("cauchy_", "sigma", sigma);
  return drawInto(
    "cauchy_",
    x,
    options,
    eachBy((g) => median + sigma * Math.tan(Math.PI * (g.nextFloat64() - 0.5))),
  );
};

/** e to normal draws. @source torch.Tensor.log_normal_ */
export const logNormal_ = (x: Tensor, mean = 1, std = 2, options: Drawn = {}): Tensor => {
  requireFloat("logNormal_", x);
  requirePositive("logNormal_", "std", std);
  return drawInto(
    "logNormal_",
    x,
    options,
    eachBy((g) => Math.exp(g.nextNormal() * std + mean)),
  );
};

/** The integers from 0 that a dtype holds exactly, and their number. */
const exactIntegers = (x: Tensor): number => {
  if (isFloating(x.dtype)) return 2 / finfo(x.dtype).eps + 1;
  return x.dtype === "bool" ? 2 : iinfo(x.dtype).max + 1;
};

/** Integers from `from` up to, not including, `to`; x.random_(to) starts at 0, x.random_() takes all that the dtype holds exactly. @source torch.Tensor.random_ */
export const random_ = (x: Tensor, fromOrTo?: number, to?: number, options: Drawn = {}): Tensor => {
  const [low, high] = to === undefined ? [0, fromOrTo ?? exactIntegers(x)] : [fromOrTo ?? 0, to];
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high)
    throw new ValueError({ op: "random_", problem: `there is no integer from ${low} up to, not including, ${high}` });
  const range = high - low;
  const draw = (g: Generator): number =>
    range < 2 ** 32 ? g.nextUint32() % range : Number(g.nextUint64() % BigInt(range));
  return drawInto(
    "random_",
    x,
    options,
    eachBy((g) => low + draw(g)),
  );
};
