import type { Tensor } from "./tensor.js";

/** PyTorch's print options: decimals, elements above which a tensor is summarised, how many are shown at each edge. */
const PRECISION = 4;
const THRESHOLD = 1000;
const EDGE = 3;
const LINE_WIDTH = 80;

/** The text that `print(tensor)` shows in PyTorch. */
export const formatTensor = (x: Tensor): string => {
  const prefix = "tensor(";
  const suffix = suffixOf(x);
  if (x.storage.isReleased && x.storage.lastValue === undefined) return `${prefix}<released>${suffix})`;
  if (x.numel() === 0) return `${prefix}${x.ndim === 1 ? "[]" : `[], size=(${x.shape.join(", ")})`}${suffix})`;
  const isSummarised = x.numel() > THRESHOLD;
  const values = readShown(x, isSummarised);
  const format = formatterFor(x, values.flat);
  const body = layOut(values.nested, format, prefix.length, x.ndim);
  return `${prefix}${body}${suffix})`;
};

const suffixOf = (x: Tensor): string => {
  const parts: string[] = [];
  const isDefault = x.dtype === "float32" || x.dtype === "bool" || x.dtype === "int32";
  if (!isDefault) parts.push(`dtype=${x.dtype}`);
  if (x.gradFn !== null) parts.push(`gradFn=<${x.gradFn}>`);
  else if (x.requiresGrad) parts.push("requiresGrad=true");
  return parts.map((part) => `, ${part}`).join("");
};

type Shown = number | "…" | Shown[];

/** Reads what will be shown: everything, or the edges of each dimension. */
const readShown = (x: Tensor, isSummarised: boolean): { nested: Shown; flat: number[] } => {
  const flat: number[] = [];
  if (x.storage.lastValue !== undefined) return { nested: x.item(), flat: [x.item()] };
  const data = x.toTypedArray();
  const level = (depth: number, start: number): Shown => {
    if (depth === x.ndim) {
      const value = data[start] as number;
      flat.push(value);
      return value;
    }
    const size = x.shape[depth] as number;
    const step = x.shape.slice(depth + 1).reduce((n, s) => n * s, 1);
    const at = (i: number): Shown => level(depth + 1, start + i * step);
    if (!isSummarised || size <= 2 * EDGE) return Array.from({ length: size }, (_, i) => at(i));
    const head = Array.from({ length: EDGE }, (_, i) => at(i));
    const tail = Array.from({ length: EDGE }, (_, i) => at(size - EDGE + i));
    return [...head, "…", ...tail];
  };
  return { nested: level(0, 0), flat };
};

/** One number format for the whole tensor: integers with a point, decimals or exponents, padded to one width. */
const formatterFor = (x: Tensor, values: readonly number[]): ((value: number) => string) => {
  const isScalar = x.ndim === 0;
  if (x.dtype === "bool") return padded((v) => (v !== 0 ? "True" : "False"), values, isScalar);
  if (x.dtype === "int32" || x.dtype === "uint8") return padded(String, values, isScalar);
  const finite = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  const write = isScalar ? scalarStyle(values[0] as number) : floatStyle(finite);
  return padded((v) => (Number.isFinite(v) ? write(v) : formatSpecial(v)), values, isScalar);
};

const formatSpecial = (v: number): string => (Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf");

const padded = (
  write: (v: number) => string,
  values: readonly number[],
  isScalar: boolean,
): ((v: number) => string) => {
  if (isScalar) return write;
  const width = Math.max(0, ...values.map((v) => write(v).length));
  return (v) => write(v).padStart(width);
};

const scalarStyle = (value: number): ((v: number) => string) => floatStyle(value === 0 ? [] : [Math.abs(value)]);

const floatStyle = (finite: readonly number[]): ((v: number) => string) => {
  const max = Math.max(0, ...finite);
  const min = finite.length === 0 ? 0 : Math.min(...finite);
  if (finite.every((v) => Number.isInteger(v))) {
    return max / min > 1000 && max > 1e8 ? exponent : max > 1e8 ? exponent : (v) => `${sign(v)}${Math.abs(v)}.`;
  }
  return max / min > 1000 || max > 1e8 || min < 1e-4 ? exponent : (v) => v.toFixed(PRECISION);
};

const sign = (v: number): string => (v < 0 || Object.is(v, -0) ? "-" : "");

const exponent = (v: number): string => {
  const [mantissa, power] = v.toExponential(PRECISION).split("e") as [string, string];
  const digits = power.slice(1).padStart(2, "0");
  return `${mantissa}e${power[0]}${digits}`;
};

/** Brackets and line breaks: the innermost dimension fills lines, each further one adds an empty line between blocks. */
const layOut = (x: Shown, format: (v: number) => string, indent: number, ndim: number): string => {
  if (typeof x === "number") return format(x);
  if (x === "…") return "...";
  if (ndim === 1) return layOutRow(x, format, indent);
  const separator = `,${"\n".repeat(ndim - 1)}${" ".repeat(indent + 1)}`;
  return `[${x.map((part) => layOut(part, format, indent + 1, ndim - 1)).join(separator)}]`;
};

const layOutRow = (row: readonly Shown[], format: (v: number) => string, indent: number): string => {
  const cells = row.map((v) => (typeof v === "number" ? format(v) : " ..."));
  const width = Math.max(1, ...row.map((v) => (typeof v === "number" ? format(v).length : 0))) + 2;
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / width));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += perLine) lines.push(cells.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
};
