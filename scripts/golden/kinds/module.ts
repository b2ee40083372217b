import { createHash } from "node:crypto";
import { argumentsOf, Inputs } from "../adapter.js";
import { compare } from "../compare.js";
import {
  asTensor,
  callMethod,
  construct,
  functionAt,
  type GoldenTensor,
  isTensor,
  type Library,
  snapshot,
} from "../library.js";
import { outcomeOf } from "../outcome.js";
import { arrayOf, type GoldenCase, type Json, numberOf, objectOf } from "../values.js";
import { compareGradients, sendBack } from "./functional.js";
import { buildOptimizer } from "./optim.js";
import { compareNamed, firstOf, toleranceOf, type Verdict } from "./verdict.js";

/** `new nn.Linear(4, 3, { bias: false })` from `torch.nn.Linear`, its arguments and keyword arguments. */
export const buildModule = (library: Library, op: string, init: Json | undefined): object => {
  const inputs = new Inputs(library);
  const { args, kwargs } = objectOf(init);
  return construct(library, op, argumentsOf(op, inputs.list(args, "args"), inputs.record(kwargs, "kwargs")));
};

/** Pairs of name and tensor: from an iterable of pairs, a Map or an object. */
const namedTensors = (x: unknown): Map<string, GoldenTensor> => {
  const isIterable = typeof x === "object" && x !== null && Symbol.iterator in x;
  const pairs = isIterable ? [...(x as Iterable<readonly [string, unknown]>)] : Object.entries(x ?? {});
  return new Map(pairs.flatMap(([name, value]) => (isTensor(value) ? [[name, value]] : [])));
};

export const stateOf = (module: object): Map<string, GoldenTensor> => namedTensors(callMethod(module, "stateDict"));

const loadState = (library: Library, module: object, state: Json | undefined): void => {
  callMethod(module, "loadStateDict", new Inputs(library).record(state, "state"));
};

/** What a fresh module has drawn after manualSeed(0): bit for bit, or its first values within 1e-6 where they are normal. */
const compareDrawn = (module: object, drawn: Json | undefined): Verdict => {
  const expected = Object.entries(objectOf(drawn));
  const own = namedTensors(callMethod(module, "namedParameters"));
  const names = expected.map(([name]) => name).join();
  if (names !== [...own.keys()].join()) return `parameters ${[...own.keys()].join()}, not ${names}`;
  for (const [name, entry] of expected) {
    const { shape, first, sha256 } = objectOf(entry);
    const { shape: ownShape, data } = snapshot(own.get(name) as GoldenTensor);
    const numbers = { shape: arrayOf(shape).map(numberOf), first: arrayOf(first).map(numberOf) };
    if (ownShape.join() !== numbers.shape.join())
      return `${name} is [${ownShape.join()}], not [${numbers.shape.join()}]`;
    const bytes = new Uint8Array(Float32Array.from(data).buffer);
    const isEqual =
      sha256 === undefined
        ? numbers.first.every((value, i) => Math.abs(value - (data[i] ?? Number.NaN)) <= 1e-6)
        : createHash("sha256").update(bytes).digest("hex").startsWith(String(sha256));
    if (!isEqual) return `${name} begins ${data.slice(0, 3).join()}, not ${numbers.first.slice(0, 3).join()}`;
  }
  return null;
};

/** A layer with given weights: what it drew and prints, outputs, gradients of inputs and weights, and buffers afterwards. */
export const runModule = (library: Library, golden: GoldenCase): Verdict => {
  const { rtol, out } = toleranceOf(golden);
  callMethod(library, "manualSeed", 0);
  const module = buildModule(library, golden.op, golden.init);
  const fresh = firstOf(
    () => (golden.drawn === undefined ? null : compareDrawn(module, golden.drawn)),
    () => {
      const text = String(module);
      return golden.repr === undefined || golden.repr === text ? null : `prints ${text}, not ${String(golden.repr)}`;
    },
  );
  if (fresh !== null) return fresh;
  loadState(library, module, golden.state);
  callMethod(module, golden.train === false ? "eval" : "train");
  const inputs = new Inputs(library);
  const args = inputs.list(golden.args, "args");
  const kwargs = inputs.record(golden.kwargs, "kwargs");
  const result = callMethod(module, "forward", ...argumentsOf("forward", args, kwargs));
  const parameters = namedTensors(callMethod(module, "namedParameters"));
  return firstOf(
    () => compare(golden.output ?? null, outcomeOf(result), rtol, out, "output"),
    () => {
      if (golden.grads === undefined) return null;
      sendBack(library, inputs, result, golden.grad_output);
      return compareGradients(golden, (path) =>
        path.startsWith("state.") ? parameters.get(path.slice("state.".length)) : inputs.tensors.get(path),
      );
    },
    () =>
      compareNamed(
        golden.state_after,
        (name) => outcomeOf(stateOf(module).get(name)),
        { rtol, out },
        "state afterwards:",
      ),
  );
};

/** Rows start … start + size of a tensor, wrapping never: the corpus's batches divide its data. */
const rows = (x: GoldenTensor, start: number, size: number): GoldenTensor =>
  asTensor(callMethod(x, "narrow", 0, start, size), "narrow()");

/** A short training: the loss of every step, and the weights at the end. */
export const runTraining = (library: Library, golden: GoldenCase): Verdict => {
  const tol = objectOf(golden.tol);
  const { rtol } = toleranceOf(golden);
  const layers = arrayOf(golden.model).map((layer) => {
    const [name, args = null, kwargs = null] = layer as Json[];
    return buildModule(library, `torch.nn.${String(name)}`, { args, kwargs });
  });
  const model = construct(library, "torch.nn.Sequential", layers);
  loadState(library, model, golden.state);
  const parameters = [...(callMethod(model, "parameters") as Iterable<GoldenTensor>)];
  const { op, options } = objectOf(golden.optimizer);
  const optimizer = buildOptimizer(library, String(op), parameters, options);
  const inputs = new Inputs(library);
  const x = asTensor(inputs.value(golden.x ?? null, "x"), "x");
  const y = asTensor(inputs.value(golden.y ?? null, "y"), "y");
  const n = x.shape[0] ?? 0;
  const size = golden.batch_size === null ? n : numberOf(golden.batch_size);
  const losses: number[] = [];
  for (let step = 0; step < numberOf(golden.steps); step++) {
    const start = (step * size) % n;
    const output = callMethod(model, "forward", rows(x, start, size));
    const loss = asTensor(functionAt(library, String(golden.loss))(output, rows(y, start, size)), "the loss");
    losses.push(snapshot(loss).data[0] ?? Number.NaN);
    callMethod(optimizer, "zeroGrad");
    callMethod(loss, "backward");
    callMethod(optimizer, "step");
  }
  return firstOf(
    () => compare(golden.losses ?? null, losses, rtol, numberOf(tol.losses ?? 1e-5), "losses"),
    () =>
      compareNamed(
        golden.state_after,
        (name) => outcomeOf(stateOf(model).get(name)),
        { rtol, out: numberOf(tol.state ?? 1e-5) },
        "state afterwards:",
      ),
  );
};
