/**
 * How a PyTorch call becomes a call of this library. One rule, for functions, methods, constructors and initialisers:
 *
 * 1. Names are PyTorch's in camelCase: `torch.log_softmax` → `logSoftmax`, `torch.nn.functional.l1_loss` → `nn.functional.l1Loss`,
 *    `Tensor.expand_as` → `x.expandAs`, `T_0` → `T0`. String values of several words too: "leaky_relu" → "leakyRelu".
 * 2. A parameter without a default in PyTorch is positional, in PyTorch's order.
 * 3. A parameter with a default goes into the one options object that comes last, under its PyTorch name in camelCase.
 * 4. By custom positional although PyTorch has a default: the bias of linear, bilinear and the convolutions; the dim of cat,
 *    stack, split, chunk, unbind, squeeze and the softmax family; flatten's dims; roll's dims; rot90's k and dims; the
 *    diagonal of tril, triu and diag; the plain numbers of `nn.init`.
 * 5. Where PyTorch takes sizes as separate numbers or one list, both are passed as the case has them.
 * 6. `None` is null. int64 is int32. `unbiased` is PyTorch 2's `correction`, 1 or 0. `device` is dropped. Where Python's literal
 *    decides the dtype (full, arange), it is passed.
 * 7. `x[…]` is `x.index(…)`, `x[…] = v` is `x.indexPut_([…], v)`; a slice is `slice(start, stop, step)`, an ellipsis "...", a
 *    new axis null.
 *
 * torchSignatures.ts and nnSignatures.ts hold the parameters, one line a function, with the border between positional and
 * options; nothing else here knows any op by name, and no case is known by its id.
 */
import {
  asTensor,
  buildTensor,
  callMethod,
  functionAt,
  type GoldenTensor,
  hasMethod,
  isTensor,
  type Library,
  lookUp,
} from "./library.js";
import { bind } from "./signatures.js";
import {
  camelCase,
  dtypeOf,
  isObject,
  isPyFloat,
  isTensorSpec,
  type Json,
  type JsonObject,
  numberOf,
  objectOf,
  Skip,
} from "./values.js";

/** Values that a case names `{"ref": "x"}`, and what `x.grad` refers to. */
export type Scope = (name: string) => unknown;

const noScope: Scope = (name) => {
  throw new Error(`the case refers to ${name} outside of a program`);
};

const slice = (library: Library, parts: Json): unknown => {
  const [start = null, stop = null, step = null] = parts as Json[];
  return functionAt(library, "torch.slice")(start, stop, step);
};

/** Builds a case's values with the library, and remembers the tensors by their paths (`args.0`, `kwargs.weight`). */
export class Inputs {
  readonly tensors = new Map<string, GoldenTensor>();
  readonly #library: Library;
  readonly #scope: Scope;

  constructor(library: Library, scope: Scope = noScope) {
    this.#library = library;
    this.#scope = scope;
  }

