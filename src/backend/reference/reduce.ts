import type { ReduceOp } from "../ops.js";

/** Neumaier's compensated sum: the rounding error of each addition is kept and added at the end. */
const sum = (row: Float64Array): number => {
  let total = 0;
  let lost = 0;
  for (const v of row) {
    const next = total + v;
    lost += Math.abs(total) >= Math.abs(v) ? total - next + v : v - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
};

const wrappedProduct = (row: Float64Array): number => row.reduce((a, b) => Math.imul(a, b), 1);

/** Each reduction of one row. Integer results wrap at 32 bits when they are stored. */
export const reduceFunctions: Readonly<Record<ReduceOp, (row: Float64Array, isInteger: boolean) => number>> = {
  sum,
  prod: (row, isInteger) => (isInteger ? wrappedProduct(row) : row.reduce((a, b) => a * b, 1)),
  mean: (row) => sum(row) / row.length,
  amax: (row) => row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  amin: (row) => row.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  all: (row) => Number(row.every((v) => v !== 0)),
  any: (row) => Number(row.some((v) => v !== 0)),
};
