import type { Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { ScatterOp } from "../ops.js";
import { contiguousStrides, count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";

// Each function returns whether there was a kernel for it.

/** Nanoseconds that a row takes to find, an element that is looked up, and a byte that is copied. */
const ROW_COST = 5;
const LOOKUP_COST = 1;
const BYTE_COST = 0.05;

/** Elements before, along and after `dim`. */
const around = (shape: readonly number[], dim: number): readonly [outer: number, size: number, inner: number] => [
  count(shape.slice(0, dim)),
  shape[dim] ?? 1,
  count(shape.slice(dim + 1)),
];

export const indexSelect = (m: Machine, out: Operand, x: Operand, index: Operand, dim: number): boolean => {
  if (out.dtype !== x.dtype) return false;
  if (count(out.shape) === 0) return true;
  const bytes = itemSize[x.dtype];
  const source = sliceable(m, x, dim);
  const [outer, size, inner] = around(x.shape, dim);
  const row = (source.strides[dim] ?? 0) * bytes;
  const block = dim === 0 ? 0 : size * inner * bytes;
  const n = count(index.shape);
  const rowBytes = inner * bytes;
  const cost = ROW_COST + rowBytes * BYTE_COST;
  const args = [out.address, source.address, m.contiguous(index).address, outer, n, rowBytes, block, row];
  if (outer > 1)
    m.run(m.named("indexSelect"), args, { count: outer, steps: [n * rowBytes, block], counter: 3, cost: n * cost });
  else m.run(m.named("indexSelect"), args, { count: n, steps: [rowBytes, 0, 4], counter: 4, cost });
  return true;
};

/** x with contiguous slices along `dim`: rows of a matrix may lie at any distance, anything else must be whole. */
const sliceable = (m: Machine, x: Operand, dim: number): Operand => {
  if (dim > 0) return m.contiguous(x);
  const steps = contiguousStrides(x.shape);
  for (let d = 1; d < x.shape.length; d++) if (x.shape[d] !== 1 && x.strides[d] !== steps[d]) return m.contiguous(x);
  return x;
};

/** Whether two shapes differ along `dim` at most, as the kernels need it. */
const areAligned = (a: readonly number[], b: readonly number[], dim: number): boolean => {
  for (let d = 0; d < a.length; d++) if (d !== dim && a[d] !== b[d]) return false;
  return true;
};

export const gather = (m: Machine, out: Operand, x: Operand, index: Operand, dim: number): boolean => {
  if (out.dtype !== x.dtype || !areAligned(x.shape, index.shape, dim)) return false;
  if (count(index.shape) === 0) return true;
  const [outer, n, inner] = around(index.shape, dim);
  const kernel = m.kernel("gather", x.dtype) as Runnable;
  const bytes = itemSize[x.dtype];
  const size = x.shape[dim] ?? 1;
  const args = [out.address, m.contiguous(x).address, m.contiguous(index).address, outer, n, inner, size];
  const cost = inner * LOOKUP_COST;
  if (outer > 1) {
    const steps = [n * inner * bytes, size * inner * bytes, n * inner * 4];
    m.run(kernel, args, { count: outer, steps, counter: 3, cost: n * cost });
  } else m.run(kernel, args, { count: n, steps: [inner * bytes, 0, inner * 4], counter: 4, cost });
  return true;
};

export const scatter = (
  m: Machine,
  op: ScatterOp,
  out: Operand,
  index: Operand,
  src: Operand | number,
  dim: number,
): boolean => {
  const kernel = op === "sum" ? m.kernel("scatterSum", out.dtype) : undefined;
  if (kernel === undefined || typeof src === "number" || src.dtype !== out.dtype) return false;
  if (!areAligned(out.shape, index.shape, dim) || src.shape.length !== index.shape.length) return false;
  if (count(index.shape) === 0) return true;
  const [outer, n, inner] = around(index.shape, dim);
  // src may be larger than index: only its corner of index's shape is used.
  const corner = m.contiguous({ dtype: src.dtype, address: src.address, shape: index.shape, strides: src.strides });
  const bytes = itemSize[out.dtype];
  const size = out.shape[dim] ?? 1;
  // Indices may meet in one element, but only within a block.
  m.run(kernel, [out.address, m.contiguous(index).address, corner.address, outer, n, inner, size], {
    count: outer,
    steps: [size * inner * bytes, n * inner * 4, n * inner * bytes],
    counter: 3,
    cost: n * inner * LOOKUP_COST,
  });
  return true;
};

export const take = (m: Machine, out: Operand, x: Operand, offsets: Operand): boolean => {
  if (out.dtype !== x.dtype) return false;
  const kernel = m.kernel("take", x.dtype) as Runnable;
  const n = count(out.shape);
  m.run(kernel, [out.address, x.address, m.contiguous(offsets).address, n], {
    count: n,
    steps: [itemSize[x.dtype], 0, 4],
    counter: 3,
    tile: 64,
    cost: LOOKUP_COST,
  });
  return true;
};

export const put = (
  m: Machine,
  op: "set" | "sum",
  out: Operand,
  offsets: Operand,
  values: Operand | number,
): boolean => {
  const kernel = m.kernel(op === "set" ? "putSet" : "putSum", out.dtype);
  if (kernel === undefined || typeof values === "number" || values.dtype !== out.dtype) return false;
  const n = count(offsets.shape);
  const args = [out.address, m.contiguous(offsets).address, m.contiguous(values, offsets.shape).address, n];
  // Places may meet, and the last or the sum of all counts, in order: one item.
  m.run(kernel, args, { count: 1, steps: [], cost: n });
  return true;
};

export const gatherRows = (m: Machine, out: Operand, source: Operand, rows: Operand, scale: number): boolean => {
  const kernel = m.kernel("gatherRows", source.dtype);
  if (kernel === undefined || out.dtype !== "float32" || source.dtype === "bool") return false;
  const n = count(rows.shape);
  const R = count(source.shape.slice(1));
  m.run(kernel, [out.address, m.contiguous(source).address, m.contiguous(rows).address, n, R, scale], {
    count: n,
    steps: [R * itemSize.float32, 0, 4],
    counter: 3,
    cost: ROW_COST + R * itemSize.float32 * BYTE_COST,
  });
  return true;
};
