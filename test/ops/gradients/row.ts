import { type Tensor, tensor } from "../../../src/index.js";
import { randomFrom } from "../../backend/twins.js";

/** Makes the values of one input, row-major. */
export interface Input {
  readonly shape: readonly number[];
  values(random: () => number): number[];
}

export interface Row {
  /** The public name, with the namespace if it is not the main one; after a comma what is special in this row. */
  readonly name: string;
  readonly fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly Input[];
  /** Why the second derivative is not checked. */
  readonly once?: string;
}

const sampled =
  (one: (random: () => number) => number) =>
  (...shape: number[]): Input => ({
    shape,
    values: (random) => Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => one(random)),
  });

/** From 0.2 to 1.7 on either side of 0. */
export const real = sampled((random) => (0.2 + 1.5 * random()) * (random() < 0.5 ? -1 : 1));
/** From 0.4 to 2. */
export const positive = sampled((random) => 0.4 + 1.6 * random());
/** From 0.1 to 0.8 on either side of 0. */
export const small = sampled((random) => (0.1 + 0.7 * random()) * (random() < 0.5 ? -1 : 1));
/** From 0.1 to 0.9. */
export const share = sampled((random) => 0.1 + 0.8 * random());
/** From 1.2 to 3. */
export const aboveOne = sampled((random) => 1.2 + 1.8 * random());

/** No two values closer than 0.25, in random order, around 0. */
export const distinct = (...shape: number[]): Input => ({
  shape,
  values: (random) => {
    const n = shape.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: n }, (_, i) => 0.3 * (i - n / 2) + 0.05 * random() + 0.07);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [values[i], values[j]] = [values[j] as number, values[i] as number];
    }
    return values;
  },
});

/** Exactly these numbers. */
export const fixed = (...numbers: number[]): Input => ({ shape: [numbers.length], values: () => numbers });

/** A leaf for an input: row-major, or every second element of a transposed block. */
export const leaf = (input: Input, seed: number, { isStrided = false } = {}): Tensor => {
  const random = randomFrom(seed);
  for (let i = 0; i < 5; i++) random();
  const x = tensor(input.values(random), { dtype: "float64", shape: input.shape });
  if (!isStrided || x.ndim === 0) return x.requiresGrad_();
  const turned = x.transpose(0, -1);
  const [first = 0, ...rest] = turned.shape;
  const block = turned
    .clone()
    .repeatInterleave(2, { dim: 0 })
    .reshape([2 * first, ...rest]);
  const view = block.unfold(0, 1, 2).squeeze(-1).transpose(0, -1);
  return view.detach().requiresGrad_();
};

export const ints = (...values: number[]): Tensor => tensor(values, { dtype: "int32" });
export const bools = (...values: number[]): Tensor => tensor(values, { dtype: "bool" });
export const doubles = (...values: number[]): Tensor => tensor(values, { dtype: "float64" });
