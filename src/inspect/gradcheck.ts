import { gradients } from "../autograd/backward.js";
import { enableGrad, noGrad } from "../autograd/mode.js";
import { randnLike, zerosLike } from "../tensor/create.js";
import { GradError, ValueError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";

export interface GradcheckOptions {
  /** Half the width of the central difference. Default 1e-6. */
  eps?: number | undefined;
  /** Absolute tolerance. Default 1e-5. */
  atol?: number | undefined;
  /** Relative tolerance. Default 1e-3. */
  rtol?: number | undefined;
  /** Throw what differs; otherwise the answer is false. Default true. */
  raiseException?: boolean | undefined;
  /** One random upstream gradient in the place of every element of the Jacobian. Default false. */
  fastMode?: boolean | undefined;
}

/** A function under test: any arguments, tensors out. */
export type Checked<A extends readonly unknown[]> = (...args: A) => Tensor | readonly Tensor[];

/**
 * Holds the gradient of `fn` at `inputs` against central differences, in float64: every element of the Jacobian.
 *
 * @param inputs the arguments of `fn`; tensors among them that require a gradient are checked, and may be strided views
 * @returns true; false, or the error, when something differs
 * @throws GradError that names the input, the elements, both values; ValueError when there is nothing to check
 * @cost two calls of `fn` for each input element, a backward walk for each output element
 * @source torch.autograd.gradcheck
 * @example autograd.gradcheck((x) => x.sin(), [randn(3, { dtype: "float64", requiresGrad: true })])
 */
export const gradcheck = <A extends readonly unknown[]>(
  fn: Checked<A>,
  inputs: A,
  { raiseException = true, ...options }: GradcheckOptions = {},
): boolean => {
  try {
    checkAll(fn, inputs, options);
    return true;
  } catch (error) {
    if (!raiseException && error instanceof GradError) return false;
    throw error;
  }
};

/**
 * Holds the gradient of the gradient against central differences, under random upstream gradients.
 *
 * @param gradOutputs upstream gradients; left out, random ones are drawn
 * @source torch.autograd.gradgradcheck
 */
export const gradgradcheck = <A extends readonly unknown[]>(
  fn: Checked<A>,
  inputs: A,
  gradOutputs: readonly Tensor[] | null = null,
  options: GradcheckOptions = {},
): boolean => {
  const outputs = floatsOf(enableGrad(() => fn(...inputs)));
  const upstream = gradOutputs ?? outputs.map((y) => randnLike(y));
  const leaves = upstream.map((d) => d.detach().requiresGrad_());
  const count = inputs.length;
  // Its own graph is what is differentiated here, so it is recorded whatever the mode.
  const slope = (...args: unknown[]): Tensor[] =>
    enableGrad(() => {
      const points = args.slice(0, count) as readonly unknown[] as A;
      const wanted = checkedOf(points).map(({ x }) => x);
      const roots = floatsOf(fn(...points));
      const live = roots.flatMap((root, i) => (root.requiresGrad ? [i] : []));
      const found = gradients(
        live.map((i) => roots[i] as Tensor),
        live.map((i) => args[count + i] as Tensor),
        wanted,
        { createGraph: true },
      );
      return found.map((grad, i) => grad ?? zerosLike(wanted[i] as Tensor));
    });
  return gradcheck(slope, [...inputs, ...leaves], options);
};

interface CheckedInput {
  readonly x: Tensor;
  readonly position: number;
}

const checkedOf = (inputs: readonly unknown[]): CheckedInput[] =>
  inputs.flatMap((x, position) => (x instanceof Tensor && x.requiresGrad ? [{ x, position }] : []));

const floatsOf = (result: Tensor | readonly Tensor[]): Tensor[] =>
  (result instanceof Tensor ? [result] : [...result]).filter((y) => y.isFloatingPoint());

const checkAll = <A extends readonly unknown[]>(
  fn: Checked<A>,
  inputs: A,
  { eps = 1e-6, atol = 1e-5, rtol = 1e-3, fastMode = false }: GradcheckOptions,
): void => {
  const checked = checkedOf(inputs);
  if (checked.length === 0)
    throw new ValueError({ op: "gradcheck", problem: "no input requires a gradient, so there is nothing to check" });
  for (const { x, position } of checked) mustBeExact(x, position);
  const outputs = enableGrad(() => floatsOf(fn(...inputs)));
  const probes = outputs.flatMap((y, output) =>
    y.requiresGrad ? probesOf(y, fastMode).map((upstream) => ({ output, upstream })) : [],
  );
  const analytic = probes.map(({ output, upstream }) =>
    gradients(
      [outputs[output] as Tensor],
      [upstream],
      checked.map(({ x }) => x),
      { retainGraph: true },
    ).map((grad) => grad?.toTypedArray() ?? null),
  );
  const weights = probes.map(({ upstream }) => upstream.toTypedArray());
  const values = (): ArrayLike<number>[] => noGrad(() => floatsOf(fn(...inputs)).map((y) => y.toTypedArray()));
  for (const [k, { x, position }] of checked.entries()) {
    for (const [i, element] of elementsIn(x).entries()) {
      const held = element.item();
      const at = (value: number): ArrayLike<number>[] => {
        noGrad(() => element.fill_(value));
        return values();
      };
      const up = at(held + eps);
      const down = at(held - eps);
      noGrad(() => element.fill_(held));
      for (const [p, { output }] of probes.entries()) {
        const numeric = slopeAlong(weights[p] as ArrayLike<number>, up[output] ?? [], down[output] ?? []) / (2 * eps);
        const exact = analytic[p]?.[k]?.[i] ?? 0;
        if (Math.abs(exact - numeric) <= atol + rtol * Math.abs(numeric)) continue;
        throw new GradError({
          op: "gradcheck",
          problem: `the gradient of input ${position} at element ${i} is ${exact}, central differences give ${numeric}`,
          rule: `|backward − difference| ≤ ${atol} + ${rtol} · |difference|`,
          args: {
            input: x.shape,
            output: (outputs[output] as Tensor).shape,
            upstream: fastMode ? "random" : `1 at element ${indexOfOne(weights[p] as ArrayLike<number>)}, 0 elsewhere`,
          },
          hint: "a factor, a sign or a transposed term in backward; or a kink of the function within eps of the input",
        });
      }
    }
  }
};

const mustBeExact = (x: Tensor, position: number): void => {
  if (x.dtype !== "float64") {
    throw new ValueError({
      op: "gradcheck",
      problem: `input ${position} is ${x.dtype}`,
      rule: "differences need float64",
      args: { input: x.shape },
      hint: 'randn(…, { dtype: "float64", requiresGrad: true })',
    });
  }
  if (x.strides.some((stride, d) => stride === 0 && (x.shape[d] as number) > 1)) {
    throw new ValueError({
      op: "gradcheck",
      problem: `elements of input ${position} share memory, so one cannot be moved alone`,
      args: { input: x.shape },
      hint: "expand inside of the function, or clone() the input",
    });
  }
};

/** Upstream gradients: each unit vector, or one random vector. */
const probesOf = (y: Tensor, fastMode: boolean): Tensor[] => {
  if (fastMode) return [randnLike(y)];
  return Array.from({ length: y.numel() }, (_, i) => {
    const unit = zerosLike(y);
    elementsIn(unit)[i]?.fill_(1);
    return unit;
  });
};

/** Every element as a view of its own, row-major. */
const elementsIn = (x: Tensor): Tensor[] => {
  let offsets = [x.offset];
  for (const [d, size] of x.shape.entries())
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: size }, (_, i) => offset + i * (x.strides[d] as number)),
    );
  return offsets.map((offset) => new Tensor(x.storage, [], [], offset));
};

const slopeAlong = (weights: ArrayLike<number>, up: ArrayLike<number>, down: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight !== 0) sum += weight * ((up[i] as number) - (down[i] as number));
  }
  return sum;
};

const indexOfOne = (weights: ArrayLike<number>): number => Array.from(weights).indexOf(1);
