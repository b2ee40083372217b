import { tensor } from "../../tensor/create.js";
import { resultType } from "../../tensor/promotion.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { to } from "../elementwise/cast.js";
import { indexSelect } from "../indexing/gather.js";
import { movedim, reshape } from "../movement/reshape.js";

export interface UniqueOptions {
  /** Always in order here. */
  sorted?: boolean | undefined;
  /** Also where each element went. Default false. */
  returnInverse?: boolean | undefined;
  /** Also how often each is there. Default false. */
  returnCounts?: boolean | undefined;
  /** Compare slices of this dimension. Default null: all elements. */
  dim?: number | null | undefined;
}

interface Grouped {
  /** The first slice of each group. */
  readonly first: number[];
  readonly inverse: Int32Array;
  readonly counts: number[];
}

/** Lexicographic order of rows; NaN last, and no two NaN equal. */
const compareRows = (values: ArrayLike<number>, length: number, i: number, j: number): number => {
  for (let k = 0; k < length; k++) {
    const [a, b] = [values[i * length + k] as number, values[j * length + k] as number];
    if (a < b) return -1;
    if (a > b) return 1;
    if (a === b) continue;
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return i - j;
  }
  return 0;
};

const group = (order: readonly number[], isSame: (i: number, j: number) => boolean): Grouped => {
  const first: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(order.length);
  order.forEach((i, at) => {
    if (at === 0 || !isSame(order[at - 1] as number, i)) {
      first.push(i);
      counts.push(0);
    }
    counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    inverse[i] = first.length - 1;
  });
  return { first, inverse, counts };
};

const defineUnique =
  (name: string, isSorted: boolean) =>
  (
    x: Tensor,
    { returnInverse = false, returnCounts = false, dim = null }: UniqueOptions = {},
  ): Tensor | [Tensor, ...Tensor[]] => {
    const d = dim === null ? 0 : normalizeDim(name, dim, x.ndim);
    const source = x.detach();
    const rows = dim === null ? reshape(source, [-1]) : movedim(source, d, 0).contiguous();
    const n = rows.shape[0] ?? 1;
    const length = n === 0 ? 0 : rows.numel() / n;
    const values = rows.toTypedArray();
    const order = Array.from({ length: n }, (_, i) => i);
    if (isSorted) order.sort((i, j) => compareRows(values, length, i, j));
    const { first, inverse, counts } = group(order, (i, j) => compareRows(values, length, i, j) === 0);
    const kept = indexSelect(rows, 0, tensor(Int32Array.from(first)));
    const unique = dim === null ? kept : movedim(kept, 0, d).contiguous();
    if (!returnInverse && !returnCounts) return unique;
    const extra: Tensor[] = [];
    if (returnInverse) extra.push(reshape(tensor(inverse), dim === null ? x.shape : [n]));
    if (returnCounts) extra.push(tensor(Int32Array.from(counts)));
    return [unique, ...extra];
  };

/** Each element (or slice) once, in order; asked for, also where each went and how often it was there. @source torch.unique */
export const unique = defineUnique("unique", true);
/** Each run of equals once, in the order given. @source torch.unique_consecutive */
export const uniqueConsecutive = defineUnique("uniqueConsecutive", false);

/** Whether each element is one of the tests. @source torch.isin */
export const isin = (
  elements: Tensor | number,
  tests: Tensor | number,
  { invert = false }: { assumeUnique?: boolean | undefined; invert?: boolean | undefined } = {},
): Tensor => {
  const dtype = resultType(elements, tests);
  const valuesOf = (x: Tensor | number): ArrayLike<number> =>
    typeof x === "number" ? [x] : to(x.detach(), dtype).toTypedArray();
  const known = new Set(
    Array.from(valuesOf(tests))
      .filter((v) => !Number.isNaN(v))
      .map((v) => v + 0),
  );
  const found = Uint8Array.from(Array.from(valuesOf(elements)), (v) => Number(known.has(v + 0) !== invert));
  return reshape(tensor(found, { dtype: "bool" }), typeof elements === "number" ? [] : elements.shape);
};
