import { Inputs, translate } from "../adapter.js";
import { compare, type Outcome } from "../compare.js";
import { asTensor, callMethod, functionAt, type GoldenTensor, type Library } from "../library.js";
import { outcomeOf } from "../outcome.js";
import {
  arrayOf,
  camelCase,
  type GoldenCase,
  type Json,
  type JsonObject,
  numberOf,
  objectOf,
  Skip,
} from "../values.js";
import { errorProblem, messageOf, toleranceOf, type Verdict } from "./verdict.js";

/** Runs a program's steps on the library and collects what its checks see. */
class Program {
  readonly checks: Outcome[] = [];
  readonly #library: Library;
  readonly #variables = new Map<string, unknown>();

  constructor(library: Library, inputs: Json | undefined) {
    this.#library = library;
    for (const [name, spec] of Object.entries(objectOf(inputs)))
      this.#variables.set(name, new Inputs(library).value(spec, name));
  }

  /** `x`, or `x.grad` for its gradient. */
  #read(name: string): unknown {
    const [variable = "", member] = name.split(".");
    if (!this.#variables.has(variable)) throw new Error(`the program has no variable ${variable}`);
    const value = this.#variables.get(variable);
    if (member === undefined) return value;
    if (member !== "grad") throw new Error(`the program reads ${name}, which the runner does not know`);
    return asTensor(value, variable).grad;
  }

  #tensor(name: Json | undefined): GoldenTensor {
    return asTensor(this.#read(String(name)), String(name));
  }

  #inputs(): Inputs {
    return new Inputs(this.#library, (name) => this.#read(name));
  }

  #options(kwargs: Json | undefined): { gradient: unknown; options: Record<string, unknown>[] } {
    const { gradient = null, ...rest } = this.#inputs().record(kwargs, "kwargs");
    const options = Object.fromEntries(Object.entries(rest).map(([key, value]) => [camelCase(key), value]));
    return { gradient, options: Object.keys(options).length > 0 ? [options] : [] };
  }

  #assign(names: Json | undefined, result: unknown): void {
    if (names === undefined || names === null) return;
    if (!Array.isArray(names)) {
      this.#variables.set(String(names), result);
      return;
    }
    const values = Array.isArray(result) ? (result as unknown[]) : Object.values(result as object);
    for (const [i, name] of names.entries()) this.#variables.set(String(name), values[i]);
  }

  run(steps: Json | undefined): void {
    for (const step of arrayOf(steps)) this.#step(objectOf(step));
  }

  #step(step: JsonObject): void {
    if (typeof step.op === "string") {
      const call = { op: step.op, args: arrayOf(step.args), kwargs: objectOf(step.kwargs) };
      this.#assign(step.out, translate(this.#library, this.#inputs(), call).run());
      return;
    }
    switch (step.do) {
      case "backward": {
        const { gradient, options } = this.#options(step.kwargs);
        callMethod(
          this.#tensor(step.of),
          "backward",
          ...(gradient === null && options.length === 0 ? [] : [gradient, ...options]),
        );
        return;
      }
      case "grad": {
        const { do: _do, of, wrt, out, ...rest } = step;
        const wanted = arrayOf(wrt).map((name) => this.#tensor(name));
        const { options } = this.#options({ ...rest, ...objectOf(step.kwargs) });
        this.#assign(out, functionAt(this.#library, "autograd.grad")(this.#tensor(of), wanted, ...options));
        return;
      }
      case "zero_grad":
        this.#tensor(step.of).grad = null;
        return;
      case "retain_grad":
        callMethod(this.#tensor(step.of), "retainGrad");
        return;
      case "requires_grad_":
        callMethod(this.#tensor(step.of), "requiresGrad_");
        return;
      case "no_grad":
        functionAt(this.#library, "torch.no_grad")(() => this.run(step.steps));
        return;
      case "repeat":
        for (let i = 0; i < numberOf(step.n); i++) this.run(step.steps);
        return;
      case "setitem": {
        const inputs = this.#inputs();
        callMethod(
          this.#tensor(step.of),
          "indexPut_",
          inputs.index(step.index, "index"),
          inputs.value(step.value ?? null, "value"),
        );
        return;
      }
      case "check":
        this.checks.push(outcomeOf(this.#read(String(step.ref))));
        return;
      case "check_requires_grad":
        this.checks.push(this.#tensor(step.of).requiresGrad);
        return;
      default:
        throw new Skip(`no program step ${JSON.stringify(step.do)}`);
    }
  }
}

/** A program of several ops and backwards: what its checks see, and whether it ends with an error. */
export const runProgram = (library: Library, golden: GoldenCase): Verdict => {
  const { rtol, out } = toleranceOf(golden);
  const program = new Program(library, golden.inputs);
  let failure: unknown = null;
  try {
    program.run(golden.steps);
  } catch (error) {
    if (error instanceof Skip) throw error;
    failure = error;
  }
  if (golden.raises === undefined) {
    if (failure !== null) return messageOf(failure);
  } else {
    if (failure === null) return `no error, where torch says: ${String(golden.raises)}`;
    const problem = errorProblem(library, failure);
    if (problem !== null) return problem;
  }
  return compare(golden.checks ?? null, program.checks, rtol, out, "check");
};
