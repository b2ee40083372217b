import type {
  AttentionSpec,
  BinaryOp,
  CellOp,
  CompareOp,
  ConvSpec,
  Operand,
  OptimizerOp,
  PredicateOp,
  ReduceOp,
  ScatterOp,
  StepScalars,
  Tape,
  UnaryOp,
  WindowsOf3,
} from "../backend.js";
import { itemSize } from "../dtype.js";
import type { Heap } from "../heap.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";
import * as attention from "./attention.js";
import * as batchNorm from "./batchNorm.js";
import * as conv from "./conv.js";
import * as convProduct from "./convProduct.js";
import * as elementwise from "./elementwise.js";
import * as indexing from "./indexing.js";
import * as norm from "./layerNorm.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";
import * as matrix from "./matrix.js";
import * as optim from "./optim.js";
import type { Pool } from "./pool.js";
import type { Kernel } from "./queue.js";
import * as recurrent from "./recurrent.js";
import * as rows from "./rows.js";
import { sort } from "./sort.js";
import * as windows from "./windows.js";

/** Nanoseconds that a logit takes. */
const ROW_COST = 1;

/** SIMD kernels over the heap, made from kernels/. What has none, or an unusual mix of dtypes, falls to the reference. */
export class WasmBackend extends ReferenceBackend {
  override readonly name: string;
  readonly pool: Pool;
  readonly #m: Machine;

  constructor(name: string, machine: Machine, pool: Pool) {
    super(machine.heap);
    this.name = name;
    this.pool = pool;
    this.#m = machine;
  }

  tape(): Tape {
    return this.#m.tape();
  }

  /** @throws TouchesElements while calls are noted: what the reference does is not done by kernels */
  protected override get heap(): Heap {
    return this.#m.heap;
  }

  override copy(out: Operand, x: Operand): void {
    this.#m.copy(out, x);
  }

  override fill(out: Operand, value: number): void {
    this.#m.fill(out, value);
  }

