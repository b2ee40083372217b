import type { Operand } from "../backend.js";
import { type DType, isFloating, itemSize } from "../dtype.js";
import type { BinaryOp, CompareOp, PredicateOp, UnaryOp } from "../ops.js";
import { count, isWhole } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import type { Items } from "./pool.js";

// Each function returns whether there was a kernel for it; where not, nothing has happened.

type Input = Operand | number;

/** Nanoseconds that an element takes: one that is only moved or added, and one that goes through a polynomial. */
const QUICK = 0.1;
const SLOW = 0.8;
/** An element that goes through f64: kernels/wide.ts, kernels/angles.ts. */
const WIDE = 4;
const unaryCosts: Readonly<Partial<Record<UnaryOp, number>>> = {
  neg: QUICK,
  abs: QUICK,
  sign: QUICK,
  square: QUICK,
  floor: QUICK,
  ceil: QUICK,
  round: QUICK,
  trunc: QUICK,
  relu: QUICK,
  bitwiseNot: QUICK,
  exp2: WIDE,
  expm1: WIDE,
  log2: WIDE,
  log10: WIDE,
  log1p: WIDE,
  sin: WIDE,
  cos: WIDE,
  tan: WIDE,
  asin: WIDE,
  acos: WIDE,
  atan: WIDE,
  sinh: WIDE,
  cosh: WIDE,
  asinh: WIDE,
  acosh: WIDE,
  atanh: WIDE,
  logit: WIDE,
};
const binaryCosts: Readonly<Partial<Record<BinaryOp, number>>> = {
  geluBackward: SLOW,
  pow: WIDE,
  atan2: WIDE,
  hypot: WIDE,
  logAddExp: WIDE,
  xlogy: WIDE,
};
/** Elements of a part are a multiple of this: whole cache lines, even of bytes. */
const TILE = 64;

/** n neighbours that kernel(out, x, n) goes through. */
const neighbours = (n: number, out: DType, x: DType, cost: number): Items => ({
  count: n,
  steps: [itemSize[out], itemSize[x]],
  counter: 2,
  tile: TILE,
  cost,
  isElementwise: true,
});

export const unary = (m: Machine, op: UnaryOp, out: Operand, x: Operand): boolean => {
  const kernel = m.kernel(op, x.dtype);
  if (kernel === undefined || out.dtype !== x.dtype) return false;
  let from = x.address;
  if (!isWhole(x, out.shape)) {
    m.copy(out, x);
    from = out.address;
  }
  const n = count(out.shape);
  const args = [out.address, from, n];
  if (!m.runSmall(kernel, args, n * WIDE))
    m.run(kernel, args, neighbours(n, out.dtype, x.dtype, unaryCosts[op] ?? SLOW));
  return true;
};

export const predicate = (m: Machine, op: PredicateOp, out: Operand, x: Operand): boolean => {
  const kernel = m.kernel(op, x.dtype);
  if (kernel === undefined) return false;
  const n = count(out.shape);
  m.run(kernel, [out.address, m.contiguous(x, out.shape).address, n], neighbours(n, out.dtype, x.dtype, QUICK));
  return true;
};

/** Powers that have a kernel of their own, with the same bits. */
const powers: ReadonlyMap<number, UnaryOp> = new Map([
  [2, "square"],
  [-1, "reciprocal"],
]);

export const binary = (m: Machine, op: BinaryOp, out: Operand, a: Input, b: Input): boolean => {
  const name = op === "pow" && typeof b === "number" ? powers.get(b) : undefined;
  if (name !== undefined && typeof a !== "number" && isFloating(out.dtype)) return unary(m, name, out, a);
  // A bool is a byte 0 or 1, and true + true is true.
  const kernel = m.kernel(op === "add" && out.dtype === "bool" ? "bitwiseOr" : op, out.dtype);
  if (kernel === undefined) return false;
  return pairwise(m, kernel, out, out.dtype, a, b, binaryCosts[op] ?? QUICK);
};

export const compare = (m: Machine, op: CompareOp, out: Operand, a: Input, b: Input): boolean => {
  const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "float64";
  const kernel = m.kernel(op, dtype);
  if (kernel === undefined) return false;
  return pairwise(m, kernel, out, dtype, a, b, QUICK);
};

/** Whether a number can stand among elements of a dtype. */
const isExact = (x: Input, dtype: DType): boolean => {
  if (typeof x !== "number" || isFloating(dtype)) return true;
  return dtype === "int32" ? (x | 0) === x : (x & (dtype === "bool" ? 1 : 255)) === x;
};

const isSame = (x: Input, dtype: DType): boolean => typeof x === "number" || x.dtype === dtype;

