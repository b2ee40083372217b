/** What a corpus file holds, and how its numbers are read. The format is described in the corpus's own README. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Flat, row-major. null (in expected data only): the oracle could not decide. */
  readonly data: readonly Json[];
  readonly requires_grad?: boolean;
  /** Build it as a view that is not contiguous. */
  readonly layout?: string;
}

/** One case, as it stands in the file; which fields are there depends on `kind`. */
export interface GoldenCase extends JsonObject {
  id: string;
  op: string;
}

export interface GoldenGroup {
  readonly group: string;
  readonly cases: readonly GoldenCase[];
}

export const isObject = (x: Json | undefined): x is JsonObject =>
  typeof x === "object" && x !== null && !Array.isArray(x);

export const isTensorSpec = (x: Json | undefined): x is JsonObject & TensorSpec =>
  isObject(x) && Array.isArray(x.shape) && Array.isArray(x.data);

/** JSON text in which a float with a whole value ("2.0") stays a float: `{"float": 2.0}`, since Python tells it from an int. */
export const markFloats = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\d+\.0(?=[,\]}\s])/g, (token) =>
    token.startsWith('"') ? token : `{"float":${token}}`,
  );

/** A number that Python wrote as a float. */
export const isPyFloat = (x: Json | undefined): boolean =>
  (typeof x === "number" && !Number.isInteger(x)) || (isObject(x) && "float" in x);

/** The number that an entry stands for: numbers, booleans, "NaN", "Infinity", "-Infinity", `{"float": …}`. */
export const numberOf = (x: Json | undefined): number => {
  if (typeof x === "number") return x;
  if (typeof x === "boolean") return x ? 1 : 0;
  if (x === "NaN") return Number.NaN;
  if (x === "Infinity") return Number.POSITIVE_INFINITY;
  if (x === "-Infinity") return Number.NEGATIVE_INFINITY;
  if (isObject(x) && "float" in x) return numberOf(x.float);
  throw new TypeError(`the corpus has ${JSON.stringify(x)} where a number belongs`);
};

export const arrayOf = (x: Json | undefined): readonly Json[] => (Array.isArray(x) ? x : []);
export const objectOf = (x: Json | undefined): JsonObject => (isObject(x) ? x : {});

/** Thrown when a case is not for this library: its op is missing, or a dtype that the library does not have. */
export class Skip extends Error {}

/** The library's dtype for PyTorch's; int64 is int32 here. */
const dtypes: Readonly<Record<string, string>> = {
  float32: "float32",
  float64: "float64",
  int64: "int32",
  int32: "int32",
  uint8: "uint8",
  bool: "bool",
};

export const hasDtype = (name: string): boolean => name in dtypes;

/** @throws Skip for a dtype that the library does not have */
export const dtypeOf = (name: string): string => {
  const dtype = dtypes[name];
  if (dtype === undefined) throw new Skip(`no dtype ${name}`);
  return dtype;
};

/** @throws Skip for an integer that the library's widest integer cannot hold */
export const checkRange = (spec: TensorSpec): void => {
  if (spec.dtype !== "int64") return;
  for (const entry of spec.data) {
    if (entry !== null && Math.abs(numberOf(entry)) > 2 ** 31 - 1) throw new Skip("an int64 that does not fit int32");
  }
};

/** `log_softmax` → `logSoftmax`, `T_0` → `T0`, `add_` → `add_`. */
export const camelCase = (name: string): string =>
  name.replace(/(?<=[^_])_+([A-Za-z0-9])/g, (_, next: string) => next.toUpperCase());
