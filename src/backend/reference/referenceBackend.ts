import type {
  AttentionSpec,
  Backend,
  CellOp,
  ConvSpec,
  FactorOp,
  Operand,
  OptimizerOp,
  ScatterOp,
  StepScalars,
  WindowsOf3,
} from "../backend.js";
import { isFloating, itemSize } from "../dtype.js";
import { attention, attentionBackward, type Head } from "./attention.js";
import { batchNorm, batchNormBackward } from "./batchNorm.js";
import { eachProduct } from "./conv.js";
import { ElementKernels, operandOf, rowMajor } from "./elementKernels.js";
import { factorFunctions } from "./factor.js";
import { crossEntropy, crossEntropyBackward } from "./fused.js";
import { layerNorm, layerNormBackward } from "./layerNorm.js";
import { elementSteps, stepThrough } from "./optim.js";
import { avgPool, avgPoolBackward, maxPool, maxPoolBackward } from "./pool.js";
import { recurrentCell, recurrentCellBackward } from "./recurrent.js";
import { scatterInto } from "./scatter.js";
import { count, offsetsOf } from "./strides.js";

/**
 * The contract in plain TypeScript: the naive judge of the fast kernels, and the fallback where there is no SIMD.
 * Every kernel reads through tables of offsets, so strides need no special case; float32 is rounded when it is stored.
 */
export class ReferenceBackend extends ElementKernels implements Backend {
  readonly name: string = "reference";

  matmul(out: Operand, a: Operand, b: Operand): void {
    const [M, K] = a.shape.slice(-2) as [number, number];
    const N = b.shape.at(-1) as number;
    const left = this.values(a, a.shape);
    const right = this.values(b, b.shape);
    const batches = count(out.shape.slice(0, -2));
    const result = new Float64Array(batches * M * N);
    const isInteger = !isFloating(out.dtype);
    for (let p = 0; p < batches; p++) {
      for (let m = 0; m < M; m++) {
        for (let n = 0; n < N; n++) {
          let sum = 0;
          for (let k = 0; k < K; k++) {
            const x = left[(p * M + m) * K + k] as number;
            const y = right[(p * K + k) * N + n] as number;
            sum = isInteger ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
          }
          result[(p * M + m) * N + n] = sum;
        }
      }
    }
    this.store(out, result);
  }

  linear(out: Operand, x: Operand, w: Operand, bias: Operand | null): void {
    const transposed = { ...operandOf(w), shape: w.shape.toReversed(), strides: w.strides.toReversed() };
    this.matmul(out, x, transposed);
    if (bias !== null) this.binary("add", out, out, bias);
  }

  factor(op: FactorOp, outputs: readonly Operand[], inputs: readonly Operand[], sizes: readonly number[]): number {
    const given = inputs.map((x) => this.values(x, x.shape));
    const results = outputs.map((out) => new Float64Array(count(out.shape)));
    const batches = count((inputs[0] as Operand).shape.slice(0, -2));
    for (let b = 0; b < batches; b++) {
      const part = (x: Float64Array): Float64Array =>
        x.subarray((b * x.length) / batches, ((b + 1) * x.length) / batches);
      if (!factorFunctions[op](results.map(part), given.map(part), [...sizes])) return b;
    }
    outputs.forEach((out, i) => {
      this.store(out, results[i] as Float64Array);
    });
    return -1;
  }

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

  indexSelect(out: Operand, x: Operand, index: Operand, dim: number): void {
    const rows = this.values(index, index.shape);
    const steps = x.strides.map((stride, d) => (d === dim ? 0 : stride));
    const offsets = offsetsOf(out.shape, steps);
    const inner = count(out.shape.slice(dim + 1));
    const { data, start } = this.at(x);
    const stride = x.strides[dim] ?? 0;
    this.store(
      out,
      Array.from(
        offsets,
        (offset, i) => data[start + offset + (rows[Math.floor(i / inner) % rows.length] as number) * stride] as number,
      ),
    );
  }

  gather(out: Operand, x: Operand, index: Operand, dim: number): void {
    const { data, start } = this.at(x);
    const at = this.values(index, index.shape);
    const offsets = offsetsOf(
      index.shape,
      x.strides.map((stride, d) => (d === dim ? 0 : stride)),
    );
    const stride = x.strides[dim] ?? 0;
    this.store(
      out,
      Array.from(offsets, (offset, i) => data[start + offset + (at[i] as number) * stride] as number),
    );
  }

  scatter(op: ScatterOp, out: Operand, index: Operand, src: Operand | number, dim: number): void {
    const offsets = offsetsOf(
      index.shape,
      out.strides.map((stride, d) => (d === dim ? 0 : stride)),
    );
    const stride = out.strides[dim] ?? 0;
    const at = this.values(index, index.shape);
    const values =
      typeof src === "number"
        ? this.values(src, index.shape)
        : this.values({ ...operandOf(src), shape: index.shape }, index.shape);
    const places = offsets.map((offset, i) => offset + (at[i] as number) * stride);
    scatterInto(op, out.dtype, this.at(out), places, values);
  }

  take(out: Operand, x: Operand, offsets: Operand): void {
    const { data, start } = this.at(x);
    this.store(
      out,
      this.values(offsets, out.shape).map((offset) => data[start + offset] as number),
    );
  }

  put(op: "set" | "sum", out: Operand, offsets: Operand, values: Operand | number): void {
    const places = this.values(offsets, offsets.shape);
    scatterInto(op, out.dtype, this.at(out), places, this.values(values, offsets.shape));
  }

  nonzero(x: Operand): Int32Array {
    const places: number[] = [];
    const values = this.values(x, x.shape);
    const sizes = x.shape.map((_, d) => count(x.shape.slice(d + 1)));
    values.forEach((v, i) => {
      if (v !== 0) places.push(...sizes.map((size, d) => Math.floor(i / size) % (x.shape[d] as number)));
    });
    return Int32Array.from(places);
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

  gatherRows(out: Operand, source: Operand, rows: Operand, scale: number): void {
    const { data, start } = this.at(source);
    const length = count(source.shape.slice(1));
    const { data: target, start: first } = this.at(out);
    this.values(rows, rows.shape).forEach((row, i) => {
      for (let j = 0; j < length; j++)
        target[first + i * length + j] = (data[start + row * length + j] as number) * scale;
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
