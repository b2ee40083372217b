import type { BinaryOp, Operand, ReduceOp, SgdOptions, UnaryOp } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { Heap } from "../heap.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";
import { count, isPacked } from "../reference/strides.js";

type Matmul = (
  c: number,
  a: number,
  b: number,
  bias: number,
  M: number,
  N: number,
  K: number,
  rsA: number,
  csA: number,
  rsB: number,
  csB: number,
) => void;
type Binary = (
  op: number,
  out: number,
  a: number,
  b: number,
  outer: number,
  inner: number,
  outerA: number,
  outerB: number,
  stepA: number,
  stepB: number,
) => void;

/** What kernels/index.ts exports. Addresses are in bytes, strides in elements. */
export interface Kernels {
  readonly matmulF32: Matmul;
  readonly matmulF64: Matmul;
  readonly binaryF32: Binary;
  readonly binaryF64: Binary;
  readonly reluF32: (out: number, x: number, n: number) => void;
  readonly sumF32: (out: number, x: number, outer: number, R: number, inner: number, divisor: number) => void;
  readonly gatherBytes: (
    out: number,
    source: number,
    rows: number,
    count: number,
    length: number,
    scale: number,
  ) => void;
  readonly sgdF32: (
    param: number,
    grad: number,
    buffer: number,
    n: number,
    lr: number,
    momentum: number,
    dampening: number,
    weightDecay: number,
    nesterov: number,
    isFirst: number,
    sign: number,
  ) => void;
  readonly crossEntropyF32: (
    losses: number,
    probabilities: number,
    logits: number,
    target: number,
    N: number,
    C: number,
    ignoreIndex: number,
  ) => number;
  readonly crossEntropyBackwardF32: (
    dLogits: number,
    probabilities: number,
    target: number,
    dLosses: number,
    step: number,
    N: number,
    C: number,
    ignoreIndex: number,
  ) => void;
}

/** Numbers of the binary ops in kernels/elementwise.ts; the others run in TypeScript. */
const binaryCodes: Readonly<Partial<Record<BinaryOp, number>>> = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  minimum: 5,
  reluBackward: 6,
  sigmoidBackward: 7,
  tanhBackward: 8,
};

/** Where a plain number beside a tensor is put for the kernels to read: below the heap, out of their other scratch. */
const SCALAR_A = 0xf0000;
const SCALAR_B = 0xf0010;

/** How an operand steps through [outer, inner]. */
interface Steps {
  readonly outer: number;
  readonly step: number;
}

/** SIMD kernels for what training spends its time on; everything else falls to the reference kernels on the same heap. */
export class WasmBackend extends ReferenceBackend {
  override readonly name: string;
  readonly #kernels: Kernels;

  constructor(heap: Heap, name: string, kernels: Kernels) {
    super(heap);
    this.name = name;
    this.#kernels = kernels;
  }

  override copy(out: Operand, x: Operand): void {
    const isPlain =
      out.dtype === x.dtype &&
      packed(out) &&
      packed(x) &&
      out.shape.length === x.shape.length &&
      count(out.shape) === count(x.shape);
    if (!isPlain) {
      super.copy(out, x);
      return;
    }
    this.heap.u8.copyWithin(out.address, x.address, x.address + count(x.shape) * itemSize[x.dtype]);
  }

  override fill(out: Operand, value: number): void {
    if (!packed(out)) {
      super.fill(out, value);
      return;
    }
    this.heap.view(out.dtype, out.address, count(out.shape)).fill(out.dtype === "bool" ? Number(value !== 0) : value);
  }

  override unary(op: UnaryOp, out: Operand, x: Operand): void {
    if (op === "relu" && x.dtype === "float32" && packed(x))
      this.#kernels.reluF32(out.address, x.address, count(x.shape));
    else super.unary(op, out, x);
  }

