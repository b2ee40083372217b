import type { Tensor } from "./tensor.js";

/** PyTorch's print options: decimals, elements above which a tensor is summarised, how many are shown at each edge. */
const PRECISION = 4;
const THRESHOLD = 1000;
const EDGE = 3;
const LINE_WIDTH = 80;
/** Of the largest value to the smallest: above it, and beyond these bounds, values are written with exponents. */
const RATIO = 1000;
const LARGE = 1e8;
const SMALL = 1e-4;

const PREFIX = "tensor(";

/** The text that `print(tensor)` shows in PyTorch. */
export const formatTensor = (x: Tensor): string => {
  if (x.storage.isReleased && x.storage.lastValue === undefined)
    return withSuffixes(`${PREFIX}<released>`, suffixesOf(x));
  if (x.numel() === 0) return withSuffixes(`${PREFIX}[]`, suffixesOf(x));
  const shown = readShown(x, x.numel() > THRESHOLD);
  const body = layOut(shown.nested, formatFor(x.dtype, shown.flat), PREFIX.length, x.ndim);
  return withSuffixes(PREFIX + body, suffixesOf(x));
};

/** Shape and dtype where the values do not tell them, and what autograd knows. */
const suffixesOf = (x: Tensor): string[] => {
  const isEmpty = x.numel() === 0;
  const isTold = x.dtype === "float32" || (!isEmpty && (x.dtype === "bool" || x.dtype === "int32"));
  const size = isEmpty && x.ndim !== 1 ? [`size=(${x.shape.join(", ")})`] : [];
  const dtype = isTold ? [] : [`dtype=${x.dtype}`];
  const grad = x.gradFn !== null ? [`gradFn=<${x.gradFn}>`] : x.requiresGrad ? ["requiresGrad=true"] : [];
  return [...size, ...dtype, ...grad];
};

/** Each suffix on the last line while it has room, else on a line of its own. */
const withSuffixes = (text: string, suffixes: readonly string[]): string => {
  let lines = text;
  let used = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    const fits = used + suffix.length + 2 <= LINE_WIDTH;
    lines += fits ? `, ${suffix}` : `,\n${" ".repeat(PREFIX.length)}${suffix}`;
    used = fits ? used + suffix.length + 2 : PREFIX.length + suffix.length;
  }
  return `${lines})`;
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

/** How every value of a tensor is written, and the width that lines are filled by. */
interface Format {
  readonly write: (value: number) => string;
  readonly width: number;
}

/** One format for the whole tensor. Zeros, NaN and infinities do not count for the width, as in PyTorch. */
const formatFor = (dtype: Tensor["dtype"], values: readonly number[]): Format => {
  const isFloat = dtype === "float32" || dtype === "float64";
  const counted = isFloat ? values.filter((v) => Number.isFinite(v) && v !== 0) : values;
  const write = isFloat ? styleOf(counted) : dtype === "bool" ? (v: number) => (v !== 0 ? "True" : "False") : String;
  const width = Math.max(1, ...counted.map((v) => write(v).length));
  return { write: (v) => write(v).padStart(width), width };
};

/** Integers with a point, four decimals, or exponents, by what the values that are finite and not 0 need. */
const styleOf = (values: readonly number[]): ((v: number) => string) => {
  const sizes = values.map(Math.abs);
  const [max, min] = [Math.max(...sizes), Math.min(...sizes)];
  const areWhole = values.every(Number.isInteger);
  const isWide = max / min > RATIO || max > LARGE || (!areWhole && min < SMALL);
  const write = isWide ? exponent : areWhole ? (v: number) => `${signOf(v)}${Math.abs(v)}.` : decimal;
  return (v) => (Number.isFinite(v) ? write(v) : Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf");
};

const signOf = (v: number): string => (v < 0 || Object.is(v, -0) ? "-" : "");

const decimal = (v: number): string => signOf(v) + halfEven((digits) => Math.abs(v).toFixed(digits));

const exponent = (v: number): string => {
  const [, power = "+0"] = v.toExponential(PRECISION).split("e");
  const mantissa = halfEven((digits) => Math.abs(v).toExponential(digits).split("e")[0] as string);
  return `${signOf(v)}${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
};

/** As Python rounds: a tie goes to the even digit, where JavaScript's goes up. */
const halfEven = (write: (digits: number) => string): string => {
  const more = 40;
  const exact = write(PRECISION + more);
  const [cut, rest] = [exact.slice(0, -more), exact.slice(-more)];
  const isTie = rest === "5".padEnd(more, "0");
  return isTie && Number(cut.at(-1)) % 2 === 0 ? cut : write(PRECISION);
};

/** Brackets and line breaks: the innermost dimension fills lines, each further one adds an empty line between blocks. */
const layOut = (x: Shown, format: Format, indent: number, ndim: number): string => {
  if (typeof x === "number") return format.write(x);
  if (x === "…") return "...";
  if (ndim === 1) return layOutRow(x, format, indent);
  const separator = `,${"\n".repeat(ndim - 1)}${" ".repeat(indent + 1)}`;
  return `[${x.map((part) => layOut(part, format, indent + 1, ndim - 1)).join(separator)}]`;
};

const layOutRow = (row: readonly Shown[], { write, width }: Format, indent: number): string => {
  const cells = row.map((v) => (typeof v === "number" ? write(v) : " ..."));
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + ", ".length)));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += perLine) lines.push(cells.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
};
