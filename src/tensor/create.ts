import { backend } from "../backend/current.js";
import { type DType, isFloating, type TypedArray } from "../backend/dtype.js";
import { fillBernoulli, fillNormal, fillRandint, fillUniform, randomPermutation } from "../random/distributions.js";
import { defaultGenerator, type Generator } from "../random/generator.js";
import { DTypeError, ShapeError, ValueError } from "./errors.js";
import { dtypeOfValue, kindOf, promoteTypes } from "./promotion.js";
import { recorder } from "./recorder.js";
import { checkShape, type Shape, sizeOf } from "./shape.js";
import { drawElements, elementsOf, type Nested, Tensor } from "./tensor.js";

export interface CreateOptions {
  /** Default float32, except for `tensor`, `arange` and `full`, which go by their values. */
  dtype?: DType | undefined;
  /** Default false. */
  requiresGrad?: boolean | undefined;
}

export interface RandomOptions extends CreateOptions {
  /** Default: the one that manualSeed seeds. */
  generator?: Generator | undefined;
}

/** Sizes as separate numbers or one array, with options last: zeros(2, 3), zeros([2, 3], { dtype: "int32" }). */
export type SizesAnd<O> = [...number[]] | [...number[], O] | [Shape] | [Shape, O];

const parse = <O extends object>(op: string, args: SizesAnd<O>): { shape: Shape; options: Partial<O> } => {
  const rest = [...args] as (number | Shape | O)[];
  const last = rest.at(-1);
  const hasOptions = typeof last === "object" && !Array.isArray(last);
  const options = (hasOptions ? rest.pop() : {}) as Partial<O>;
  const shape = (Array.isArray(rest[0]) ? rest[0] : rest) as Shape;
  checkShape(op, shape);
  return { shape: [...shape], options };
};

const finish = (x: Tensor, { requiresGrad = false }: CreateOptions): Tensor => (requiresGrad ? x.requiresGrad_() : x);

const isTypedArray = (data: unknown): data is TypedArray =>
  data instanceof Float32Array ||
  data instanceof Float64Array ||
  data instanceof Int32Array ||
  data instanceof Uint8Array;

const dtypeOfArray = (data: TypedArray): DType =>
  data instanceof Float32Array
    ? "float32"
    : data instanceof Float64Array
      ? "float64"
      : data instanceof Int32Array
        ? "int32"
        : "uint8";

/** Shape and values of nested arrays. @throws ShapeError when they are ragged */
const unnest = (data: Nested<number | boolean>): { shape: number[]; flat: (number | boolean)[] } => {
  const shape: number[] = [];
  for (let level: Nested<number | boolean> | undefined = data; Array.isArray(level); level = level[0])
    shape.push(level.length);
  const flat: (number | boolean)[] = [];
  const visit = (x: Nested<number | boolean>, path: readonly number[]): void => {
    const depth = path.length;
    if (!Array.isArray(x)) {
      if (depth !== shape.length) throw ragged(shape, path, "a value stands where an array was expected");
      if (typeof x !== "number" && typeof x !== "boolean") {
        throw new DTypeError({
          op: "tensor",
          problem: `${kindOf(x)} stands ${depth === 0 ? "where values were expected" : `at [${path.join("][")}]`}`,
          rule: "numbers or booleans, in nested arrays; or a Float32Array, Float64Array, Int32Array or Uint8Array",
        });
      }
      flat.push(x);
      return;
    }
    if (depth === shape.length) throw ragged(shape, path, "an array stands where a value was expected");
    if (x.length !== shape[depth])
      throw ragged(shape, path, `it has length ${x.length} where ${shape[depth]} was expected`);
    x.forEach((inner, i) => {
      visit(inner, [...path, i]);
    });
  };
  visit(data, []);
  return { shape, flat };
};

const ragged = (shape: Shape, path: readonly number[], problem: string): ShapeError =>
  new ShapeError({
    op: "tensor",
    problem: `the nested arrays are ragged at [${path.join("][")}]: ${problem}`,
    rule: "all arrays of a level have one length",
    args: { "shape by the first elements": shape },
  });

