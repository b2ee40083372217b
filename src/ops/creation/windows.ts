import { isFloating } from "../../backend/dtype.js";
import { type CreateOptions, tensor } from "../../tensor/create.js";
import { DTypeError } from "../../tensor/errors.js";
import { checkShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { i0 } from "../elementwise/special.js";

export interface WindowOptions extends CreateOptions {
  /** As one period of a wave: the last point is left out. Default true. */
  periodic?: boolean | undefined;
}

/** n values of a function of the place i and the last place. */
const window = (
  op: string,
  n: number,
  { periodic = true, dtype = "float32", requiresGrad }: WindowOptions,
  at: (i: number, last: number) => number,
): Tensor => {
  checkShape(op, [n]);
  if (!isFloating(dtype)) throw new DTypeError({ op, problem: `a window has fractions, ${dtype} has none` });
  const last = periodic ? n : n - 1;
  const values = Float64Array.from({ length: n }, (_, i) => (n === 1 ? 1 : at(i, last)));
  return tensor(values, { dtype, requiresGrad });
};

/** ½ − ½ cos(2πi / N). @source torch.hann_window */
export const hannWindow = (n: number, options: WindowOptions = {}): Tensor =>
  window("hannWindow", n, options, (i, last) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / last));

export interface HammingOptions extends WindowOptions {
  /** Default 0.54. */
  alpha?: number | undefined;
  /** Default 0.46. */
  beta?: number | undefined;
}

/** alpha − beta · cos(2πi / N). @source torch.hamming_window */
export const hammingWindow = (n: number, { alpha = 0.54, beta = 0.46, ...options }: HammingOptions = {}): Tensor =>
  window("hammingWindow", n, options, (i, last) => alpha - beta * Math.cos((2 * Math.PI * i) / last));

/** 0.42 − ½ cos(2πi / N) + 0.08 cos(4πi / N). @source torch.blackman_window */
export const blackmanWindow = (n: number, options: WindowOptions = {}): Tensor =>
  window("blackmanWindow", n, options, (i, last) => {
    const turn = (2 * Math.PI * i) / last;
    return 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
  });

/** A triangle from 0 to 1 and back. @source torch.bartlett_window */
export const bartlettWindow = (n: number, options: WindowOptions = {}): Tensor =>
  window("bartlettWindow", n, options, (i, last) => 1 - Math.abs((2 * i) / last - 1));

export interface KaiserOptions extends WindowOptions {
  /** Default 12. */
  beta?: number | undefined;
}

/** I₀(beta · √(1 − (2i/N − 1)²)) / I₀(beta). @source torch.kaiser_window */
export const kaiserWindow = (n: number, { beta = 12, ...options }: KaiserOptions = {}): Tensor => {
  const bessel = (x: number): number => i0(tensor(x, { dtype: "float64" })).item();
  return window(
    "kaiserWindow",
    n,
    options,
    (i, last) => bessel(beta * Math.sqrt(Math.max(0, 1 - ((2 * i) / last - 1) ** 2))) / bessel(beta),
  );
};