/** Runs a kernel of two inputs of one dtype over out; an element takes `cost` nanoseconds. */
const pairwise = (
  m: Machine,
  kernel: Runnable,
  out: Operand,
  dtype: DType,
  a: Input,
  b: Input,
  cost: number,
): boolean => {
  if (!isSame(a, dtype) || !isSame(b, dtype) || !isExact(a, dtype) || !isExact(b, dtype)) return false;
  const { shape } = out;
  const n = count(shape);
  if (n === 0) return true;
  const atA = typeof a === "number" ? m.scalar(a, dtype, 0) : a.address;
  const atB = typeof b === "number" ? m.scalar(b, dtype, 1) : b.address;
  const isWholeA = typeof a !== "number" && isWhole(a, shape);
  const isWholeB = typeof b !== "number" && isWhole(b, shape);
  if ((isWholeA || typeof a === "number") && (isWholeB || typeof b === "number")) {
    oneRow(m, kernel, out, dtype, atA, atB, n, isWholeA ? 1 : 0, isWholeB ? 1 : 0, cost);
    return true;
  }
  const { layout } = m;
  layout.set(shape, typeof a === "number" ? null : a, typeof b === "number" ? null : b, null);
  const { sizes, a: sa, b: sb, levels } = layout;
  const [inner, outer] = innerTwo(sizes);
  if (!layout.isDense || (levels > 2 && inner * outer < SMALL_PLANE)) {
    const wholeA = typeof a === "number" ? a : m.contiguous(a, shape);
    const wholeB = typeof b === "number" ? b : m.contiguous(b, shape);
    return pairwise(m, kernel, out, dtype, wholeA, wholeB, cost);
  }
  const [aInner, aOuter] = innerTwo(sa);
  const [bInner, bOuter] = innerTwo(sb);
  const bytes = itemSize[dtype];
  const outBytes = itemSize[out.dtype];
  if (outer === 1) {
    oneRow(m, kernel, out, dtype, atA, atB, n, aInner, bInner, cost);
    return true;
  }
  if (levels <= 2) {
    const args = [out.address, atA, atB, outer, inner, aOuter, aInner, bOuter, bInner];
    if (m.runSmall(kernel, args, n * cost)) return true;
    m.run(kernel, args, {
      count: outer,
      steps: [inner * outBytes, aOuter * bytes, bOuter * bytes],
      counter: 3,
      cost: inner * cost,
    });
    return true;
  }
  // Planes of the two inner levels: those along the third are one run, of which there is one for each place along the others.
  const planes = sizes[2] as number;
  const [aPlane, bPlane] = [sa[2] as number, sb[2] as number];
  for (let first = 0; first * inner * outer < n; first += planes) {
    const pa = atA + bytes * planeOffset(sizes, sa, levels, first);
    const pb = atB + bytes * planeOffset(sizes, sb, levels, first);
    m.run(
      kernel,
      [out.address + first * inner * outer * outBytes, pa, pb, outer, inner, aOuter, aInner, bOuter, bInner],
      {
        count: planes,
        steps: [inner * outer * outBytes, aPlane * bytes, bPlane * bytes],
        cost: inner * outer * cost,
      },
    );
  }
  return true;
};

/** Runs a kernel of two inputs over n elements; an input's elements lie `stepA` or `stepB` apart, 1 or 0. */
const oneRow = (
  m: Machine,
  kernel: Runnable,
  out: Operand,
  dtype: DType,
  a: number,
  b: number,
  n: number,
  stepA: number,
  stepB: number,
  cost: number,
): void => {
  const args = [out.address, a, b, 1, n, 0, stepA, 0, stepB];
  if (m.runSmall(kernel, args, n * cost)) return;
  m.run(kernel, args, {
    count: n,
    steps: [itemSize[out.dtype], stepA * itemSize[dtype], stepB * itemSize[dtype]],
    counter: 4,
    tile: TILE,
    cost,
    isElementwise: true,
  });
};

/** What a layout says of its two inner levels. */
const innerTwo = (levels: Int32Array): readonly [inner: number, outer: number] => [
  levels[0] as number,
  levels[1] as number,
];

/** Planes of fewer elements than this are not worth a call each: copying the inputs whole is cheaper. */
const SMALL_PLANE = 256;

/** Elements from an operand's first to the first of a plane, the planes being counted over the levels from 2 on. */
const planeOffset = (sizes: Int32Array, strides: Int32Array, levels: number, plane: number): number => {
  let offset = 0;
  let rest = plane;
  for (let level = 2; level < levels && rest > 0; level++) {
    const size = sizes[level] as number;
    const next = Math.floor(rest / size);
    offset += (rest - next * size) * (strides[level] as number);
    rest = next;
  }
  return offset;
};

export const where = (m: Machine, out: Operand, condition: Operand, a: Input, b: Input): boolean => {
  const { dtype, shape } = out;
  const kernel = m.kernel("where", dtype) as Runnable;
  if (!isSame(a, dtype) || !isSame(b, dtype) || !isExact(a, dtype) || !isExact(b, dtype)) return false;
  const n = count(shape);
  if (n === 0) return true;
  const { layout } = m;
  layout.set(shape, condition, typeof a === "number" ? null : a, typeof b === "number" ? null : b);
  if (!layout.isDense || layout.levels > 2) {
    const wholeA = typeof a === "number" ? a : m.contiguous(a, shape);
    const wholeB = typeof b === "number" ? b : m.contiguous(b, shape);
    return where(m, out, m.contiguous(condition, shape), wholeA, wholeB);
  }
  const atA = typeof a === "number" ? m.scalar(a, dtype, 0) : a.address;
  const atB = typeof b === "number" ? m.scalar(b, dtype, 1) : b.address;
  const { sizes, a: sc, b: sa, c: sb } = layout;
  const [inner, outer] = innerTwo(sizes);
  const [cInner, cOuter] = innerTwo(sc);
  const [aInner, aOuter] = innerTwo(sa);
  const [bInner, bOuter] = innerTwo(sb);
  const bytes = itemSize[dtype];
  const args = [out.address, condition.address, atA, atB, outer, inner, cOuter, cInner, aOuter, aInner, bOuter, bInner];
  // One row is shared out by its elements, several by rows.
  if (outer === 1)
    m.run(kernel, args, {
      count: inner,
      steps: [bytes, cInner, aInner * bytes, bInner * bytes],
      counter: 5,
      tile: TILE,
      cost: QUICK,
    });
  else
    m.run(kernel, args, {
      count: outer,
      steps: [inner * bytes, cOuter, aOuter * bytes, bOuter * bytes],
      counter: 4,
      cost: inner * QUICK,
    });
  return true;
};