/** @internal @throws DTypeError for NaN, infinities and what is out of range where an integer is needed */
export const checkValues = (op: string, flat: ArrayLike<number | boolean>, dtype: DType): void => {
  if (isFloating(dtype) || dtype === "bool") return;
  const [low, high] = dtype === "uint8" ? [0, 255] : [-(2 ** 31), 2 ** 31 - 1];
  for (let i = 0; i < flat.length; i++) {
    const v = Number(flat[i]);
    if (Number.isFinite(v) && v >= low && v <= high) continue;
    throw new DTypeError({
      op,
      problem: `${v}${flat.length > 1 ? ` at element ${i}` : ""} is not ${dtype === "int32" ? "an int32" : "a uint8"}`,
      rule: `integers from ${low} to ${high}`,
    });
  }
};

export interface TensorOptions extends CreateOptions {
  /** The shape of a typed array's elements. Default: one dimension. */
  shape?: Shape | undefined;
}

/**
 * A tensor with a copy of the given values: a number, nested arrays, or a typed array with a shape.
 *
 * Whole numbers give int32, others float32, booleans bool; a typed array gives its own dtype.
 *
 * @throws ShapeError for ragged arrays, DTypeError for values that the dtype cannot hold
 * @source torch.tensor
 * @example tensor([[1, 2], [3, 4]], { dtype: "float32", requiresGrad: true })
 */
export const tensor = (data: Nested<number | boolean> | TypedArray, options: TensorOptions = {}): Tensor => {
  if (isTypedArray(data)) return fromTyped(data, options);
  const { shape, flat } = unnest(data);
  const natural = flat.reduce<DType>(
    (dtype, v) => promoteTypes(dtype, dtypeOfValue(v)),
    flat.length === 0 ? "float32" : "bool",
  );
  const dtype = options.dtype ?? natural;
  checkValues("tensor", flat, dtype);
  const x = Tensor.empty(options.shape ? matching(options.shape, flat.length) : shape, dtype);
  const out = elementsOf(x, dtype);
  for (let i = 0; i < flat.length; i++) out[i] = dtype === "bool" ? Number(Number(flat[i]) !== 0) : Number(flat[i]);
  return finish(x, options);
};

const matching = (shape: Shape, n: number): Shape => {
  checkShape("tensor", shape);
  if (sizeOf(shape) === n) return [...shape];
  throw new ShapeError({ op: "tensor", problem: `${n} values do not fill the shape`, args: { shape } });
};

const fromTyped = (data: TypedArray, options: TensorOptions): Tensor => {
  const dtype = options.dtype ?? dtypeOfArray(data);
  checkValues("tensor", dtype === dtypeOfArray(data) ? [] : data, dtype);
  const x = Tensor.empty(matching(options.shape ?? [data.length], data.length), dtype);
  elementsOf(x, dtype).set(dtype === "bool" ? Uint8Array.from(data, (v) => Number(v !== 0)) : data);
  return finish(x, options);
};

/**
 * A tensor filled with one value; its dtype is float32, int32 or bool by the value.
 *
 * @throws DTypeError for a value that the dtype cannot hold
 * @source torch.full
 */
export const full = (shape: Shape, value: number | boolean, options: CreateOptions = {}): Tensor => {
  checkShape("full", shape);
  const natural = dtypeOfValue(value);
  const dtype = options.dtype ?? natural;
  checkValues("full", [value], dtype);
  const x = Tensor.empty([...shape], dtype);
  backend().fill(x, Number(value));
  return finish(x, options);
};

/** Zeros of this shape. @source torch.zeros */
export const zeros = (...args: SizesAnd<CreateOptions>): Tensor => {
  const { shape, options } = parse<CreateOptions>("zeros", args);
  return full(shape, 0, { dtype: "float32", ...options });
};

/** Ones of this shape. @source torch.ones */
export const ones = (...args: SizesAnd<CreateOptions>): Tensor => {
  const { shape, options } = parse<CreateOptions>("ones", args);
  return full(shape, 1, { dtype: "float32", ...options });
};

