import { argumentsOf, Inputs } from "../adapter.js";
import { compare } from "../compare.js";
import { asTensor, callMethod, functionAt, type Library, snapshot } from "../library.js";
import { arrayOf, camelCase, type GoldenCase, type Json, numberOf, objectOf, Skip } from "../values.js";
import { buildModule, stateOf } from "./module.js";
import type { Verdict } from "./verdict.js";

interface Moments {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly kurtosis: number;
  /** Mean of the eighth power of the standardised values: how uncertain the kurtosis is. */
  readonly eighth: number;
  readonly frac_zero: number;
}

const momentsOf = (values: readonly number[]): Moments => {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const power = (p: number, scale: number): number => values.reduce((sum, v) => sum + ((v - mean) / scale) ** p, 0) / n;
  const std = Math.sqrt(power(2, 1));
  return {
    n,
    min: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    max: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    mean,
    std,
    kurtosis: std > 0 ? power(4, std) : Number.NaN,
    eighth: std > 0 ? power(8, std) : Number.NaN,
    frac_zero: values.filter((v) => v === 0).length / n,
  };
};

/** How many standard errors two samples of one distribution may differ. */
const sigmas = 5;
/** Above this kurtosis a distribution has tails, so that the extremes of two samples differ; a uniform one has 1.8. */
const tailsFrom = 2;
const roundingOfFloat32 = 1e-6;

/** Two samples against each other: constants exactly, bounds of a uniform one closely, moments within standard errors. */
const compareMoments = (stats: Json | undefined, values: readonly number[], label: string): Verdict => {
  const expected = objectOf(stats);
  const at = (key: string): number => numberOf(expected[key] ?? "NaN");
  const got = momentsOf(values);
  const off = (key: keyof Moments, allowed: number): Verdict =>
    Math.abs(got[key] - at(key)) <= allowed
      ? null
      : `${label} ${key}: ${got[key]}, expected ${at(key)} within ${allowed.toExponential(1)}`;
  if (at("std") === 0) return off("min", 0) ?? off("max", 0);
  const both = 1 / got.n + 1 / at("n");
  const kurtosis = at("kurtosis");
  const range = at("max") - at("min");
  // The largest of n uniform draws is range/n below the bound on average, and hardly ever 12 times as much.
  const bound = kurtosis < tailsFrom ? 12 * range * both + roundingOfFloat32 * range : 0.35 * range;
  const zeros = at("frac_zero");
  return (
    off("min", bound) ??
    off("max", bound) ??
    off("mean", sigmas * at("std") * Math.sqrt(both) + roundingOfFloat32 * range) ??
    off("std", sigmas * at("std") * Math.sqrt((Math.max(kurtosis - 1, 0.1) / 4) * both)) ??
    off("kurtosis", sigmas * Math.sqrt(Math.max(got.eighth - kurtosis ** 2, 1) * both)) ??
    off("frac_zero", sigmas * Math.sqrt(zeros * (1 - zeros) * both) + roundingOfFloat32)
  );
};

const repeat = (golden: GoldenCase, draw: () => void): void => {
  const times = numberOf(golden.repetitions ?? 1);
  for (let i = 0; i < times; i++) draw();
};

/** Default weights of a layer. */
const runLayer = (library: Library, golden: GoldenCase): Verdict => {
  const drawn = new Map<string, number[]>();
  repeat(golden, () => {
    for (const [name, x] of stateOf(buildModule(library, golden.op, golden.init))) {
      const list = drawn.get(name) ?? [];
      for (const v of snapshot(x).data) list.push(v);
      drawn.set(name, list);
    }
  });
  for (const [name, stats] of Object.entries(objectOf(golden.stats))) {
    const values = drawn.get(name);
    if (values === undefined) return `the layer has no ${name}`;
    const difference = compareMoments(stats, values, name);
    if (difference !== null) return difference;
  }
  return null;
};

/** Rows (or columns, whichever are fewer) of an orthogonal matrix have length gain and right angles. */
const checkOrthogonal = (shape: readonly number[], data: readonly number[], gain: number): Verdict => {
  const [rows = 0] = shape;
  const columns = data.length / rows;
  const [count, length, step, stride] = rows <= columns ? [rows, columns, columns, 1] : [columns, rows, 1, columns];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < length; k++)
        dot += (data[i * step + k * stride] as number) * (data[j * step + k * stride] as number);
      if (Math.abs(dot - (i === j ? gain ** 2 : 0)) > 1e-4 * gain ** 2)
        return `vectors ${i} and ${j} have the product ${dot}: not orthogonal`;
    }
  }
  return null;
};

/** An initialiser of `nn.init` on an empty tensor. */
const runInitialiser = (library: Library, golden: GoldenCase): Verdict => {
  const options = new Inputs(library).record(golden.options, "options");
  const shape = arrayOf(golden.shape).map(numberOf);
  const values: number[] = [];
  let last: ReturnType<typeof snapshot> | null = null;
  repeat(golden, () => {
    const x = functionAt(library, "torch.zeros")(shape);
    functionAt(library, golden.op)(...argumentsOf(golden.op, [x], options));
    last = snapshot(asTensor(x, "the tensor"));
    for (const v of last.data) values.push(v);
  });
  if (golden.exact !== undefined) return compare(golden.exact, last, 0, 0, "values");
  if (typeof golden.property === "string" && golden.property.includes("orthogonal")) {
    const wrong = checkOrthogonal(
      shape,
      values.slice(-shape.reduce((a, b) => a * b, 1)),
      typeof options.gain === "number" ? options.gain : 1,
    );
    if (wrong !== null) return wrong;
  }
  return compareMoments(golden.stats, values, "values:");
};

/** A draw of the generator, named with its numbers: `random:randint_0_10`. */
const runDraw = (library: Library, golden: GoldenCase): Verdict => {
  const [name = "", ...numbers] = golden.op.slice("random:".length).split(/_(?=-?[\d.]+)/);
  const n = numberOf(objectOf(golden.stats).n);
  const draw = functionAt(library, `torch.${camelCase(name)}`);
  const x = name === "randperm" ? draw(n) : draw(...numbers.map(Number), [n]);
  return compareMoments(golden.stats, snapshot(asTensor(x, golden.op)).data, "values:");
};

/** Statistics of random initialisation against those of torch's; the generator is seeded by the case runner. */
export const runInit = (library: Library, golden: GoldenCase): Verdict => {
  if (golden.op.startsWith("random:")) return runDraw(library, golden);
  if (golden.init !== undefined) return runLayer(library, golden);
  if (golden.op.startsWith("torch.nn.init.")) return runInitialiser(library, golden);
  throw new Skip(`no ${golden.op}`);
};

/** Draws are the same in every run. */
export const seed = (library: Library): void => {
  if (typeof library.manualSeed === "function") callMethod(library, "manualSeed", 0);
};
