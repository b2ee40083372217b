import type { Snapshot } from "./library.js";
import { dtypeOf, isObject, isTensorSpec, type Json, numberOf, type TensorSpec } from "./values.js";

/** A result as the runner hands it over: tensors as snapshots, several outputs as a list. */
export type Outcome = Snapshot | number | boolean | string | null | undefined | readonly Outcome[];

const isList = (x: Outcome): x is readonly Outcome[] => Array.isArray(x);
const isSnapshot = (x: Outcome): x is Snapshot => typeof x === "object" && x !== null && "data" in x;

const fits = (actual: number, expected: number, rtol: number, atol: number): boolean => {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (!Number.isFinite(expected)) return actual === expected;
  return Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
};

const compareTensor = (
  expected: TensorSpec,
  actual: Snapshot,
  rtol: number,
  atol: number,
  path: string,
): string | null => {
  if (expected.shape.join() !== actual.shape.join())
    return `${path}: shape [${actual.shape}], expected [${expected.shape}]`;
  const dtype = dtypeOf(expected.dtype);
  if (dtype !== actual.dtype) return `${path}: dtype ${actual.dtype}, expected ${dtype}`;
  if (actual.data.length !== expected.data.length)
    return `${path}: ${actual.data.length} values, expected ${expected.data.length}`;
  const isFloat = dtype === "float32" || dtype === "float64";
  for (let i = 0; i < expected.data.length; i++) {
    const entry = expected.data[i] as Json;
    if (entry === null) continue;
    const value = dtype === "float32" ? Math.fround(numberOf(entry)) : numberOf(entry);
    const got = actual.data[i] as number;
    if (isFloat ? fits(got, value, rtol, atol) : got === value) continue;
    return `${path}[${i}]: ${got}, expected ${value}${isFloat && Number.isFinite(value) ? ` (off by ${Math.abs(got - value).toExponential(1)}, allowed ${(atol + rtol * Math.abs(value)).toExponential(1)})` : ""}`;
  }
  return null;
};

/** The first difference in words, or null. `expected` null asks for no gradient: absent or zeros. */
export const compare = (expected: Json, actual: Outcome, rtol: number, atol: number, path: string): string | null => {
  if (expected === null) {
    const isNothing =
      actual === null || actual === undefined || (isSnapshot(actual) && actual.data.every((v) => v === 0));
    return isNothing ? null : `${path}: a value, expected none`;
  }
  if (actual === null || actual === undefined) return `${path}: nothing, expected a value`;
  if (isTensorSpec(expected)) {
    return isSnapshot(actual)
      ? compareTensor(expected, actual, rtol, atol, path)
      : `${path}: not a tensor but ${describe(actual)}`;
  }
  if (Array.isArray(expected)) {
    if (!isList(actual)) return `${path}: ${describe(actual)}, expected a list of ${expected.length}`;
    if (actual.length !== expected.length) return `${path}: a list of ${actual.length}, expected ${expected.length}`;
    for (let i = 0; i < expected.length; i++) {
      const difference = compare(expected[i] as Json, actual[i], rtol, atol, `${path}.${i}`);
      if (difference !== null) return difference;
    }
    return null;
  }
  if (typeof expected === "number" || (isObject(expected) && "float" in expected)) {
    const value = numberOf(expected);
    return typeof actual === "number" && fits(actual, value, rtol, atol)
      ? null
      : `${path}: ${describe(actual)}, expected ${value}`;
  }
  return actual === expected ? null : `${path}: ${describe(actual)}, expected ${JSON.stringify(expected)}`;
};

const describe = (x: Outcome): string =>
  isSnapshot(x) ? `a ${x.dtype} tensor [${x.shape}]` : isList(x) ? `a list of ${x.length}` : JSON.stringify(x ?? null);