  value(x: Json, path: string): unknown {
    if (isTensorSpec(x)) {
      const built = buildTensor(this.#library, x);
      this.tensors.set(path, built);
      return built;
    }
    if (Array.isArray(x)) return x.map((entry, i) => this.value(entry, `${path}.${i}`));
    if (typeof x === "string") return /^[a-z]+(_[a-z0-9]+)+$/.test(x) ? camelCase(x) : x;
    if (!isObject(x)) return x;
    if ("float" in x) return numberOf(x);
    if (typeof x.torch_dtype === "string") return dtypeOf(x.torch_dtype);
    if (typeof x.ref === "string") return this.#scope(x.ref);
    if ("slice" in x) return slice(this.#library, x.slice);
    if ("ellipsis" in x) return "...";
    return Object.fromEntries(
      Object.entries(x).map(([key, entry]) => [camelCase(key), this.value(entry, `${path}.${key}`)]),
    );
  }

  list(x: Json | undefined, path: string): unknown[] {
    return (Array.isArray(x) ? x : []).map((entry, i) => this.value(entry, `${path}.${i}`));
  }

  record(x: Json | undefined, path: string): Record<string, unknown> {
    const entries = Object.entries(objectOf(x)).filter(([key]) => key !== "device");
    return Object.fromEntries(entries.map(([key, entry]) => [key, this.value(entry, `${path}.${key}`)]));
  }

  /** An index list: nested lists become one integer tensor, as in PyTorch. */
  index(x: Json | undefined, path: string): unknown[] {
    return (Array.isArray(x) ? x : [x ?? null]).map((entry, i) => {
      if (!Array.isArray(entry)) return this.value(entry, `${path}.${i}`);
      const nested = (e: Json): Json => (isTensorSpec(e) ? [...e.data] : Array.isArray(e) ? e.map(nested) : e);
      return functionAt(this.#library, "torch.tensor")(nested(entry), entry.length === 0 ? { dtype: "int32" } : {});
    });
  }
}

/** JavaScript has one number type: where Python's literal decides the result's dtype, the dtype is said. */
const literalDtype = (args: readonly Json[]): string | undefined => {
  if (args.some((x) => typeof x === "boolean")) return undefined;
  return args.some(isPyFloat) ? "float32" : "int32";
};
const typedByLiteral: Readonly<Record<string, (args: readonly Json[]) => readonly Json[]>> = {
  "torch.full": (args) => args.slice(1),
  "torch.arange": (args) => args,
};

/** A float operand with a whole value (2.0) makes integers float in Python; as a JavaScript number it would not. */
const floatOperand = (library: Library, call: PythonCall, args: readonly unknown[]): readonly unknown[] => {
  const tensors = args.filter(isTensor);
  if (tensors.length === 0 || tensors.some(({ dtype }) => dtype.startsWith("float"))) return args;
  const { names } = bind(call.op, args, {}, isTensor);
  return args.map((arg, i) =>
    typeof arg === "number" && isPyFloat(call.args[i]) && ["other", "exponent", "end"].includes(names[i] ?? "")
      ? functionAt(library, "torch.tensor")(arg, { dtype: "float32" })
      : arg,
  );
};

export interface PythonCall {
  readonly op: string;
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
}

/** A call ready to be made, and how it reads in TypeScript. */
export interface ReadyCall {
  readonly text: string;
  run(): unknown;
}

const show = (x: unknown): string => {
  if (isTensor(x)) return `${x.dtype}[${x.shape.join(",")}]`;
  if (Array.isArray(x)) return `[${x.map(show).join(", ")}]`;
  if (typeof x === "object" && x !== null)
    return `{ ${Object.entries(x)
      .map(([k, v]) => `${k}: ${show(v)}`)
      .join(", ")} }`;
  return typeof x === "string" ? JSON.stringify(x) : String(x);
};

const textOf = (name: string, args: readonly unknown[]): string => `${name}(${args.map(show).join(", ")})`;

/** Positional arguments, then the options object if there are any. */
export const argumentsOf = (
  op: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): unknown[] => {
  const { positional, options: bound } = bind(op, args, kwargs, isTensor);
  const { unbiased, ...rest } = bound;
  const options = unbiased === undefined ? bound : { ...rest, correction: unbiased === false ? 0 : 1 };
  return Object.keys(options).length > 0 ? [...positional, options] : [...positional];
};

const indexing = (library: Library, inputs: Inputs, { op, args }: PythonCall): ReadyCall => {
  const x = asTensor(inputs.value(args[0] ?? null, "args.0"), "args.0");
  if (!hasMethod(x, op === "Tensor.__getitem__" ? "index" : "indexPut_")) throw new Skip(`no ${op}`);
  const index = inputs.index(args[1], "args.1");
  if (op === "Tensor.__getitem__") {
    return { text: textOf("x.index", index), run: () => callMethod(x, "index", ...index) };
  }
  const value = inputs.value(args[2] ?? null, "args.2");
  const run = (): unknown => {
    const copy = functionAt(library, "torch.clone")(x);
    callMethod(copy, "indexPut_", index, value);
    return copy;
  };
  return { text: textOf("x.indexPut_", [index, value]), run };
};

/**
 * Translates a call; making it is left to the caller, so that building the inputs and the call itself can be told apart.
 *
 * @throws Skip when the library has no such function or method
 */
export const translate = (library: Library, inputs: Inputs, call: PythonCall): ReadyCall => {
  const { op } = call;
  if (op === "Tensor.__getitem__" || op === "Tensor.__setitem__") return indexing(library, inputs, call);
  const [first, ...path] = op.split(".");
  const name = camelCase(path.join("."));
  const isFunction = first !== "Tensor" && typeof lookUp(library, op) === "function";
  const args = floatOperand(library, call, inputs.list([...call.args], "args"));
  const kwargs = inputs.record(call.kwargs, "kwargs");
  const literals = typedByLiteral[op]?.(call.args);
  const dtype = literals === undefined || "dtype" in kwargs ? undefined : literalDtype(literals);
  const ready = argumentsOf(op, args, dtype === undefined ? kwargs : { ...kwargs, dtype });
  if (isFunction) return { text: textOf(name, ready), run: () => functionAt(library, op)(...ready) };
  const [x, ...rest] = ready;
  const isPlain = path.length === 1;
  if (!isPlain || !isTensor(x) || !hasMethod(x, name)) throw new Skip(`no ${op}`);
  return { text: textOf(`x.${name}`, rest), run: () => callMethod(x, name, ...rest) };
};
