import { type PadOptions, padSequence } from "../nn/utils/rnn.js";
import { stack } from "../ops/movement/reshape.js";
import { tensor } from "../tensor/create.js";
import { ShapeError, ValueError } from "../tensor/errors.js";
import { Tensor } from "../tensor/tensor.js";

/** What samples become in a batch: tensors and numbers a tensor with one dimension more, texts a list; arrays and objects part by part. */
export type Collated<S> = S extends Tensor | number | boolean
  ? Tensor
  : S extends string
    ? string[]
    : S extends readonly unknown[] | Readonly<Record<string, unknown>>
      ? { -readonly [K in keyof S]: Collated<S[K]> }
      : S[];

const isNamed = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" &&
  x !== null &&
  (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null);

const mixed = (path: string, problem: string, hint?: string): ValueError =>
  new ValueError({ op: "defaultCollate", problem: `${path} ${problem}`, rule: "samples of one form", hint });

const stacked = (tensors: readonly Tensor[], path: string): Tensor => {
  const [first] = tensors as [Tensor];
  const other = tensors.findIndex((x) => x.shape.join() !== first.shape.join());
  if (other > 0)
    throw new ShapeError({
      op: "defaultCollate",
      problem: `${path} has another shape in sample ${other} than in the first`,
      args: { "sample 0": first.shape, [`sample ${other}`]: (tensors[other] as Tensor).shape },
      hint: "pad sequences of different lengths with collateFn: padCollate()",
    });
  return stack(tensors);
};

const areAll = <T>(parts: readonly unknown[], is: (x: unknown) => x is T): parts is readonly T[] => parts.every(is);
const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;
const isNumber = (x: unknown): x is number => typeof x === "number";
const isBoolean = (x: unknown): x is boolean => typeof x === "boolean";
const isText = (x: unknown): x is string => typeof x === "string";
const isArray = (x: unknown): x is readonly unknown[] => Array.isArray(x);

const collate = (parts: readonly unknown[], path: string): unknown => {
  if (areAll(parts, isTensor)) return stacked(parts, path);
  if (areAll(parts, isNumber) || areAll(parts, isBoolean)) return tensor([...parts]);
  if (areAll(parts, isText)) return [...parts];
  if (areAll(parts, isArray)) return collateArrays(parts, path);
  if (areAll(parts, isNamed)) return collateObjects(parts, path);
  const kinds = [...new Set(parts.map((x) => (x === null ? "null" : Array.isArray(x) ? "array" : typeof x)))];
  throw mixed(path, `is ${kinds.join(" and ")}`, "say with collateFn how such samples become a batch");
};

const collateArrays = (parts: readonly (readonly unknown[])[], path: string): unknown[] => {
  const [{ length }] = parts as [readonly unknown[]];
  const other = parts.findIndex((x) => x.length !== length);
  if (other > 0)
    throw mixed(
      path,
      `has ${parts[other]?.length} elements in sample ${other}, and ${length} in the first`,
      "a sequence whose length varies is a tensor, padded with collateFn: padCollate()",
    );
  const part = (i: number): unknown[] => parts.map((x) => x[i]);
  return Array.from({ length }, (_, i) => collate(part(i), `${path}[${i}]`));
};

const collateObjects = (parts: readonly Readonly<Record<string, unknown>>[], path: string): object => {
  const [first] = parts as [Readonly<Record<string, unknown>>];
  const part = (name: string): unknown => {
    const other = parts.findIndex((x) => !Object.hasOwn(x, name));
    if (other > 0) throw mixed(path, `has no ${name} in sample ${other}, but in the first`);
    return collate(
      parts.map((x) => x[name]),
      `${path}.${name}`,
    );
  };
  return Object.fromEntries(Object.keys(first).map((name) => [name, part(name)]));
};

/**
 * Makes a batch of samples: tensors are stacked, numbers and booleans become tensors (int32 where all are whole, else float32),
 * texts stay a list, and arrays and plain objects are done part by part.
 *
 * @throws ShapeError or ValueError naming the part and the sample that do not fit
 * @source torch.utils.data.default_collate
 * @example data.defaultCollate([{ x: tensor([1, 2]), y: 0 }, { x: tensor([3, 4]), y: 1 }]); // { x: [2, 2], y: [2] }
 */
export const defaultCollate = <S>(samples: readonly S[]): Collated<S> => {
  if (samples.length === 0) throw new ValueError({ op: "defaultCollate", problem: "there is no sample" });
  return collate(samples, "the sample") as Collated<S>;
};

/** The parts of samples [sequence, …] as tensors, and the lengths. */
export type Padded<S extends readonly unknown[]> = [...{ -readonly [K in keyof S]: Tensor }, lengths: Tensor];

/**
 * A collateFn for sequences of different lengths: tensors [Lᵢ, …] are padded at their ends to the longest, all else is collated as
 * usual, and the lengths of each sample's first part come last.
 *
 * @shape samples [[L₀, …], label], [[L₁, …], label], … → [[N, L, …], labels [N], lengths [N] int32]
 * @throws ShapeError when sequences differ in more than their lengths, ValueError when a sample is no array that starts with a sequence
 * @example new data.DataLoader(pairs, { batchSize: 32, collateFn: data.padCollate({ paddingValue: -1 }) })
 */
export const padCollate =
  ({ batchFirst = true, ...options }: PadOptions = {}) =>
  <S extends readonly unknown[]>(samples: readonly S[]): Padded<S> => {
    const firsts = samples.map((sample, i) => {
      const first: unknown = Array.isArray(sample) ? sample[0] : undefined;
      if (first instanceof Tensor && first.ndim > 0) return first;
      throw new ValueError({
        op: "padCollate",
        problem: `sample ${i} does not start with a sequence`,
        rule: "[tensor [L, …], …]",
      });
    });
    const parts = (samples[0] ?? []).map((_, k) => samples.map((sample) => sample[k]));
    const isSequences = (part: readonly unknown[]): part is Tensor[] =>
      part.every((x) => x instanceof Tensor && x.ndim > 0);
    const padded = parts.map((part) =>
      isSequences(part) ? padSequence(part, { batchFirst, ...options }) : (defaultCollate(part) as unknown as Tensor),
    );
    return [...padded, tensor(Int32Array.from(firsts, (x) => x.shape[0] as number))] as Padded<S>;
  };