/** A tensor whose elements are whatever memory held. @source torch.empty */
export const empty = (...args: SizesAnd<CreateOptions>): Tensor => {
  const { shape, options } = parse<CreateOptions>("empty", args);
  return finish(Tensor.empty(shape, options.dtype ?? "float32"), options);
};

/** Zeros of x's shape and dtype. @source torch.zeros_like */
export const zerosLike = (x: Tensor, options: CreateOptions = {}): Tensor =>
  full(x.shape, 0, { dtype: x.dtype, ...options });
/** Ones of x's shape and dtype. @source torch.ones_like */
export const onesLike = (x: Tensor, options: CreateOptions = {}): Tensor =>
  full(x.shape, 1, { dtype: x.dtype, ...options });
/** One value in x's shape and dtype. @source torch.full_like */
export const fullLike = (x: Tensor, value: number | boolean, options: CreateOptions = {}): Tensor =>
  full(x.shape, value, { dtype: x.dtype, ...options });
/** A tensor of x's shape and dtype whose elements are whatever memory held. @source torch.empty_like */
export const emptyLike = (x: Tensor, options: CreateOptions = {}): Tensor =>
  empty(x.shape, { dtype: x.dtype, ...options });

const fromValues = (n: number, dtype: DType, valueAt: (i: number) => number, shape: Shape = [n]): Tensor => {
  const x = Tensor.empty(shape, dtype);
  const out = elementsOf(x, dtype);
  for (let i = 0; i < n; i++) out[i] = valueAt(i);
  return x;
};

/** Bounds of a range: where the result holds integers they are cut to integers first, as in PyTorch. */
const boundFor = (dtype: DType, bound: number): number => (isFloating(dtype) ? bound : Math.trunc(bound));

const rejectBool = (op: string, dtype: DType): void => {
  if (dtype === "bool") throw new DTypeError({ op, problem: "a range has numbers, not bools" });
};

/**
 * start, start + step, … before end; arange(end) starts at 0. int32 when all three are integers, else float32.
 *
 * @throws ValueError when the step is 0 or leads away from the end
 * @source torch.arange
 */
export const arange = (
  startOrEnd: number,
  end?: number | CreateOptions,
  step?: number | CreateOptions,
  last?: CreateOptions,
): Tensor => {
  const given = typeof end === "number" ? [startOrEnd, end] : [0, startOrEnd];
  const givenStep = typeof step === "number" ? step : 1;
  const options = [end, step, last].find((o) => typeof o === "object") ?? {};
  const dtype = options.dtype ?? ([...given, givenStep].every(Number.isInteger) ? "int32" : "float32");
  rejectBool("arange", dtype);
  const [from, to, by] = [...given, givenStep].map((bound) => boundFor(dtype, bound)) as [number, number, number];
  if (![from, to, by].every(Number.isFinite) || by === 0 || (to - from) * by < 0) {
    throw new ValueError({
      op: "arange",
      problem: "the step does not lead from start to end",
      args: { start: String(given[0]), end: String(given[1]), step: String(givenStep) },
    });
  }
  return finish(
    fromValues(Math.ceil((to - from) / by), dtype, (i) => from + i * by),
    options,
  );
};

/** Values at equal distances from both ends: the i-th of `steps`. */
const between = (start: number, end: number, steps: number): ((i: number) => number) => {
  const step = steps > 1 ? (end - start) / (steps - 1) : 0;
  return (i) => (steps === 1 || i < steps / 2 ? start + step * i : end - step * (steps - 1 - i));
};

/** `steps` values from start to end, both included. @source torch.linspace */
export const linspace = (start: number, end: number, steps: number, options: CreateOptions = {}): Tensor => {
  checkShape("linspace", [steps]);
  const { dtype = "float32" } = options;
  rejectBool("linspace", dtype);
  return finish(fromValues(steps, dtype, between(boundFor(dtype, start), boundFor(dtype, end), steps)), options);
};

export interface LogspaceOptions extends CreateOptions {
  /** Default 10. */
  base?: number | undefined;
}

