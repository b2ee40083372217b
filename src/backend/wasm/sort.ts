import type { Operand } from "../backend.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";

/** Rows shorter than this are sorted by insertion: counting would cost more. */
const SHORT = 48;
const bits = new DataView(new ArrayBuffer(8));

/** Keys of a row whose order as unsigned integers is that of its values; NaN last, 0 and −0 equal. */
interface Keys {
  readonly high: Uint32Array;
  /** The lower half of float64; empty for other dtypes. */
  readonly low: Uint32Array;
}

/** A float's bits turned so that they rise with it: all of a negative one, the sign of others. */
const rising = (sign: number, word: number): number => (sign < 0 ? ~word : word) >>> 0;

const fillKeys = (
  { high, low }: Keys,
  row: ArrayLike<number>,
  dtype: Operand["dtype"],
  isDescending: boolean,
): void => {
  const flip = isDescending ? 0xffffffff : 0;
  for (let i = 0; i < row.length; i++) {
    // Adding 0 makes −0 a 0.
    const v = (row[i] as number) + 0;
    if (dtype === "float32") {
      bits.setFloat32(0, v);
      const word = bits.getInt32(0);
      high[i] = (Number.isNaN(v) ? 0xffffffff : rising(word, word < 0 ? word : word | 0x80000000)) ^ flip;
    } else if (dtype === "float64") {
      bits.setFloat64(0, v);
      const word = bits.getInt32(0);
      const rest = bits.getInt32(4);
      high[i] = (Number.isNaN(v) ? 0xffffffff : rising(word, word < 0 ? word : word | 0x80000000)) ^ flip;
      low[i] = (Number.isNaN(v) ? 0xffffffff : rising(word, rest)) ^ flip;
    } else high[i] = v ^ 0x80000000 ^ flip;
  }
};

/** Stable, for few elements. */
const byInsertion = (order: Int32Array, { high, low }: Keys, n: number): void => {
  const isAfter = (a: number, b: number): boolean => {
    const [x, y] = [high[a] as number, high[b] as number];
    return x !== y ? x > y : low.length > 0 && (low[a] as number) > (low[b] as number);
  };
  for (let i = 0; i < n; i++) {
    let j = i;
    while (j > 0 && isAfter(order[j - 1] as number, i)) {
      order[j] = order[j - 1] as number;
      j--;
    }
    order[j] = i;
  }
};

const counts = new Int32Array(256);

/** One turn of a radix sort: `from` in the order of one byte of its keys, into `to`. @returns whether anything moved */
const turn = (to: Int32Array, from: Int32Array, keys: Uint32Array, shift: number, n: number): boolean => {
  counts.fill(0);
  for (let i = 0; i < n; i++) {
    const byte = ((keys[i] as number) >>> shift) & 255;
    counts[byte] = (counts[byte] as number) + 1;
  }
  if (counts[((keys[0] as number) >>> shift) & 255] === n) return false;
  let start = 0;
  for (let byte = 0; byte < 256; byte++) {
    const size = counts[byte] as number;
    counts[byte] = start;
    start += size;
  }
  for (let i = 0; i < n; i++) {
    const place = from[i] as number;
    const byte = ((keys[place] as number) >>> shift) & 255;
    const at = counts[byte] as number;
    to[at] = place;
    counts[byte] = at + 1;
  }
  return true;
};

/** The order of a row, in one of two arrays. */
const orderOf = (first: Int32Array, second: Int32Array, keys: Keys, n: number): Int32Array => {
  if (n < SHORT) {
    byInsertion(first, keys, n);
    return first;
  }
  for (let i = 0; i < n; i++) first[i] = i;
  let [from, to] = [first, second];
  for (const words of [keys.low, keys.high]) {
    if (words.length === 0) continue;
    for (let shift = 0; shift < 32; shift += 8) if (turn(to, from, words, shift, n)) [from, to] = [to, from];
  }
  return from;
};

/** Sorts along a dimension by the bits of the values: stable, in time that grows with their number alone. */
export const sort = (
  m: Machine,
  values: Operand,
  indices: Operand,
  x: Operand,
  dim: number,
  isDescending: boolean,
): void => {
  const { heap } = m;
  const { dtype } = x;
  const n = x.shape[dim] ?? 1;
  const inner = count(x.shape.slice(dim + 1));
  const total = count(x.shape);
  if (total === 0) return;
  const { address } = m.contiguous(x, x.shape);
  const [data, sorted, places] = [
    heap.view(dtype, address, total),
    heap.view(dtype, values.address, total),
    heap.view("int32", indices.address, total),
  ];
  const keys = { high: new Uint32Array(n), low: new Uint32Array(dtype === "float64" ? n : 0) };
  const [first, second] = [new Int32Array(n), new Int32Array(n)];
  const row = dtype === "float64" ? new Float64Array(n) : dtype === "float32" ? new Float32Array(n) : new Int32Array(n);
  for (let start = 0; start < total; start += n * inner)
    for (let j = 0; j < inner; j++) {
      for (let i = 0; i < n; i++) row[i] = data[start + j + i * inner] as number;
      fillKeys(keys, row, dtype, isDescending);
      const order = orderOf(first, second, keys, n);
      for (let i = 0; i < n; i++) {
        const at = start + j + i * inner;
        sorted[at] = row[order[i] as number] as number;
        places[at] = order[i] as number;
      }
    }
};
