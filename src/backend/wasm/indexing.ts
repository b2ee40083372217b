import type { Operand, ScatterOp } from "../backend.js";
import { itemSize } from "../dtype.js";
import { contiguousStrides, count } from "./layout.js";
import type { Kernel, Machine } from "./machine.js";

// Each function returns whether there was a kernel for it.

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
  m.named("indexSelect")(
    out.address,
    source.address,
    m.contiguous(index).address,
    outer,
    count(index.shape),
    inner * bytes,
    block,
    row,
  );
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
  const kernel = m.kernel("gather", x.dtype) as Kernel;
  kernel(out.address, m.contiguous(x).address, m.contiguous(index).address, outer, n, inner, x.shape[dim] ?? 1);
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
  kernel(out.address, m.contiguous(index).address, corner.address, outer, n, inner, out.shape[dim] ?? 1);
  return true;
};

export const take = (m: Machine, out: Operand, x: Operand, offsets: Operand): boolean => {
  if (out.dtype !== x.dtype) return false;
  const kernel = m.kernel("take", x.dtype) as Kernel;
  kernel(out.address, x.address, m.contiguous(offsets).address, count(out.shape));
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
  kernel(out.address, m.contiguous(offsets).address, m.contiguous(values, offsets.shape).address, n);
  return true;
};

export const gatherRows = (m: Machine, out: Operand, source: Operand, rows: Operand, scale: number): boolean => {
  const kernel = m.kernel("gatherRows", source.dtype);
  if (kernel === undefined || out.dtype !== "float32" || source.dtype === "bool") return false;
  kernel(
    out.address,
    m.contiguous(source).address,
    m.contiguous(rows).address,
    count(rows.shape),
    count(source.shape.slice(1)),
    scale,
  );
  return true;
};
