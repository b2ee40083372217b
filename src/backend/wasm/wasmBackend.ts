import type { AttentionSpec, ConvSpec, Operand, WindowsOf3 } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { CellOp, DrawOp, OptimizerOp, StepScalars } from "../ops.js";
import * as attention from "./attention.js";
import * as batchNorm from "./batchNorm.js";
import * as conv from "./conv.js";
import * as convProduct from "./convProduct.js";
import { draw } from "./draw.js";
import * as norm from "./layerNorm.js";
import { count } from "./layout.js";
import type { Runnable } from "./machine.js";
import * as optim from "./optim.js";
import * as recurrent from "./recurrent.js";
import { WasmElements } from "./wasmElements.js";
import * as windows from "./windows.js";

/** Nanoseconds that a logit takes. */
const ROW_COST = 1;

/** SIMD kernels over the heap, made from kernels/: those for elements, and here those that layers are made of. */
export class WasmBackend extends WasmElements {
  override crossEntropy(
    losses: Operand,
    probabilities: Operand,
    counted: Operand,
    logits: Operand,
    target: Operand,
    ignoreIndex: number,
  ): number {
    const kernel = this.machine.kernel("crossEntropy", logits.dtype);
    const [N, C] = logits.shape as readonly [number, number];
    if (kernel === undefined || C === 0)
      return super.crossEntropy(losses, probabilities, counted, logits, target, ignoreIndex);
    const bytes = itemSize[logits.dtype];
    try {
      const labels = this.machine.contiguous(target).address;
      const countLabels = this.machine.kernel("countLabels", counted.dtype) as Runnable;
      this.machine.run(countLabels, [counted.address, labels, N, ignoreIndex], { count: 1, steps: [], cost: N });
      return this.machine.run(
        kernel,
        [losses.address, probabilities.address, logits.address, labels, N, C, ignoreIndex],
        {
          count: N,
          steps: [bytes, C * bytes, C * bytes, itemSize.int32],
          counter: 4,
          cost: C * ROW_COST,
        },
      );
    } finally {
      this.machine.release();
    }
  }

  override crossEntropyBackward(
    dLogits: Operand,
    probabilities: Operand,
    target: Operand,
    dLosses: Operand,
    ignoreIndex: number,
  ): void {
    const kernel = this.machine.kernel("crossEntropyBackward", dLogits.dtype) as Runnable;
    const [N, C] = dLogits.shape as readonly [number, number];
    try {
      const labels = this.machine.contiguous(target).address;
      const p = this.machine.contiguous(probabilities).address;
      const bytes = itemSize[dLogits.dtype];
      const stride = dLosses.strides[0] ?? 0;
      this.machine.run(kernel, [dLogits.address, p, labels, dLosses.address, stride, N, C, ignoreIndex], {
        count: N,
        steps: [C * bytes, C * bytes, itemSize.int32, stride * bytes],
        counter: 5,
        cost: C * ROW_COST,
      });
    } finally {
      this.machine.release();
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
      if (!attention.attention(this.machine, out, logSums, [q, k, v], mask, spec))
        super.attention(out, logSums, q, k, v, mask, spec);
    } finally {
      this.machine.release();
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
      if (!attention.attentionBackward(this.machine, [dQ, dK, dV], [dOut, out, logSums], [q, k, v], mask, spec))
        super.attentionBackward(dQ, dK, dV, dOut, out, logSums, q, k, v, mask, spec);
    } finally {
      this.machine.release();
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
      if (!recurrent.recurrentCell(this.machine, op, outputs, states, gates, hidden))
        super.recurrentCell(op, outputs, states, gates, hidden);
    } finally {
      this.machine.release();
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
      if (!recurrent.recurrentCellBackward(this.machine, op, outputs, dH, dY, dCells, saved))
        super.recurrentCellBackward(op, outputs, dH, dY, dCells, saved);
    } finally {
      this.machine.release();
    }
  }