  override binary(op: BinaryOp, out: Operand, a: Operand | number, b: Operand | number): void {
    const code = binaryCodes[op];
    const isFloat32 = out.dtype === "float32";
    if (code === undefined || !(isFloat32 || out.dtype === "float64") || count(out.shape) === 0) {
      super.binary(op, out, a, b);
      return;
    }
    const inner = innerSize(out.shape, a, b);
    const stepsA = stepsOf(a, out.shape, inner);
    const stepsB = stepsOf(b, out.shape, inner);
    if (stepsA === null || stepsB === null) {
      super.binary(op, out, a, b);
      return;
    }
    const kernel = isFloat32 ? this.#kernels.binaryF32 : this.#kernels.binaryF64;
    const n = count(out.shape);
    kernel(
      code,
      out.address,
      this.#addressOf(a, SCALAR_A, isFloat32),
      this.#addressOf(b, SCALAR_B, isFloat32),
      n / inner,
      inner,
      stepsA.outer,
      stepsB.outer,
      stepsA.step,
      stepsB.step,
    );
  }

  #addressOf(x: Operand | number, scratch: number, isFloat32: boolean): number {
    if (typeof x !== "number") return x.address;
    if (isFloat32) this.heap.f32[scratch / 4] = x;
    else this.heap.f64[scratch / 8] = x;
    return scratch;
  }

  override reduce(op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): void {
    const isAdjacent = dims.every((d, i) => i === 0 || d === (dims[i - 1] as number) + 1);
    if (
      (op !== "sum" && op !== "mean") ||
      x.dtype !== "float32" ||
      out.dtype !== "float32" ||
      !packed(x) ||
      !isAdjacent ||
      count(x.shape) === 0
    ) {
      super.reduce(op, out, x, dims);
      return;
    }
    const first = dims[0] ?? x.shape.length;
    const last = first + dims.length;
    const [outer, R, inner] = [
      count(x.shape.slice(0, first)),
      count(x.shape.slice(first, last)),
      count(x.shape.slice(last)),
    ];
    this.#kernels.sumF32(out.address, x.address, outer, R, inner, op === "mean" ? R : 1);
  }

  override matmul(out: Operand, a: Operand, b: Operand): void {
    const kernel = this.#matmulFor(out);
    if (kernel === null) {
      super.matmul(out, a, b);
      return;
    }
    const rank = out.shape.length;
    const [M, N, K] = [out.shape[rank - 2] as number, out.shape[rank - 1] as number, a.shape[rank - 1] as number];
    const [rsA, csA] = [a.strides[rank - 2] as number, a.strides[rank - 1] as number];
    const [rsB, csB] = [b.strides[rank - 2] as number, b.strides[rank - 1] as number];
    const size = itemSize[out.dtype];
    const batches = count(out.shape.slice(0, -2));
    for (let p = 0; p < batches; p++) {
      const atA = a.address + batchOffset(a, out.shape, p) * size;
      const atB = b.address + batchOffset(b, out.shape, p) * size;
      kernel(out.address + p * M * N * size, atA, atB, 0, M, N, K, rsA, csA, rsB, csB);
    }
  }

  #matmulFor({ dtype }: Operand): Matmul | null {
    return dtype === "float32" ? this.#kernels.matmulF32 : dtype === "float64" ? this.#kernels.matmulF64 : null;
  }

  override linear(out: Operand, x: Operand, w: Operand, bias: Operand | null): void {
    const kernel = this.#matmulFor(out);
    if (kernel === null || (bias !== null && !packed(bias))) {
      super.linear(out, x, w, bias);
      return;
    }
    const [M, K] = x.shape as readonly [number, number];
    const N = w.shape[0] as number;
    kernel(
      out.address,
      x.address,
      w.address,
      bias?.address ?? 0,
      M,
      N,
      K,
      x.strides[0] as number,
      x.strides[1] as number,
      w.strides[1] as number,
      w.strides[0] as number,
    );
  }

  override crossEntropy(
    losses: Operand,
    probabilities: Operand,
    logits: Operand,
    target: Operand,
    ignoreIndex: number,
  ): number {
    if (logits.dtype !== "float32" || !packed(logits) || !packed(target))
      return super.crossEntropy(losses, probabilities, logits, target, ignoreIndex);
    const [N, C] = logits.shape as readonly [number, number];
    return this.#kernels.crossEntropyF32(
      losses.address,
      probabilities.address,
      logits.address,
      target.address,
      N,
      C,
      ignoreIndex,
    );
  }

  override crossEntropyBackward(
    dLogits: Operand,
    probabilities: Operand,
    target: Operand,
    dLosses: Operand,
    ignoreIndex: number,
  ): void {
    if (dLogits.dtype !== "float32" || !packed(target)) {
      super.crossEntropyBackward(dLogits, probabilities, target, dLosses, ignoreIndex);
      return;
    }
    const [N, C] = dLogits.shape as readonly [number, number];
    this.#kernels.crossEntropyBackwardF32(
      dLogits.address,
      probabilities.address,
      target.address,
      dLosses.address,
      dLosses.strides[0] as number,
      N,
      C,
      ignoreIndex,
    );
  }

  override gatherRows(out: Operand, source: Operand, rows: Operand, scale: number): void {
    if (out.dtype !== "float32" || source.dtype !== "uint8" || !packed(rows)) {
      super.gatherRows(out, source, rows, scale);
      return;
    }
    this.#kernels.gatherBytes(
      out.address,
      source.address,
      rows.address,
      rows.shape[0] as number,
      count(source.shape.slice(1)),
      scale,
    );
  }

  override sgdStep(param: Operand, grad: Operand, buffer: Operand | null, o: SgdOptions): void {
    const isFast = param.dtype === "float32" && packed(param) && packed(grad);
    if (!isFast) {
      super.sgdStep(param, grad, buffer, o);
      return;
    }
    this.#kernels.sgdF32(
      param.address,
      grad.address,
      buffer?.address ?? 0,
      count(param.shape),
      o.lr,
      o.momentum,
      o.dampening,
      o.weightDecay,
      Number(o.nesterov),
      Number(o.isFirstStep),
      o.maximize ? -1 : 1,
    );
  }
}