/** base to the power of `steps` values from start to end, both included. @source torch.logspace */
export const logspace = (start: number, end: number, steps: number, options: LogspaceOptions = {}): Tensor => {
  checkShape("logspace", [steps]);
  const { dtype = "float32", base = 10 } = options;
  rejectBool("logspace", dtype);
  const exponent = between(boundFor(dtype, start), boundFor(dtype, end), steps);
  return finish(
    fromValues(steps, dtype, (i) => base ** exponent(i)),
    options,
  );
};

/** Ones on the diagonal. @source torch.eye */
export const eye = (
  n: number,
  m: number | CreateOptions = n,
  options: CreateOptions = typeof m === "object" ? m : {},
): Tensor => {
  const columns = typeof m === "number" ? m : n;
  checkShape("eye", [n, columns]);
  return finish(
    fromValues(n * columns, options.dtype ?? "float32", (i) => Number(Math.floor(i / columns) === i % columns), [
      n,
      columns,
    ]),
    options,
  );
};

const random = (
  op: string,
  args: SizesAnd<RandomOptions>,
  fill: (out: Float32Array | Float64Array, generator: Generator) => void,
): Tensor => {
  const { shape, options } = parse<RandomOptions>(op, args);
  const dtype = options.dtype ?? "float32";
  if (dtype !== "float32" && dtype !== "float64")
    throw new DTypeError({ op, problem: `${dtype} has no fractions`, rule: "float32 or float64" });
  const x = Tensor.empty(shape, dtype);
  drawElements(x, (out) => fill(out, options.generator ?? defaultGenerator));
  return finish(x, options);
};

/** Uniform from 0 up to, not including, 1. @source torch.rand */
export const rand = (...args: SizesAnd<RandomOptions>): Tensor => random("rand", args, (out, g) => fillUniform(out, g));
/** Normal, mean 0, standard deviation 1. @source torch.randn */
export const randn = (...args: SizesAnd<RandomOptions>): Tensor =>
  random("randn", args, (out, g) => fillNormal(out, g));
/** Uniform from 0 up to, not including, 1, in x's shape and dtype. @source torch.rand_like */
export const randLike = (x: Tensor, options: RandomOptions = {}): Tensor =>
  rand(x.shape, { dtype: x.dtype, ...options });
/** Normal, mean 0, standard deviation 1, in x's shape and dtype. @source torch.randn_like */
export const randnLike = (x: Tensor, options: RandomOptions = {}): Tensor =>
  randn(x.shape, { dtype: x.dtype, ...options });

const DRAW_OUTSIDE = "draw them before the step, and pass them as an argument";

/** Integers from low up to, not including, high. @source torch.randint */
export const randint = (
  low: number,
  high: number,
  shape: Shape,
  { dtype = "int32", generator = defaultGenerator, ...options }: RandomOptions = {},
): Tensor => {
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high)
    throw new ValueError({ op: "randint", problem: `there is no integer from ${low} up to, not including, ${high}` });
  checkShape("randint", shape);
  const drawn = new Int32Array(sizeOf(shape));
  recorder?.refuses("randint", "integers are drawn in the step", DRAW_OUTSIDE);
  fillRandint(drawn, generator, low, high);
  return tensor(drawn, { shape, dtype, ...options });
};

/** 0 … n−1 in random order, int32. @source torch.randperm */
export const randperm = (n: number, { generator = defaultGenerator }: RandomOptions = {}): Tensor => {
  checkShape("randperm", [n]);
  recorder?.refuses("randperm", "integers are drawn in the step", DRAW_OUTSIDE);
  return tensor(randomPermutation(n, generator));
};

/** @internal Fills a float tensor in place from a generator: what nn.init draws with. */
export const fillRandom = (
  x: Tensor,
  kind: "uniform" | "normal" | "bernoulli",
  a: number,
  b: number,
  generator: Generator = defaultGenerator,
): Tensor => {
  const packed = x.isContiguous() ? x : Tensor.empty(x.shape, x.dtype);
  drawElements(packed, (out) => {
    if (kind === "uniform") fillUniform(out, generator, a, b);
    else if (kind === "normal") fillNormal(out, generator, a, b);
    else fillBernoulli(out, generator, a);
  });
  if (packed !== x) {
    backend().copy(x, packed);
    packed.storage.release("fillRandom");
  }
  x.storage.version++;
  return x;
};