  override conv(out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): void {
    try {
      if (count(out.shape) === 0) return;
      if (convProduct.conv(this.machine, out, x, w, bias, spec)) return;
      if (!conv.conv(this.machine, out, x, w, bias, spec)) super.conv(out, x, w, bias, spec);
    } finally {
      this.machine.release();
    }
  }

  override convBackwardInput(dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): void {
    try {
      if (count(dX.shape) === 0) return;
      if (convProduct.convBackwardInput(this.machine, dX, dOut, w, spec)) return;
      if (!conv.convBackwardInput(this.machine, dX, dOut, w, spec)) super.convBackwardInput(dX, dOut, w, spec);
    } finally {
      this.machine.release();
    }
  }

  override convBackwardWeight(dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): void {
    try {
      // The kernel adds to what is there.
      this.fill(dW, 0);
      if (count(dOut.shape) === 0 || convProduct.convBackwardWeight(this.machine, dW, dOut, x, spec)) return;
      if (!conv.convBackwardWeight(this.machine, dW, dOut, x, spec)) super.convBackwardWeight(dW, dOut, x, spec);
    } finally {
      this.machine.release();
    }
  }

  override maxPool(out: Operand, places: Operand, x: Operand, spec: WindowsOf3): void {
    try {
      if (!windows.maxPool(this.machine, out, places, x, spec)) super.maxPool(out, places, x, spec);
    } finally {
      this.machine.release();
    }
  }

  override maxPoolBackward(dX: Operand, dOut: Operand, places: Operand, spec: WindowsOf3): void {
    try {
      if (!windows.maxPoolBackward(this.machine, dX, dOut, places, spec)) super.maxPoolBackward(dX, dOut, places, spec);
    } finally {
      this.machine.release();
    }
  }

  override avgPool(out: Operand, x: Operand, spec: WindowsOf3, divisor: number | null): void {
    try {
      if (!windows.avgPool(this.machine, out, x, spec, divisor, false)) super.avgPool(out, x, spec, divisor);
    } finally {
      this.machine.release();
    }
  }

  override avgPoolBackward(dX: Operand, dOut: Operand, spec: WindowsOf3, divisor: number | null): void {
    try {
      this.fill(dX, 0);
      if (!windows.avgPool(this.machine, dOut, dX, spec, divisor, true)) super.avgPoolBackward(dX, dOut, spec, divisor);
    } finally {
      this.machine.release();
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
      if (!windows.standardize(this.machine, y, mean, variance, x, dims, eps))
        super.standardize(y, mean, variance, x, dims, eps);
    } finally {
      this.machine.release();
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
      if (!batchNorm.batchNorm(this.machine, y, means, variances, x, w, b, eps))
        super.batchNorm(y, means, variances, x, w, b, eps);
    } finally {
      this.machine.release();
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
      if (!batchNorm.batchNormBackward(this.machine, [dX, dW, dB], dY, x, means, variances, w, eps))
        super.batchNormBackward(dX, dW, dB, dY, x, means, variances, w, eps);
    } finally {
      this.machine.release();
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
      if (!norm.layerNorm(this.machine, y, means, rstds, x, w, b, eps)) super.layerNorm(y, means, rstds, x, w, b, eps);
    } finally {
      this.machine.release();
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
      if (!norm.layerNormBackward(this.machine, dX, dW, dB, dY, x, means, rstds, w))
        super.layerNormBackward(dX, dW, dB, dY, x, means, rstds, w);
    } finally {
      this.machine.release();
    }
  }

  override draw(op: DrawOp, out: Operand, words: Uint32Array, next: number, a: number, b: number): void {
    draw(this.machine, op, out, words, next, a, b);
  }

  override optimizerStep(
    op: OptimizerOp,
    params: readonly Operand[],
    grads: readonly Operand[],
    states: readonly (readonly Operand[])[],
    scalars: StepScalars,
  ): void {
    try {
      if (!optim.optimizerStep(this.machine, op, params, grads, states, scalars))
        super.optimizerStep(op, params, grads, states, scalars);
    } finally {
      this.machine.release();
    }
  }
}