const packed = (x: Operand): boolean => isPacked(x.shape, x.strides);

/** Elements from an operand's first to the first of batch p. */
const batchOffset = (x: Operand, shape: readonly number[], p: number): number => {
  let offset = 0;
  let rest = p;
  for (let d = shape.length - 3; d >= 0; d--) {
    const size = shape[d] as number;
    offset += (rest % size) * (x.strides[d] as number);
    rest = Math.floor(rest / size);
  }
  return offset;
};

const isWhole = (x: Operand | number, shape: readonly number[]): boolean =>
  typeof x === "number" ||
  x.shape.length === 0 ||
  count(x.shape) === 1 ||
  (count(x.shape) === count(shape) && packed(x));

/** The inner size: everything where both sides are whole or scalars, else the last dimension. */
const innerSize = (shape: readonly number[], a: Operand | number, b: Operand | number): number =>
  isWhole(a, shape) && isWhole(b, shape) ? count(shape) : (shape.at(-1) as number);

/** An operand as [outer, inner], or null where its strides do not allow that. */
const stepsOf = (x: Operand | number, shape: readonly number[], inner: number): Steps | null => {
  if (typeof x === "number" || count(x.shape) === 1) return { outer: 0, step: 0 };
  if (count(x.shape) === count(shape)) {
    if (packed(x)) return { outer: inner, step: 1 };
    return x.shape.length === 2 && x.strides[1] === 1 ? { outer: x.strides[0] as number, step: 1 } : null;
  }
  if (!packed(x)) return null;
  if (x.shape.length === 1 && x.shape[0] === inner) return { outer: 0, step: 1 };
  const isColumn = x.shape.length === shape.length && x.shape.at(-1) === 1 && count(x.shape) * inner === count(shape);
  return isColumn ? { outer: 1, step: 0 } : null;
};
