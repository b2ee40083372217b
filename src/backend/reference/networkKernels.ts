import type { AttentionSpec, ConvSpec, Operand, WindowsOf3 } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { CellOp, OptimizerOp, StepScalars } from "../ops.js";
import { attention, attentionBackward, type Head } from "./attention.js";
import { batchNorm, batchNormBackward } from "./batchNorm.js";
import { eachProduct } from "./conv.js";
import { ElementKernels, operandOf, rowMajor } from "./elementKernels.js";
import { crossEntropy, crossEntropyBackward } from "./fused.js";
import { layerNorm, layerNormBackward } from "./layerNorm.js";
import { elementSteps, stepThrough } from "./optim.js";
import { avgPool, avgPoolBackward, maxPool, maxPoolBackward } from "./pool.js";
import { recurrentCell, recurrentCellBackward } from "./recurrent.js";
import { count } from "./strides.js";

/** The part of the contract that layers are made of: windows over images, norms, attention, recurrent cells, losses, optimizers. */
export abstract class NetworkKernels extends ElementKernels {
  conv(out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): void {
    const [image, weights] = [this.values(x, x.shape), this.values(w, w.shape)];
    const sums = new Float64Array(count(out.shape));
    eachProduct(out, x, w, spec, (to, from, k) => {
      sums[to] = (sums[to] as number) + (image[from] as number) * (weights[k] as number);
    });
    if (bias !== null) {
      const added = this.values(bias, bias.shape);
      const [, O] = out.shape as readonly [number, number];
      const plane = count(out.shape.slice(2));
      for (let i = 0; i < sums.length; i++)
        sums[i] = (sums[i] as number) + (added[Math.floor(i / plane) % O] as number);
    }
    this.store(out, sums);
  }

  convBackwardInput(dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): void {
    const [d, weights] = [this.values(dOut, dOut.shape), this.values(w, w.shape)];
    const sums = new Float64Array(count(dX.shape));
    eachProduct(dOut, dX, w, spec, (from, to, k) => {
      sums[to] = (sums[to] as number) + (d[from] as number) * (weights[k] as number);
    });
    this.store(dX, sums);
  }

  convBackwardWeight(dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): void {
    const [d, image] = [this.values(dOut, dOut.shape), this.values(x, x.shape)];
    const sums = new Float64Array(count(dW.shape));
    eachProduct(dOut, x, dW, spec, (from, at, to) => {
      sums[to] = (sums[to] as number) + (d[from] as number) * (image[at] as number);
    });
    this.store(dW, sums);
  }

  /** x itself where it is contiguous, else a copy for as long as `run` takes. */
  protected packed<T>(x: Operand, run: (packed: Operand) => T): T {
    const strides = rowMajor(x.shape);
    if (strides.every((stride, i) => stride === x.strides[i] || x.shape[i] === 1)) return run(x);
    const bytes = count(x.shape) * itemSize[x.dtype];
    const address = this.heap.alloc(bytes);
    try {
      const packed: Operand = { ...operandOf(x), address, strides };
      this.copy(packed, x);
      return run(packed);
    } finally {
      this.heap.free(address, bytes);
    }
  }

  maxPool(out: Operand, places: Operand, x: Operand, windows: WindowsOf3): void {
    const planes = count(x.shape.slice(0, 2));
    this.packed(x, (from) => maxPool(this.at(out), this.at(places), this.at(from), planes, x.shape.slice(2), windows));
  }

  maxPoolBackward(dX: Operand, dOut: Operand, places: Operand, _windows: WindowsOf3): void {
    this.fill(dX, 0);
    const planes = count(dX.shape.slice(0, 2));
    const [size, outputs] = [count(dX.shape.slice(2)), count(dOut.shape.slice(2))];
    this.packed(dOut, (from) => {
      this.packed(places, (to) => maxPoolBackward(this.at(dX), this.at(from), this.at(to), planes, size, outputs));
    });
  }

  avgPool(out: Operand, x: Operand, windows: WindowsOf3, divisor: number | null): void {
    const planes = count(x.shape.slice(0, 2));
    this.packed(x, (from) => avgPool(this.at(out), this.at(from), planes, x.shape.slice(2), windows, divisor));
  }

  avgPoolBackward(dX: Operand, dOut: Operand, windows: WindowsOf3, divisor: number | null): void {
    this.fill(dX, 0);
    const planes = count(dX.shape.slice(0, 2));
    this.packed(dOut, (from) =>
      avgPoolBackward(this.at(dX), this.at(from), planes, dX.shape.slice(2), windows, divisor),
    );
  }

  crossEntropy(
    losses: Operand,
    probabilities: Operand,
    counted: Operand,
    logits: Operand,
    target: Operand,
    ignoreIndex: number,
  ): number {
    const labels = this.values(target, target.shape);
    const result = crossEntropy(this.values(logits, logits.shape), labels, ignoreIndex);
    if (result.badRow < 0) {
      this.store(losses, result.losses);
      this.store(probabilities, result.probabilities);
      this.store(counted, Float64Array.of(labels.filter((label) => label !== ignoreIndex).length));
    }
    return result.badRow;
  }

