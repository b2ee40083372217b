import type { Operand } from "../backend.js";
import { isFloating, itemSize } from "../dtype.js";
import type { ReduceOp } from "../ops.js";
import { count, isContiguous } from "./layout.js";
import { type Machine, permuted, type Runnable } from "./machine.js";
import type { Items } from "./pool.js";

// What runs along dimensions. Each function returns whether there was a kernel for it.

/** Nanoseconds that an element takes in a sum of floats, in another reduction, and where it goes through a polynomial. */
const SUM_COST = 0.1;
const REDUCE_COST = 0.3;
const EXP_COST = 1;
/** Neighbours that a sum takes as a part: kernels/sums.ts holds the same number. */
const PART = 32768;
/** Columns are shared out in so many bytes: a line of the cache has one owner. */
const TILE_BYTES = 64;

/** x as [outer, R, inner], where R are the elements that meet in one of the result. */
interface Middle {
  readonly address: number;
  readonly outer: number;
  readonly R: number;
  readonly inner: number;
}

/** Finds the reduced dimensions side by side in contiguous memory, or copies x so that they lie last. */
const middleOf = (m: Machine, x: Operand, dims: readonly number[]): Middle => {
  const { address, shape } = x;
  const rank = shape.length;
  const n = count(shape);
  let R = 1;
  for (const d of dims) R *= shape[d] as number;
  if (isContiguous(x)) {
    // One element meets nobody: a row of them is one row of results.
    if (R === 1) return { address, outer: 1, R, inner: n };
    let outer = 1;
    let d = 0;
    while (d < rank && (shape[d] === 1 || !dims.includes(d))) outer *= shape[d++] as number;
    while (d < rank && (shape[d] === 1 || dims.includes(d))) d++;
    let inner = 1;
    while (d < rank) inner *= shape[d++] as number;
    if (outer * R * inner === n) return { address, outer, R, inner };
  }
  const kept: number[] = [];
  for (let d = 0; d < rank; d++) if (!dims.includes(d)) kept.push(d);
  const reducedFirst = permuted(x, [...dims, ...kept]);
  const outer = n / R;
  if (isContiguous(reducedFirst)) return { address, outer: 1, R, inner: outer };
  return { address: m.contiguous(permuted(x, [...kept, ...dims])).address, outer, R, inner: 1 };
};

/** The blocks [R, inner] of which each gives `inner` results; an element takes `cost` nanoseconds. */
const blocks = ({ outer, R, inner }: Middle, outBytes: number, bytes: number, cost: number): Items => ({
  count: outer,
  steps: [inner * outBytes, R * inner * bytes],
  counter: 2,
  cost: R * inner * cost,
});

/** Sums of floats over `divisor`, whose order depends on sizes alone. */
const sum = (m: Machine, out: Operand, x: Operand, middle: Middle, divisor: number): void => {
  const { dtype } = x;
  const { address, outer, R, inner } = middle;
  const bytes = itemSize[dtype];
  if (outer > 1 || (inner === 1 && R <= PART)) {
    const kernel = m.kernel("sum", dtype) as Runnable;
    const args = [out.address, address, outer, R, inner, divisor];
    if (m.runSmall(kernel, args, outer * R * inner * SUM_COST)) return;
    m.run(kernel, args, blocks(middle, bytes, bytes, SUM_COST));
  } else if (inner > 1) {
    const kernel = m.kernel("columnSums", dtype) as Runnable;
    const args = [out.address, address, inner, R, inner, divisor];
    if (m.runSmall(kernel, args, R * inner * SUM_COST)) return;
    m.run(kernel, args, {
      count: inner,
      steps: [bytes, bytes],
      counter: 2,
      tile: TILE_BYTES / bytes,
      cost: R * SUM_COST,
    });
  } else {
    const count = Math.ceil(R / PART);
    const parts = m.temporary("float64", [count]);
    m.run(m.kernel("partSums", dtype) as Runnable, [parts.address, address, count, R], {
      count,
      steps: [itemSize.float64, PART * bytes, 0, -PART],
      counter: 2,
      cost: PART * SUM_COST,
    });
    const sumOfParts = m.kernel("sumOfParts", dtype) as Runnable;
    m.run(sumOfParts, [out.address, parts.address, count, divisor], { count: 1, steps: [], cost: count });
  }
};

export const reduce = (m: Machine, op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): boolean => {
  const kernel = m.kernel(op === "mean" ? "sum" : op, x.dtype);
  if (kernel === undefined || count(x.shape) === 0) return false;
  const isFloat = isFloating(x.dtype);
  const result = op === "all" || op === "any" ? "bool" : isFloat || op === "amax" || op === "amin" ? x.dtype : "int32";
  if (out.dtype !== result || (op === "mean" && !isFloat)) return false;
  if (isFloat && (op === "sum" || op === "mean") && isContiguous(x) && isAllButSecond(x, dims)) {
    const [N, C] = x.shape as [number, number];
    const length = count(x.shape.slice(2));
    const rowSums = m.kernel("rowSums", x.dtype) as Runnable;
    const bytes = itemSize[x.dtype];
    m.run(rowSums, [out.address, x.address, C, length, N, C * length, length, op === "mean" ? N * length : 1], {
      count: C,
      steps: [bytes, length * bytes],
      counter: 2,
      cost: N * length * SUM_COST,
    });
    return true;
  }
  const middle = middleOf(m, x, dims);
  if (isFloat && (op === "sum" || op === "mean")) {
    sum(m, out, x, middle, op === "mean" ? middle.R : 1);
    return true;
  }
  const { address, outer, R, inner } = middle;
  const rows = Math.ceil(PART / inner);
  // What is many times as wide as high is left to one thread, and so is a product of floats, which is taken in f64 throughout.
  if (outer === 1 && rows >= 8 && R >= 2 * rows && !(isFloat && op === "prod")) {
    inParts(m, op, kernel, out, middle, itemSize[x.dtype], rows);
    return true;
  }
  const items = blocks(middle, itemSize[out.dtype], itemSize[x.dtype], REDUCE_COST);
  m.run(kernel, [out.address, address, outer, R, inner, 1], items);
  return true;
};

