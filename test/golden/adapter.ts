import * as torch from "../../src/index.js";
import { MytorchError, type Tensor } from "../../src/index.js";
import { build, difference, dtypeOf, isStored, type StoredTensor, Unsupported } from "./values.js";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Case {
  readonly id: string;
  readonly op: string;
  readonly kind?: string;
  readonly args: Json[];
  readonly kwargs: { [key: string]: Json };
  readonly output?: Json;
  readonly grad_output?: Json;
  readonly grads?: { [path: string]: Json };
  readonly tol?: { rtol: number; out: number; grad: number };
}

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** PyTorch's names for what follows the tensors, for functions that take options; the rest are positional. */
const options: Readonly<Record<string, readonly string[]>> = {
  sum: ["dim", "keepdim"],
  mean: ["dim", "keepdim"],
  prod: ["dim", "keepdim"],
  amax: ["dim", "keepdim"],
  amin: ["dim", "keepdim"],
  all: ["dim", "keepdim"],
  any: ["dim", "keepdim"],
  argmax: ["dim", "keepdim"],
  argmin: ["dim", "keepdim"],
  clamp: ["min", "max"],
  var: ["dim", "unbiased", "keepdim"],
  std: ["dim", "unbiased", "keepdim"],
  mseLoss: ["sizeAverage", "reduce", "reduction"],
};

/** Keyword arguments that are not there yet. */
const unsupported = ["round.decimals", "crossEntropy.weight", "crossEntropy.labelSmoothing"];

type AnyFunction = (...args: unknown[]) => unknown;

const lookUp = (op: string): AnyFunction => {
  const name = camel(op.split(".").at(-1) as string);
  const isMethod = op.startsWith("Tensor.");
  const home = (op.startsWith("torch.nn.functional.") ? torch.nn.functional : torch) as unknown as Record<
    string,
    AnyFunction
  >;
  const found = isMethod ? undefined : home[name];
  if (found) return found;
  const method = (torch.Tensor.prototype as unknown as Record<string, AnyFunction>)[name];
  if (typeof method !== "function" || op.startsWith("torch.nn")) throw new Unsupported(op);
  return (x, ...rest) => method.call(x, ...rest);
};

/** Reads arguments, noting the tensors by their path so that gradients can be asked for. */
const decode = (x: Json, path: string, inputs: Map<string, Tensor>): unknown => {
  if (isStored(x)) {
    const t = build(x as unknown as StoredTensor);
    inputs.set(path, t);
    return t;
  }
  if (Array.isArray(x)) return x.map((v, i) => decode(v, `${path}.${i}`, inputs));
  if (x === null || typeof x !== "object") return x;
  if ("float" in x) return Number(x["float"]);
  if ("torch_dtype" in x) return dtypeOf(x["torch_dtype"] as string);
  throw new Unsupported(Object.keys(x).join());
};

const call = (c: Case, inputs: Map<string, Tensor>): unknown => {
  const fn = lookUp(c.op);
  const name = camel(c.op.split(".").at(-1) as string);
  const args = c.args.map((x, i) => decode(x, `args.${i}`, inputs));
  const named: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(c.kwargs ?? {})) named[camel(key)] = decode(value, `kwargs.${key}`, inputs);
  for (const key of Object.keys(named))
    if (unsupported.includes(`${name}.${key}`)) throw new Unsupported(`${c.op} with ${key}`);
  if ("unbiased" in named) named["correction"] = Number(named["unbiased"] !== false);
  delete named["unbiased"];
  if (["clamp", "narrow"].includes(name) && [...inputs.keys()].length > 1)
    throw new Unsupported(`${c.op} with tensors as bounds`);
  const takesOptions = options[name];
  if (takesOptions) {
    const tensors = args.findIndex((x) => !(x instanceof torch.Tensor));
    const positional = tensors < 0 ? args : args.slice(0, tensors);
    args.slice(positional.length).forEach((value, i) => {
      const key = takesOptions[i] as string;
      const isUnbiased = key === "unbiased" || (key === "dim" && typeof value === "boolean");
      if (isUnbiased) named["correction"] = Number(value);
      else named[key] = value;
    });
    return fn(...positional, ...(Object.keys(named).length > 0 ? [named] : []));
  }
  const positionalNames: Readonly<Record<string, readonly string[]>> = {
    softmax: ["dim"],
    logSoftmax: ["dim"],
    logsumexp: ["dim"],
    gather: ["dim", "index"],
    cat: ["dim"],
    split: ["dim"],
    chunk: ["dim"],
    unbind: ["dim"],
    stack: ["dim"],
    squeeze: ["dim"],
    unsqueeze: ["dim"],
    flatten: ["startDim", "endDim"],
    linear: ["bias"],
  };
  for (const key of positionalNames[name] ?? []) {
    if (!(key in named)) continue;
    args.push(named[key]);
    delete named[key];
  }
  if (typeof args.at(-1) === "boolean" && name !== "where") throw new Unsupported(`${c.op} with a positional boolean`);
  return fn(...args, ...(Object.keys(named).length > 0 ? [named] : []));
};

/** @returns null when the case passes, else what is wrong; throws Unsupported where the library has no such thing */
export const runCase = (c: Case): string | null => {
  if (c.kind === "error") return runError(c);
  if (c.kind !== undefined) throw new Unsupported(`kind ${c.kind}`);
  const inputs = new Map<string, Tensor>();
  const output = call(c, inputs);
  const { rtol = 1e-5, out = 1e-6, grad = 1e-6 } = c.tol ?? {};
  const wrong = difference(c.output, output, rtol, out);
  if (wrong !== null) return `output: ${wrong}`;
  if (!c.grads || c.grad_output === undefined || c.grad_output === null) return null;
  const roots = (Array.isArray(output) ? output : [output]) as Tensor[];
  const upstream = (Array.isArray(c.grad_output)
    ? c.grad_output
    : [c.grad_output]) as unknown as (StoredTensor | null)[];
  const pairs = roots.map((root, i) => [root, upstream[i]] as const).filter(([root, d]) => root.requiresGrad && d);
  if (pairs.length > 0)
    torch.autograd.backward(
      pairs.map(([root]) => root),
      pairs.map(([, d]) => build(d as StoredTensor)),
    );
  for (const [path, expected] of Object.entries(c.grads)) {
    const bad = difference(expected, inputs.get(path)?.grad ?? null, rtol, grad);
    if (bad !== null) return `gradient of ${path}: ${bad}`;
  }
  return null;
};

const runError = (c: Case): string | null => {
  if (!c.args) throw new Unsupported(c.op);
  lookUp(c.op);
  try {
    call(c, new Map());
  } catch (error) {
    if (error instanceof Unsupported) throw error;
    return error instanceof MytorchError ? null : `threw ${String(error)} instead of a typed error`;
  }
  return "no error was thrown";
};
