import type { DType, TypedArray } from "../dtype.js";
import type { ScatterOp } from "../ops.js";

type Meet = (old: number, v: number) => number;

const numbers: Readonly<Record<ScatterOp, Meet>> = {
  set: (_, v) => v,
  sum: (old, v) => old + v,
  prod: (old, v) => old * v,
  amax: Math.max,
  amin: Math.min,
};

/** Products keep their lowest 32 bits; bools that are summed stay bools. */
const meetOf = (op: ScatterOp, dtype: DType): Meet => {
  if (dtype === "int32" && op === "prod") return Math.imul;
  return dtype === "bool" && op === "sum" ? Math.max : numbers[op];
};

/** Lets each value meet what is at its offset from `start`, in order. */
export const scatterInto = (
  op: ScatterOp,
  dtype: DType,
  { data, start }: { data: TypedArray; start: number },
  offsets: ArrayLike<number>,
  values: Float64Array,
): void => {
  const meet = meetOf(op, dtype);
  for (let i = 0; i < values.length; i++) {
    const place = start + (offsets[i] as number);
    data[place] = meet(data[place] as number, values[i] as number);
  }
};