  crossEntropyBackward(
    dLogits: Operand,
    probabilities: Operand,
    target: Operand,
    dLosses: Operand,
    ignoreIndex: number,
  ): void {
    const [p, t, d] = [probabilities, target, dLosses].map((x) => this.values(x, x.shape)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.store(dLogits, crossEntropyBackward(p, t, d, ignoreIndex));
  }

  attention(
    out: Operand,
    logSums: Operand,
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | null,
    spec: AttentionSpec,
  ): void {
    const heads = this.#heads(q, k, v, mask).map((head) => attention(head, sizesOf(q, v), spec));
    this.store(out, joined(heads.map((head) => head.out)));
    this.store(logSums, joined(heads.map((head) => head.logSums)));
  }

  attentionBackward(
    dQ: Operand,
    dK: Operand,
    dV: Operand,
    dOut: Operand,
    out: Operand,
    _logSums: Operand,
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | null,
    spec: AttentionSpec,
  ): void {
    const heads = this.#heads(q, k, v, mask);
    const [d, y] = [this.#parts(dOut, heads.length), this.#parts(out, heads.length)];
    const gradients = heads.map((head, i) =>
      attentionBackward(head, d[i] as Float64Array, y[i] as Float64Array, sizesOf(q, v), spec),
    );
    for (const [i, to] of [dQ, dK, dV].entries())
      this.store(to, joined(gradients.map((parts) => parts[i] as Float64Array)));
  }

  #parts(x: Operand, n: number): Float64Array[] {
    const values = this.values(x, x.shape);
    return Array.from({ length: n }, (_, i) => values.subarray((i * values.length) / n, ((i + 1) * values.length) / n));
  }

  #heads(q: Operand, k: Operand, v: Operand, mask: Operand | null): Head[] {
    const n = count(q.shape.slice(0, -2));
    const [qs, ks, vs] = [this.#parts(q, n), this.#parts(k, n), this.#parts(v, n)];
    const masks = mask === null ? null : this.#parts(mask, n);
    return qs.map((part, i) => ({
      q: part,
      k: ks[i] as Float64Array,
      v: vs[i] as Float64Array,
      mask: masks === null ? null : (masks[i] as Float64Array),
    }));
  }

  batchNorm(
    y: Operand,
    means: Operand,
    variances: Operand,
    x: Operand,
    w: Operand | null,
    b: Operand | null,
    eps: number,
  ): void {
    const given = (part: Operand | null): Float64Array | null => (part === null ? null : this.values(part, part.shape));
    const result = batchNorm(this.values(x, x.shape), given(w), given(b), x.shape as [number, number], eps);
    this.store(y, result.y);
    this.store(means, result.means);
    this.store(variances, result.variances);
  }

  batchNormBackward(
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
    const [d, from, m, v] = [dY, x, means, variances].map((part) => this.values(part, part.shape)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const weight = w === null ? null : this.values(w, w.shape);
    const result = batchNormBackward(d, from, m, v, weight, x.shape as [number, number], eps);
    this.store(dX, result.dX);
    this.store(dW, result.dW);
    this.store(dB, result.dB);
  }

  layerNorm(
    y: Operand,
    means: Operand,
    rstds: Operand,
    x: Operand,
    w: Operand | null,
    b: Operand | null,
    eps: number,
  ): void {
    const given = (part: Operand | null): Float64Array | null => (part === null ? null : this.values(part, part.shape));
    const result = layerNorm(this.values(x, x.shape), given(w), given(b), count(means.shape), eps);
    this.store(y, result.y);
    this.store(means, result.means);
    this.store(rstds, result.rstds);
  }

  layerNormBackward(
    dX: Operand,
    dW: Operand,
    dB: Operand,
    dY: Operand,
    x: Operand,
    means: Operand,
    rstds: Operand,
    w: Operand | null,
  ): void {
    const [d, from, m, r] = [dY, x, means, rstds].map((part) => this.values(part, part.shape)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const result = layerNormBackward(d, from, m, r, w === null ? null : this.values(w, w.shape));
    this.store(dX, result.dX);
    this.store(dW, result.dW);
    this.store(dB, result.dB);
  }

  recurrentCell(
    op: CellOp,
    outputs: readonly Operand[],
    states: readonly Operand[],
    gates: Operand,
    hidden: Operand,
  ): void {
    const [x, w, ...held] = [gates, hidden, ...states].map((part) => this.values(part, part.shape));
    const H = states[0]?.shape[1] as number;
    const next = recurrentCell(op, held, x as Float64Array, w as Float64Array, H);
    const results = [next.saved, ...next.states, ...next.states];
    [...outputs, ...states].forEach((out, i) => {
      this.store(out, results[i] as Float64Array);
    });
  }

  recurrentCellBackward(
    op: CellOp,
    outputs: readonly Operand[],
    dH: Operand,
    dY: Operand,
    dCells: Operand | null,
    saved: Operand,
  ): void {
    const read = (x: Operand): Float64Array => this.values(x, x.shape);
    const carry = outputs[1] ? read(outputs[1]) : new Float64Array(count(dH.shape));
    const cells = dCells === null ? null : read(dCells);
    const H = dH.shape[1] as number;
    const next = recurrentCellBackward(op, carry, read(dH), read(dY), cells, read(saved), H);
    const results = [next.dGates, next.carry, next.dHidden];
    outputs.forEach((out, i) => {
      this.store(out, results[i] as Float64Array);
    });
  }

  optimizerStep(
    op: OptimizerOp,
    params: readonly Operand[],
    grads: readonly Operand[],
    states: readonly (readonly Operand[])[],
    scalars: StepScalars,
  ): void {
    const step = elementSteps[op](scalars);
    params.forEach((param, i) => {
      const tensors = [param, ...(states[i] as readonly Operand[])];
      const values = tensors.map((x) => this.values(x, param.shape));
      stepThrough(step, values, this.values(grads[i] as Operand, param.shape));
      tensors.forEach((x, k) => {
        this.store(x, values[k] as Float64Array);
      });
    });
  }
}

const sizesOf = (q: Operand, v: Operand): { L: number; S: number; E: number; V: number } => {
  const [L, E] = q.shape.slice(-2) as [number, number];
  const [S, V] = v.shape.slice(-2) as [number, number];
  return { L, S, E, V };
};

const joined = (parts: readonly Float64Array[]): Float64Array => {
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
