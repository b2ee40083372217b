import { noGrad } from "../../autograd/mode.js";
import { fillBernoulli } from "../../random/distributions.js";
import { defaultGenerator, type Generator } from "../../random/generator.js";
import { randn, tensor } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul } from "../elementwise/arithmetic.js";

interface Drawn {
  /** Default: the default generator. */
  generator?: Generator | undefined;
}

/** 1 with the probability that each element holds, else 0. @throws ValueError for what is no probability @source torch.bernoulli */
export const bernoulli = (x: Tensor, { generator = defaultGenerator }: Drawn = {}): Tensor => {
  const one = new Float64Array(1);
  const drawn = Float64Array.from(x.toTypedArray(), (p) => {
    if (!(p >= 0 && p <= 1))
      throw new ValueError({ op: "bernoulli", problem: `${p} is no probability`, rule: "from 0 to 1" });
    fillBernoulli(one, generator, p);
    return one[0] as number;
  });
  return tensor(drawn, { dtype: x.dtype }).reshape(x.shape);
};

export interface MultinomialOptions extends Drawn {
  /** A place may be drawn again. Default false. */
  replacement?: boolean | undefined;
}

/**
 * Places drawn in proportion to weights, int32.
 *
 * @shape weights [C] or [N, C] → [numSamples] or [N, numSamples]
 * @throws ValueError for weights that are negative, not finite, or too few that are above 0
 * @source torch.multinomial, and its draws: with replacement the place where the summed weights pass a uniform number, else the
 *   largest of weight / exponential number (Gumbel's trick)
 */
export const multinomial = (
  weights: Tensor,
  numSamples: number,
  { replacement = false, generator = defaultGenerator }: MultinomialOptions = {},
): Tensor => {
  if (weights.ndim !== 1 && weights.ndim !== 2)
    throw new ShapeError({
      op: "multinomial",
      problem: "the weights are no row and no rows",
      args: { weights: weights.shape },
    });
  if (!Number.isInteger(numSamples) || numSamples < 1)
    throw new ValueError({ op: "multinomial", problem: `numSamples is ${numSamples}`, rule: "an integer from 1 up" });
  const C = weights.shape.at(-1) as number;
  const all = Float64Array.from(weights.toTypedArray());
  const rows = C === 0 ? 0 : all.length / C;
  const drawn = new Int32Array(rows * numSamples);
  for (let r = 0; r < rows; r++) {
    const row = all.slice(r * C, (r + 1) * C);
    if (row.some((w) => !(w >= 0 && Number.isFinite(w))))
      throw new ValueError({ op: "multinomial", problem: `the weights of row ${r} are not all finite and from 0 up` });
    const least = replacement ? 1 : numSamples;
    if (row.filter((w) => w > 0).length < least)
      throw new ValueError({ op: "multinomial", problem: `row ${r} has fewer than ${least} weights above 0` });
    const round = weights.dtype === "float64" ? (x: number): number => x : Math.fround;
    const places =
      replacement && numSamples > 1
        ? drawAgain(row, numSamples, generator, round)
        : drawOnce(row, numSamples, generator, round);
    drawn.set(places, r * numSamples);
  }
  return tensor(drawn).reshape(weights.ndim === 1 ? [numSamples] : [rows, numSamples]);
};

/** Places where the summed weights pass uniform numbers. */
const drawAgain = (
  row: Float64Array,
  count: number,
  generator: Generator,
  round: (x: number) => number,
): Int32Array => {
  let sum = 0;
  const sums = row.map((w) => {
    sum = round(sum + w);
    return sum;
  });
  const shares = sums.map((s) => round(s / sum));
  return Int32Array.from({ length: count }, () => {
    const u = generator.nextFloat64();
    const place = shares.findIndex((share) => share >= u);
    return place < 0 ? row.findLastIndex((w) => w > 0) : place;
  });
};

/** Places with the largest of weight / exponential number: each place once, the weights deciding how early. */
const drawOnce = (row: Float64Array, count: number, generator: Generator, round: (x: number) => number): Int32Array => {
  const keys = row.map((w) => round(w / round(-Math.log1p(-generator.nextFloat64()))));
  const order = Int32Array.from(row, (_, i) => i).sort((a, b) => (keys[b] as number) - (keys[a] as number));
  return order.subarray(0, count);
};

/** Normal draws with a mean and a spread for each element. @grad none, as in PyTorch @source torch.normal */
export const normal = (mean: Tensor, std: Tensor, { generator }: Drawn = {}): Tensor =>
  noGrad(() => {
    const both = add(mean, mul(std, 0));
    return add(mul(randn(both.shape, { dtype: both.dtype, generator }), std), mean);
  });
