import { camelCase, checkRange, dtypeOf, type Json, numberOf, Skip, type TensorSpec } from "./values.js";

/** What the runner needs of a tensor. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly requiresGrad: boolean;
  grad: GoldenTensor | null;
  toTypedArray(): ArrayLike<number>;
}

/** The library under test: what `import * as` gives, or any object of that form. */
export type Library = Readonly<Record<string, unknown>>;

type Callable = (...args: readonly unknown[]) => unknown;
const isCallable = (x: unknown): x is Callable => typeof x === "function";

export const isTensor = (x: unknown): x is GoldenTensor =>
  typeof x === "object" && x !== null && "shape" in x && "dtype" in x && "toTypedArray" in x;

const get = (target: unknown, key: string): unknown =>
  (typeof target === "object" && target !== null) || typeof target === "function"
    ? Reflect.get(target, key)
    : undefined;

/** `torch.nn.functional.log_softmax` → the library's `nn.functional.logSoftmax`, undefined when it is missing. */
export const lookUp = (library: Library, path: string): unknown =>
  path
    .replace(/^torch\./, "")
    .split(".")
    .reduce<unknown>((at, key) => get(at, camelCase(key)), library);

/** @throws Skip when the library has no such function */
export const functionAt = (library: Library, path: string): Callable => {
  const found = lookUp(library, path);
  if (!isCallable(found)) throw new Skip(`no ${path}`);
  return found;
};

export const hasMethod = (target: unknown, name: string): boolean => isCallable(get(target, name));

/** @throws Skip when the object has no such method */
export const callMethod = (target: unknown, name: string, ...args: readonly unknown[]): unknown => {
  const method = get(target, name);
  if (!isCallable(method)) throw new Skip(`no method ${name}`);
  return Reflect.apply(method, target, args);
};

/** @throws Skip when the library has no such class */
export const construct = (library: Library, path: string, args: readonly unknown[]): object => {
  const found = lookUp(library, path);
  if (!isCallable(found)) throw new Skip(`no ${path}`);
  return Reflect.construct(found, args) as object;
};

export const property = (target: unknown, key: string): unknown => get(target, key);

/** @throws Error when a value that has to be a tensor is none */
export const asTensor = (x: unknown, what: string): GoldenTensor => {
  if (!isTensor(x)) throw new Error(`${what} is not a tensor but ${typeof x}`);
  return x;
};

const typedArrayOf = (dtype: string, data: readonly Json[]): ArrayLike<number> => {
  const numbers = data.map(numberOf);
  if (dtype === "float32") return Float32Array.from(numbers);
  if (dtype === "float64") return Float64Array.from(numbers);
  return dtype === "int32" ? Int32Array.from(numbers) : Uint8Array.from(numbers);
};

const plainTensor = (
  library: Library,
  shape: readonly number[],
  dtype: string,
  data: ArrayLike<number>,
): GoldenTensor => asTensor(functionAt(library, "torch.tensor")(data, { shape, dtype }), "tensor()");

/** Every second place of a buffer that holds something else in between. */
const strided = (library: Library, shape: readonly number[], dtype: string, data: ArrayLike<number>): GoldenTensor => {
  const wide = Array.from({ length: data.length * 2 }, (_, i) => (i % 2 === 0 ? (data[i / 2] as number) : 1));
  const base = plainTensor(library, [...shape, 2], dtype, typedArrayOf(dtype, wide));
  return asTensor(callMethod(base, "select", -1, 0), "select()");
};

/** The last two dimensions lie in memory the other way round. */
const transposed = (
  library: Library,
  shape: readonly number[],
  dtype: string,
  data: ArrayLike<number>,
): GoldenTensor => {
  const [rows = 0, columns = 0] = shape.slice(-2);
  const swapped = Array.from({ length: data.length }, (_, i) => {
    const matrix = Math.floor(i / (rows * columns)) * rows * columns;
    const inside = i - matrix;
    return data[matrix + (inside % rows) * columns + Math.floor(inside / rows)] as number;
  });
  const base = plainTensor(library, [...shape.slice(0, -2), columns, rows], dtype, typedArrayOf(dtype, swapped));
  return asTensor(callMethod(base, "transpose", -2, -1), "transpose()");
};

/**
 * A tensor of the library, as a leaf; with a layout hint a real view that is not contiguous.
 *
 * @throws Skip for a dtype or an integer that the library does not have
 */
export const buildTensor = (library: Library, spec: TensorSpec): GoldenTensor => {
  const dtype = dtypeOf(spec.dtype);
  checkRange(spec);
  const data = typedArrayOf(dtype, spec.data);
  const layout = spec.layout === "transposed" && spec.shape.length < 2 ? "strided" : spec.layout;
  const make = layout === "transposed" ? transposed : layout === "strided" ? strided : plainTensor;
  const made = make(library, spec.shape, dtype, data);
  return spec.requires_grad === true
    ? asTensor(callMethod(callMethod(made, "detach"), "requiresGrad_"), "requiresGrad_()")
    : made;
};

/** A tensor's values at this moment. */
export interface Snapshot {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}

export const snapshot = (x: GoldenTensor): Snapshot => ({
  shape: [...x.shape],
  dtype: x.dtype,
  data: Array.from(x.toTypedArray(), Number),
});