/** One block's results by way of those of its parts of `rows` rows: for ops that give the same whichever way they are grouped. */
const inParts = (
  m: Machine,
  op: ReduceOp,
  kernel: Runnable,
  out: Operand,
  { address, R, inner }: Middle,
  bytes: number,
  rows: number,
): void => {
  const outBytes = itemSize[out.dtype];
  const whole = Math.floor(R / rows);
  const count = Math.ceil(R / rows);
  const parts = m.temporary(out.dtype, [count, inner]).address;
  const run = (kernel: Runnable, to: number, from: Middle, bytes: number): void => {
    m.run(kernel, [to, from.address, from.outer, from.R, inner, 1], blocks(from, outBytes, bytes, REDUCE_COST));
  };
  run(kernel, parts, { address, outer: whole, R: rows, inner }, bytes);
  if (whole < count) {
    const last = { address: address + whole * rows * inner * bytes, outer: 1, R: R - whole * rows, inner };
    run(kernel, parts + whole * inner * outBytes, last, bytes);
  }
  const ofParts = m.kernel(op, out.dtype) as Runnable;
  run(ofParts, out.address, { address: parts, outer: 1, R: count, inner }, outBytes);
};

/** Whether the channels of [N, C, …] are all that is kept. */
const isAllButSecond = (x: Operand, dims: readonly number[]): boolean =>
  x.shape.length > 2 && dims.length === x.shape.length - 1 && !dims.includes(1);

export const argReduce = (m: Machine, op: "argmax" | "argmin", out: Operand, x: Operand, dim: number): boolean => {
  const kernel = m.kernel(op, x.dtype);
  if (kernel === undefined || count(x.shape) === 0) return false;
  const middle = middleOf(m, x, [dim]);
  const { address, outer, R, inner } = middle;
  m.run(
    kernel,
    [out.address, address, outer, R, inner],
    blocks(middle, itemSize.int32, itemSize[x.dtype], REDUCE_COST),
  );
  return true;
};

const lastOrder = (rank: number, dim: number): number[] => {
  const order: number[] = [];
  for (let d = 0; d < rank; d++) if (d !== dim) order.push(d);
  order.push(dim);
  return order;
};

/** Rows [N, C] of which each gives a row, counted by the argument after `operands` addresses. */
const wholeRows = (N: number, C: number, x: Operand, operands: number): Items => ({
  count: N,
  steps: Array<number>(operands).fill(C * itemSize[x.dtype]),
  counter: operands,
  cost: C * EXP_COST,
});

type SoftmaxOp = "softmax" | "logSoftmax";

export const softmax = (m: Machine, op: SoftmaxOp, out: Operand, x: Operand, dim: number): boolean => {
  const kernel = m.kernel(op, x.dtype);
  if (kernel === undefined || out.dtype !== x.dtype) return false;
  const n = count(x.shape);
  if (n === 0) return true;
  const C = x.shape[dim] ?? 1;
  if (dim >= x.shape.length - 1) {
    m.run(kernel, [out.address, m.contiguous(x).address, n / C, C], wholeRows(n / C, C, x, 2));
    return true;
  }
  const order = lastOrder(x.shape.length, dim);
  const turned = permuted(x, order);
  const rows = m.temporary(x.dtype, turned.shape);
  m.copy(rows, turned);
  m.run(kernel, [rows.address, rows.address, n / C, C], wholeRows(n / C, C, x, 2));
  m.copy(permuted(out, order), rows);
  return true;
};

export const softmaxBackward = (
  m: Machine,
  op: SoftmaxOp,
  dX: Operand,
  dY: Operand,
  y: Operand,
  dim: number,
): boolean => {
  const kernel = m.kernel(`${op}Backward`, y.dtype);
  if (kernel === undefined || dX.dtype !== y.dtype || dY.dtype !== y.dtype) return false;
  const n = count(y.shape);
  if (n === 0) return true;
  const C = y.shape[dim] ?? 1;
  if (dim >= y.shape.length - 1) {
    const args = [dX.address, m.contiguous(dY).address, m.contiguous(y).address, n / C, C];
    m.run(kernel, args, wholeRows(n / C, C, y, 3));
    return true;
  }
  const order = lastOrder(y.shape.length, dim);
  const turned = m.contiguous(permuted(dY, order));
  const rows = m.temporary(y.dtype, turned.shape);
  const args = [rows.address, turned.address, m.contiguous(permuted(y, order)).address, n / C, C];
  m.run(kernel, args, wholeRows(n / C, C, y, 3));
  m.copy(permuted(dX, order), rows);
  return true;
};
