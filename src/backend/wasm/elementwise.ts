import type { BinaryOp, CompareOp, Operand, PredicateOp, UnaryOp } from "../backend.js";
import { type DType, isFloating, itemSize } from "../dtype.js";
import { count, isWhole } from "./layout.js";
import type { Kernel, Machine } from "./machine.js";

// Each function returns whether there was a kernel for it; where not, nothing has happened.

type Input = Operand | number;

export const unary = (m: Machine, op: UnaryOp, out: Operand, x: Operand): boolean => {
  const kernel = m.kernel(op, x.dtype);
  if (kernel === undefined || out.dtype !== x.dtype) return false;
  let from = x.address;
  if (!isWhole(x, out.shape)) {
    m.copy(out, x);
    from = out.address;
  }
  kernel(out.address, from, count(out.shape));
  return true;
};

export const predicate = (m: Machine, op: PredicateOp, out: Operand, x: Operand): boolean => {
  const kernel = m.kernel(op, x.dtype);
  if (kernel === undefined) return false;
  kernel(out.address, m.contiguous(x, out.shape).address, count(out.shape));
  return true;
};

export const binary = (m: Machine, op: BinaryOp, out: Operand, a: Input, b: Input): boolean => {
  // A bool is a byte 0 or 1, and true + true is true.
  const kernel = m.kernel(op === "add" && out.dtype === "bool" ? "bitwiseOr" : op, out.dtype);
  if (kernel === undefined) return false;
  return pairwise(m, kernel, out, out.dtype, a, b);
};

export const compare = (m: Machine, op: CompareOp, out: Operand, a: Input, b: Input): boolean => {
  const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "float64";
  const kernel = m.kernel(op, dtype);
  if (kernel === undefined) return false;
  return pairwise(m, kernel, out, dtype, a, b);
};

/** Whether a number can stand among elements of a dtype. */
const isExact = (x: Input, dtype: DType): boolean => {
  if (typeof x !== "number" || isFloating(dtype)) return true;
  return dtype === "int32" ? (x | 0) === x : (x & (dtype === "bool" ? 1 : 255)) === x;
};

const isSame = (x: Input, dtype: DType): boolean => typeof x === "number" || x.dtype === dtype;

/** Runs a kernel of two inputs of one dtype over out. */
const pairwise = (m: Machine, kernel: Kernel, out: Operand, dtype: DType, a: Input, b: Input): boolean => {
  if (!isSame(a, dtype) || !isSame(b, dtype) || !isExact(a, dtype) || !isExact(b, dtype)) return false;
  const { shape } = out;
  const n = count(shape);
  if (n === 0) return true;
  const atA = typeof a === "number" ? m.scalar(a, dtype, 0) : a.address;
  const atB = typeof b === "number" ? m.scalar(b, dtype, 1) : b.address;
  const isWholeA = typeof a !== "number" && isWhole(a, shape);
  const isWholeB = typeof b !== "number" && isWhole(b, shape);
  if ((isWholeA || typeof a === "number") && (isWholeB || typeof b === "number")) {
    kernel(out.address, atA, atB, 1, n, 0, isWholeA ? 1 : 0, 0, isWholeB ? 1 : 0);
    return true;
  }
  const { layout } = m;
  layout.set(shape, typeof a === "number" ? null : a, typeof b === "number" ? null : b, null);
  const { sizes, a: sa, b: sb, levels } = layout;
  const inner = sizes[0] as number;
  const outer = sizes[1] as number;
  if (!layout.isDense || (levels > 2 && inner * outer < SMALL_PLANE)) {
    const wholeA = typeof a === "number" ? a : m.contiguous(a, shape);
    const wholeB = typeof b === "number" ? b : m.contiguous(b, shape);
    return pairwise(m, kernel, out, dtype, wholeA, wholeB);
  }
  const aOuter = sa[1] as number;
  const aInner = sa[0] as number;
  const bOuter = sb[1] as number;
  const bInner = sb[0] as number;
  const planes = n / (inner * outer);
  const outBytes = inner * outer * itemSize[out.dtype];
  const bytes = itemSize[dtype];
  for (let plane = 0; plane < planes; plane++) {
    const pa = atA + bytes * planeOffset(sizes, sa, levels, plane);
    const pb = atB + bytes * planeOffset(sizes, sb, levels, plane);
    kernel(out.address + plane * outBytes, pa, pb, outer, inner, aOuter, aInner, bOuter, bInner);
  }
  return true;
};

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
  const kernel = m.kernel("where", dtype) as Kernel;
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
  kernel(
    out.address,
    condition.address,
    atA,
    atB,
    sizes[1] as number,
    sizes[0] as number,
    sc[1] as number,
    sc[0] as number,
    sa[1] as number,
    sa[0] as number,
    sb[1] as number,
    sb[0] as number,
  );
  return true;
};
