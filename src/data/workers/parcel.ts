import type { DType, TypedArray } from "../../backend/dtype.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";

/** A tensor on its way to another thread: its elements in memory of their own, which moves without a copy. */
interface PackedTensor {
  readonly "mytorch.tensor": DType;
  readonly shape: readonly number[];
  readonly elements: TypedArray;
}

const isNamed = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" &&
  x !== null &&
  (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null);

const isPacked = (x: Readonly<Record<string, unknown>>): x is Readonly<Record<string, unknown>> & PackedTensor =>
  "mytorch.tensor" in x;

/** Does every tensor in arrays and plain objects; all else stays. */
const mapped = (value: unknown, change: (part: unknown) => unknown): unknown => {
  const changed = change(value);
  if (changed !== value) return changed;
  if (Array.isArray(value)) return value.map((part) => mapped(part, change));
  if (!isNamed(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapped(part, change)]));
};

/**
 * Tensors in arrays and plain objects as what can be posted to another thread. All else is cloned as postMessage clones it.
 *
 * @param moved takes the memory that is to be transferred
 */
export const pack = (value: unknown, moved: ArrayBuffer[]): unknown =>
  mapped(value, (part) => {
    if (!(part instanceof Tensor)) return part;
    const elements = part.toTypedArray();
    moved.push(elements.buffer as ArrayBuffer);
    return { "mytorch.tensor": part.dtype, shape: part.shape, elements } satisfies PackedTensor;
  });

/** What was packed, its tensors in this thread's heap: one copy of the elements. */
export const unpack = (value: unknown): unknown =>
  mapped(value, (part) => {
    if (!isNamed(part) || !isPacked(part)) return part;
    const { "mytorch.tensor": dtype, shape, elements } = part;
    const x = Tensor.empty(shape, dtype);
    elementsOf(x, dtype).set(elements);
    return x;
  });
