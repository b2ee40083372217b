import { type DType, isFloating } from "../backend/dtype.js";
import { DTypeError } from "./errors.js";
import type { Tensor } from "./tensor.js";

/** Order of promotion: a result takes the higher of two. uint8 and int32 give int32; int32 stands where PyTorch has int64. */
const rank: Readonly<Record<DType, number>> = { bool: 0, uint8: 1, int32: 2, float32: 3, float64: 4 };
/** bool, integer, floating: within a category, tensors with dimensions decide over scalars. */
const category: Readonly<Record<DType, number>> = { bool: 0, uint8: 1, int32: 1, float32: 2, float64: 2 };

export const promoteTypes = (a: DType, b: DType): DType => (rank[a] >= rank[b] ? a : b);

/** What a value is, with its article: "a string", "an object", "null". */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  const kind = typeof value === "object" ? value.constructor.name : typeof value;
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
};

/** A plain value's dtype: a fraction, NaN or infinity is float32, an integer int32. @throws DTypeError for what is no number */
export const dtypeOfValue = (value: number | boolean): DType => {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int32" : "float32";
  throw new DTypeError({
    op: "dtype",
    problem: `${kindOf(value)} stands where a tensor or a number was expected`,
    rule: "numbers or booleans",
  });
};

/** Participants by priority: tensors with dimensions, scalar tensors, plain numbers. */
const priority = (x: Tensor | number | boolean): number => (typeof x !== "object" ? 2 : x.shape.length === 0 ? 1 : 0);

/**
 * The dtype in which operands meet. Tensors with dimensions come first, then scalar tensors, then plain numbers; a later
 * kind counts only where its category (bool, integer, floating) is higher.
 *
 * @source torch.result_type
 */
export const resultType = (...operands: readonly (Tensor | number | boolean)[]): DType => {
  const [first] = operands;
  if (typeof first === "object" && operands.every((x) => typeof x === "object" && x.dtype === first.dtype))
    return first.dtype;
  let result: DType | null = null;
  for (let level = 0; level < 3; level++) {
    let here: DType | null = null;
    for (const x of operands) {
      if (priority(x) !== level) continue;
      const dtype = typeof x === "object" ? x.dtype : dtypeOfValue(x);
      here = here === null ? dtype : promoteTypes(here, dtype);
    }
    if (here !== null && (result === null || category[here] > category[result])) result = here;
  }
  return result ?? "float32";
};

/** Whether a value of `from` may be written into a tensor of `to`: never float into integer, nor a number into bool. */
export const canCast = (from: DType, to: DType): boolean => category[from] <= category[to];

/** The float dtype for ops that always give floats: sqrt of an int32 is float32. */
export const floatType = (dtype: DType): DType => (isFloating(dtype) ? dtype : "float32");
