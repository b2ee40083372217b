import type { CumulativeOp } from "../ops.js";
import { logAddExp } from "./scalars.js";

const meetings: Readonly<Record<CumulativeOp, { start: number; meet: (so: number, v: number) => number }>> = {
  cumsum: { start: 0, meet: (so, v) => so + v },
  cumprod: { start: 1, meet: (so, v) => so * v },
  logcumsumexp: { start: Number.NEGATIVE_INFINITY, meet: logAddExp },
};

export const cumulativeRow = (op: CumulativeOp, row: Float64Array, result: Float64Array): void => {
  const { start, meet } = meetings[op];
  let so = start;
  for (let i = 0; i < row.length; i++) {
    so = meet(so, row[i] as number);
    result[i] = so;
  }
};

/** Index of the largest or smallest so far, the last of several; NaN stays. */
export const extremumPlaces = (op: "cummax" | "cummin", row: Float64Array, result: Float64Array): void => {
  let best = 0;
  for (let i = 0; i < row.length; i++) {
    const [v, held] = [row[i] as number, row[best] as number];
    const isBetter = op === "cummax" ? v >= held : v <= held;
    if (Number.isNaN(v) || (!Number.isNaN(held) && isBetter)) best = i;
    result[i] = best;
  }
};

/** result[i] = x[i] + a[i] · the one before (after, in reverse). */
export const recurrenceRow = (x: Float64Array, a: Float64Array, result: Float64Array, isReverse: boolean): void => {
  let so = 0;
  for (let step = 0; step < x.length; step++) {
    const i = isReverse ? x.length - 1 - step : step;
    so = step === 0 ? (x[i] as number) : (x[i] as number) + (a[i] as number) * so;
    result[i] = so;
  }
};
