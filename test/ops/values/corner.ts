import { autograd, type Nested, type Tensor, tensor } from "../../../src/index.js";

/** What a call gives in PyTorch 1.13: shape, and values row-major. */
export type Corner = readonly [name: string, run: () => Tensor, shape: readonly number[], values: readonly number[]];

export const { POSITIVE_INFINITY: inf, NaN: nan } = Number;

/** A float64 tensor of these numbers, or of one nested list. */
export const d = (...values: number[] | [Exclude<Nested<number>, number>]): Tensor => {
  const [first] = values;
  return tensor(typeof first === "object" ? first : values, { dtype: "float64" });
};
/** A float64 scalar. */
export const d0 = (value: number): Tensor => tensor(value, { dtype: "float64" });

/** The gradient of the sum of what `fn` gives. */
export const slope = (fn: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const leaf = x.detach().requiresGrad_();
  return autograd.grad(fn(leaf).sum(), [leaf])[0] as Tensor;
};

/** The gradient of the sum of the gradient. */
export const slope2 = (fn: (x: Tensor) => Tensor, x: Tensor): Tensor =>
  slope((leaf) => autograd.grad(fn(leaf).sum(), [leaf], { createGraph: true })[0] as Tensor, x);
