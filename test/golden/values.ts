import { type DType, type Tensor, tensor } from "../../src/index.js";

/** A tensor as the corpus writes it. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | boolean | string | null)[];
  readonly requires_grad?: boolean;
  readonly layout?: string;
}

export const isStored = (x: unknown): x is StoredTensor =>
  typeof x === "object" && x !== null && "shape" in x && "data" in x;

export const numberOf = (v: number | boolean | string | null): number =>
  v === null ? Number.NaN : typeof v === "string" ? Number(v) : Number(v);

const dtypes: Readonly<Record<string, DType>> = {
  float32: "float32",
  float64: "float64",
  int64: "int32",
  int32: "int32",
  uint8: "uint8",
  bool: "bool",
};

export const dtypeOf = (name: string): DType => {
  const dtype = dtypes[name];
  if (dtype === undefined) throw new Unsupported(`dtype ${name}`);
  return dtype;
};

/** What the library does not have yet: the case is skipped under this name. */
export class Unsupported extends Error {}

/** Builds a stored tensor, as a view with gaps or swapped dimensions where the case asks for one. */
export const build = (stored: StoredTensor): Tensor => {
  const dtype = dtypeOf(stored.dtype);
  const values = stored.data.map(numberOf);
  const flat =
    dtype === "float64"
      ? Float64Array.from(values)
      : dtype === "float32"
        ? Float32Array.from(values)
        : dtype === "int32"
          ? Int32Array.from(values)
          : Uint8Array.from(values);
  let x = tensor(flat, { shape: stored.shape, dtype });
  if (stored.layout === "transposed" && x.ndim >= 2) x = x.transpose(-1, -2).clone().transpose(-1, -2);
  if (stored.layout === "strided" && x.ndim >= 1) {
    // The same values with a gap between the columns.
    x = x
      .unsqueeze(-1)
      .expand([...x.shape, 2])
      .clone()
      .select(-1, 0);
  }
  x = x.detach();
  return stored.requires_grad ? x.requiresGrad_() : x;
};

/** @returns what differs, or null */
export const difference = (expected: unknown, actual: unknown, rtol: number, atol: number): string | null => {
  if (expected === null || expected === undefined) {
    const isNothing =
      actual === null || actual === undefined || (actual as Tensor).toTypedArray().every((v: number) => v === 0);
    return isNothing ? null : "a gradient where none was expected";
  }
  if (isStored(expected)) {
    const t = actual as Tensor | null;
    if (t === null || typeof t !== "object" || !("storage" in t)) return "not a tensor";
    if (t.shape.join() !== expected.shape.join()) return `shape [${t.shape}], expected [${expected.shape}]`;
    const data = t.toTypedArray();
    for (let i = 0; i < data.length; i++) {
      const stored = expected.data[i];
      if (stored === null || stored === undefined) continue;
      const [e, a] = [numberOf(stored), data[i] as number];
      const fits = Number.isNaN(e)
        ? Number.isNaN(a)
        : Number.isFinite(e)
          ? Math.abs(a - e) <= atol + rtol * Math.abs(e)
          : a === e;
      if (!fits) return `element ${i} is ${a}, expected ${e}`;
    }
    return null;
  }
  if (Array.isArray(expected)) {
    const list = actual as unknown[];
    if (!Array.isArray(list) || list.length !== expected.length) return `a list of ${expected.length} was expected`;
    return expected.map((e, i) => difference(e, list[i], rtol, atol)).find((d) => d !== null) ?? null;
  }
  if (typeof expected === "number")
    return Math.abs((typeof actual === "object" ? (actual as Tensor).item() : Number(actual)) - expected) <=
      atol + rtol * Math.abs(expected)
      ? null
      : `${actual}, expected ${expected}`;
  return expected === actual ? null : `${actual}, expected ${expected}`;
};
