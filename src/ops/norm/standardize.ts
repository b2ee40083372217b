import { defineMultiOp } from "../../autograd/defineOp.js";
import { type Shape, sizeOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { rsqrt } from "../elementwise/unary.js";
import { mean } from "../reduce/reduce.js";

interface Along {
  readonly dims: readonly number[];
  readonly eps: number;
}

const withOnes = (shape: Shape, dims: readonly number[]): Shape =>
  shape.map((size, i) => (dims.includes(i) ? 1 : size));

const standardize_ = defineMultiOp<Along>({
  name: "standardize",
  shape: ([x_], { dims }) => {
    const { shape, dtype } = x_ as Tensor;
    const few = { shape: withOnes(shape, dims), dtype };
    return [{ shape, dtype }, few, few];
  },
  forward: (k, [y, mean_, variance], [x], { dims, eps }) =>
    k.standardize(y as Tensor, mean_ as Tensor, variance as Tensor, x as Tensor, dims, eps),
  savesOutputs: [0, 2],
  backward: ([d, dMean, dVariance], { attrs: { dims, eps }, arrived, inputMeta, output }) => {
    const [y, variance] = [output(0), output(2)];
    const n = sizeOf(dims.map((i) => (inputMeta[0] as Tensor).shape[i] as number));
    const over = (x: Tensor): Tensor => mean(x, { dim: dims, keepdim: true });
    const rstd = rsqrt(add(variance, eps));
    const g = d as Tensor;
    let dX = mul(rstd, sub(sub(g, over(g)), mul(y, over(mul(g, y)))));
    if (arrived(1)) dX = add(dX, div(dMean as Tensor, n));
    if (arrived(2)) dX = add(dX, mul(div(y, rstd), mul(dVariance as Tensor, 2 / n)));
    return [dX];
  },
});

/** What standardize gives: averages and variances have size 1 in the dimensions they were taken over. */
export interface Standardized {
  readonly y: Tensor;
  readonly mean: Tensor;
  /** Around the average, divided by n. */
  readonly variance: Tensor;
}

/** (x − mean) / √(variance + eps) over dimensions. */
export const standardize = (x: Tensor, dims: readonly number[], eps: number): Standardized => {
  const [y, mean_, variance] = standardize_([x], { dims, eps }) as [Tensor, Tensor, Tensor];
  return { y, mean: mean_, variance };
};
