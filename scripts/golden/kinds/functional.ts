import { Inputs, type ReadyCall, translate } from "../adapter.js";
import { compare, type Outcome } from "../compare.js";
import {
  asTensor,
  callMethod,
  functionAt,
  type GoldenTensor,
  type Library,
  type Snapshot,
  snapshot,
} from "../library.js";
import { outcomeOf, tensorsIn } from "../outcome.js";
import { arrayOf, type GoldenCase, type Json, numberOf, objectOf, Skip } from "../values.js";
import { isRelaxed, relax } from "./relax.js";
import { compareNamed, errorProblem, firstOf, messageOf, toleranceOf, type Verdict } from "./verdict.js";

const isFloat = (x: GoldenTensor): boolean => x.dtype.startsWith("float");

/** Sends the case's upstream gradients backward: through `backward` for one output, through `autograd.backward` for several. */
export const sendBack = (library: Library, inputs: Inputs, result: unknown, upstream: Json | undefined): void => {
  const outputs = tensorsIn(result).filter(isFloat);
  const gradients = arrayOf(upstream).map((g, i) =>
    g === null ? null : asTensor(inputs.value(g, `grad_output.${i}`), "grad_output"),
  );
  if (gradients.length !== outputs.length)
    throw new Error(`${outputs.length} float outputs, expected ${gradients.length}`);
  const pairs = outputs
    .map((output, i) => ({ output, gradient: gradients[i] ?? null }))
    .filter(({ output, gradient }) => output.requiresGrad && gradient !== null);
  const [only] = pairs;
  if (only !== undefined && pairs.length === 1) callMethod(only.output, "backward", only.gradient);
  else if (pairs.length > 1)
    functionAt(library, "autograd.backward")(
      pairs.map((p) => p.output),
      pairs.map((p) => p.gradient),
    );
};

/** The gradient of each path against the case's. */
export const compareGradients = (golden: GoldenCase, at: (path: string) => GoldenTensor | undefined): Verdict => {
  const { rtol, grad } = toleranceOf(golden);
  const gradientAt = (path: string): Outcome => {
    const gradient = at(path)?.grad ?? null;
    return gradient === null ? null : snapshot(gradient);
  };
  return compareNamed(golden.grads, gradientAt, { rtol, out: grad }, "gradient of");
};

const same = (a: Snapshot, b: Snapshot): boolean =>
  a.data.every((v, i) => Object.is(v, b.data[i])) && a.shape.join() === b.shape.join();

/** Inputs that nothing may change, against what they were. */
const untouched = (inputs: Inputs, before: ReadonlyMap<string, Snapshot>, mutated: Json | undefined): Verdict => {
  const allowed = objectOf(mutated);
  for (const [path, was] of before) {
    const now = inputs.tensors.get(path);
    if (now !== undefined && !(path in allowed) && !same(was, snapshot(now)))
      return `input ${path} was changed by the call`;
  }
  return null;
};

const snapshots = (inputs: Inputs): Map<string, Snapshot> =>
  new Map([...inputs.tensors].map(([path, x]) => [path, snapshot(x)]));

const prepare = (
  library: Library,
  golden: GoldenCase,
): { inputs: Inputs; call: ReadyCall; before: Map<string, Snapshot> } => {
  const inputs = new Inputs(library);
  const call = translate(library, inputs, {
    op: golden.op,
    args: arrayOf(golden.args),
    kwargs: objectOf(golden.kwargs),
  });
  return { inputs, call, before: snapshots(inputs) };
};

/** A plain call: outputs, gradients, inputs that it changes, and inputs that it must leave alone. */
export const runFunctional = (library: Library, golden: GoldenCase): Verdict => {
  const { rtol, out } = toleranceOf(golden);
  const { inputs, call, before } = prepare(library, golden);
  let result: unknown;
  try {
    result = call.run();
  } catch (error) {
    if (error instanceof Skip) throw error;
    if (isRelaxed(golden, "value-or-error") && errorProblem(library, error) === null) return null;
    return `${call.text}: ${messageOf(error)}`;
  }
  const actual = outcomeOf(result);
  const { expected, comparesGradients } = relax(golden, actual);
  const difference = firstOf(
    () => compare(expected, actual, rtol, out, "output"),
    () =>
      compareNamed(
        golden.mutated,
        (path) => snapshot(asTensor(inputs.tensors.get(path), path)),
        { rtol, out },
        "after the call",
      ),
    () => {
      if (golden.grads === undefined || !comparesGradients) return null;
      sendBack(library, inputs, result, golden.grad_output);
      return compareGradients(golden, (path) => inputs.tensors.get(path));
    },
    () => untouched(inputs, before, golden.mutated),
  );
  return difference === null ? null : `${call.text}: ${difference}`;
};

/** A call that must be refused: with a typed error, and with all inputs as they were. */
export const runError = (library: Library, golden: GoldenCase): Verdict => {
  const { inputs, call, before } = prepare(library, golden);
  try {
    call.run();
  } catch (error) {
    if (error instanceof Skip) throw error;
    const problem = errorProblem(library, error) ?? untouched(inputs, before, undefined);
    return problem === null ? null : `${call.text}: ${problem}`;
  }
  return `${call.text}: no error, where torch says: ${String(golden.message)}`;
};

/** A plain function of plain values. */
export const runPlain = (library: Library, golden: GoldenCase): Verdict => {
  const { call } = prepare(library, golden);
  const { rtol = 1e-9, out = 1e-12 } = objectOf(golden.tol);
  return compare(golden.output ?? null, outcomeOf(call.run()), numberOf(rtol), numberOf(out), call.text);
};