  override unary(op: UnaryOp, out: Operand, x: Operand): void {
    if (!elementwise.unary(this.#m, op, out, x)) super.unary(op, out, x);
  }

  override predicate(op: PredicateOp, out: Operand, x: Operand): void {
    try {
      if (!elementwise.predicate(this.#m, op, out, x)) super.predicate(op, out, x);
    } finally {
      this.#m.release();
    }
  }

  override binary(op: BinaryOp, out: Operand, a: Operand | number, b: Operand | number): void {
    try {
      if (!elementwise.binary(this.#m, op, out, a, b)) super.binary(op, out, a, b);
    } finally {
      this.#m.release();
    }
  }

  override compare(op: CompareOp, out: Operand, a: Operand | number, b: Operand | number): void {
    try {
      if (!elementwise.compare(this.#m, op, out, a, b)) super.compare(op, out, a, b);
    } finally {
      this.#m.release();
    }
  }

  override where(out: Operand, condition: Operand, a: Operand | number, b: Operand | number): void {
    try {
      if (!elementwise.where(this.#m, out, condition, a, b)) super.where(out, condition, a, b);
    } finally {
      this.#m.release();
    }
  }

  override reduce(op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): void {
    try {
      if (!rows.reduce(this.#m, op, out, x, dims)) super.reduce(op, out, x, dims);
    } finally {
      this.#m.release();
    }
  }

  override argReduce(op: "argmax" | "argmin", out: Operand, x: Operand, dim: number): void {
    try {
      if (!rows.argReduce(this.#m, op, out, x, dim)) super.argReduce(op, out, x, dim);
    } finally {
      this.#m.release();
    }
  }

  override softmax(op: "softmax" | "logSoftmax", out: Operand, x: Operand, dim: number): void {
    try {
      if (!rows.softmax(this.#m, op, out, x, dim)) super.softmax(op, out, x, dim);
    } finally {
      this.#m.release();
    }
  }

  override softmaxBackward(op: "softmax" | "logSoftmax", dX: Operand, dY: Operand, y: Operand, dim: number): void {
    try {
      if (!rows.softmaxBackward(this.#m, op, dX, dY, y, dim)) super.softmaxBackward(op, dX, dY, y, dim);
    } finally {
      this.#m.release();
    }
  }

  override sort(values: Operand, indices: Operand, x: Operand, dim: number, isDescending: boolean): void {
    try {
      sort(this.#m, values, indices, x, dim, isDescending);
    } finally {
      this.#m.release();
    }
  }

  override matmul(out: Operand, a: Operand, b: Operand): void {
    if (!matrix.matmul(this.#m, out, a, b)) super.matmul(out, a, b);
  }

  override linear(out: Operand, x: Operand, w: Operand, bias: Operand | null): void {
    try {
      if (!matrix.linear(this.#m, out, x, w, bias)) super.linear(out, x, w, bias);
    } finally {
      this.#m.release();
    }
  }

  override indexSelect(out: Operand, x: Operand, index: Operand, dim: number): void {
    try {
      if (!indexing.indexSelect(this.#m, out, x, index, dim)) super.indexSelect(out, x, index, dim);
    } finally {
      this.#m.release();
    }
  }

  override gather(out: Operand, x: Operand, index: Operand, dim: number): void {
    try {
      if (!indexing.gather(this.#m, out, x, index, dim)) super.gather(out, x, index, dim);
    } finally {
      this.#m.release();
    }
  }

  override scatter(op: ScatterOp, out: Operand, index: Operand, src: Operand | number, dim: number): void {
    try {
      if (!indexing.scatter(this.#m, op, out, index, src, dim)) super.scatter(op, out, index, src, dim);
    } finally {
      this.#m.release();
    }
  }

  override take(out: Operand, x: Operand, offsets: Operand): void {
    try {
      if (!indexing.take(this.#m, out, x, offsets)) super.take(out, x, offsets);
    } finally {
      this.#m.release();
    }
  }

  override put(op: "set" | "sum", out: Operand, offsets: Operand, values: Operand | number): void {
    try {
      if (!indexing.put(this.#m, op, out, offsets, values)) super.put(op, out, offsets, values);
    } finally {
      this.#m.release();
    }
  }

  override crossEntropy(
    losses: Operand,
    probabilities: Operand,
    counted: Operand,
    logits: Operand,
    target: Operand,
    ignoreIndex: number,
  ): number {
    const kernel = this.#m.kernel("crossEntropy", logits.dtype);
    const [N, C] = logits.shape as readonly [number, number];
    if (kernel === undefined || C === 0)
      return super.crossEntropy(losses, probabilities, counted, logits, target, ignoreIndex);
    const bytes = itemSize[logits.dtype];
    try {
      const labels = this.#m.contiguous(target).address;
      const countLabels = this.#m.kernel("countLabels", counted.dtype) as Kernel;
      this.#m.run(countLabels, [counted.address, labels, N, ignoreIndex], { count: 1, steps: [], cost: N });
      return this.#m.run(kernel, [losses.address, probabilities.address, logits.address, labels, N, C, ignoreIndex], {
        count: N,
        steps: [bytes, C * bytes, C * bytes, itemSize.int32],
        counter: 4,
        cost: C * ROW_COST,
      });
    } finally {
      this.#m.release();
    }
  }

  override crossEntropyBackward(
    dLogits: Operand,
    probabilities: Operand,
    target: Operand,
    dLosses: Operand,
    ignoreIndex: number,
  ): void {
    const kernel = this.#m.kernel("crossEntropyBackward", dLogits.dtype) as Kernel;
    const [N, C] = dLogits.shape as readonly [number, number];
    try {
      const labels = this.#m.contiguous(target).address;
      const p = this.#m.contiguous(probabilities).address;
      const bytes = itemSize[dLogits.dtype];
      const stride = dLosses.strides[0] ?? 0;
      this.#m.run(kernel, [dLogits.address, p, labels, dLosses.address, stride, N, C, ignoreIndex], {
        count: N,
        steps: [C * bytes, C * bytes, itemSize.int32, stride * bytes],
        counter: 5,
        cost: C * ROW_COST,
      });
    } finally {
      this.#m.release();
    }
  }

  override attention(
    out: Operand,
    logSums: Operand,
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | null,
    spec: AttentionSpec,
  ): void {
    try {
      if (!attention.attention(this.#m, out, logSums, [q, k, v], mask, spec))
        super.attention(out, logSums, q, k, v, mask, spec);
    } finally {
      this.#m.release();
    }
  }

  override attentionBackward(
    dQ: Operand,
    dK: Operand,
    dV: Operand,
    dOut: Operand,
    out: Operand,
    logSums: Operand,
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | null,
    spec: AttentionSpec,
  ): void {
    try {
      if (!attention.attentionBackward(this.#m, [dQ, dK, dV], [dOut, out, logSums], [q, k, v], mask, spec))
        super.attentionBackward(dQ, dK, dV, dOut, out, logSums, q, k, v, mask, spec);
    } finally {
      this.#m.release();
    }
  }

  override recurrentCell(
    op: CellOp,
    outputs: readonly Operand[],
    states: readonly Operand[],
    gates: Operand,
    hidden: Operand,
  ): void {
    try {
      if (!recurrent.recurrentCell(this.#m, op, outputs, states, gates, hidden))
        super.recurrentCell(op, outputs, states, gates, hidden);
    } finally {
      this.#m.release();
    }
  }

  override recurrentCellBackward(
    op: CellOp,
    outputs: readonly Operand[],
    dH: Operand,
    dY: Operand,
    dCells: Operand | null,
    saved: Operand,
  ): void {
    try {
      if (!recurrent.recurrentCellBackward(this.#m, op, outputs, dH, dY, dCells, saved))
        super.recurrentCellBackward(op, outputs, dH, dY, dCells, saved);
    } finally {
      this.#m.release();
    }
  }

  override gatherRows(out: Operand, source: Operand, index: Operand, scale: number): void {
    try {
      if (!indexing.gatherRows(this.#m, out, source, index, scale)) super.gatherRows(out, source, index, scale);
    } finally {
      this.#m.release();
    }
  }

  override conv(out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): void {
    try {
      if (count(out.shape) === 0) return;
      if (convProduct.conv(this.#m, out, x, w, bias, spec)) return;
      if (!conv.conv(this.#m, out, x, w, bias, spec)) super.conv(out, x, w, bias, spec);
    } finally {
      this.#m.release();
    }
  }

  override convBackwardInput(dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): void {
    try {
      if (count(dX.shape) === 0) return;
      if (convProduct.convBackwardInput(this.#m, dX, dOut, w, spec)) return;
      if (!conv.convBackwardInput(this.#m, dX, dOut, w, spec)) super.convBackwardInput(dX, dOut, w, spec);
    } finally {
      this.#m.release();
    }
  }

  override convBackwardWeight(dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): void {
    try {
      // The kernel adds to what is there.
      this.fill(dW, 0);
      if (count(dOut.shape) === 0 || convProduct.convBackwardWeight(this.#m, dW, dOut, x, spec)) return;
      if (!conv.convBackwardWeight(this.#m, dW, dOut, x, spec)) super.convBackwardWeight(dW, dOut, x, spec);
    } finally {
      this.#m.release();
    }
  }

  override maxPool(out: Operand, places: Operand, x: Operand, spec: WindowsOf3): void {
    try {
      if (!windows.maxPool(this.#m, out, places, x, spec)) super.maxPool(out, places, x, spec);
    } finally {
      this.#m.release();
    }
  }

  override maxPoolBackward(dX: Operand, dOut: Operand, places: Operand, spec: WindowsOf3): void {
    try {
      if (!windows.maxPoolBackward(this.#m, dX, dOut, places, spec)) super.maxPoolBackward(dX, dOut, places, spec);
    } finally {
      this.#m.release();
    }
  }

  override avgPool(out: Operand, x: Operand, spec: WindowsOf3, divisor: number | null): void {
    try {
      if (!windows.avgPool(this.#m, out, x, spec, divisor, false)) super.avgPool(out, x, spec, divisor);
    } finally {
      this.#m.release();
    }
  }

  override avgPoolBackward(dX: Operand, dOut: Operand, spec: WindowsOf3, divisor: number | null): void {
    try {
      this.fill(dX, 0);
      if (!windows.avgPool(this.#m, dOut, dX, spec, divisor, true)) super.avgPoolBackward(dX, dOut, spec, divisor);
    } finally {
      this.#m.release();
    }
  }

  override standardize(
    y: Operand,
    mean: Operand,
    variance: Operand,
    x: Operand,
    dims: readonly number[],
    eps: number,
  ): void {
    try {
      if (!windows.standardize(this.#m, y, mean, variance, x, dims, eps))
        super.standardize(y, mean, variance, x, dims, eps);
    } finally {
      this.#m.release();
    }
  }

  override batchNorm(
    y: Operand,
    means: Operand,
    variances: Operand,
    x: Operand,
    w: Operand | null,
    b: Operand | null,
    eps: number,
  ): void {
    try {
      if (!batchNorm.batchNorm(this.#m, y, means, variances, x, w, b, eps))
        super.batchNorm(y, means, variances, x, w, b, eps);
    } finally {
      this.#m.release();
    }
  }

  override batchNormBackward(
    dX: Operand,
    dW: Operand,
    dB: Operand,
    dY: Operand,
    x: Operand,
    means: Operand,
    variances: Operand,
    w: Operand | null,
    eps: number,
  ): void {
    try {
      if (!batchNorm.batchNormBackward(this.#m, [dX, dW, dB], dY, x, means, variances, w, eps))
        super.batchNormBackward(dX, dW, dB, dY, x, means, variances, w, eps);
    } finally {
      this.#m.release();
    }
  }

  override layerNorm(
    y: Operand,
    means: Operand,
    rstds: Operand,
    x: Operand,
    w: Operand | null,
    b: Operand | null,
    eps: number,
  ): void {
    try {
      if (!norm.layerNorm(this.#m, y, means, rstds, x, w, b, eps)) super.layerNorm(y, means, rstds, x, w, b, eps);
    } finally {
      this.#m.release();
    }
  }

  override layerNormBackward(
    dX: Operand,
    dW: Operand,
    dB: Operand,
    dY: Operand,
    x: Operand,
    means: Operand,
    rstds: Operand,
    w: Operand | null,
  ): void {
    try {
      if (!norm.layerNormBackward(this.#m, dX, dW, dB, dY, x, means, rstds, w))
        super.layerNormBackward(dX, dW, dB, dY, x, means, rstds, w);
    } finally {
      this.#m.release();
    }
  }

  override optimizerStep(
    op: OptimizerOp,
    params: readonly Operand[],
    grads: readonly Operand[],
    states: readonly (readonly Operand[])[],
    scalars: StepScalars,
  ): void {
    try {
      if (!optim.optimizerStep(this.#m, op, params, grads, states, scalars))
        super.optimizerStep(op, params, grads, states, scalars);
    } finally {
      this.#m.release();
    }
  }
}
