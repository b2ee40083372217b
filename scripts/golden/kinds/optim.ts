import { argumentsOf, Inputs } from "../adapter.js";
import { compare } from "../compare.js";
import {
  buildTensor,
  callMethod,
  construct,
  functionAt,
  type GoldenTensor,
  type Library,
  property,
  snapshot,
} from "../library.js";
import { outcomeOf } from "../outcome.js";
import { arrayOf, camelCase, type GoldenCase, isTensorSpec, type Json, numberOf, objectOf, Skip } from "../values.js";
import { errorProblem, toleranceOf, type Verdict } from "./verdict.js";

/** PyTorch's keyword arguments as an options object. */
const optionsOf = (library: Library, options: Json | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(new Inputs(library).record(options, "options")).map(([key, value]) => [camelCase(key), value]),
  );

/** `new optim.SGD(params or groups, { lr: 0.1 })`; without options none are passed. */
export const buildOptimizer = (
  library: Library,
  op: string,
  params: readonly unknown[],
  options: Json | undefined,
): object => {
  const given = optionsOf(library, options);
  return construct(library, op, Object.keys(given).length > 0 ? [params, given] : [params]);
};

const parameter = (library: Library, spec: Json): GoldenTensor => {
  if (!isTensorSpec(spec)) throw new Error("a parameter of the case is not a tensor");
  return buildTensor(library, { ...spec, requires_grad: true });
};

const setGradients = (library: Library, params: readonly GoldenTensor[], gradients: readonly Json[]): void => {
  params.forEach((param, i) => {
    const spec = gradients[i];
    param.grad = isTensorSpec(spec) ? buildTensor(library, spec) : null;
  });
};

/** Twenty steps of an optimizer with given gradients. */
export const runOptimizer = (library: Library, golden: GoldenCase): Verdict => {
  const { rtol, out } = toleranceOf(golden);
  const params = arrayOf(golden.params).map((spec) => parameter(library, spec));
  const groups = arrayOf(golden.param_groups).map((group) => {
    const { params: members, ...rest } = objectOf(group);
    return { params: arrayOf(members).map((i) => params[numberOf(i)]), ...optionsOf(library, rest) };
  });
  const [first] = groups;
  const isPlain = groups.length === 1 && first !== undefined && Object.keys(first).length === 1;
  const optimizer = buildOptimizer(library, golden.op, isPlain ? first.params : groups, golden.options);
  for (const [step, gradients] of arrayOf(golden.grads).entries()) {
    setGradients(library, params, arrayOf(gradients));
    callMethod(optimizer, "step");
    const difference = compare(
      arrayOf(golden.params_after)[step] ?? null,
      params.map(snapshot),
      rtol,
      out,
      `parameters after step ${step + 1}`,
    );
    if (difference !== null) return difference;
  }
  return null;
};

/** An optimizer that must be refused for its options. */
export const runOptimizerError = (library: Library, golden: GoldenCase): Verdict => {
  const param = parameter(library, { shape: [1], dtype: "float32", data: [1] });
  try {
    buildOptimizer(library, golden.op, [param], golden.options);
  } catch (error) {
    if (error instanceof Skip) throw error;
    return errorProblem(library, error);
  }
  return `no error for ${JSON.stringify(golden.options)}, where torch says: ${String(golden.message)}`;
};

/** The groups' rates (or momentums) at this moment. */
const readGroups = (optimizer: object, key: string): number[] =>
  arrayOf(property(optimizer, "paramGroups") as Json[]).map((group) => {
    const { [key]: value, betas } = group as { [name: string]: Json };
    return numberOf(key === "momentum" && value === undefined ? arrayOf(betas)[0] : value);
  });

/** The learning rates of a schedule, step by step. */
export const runScheduler = (library: Library, golden: GoldenCase): Verdict => {
  const { rtol, out } = toleranceOf(golden);
  const { op, ...settings } = objectOf(golden.optimizer);
  const groups = arrayOf(golden.base_lrs).map((lr) => ({
    params: [parameter(library, { shape: [1], dtype: "float32", data: [1] })],
    lr: numberOf(lr),
  }));
  const optimizer = buildOptimizer(library, String(op), groups, {
    ...settings,
    lr: arrayOf(golden.base_lrs)[0] ?? 0.1,
  });
  const scheduler = construct(library, golden.op, [optimizer, optionsOf(library, golden.options)]);
  const rates: number[][] = [];
  const momentums: number[][] = [];
  const record = (): void => {
    rates.push(readGroups(optimizer, "lr"));
    if (golden.momentums !== undefined) momentums.push(readGroups(optimizer, "momentum"));
  };
  if (golden.metrics !== undefined) {
    for (const metric of arrayOf(golden.metrics)) {
      callMethod(optimizer, "step");
      callMethod(scheduler, "step", numberOf(metric));
      record();
    }
    return compare(golden.lrs_after_each ?? null, rates, rtol, out, "rates");
  }
  const steps = arrayOf(golden.lrs).length;
  for (let step = 0; step < steps; step++) {
    record();
    if (step === steps - 1) break;
    callMethod(optimizer, "step");
    callMethod(scheduler, "step");
  }
  return (
    compare(golden.lrs ?? null, rates, rtol, out, "rates") ??
    (golden.momentums === undefined ? null : compare(golden.momentums, momentums, rtol, out, "momentums"))
  );
};

/** Clipping of given gradients. */
export const runClip = (library: Library, golden: GoldenCase): Verdict => {
  const { rtol, out } = toleranceOf(golden);
  const gradients = arrayOf(golden.grads);
  const params = gradients.map((spec) =>
    parameter(library, isTensorSpec(spec) ? spec : { shape: [2], dtype: "float32", data: [1, 2] }),
  );
  setGradients(library, params, gradients);
  const kwargs = new Inputs(library).record(golden.options, "options");
  const norm = functionAt(library, golden.op)(...argumentsOf(golden.op, [params], kwargs));
  const after = params.map(({ grad }) => (grad === null ? null : snapshot(grad)));
  const difference = compare(golden.grads_after ?? null, after, rtol, out, "gradients");
  if (difference !== null || golden.total_norm === undefined) return difference;
  const expected =
    isTensorSpec(golden.total_norm) && typeof norm === "number"
      ? (golden.total_norm.data[0] ?? null)
      : golden.total_norm;
  return compare(expected, outcomeOf(norm), rtol, out, "total norm");
};
