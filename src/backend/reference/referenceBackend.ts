import type { Backend, Operand } from "../backend.js";
import { isFloating } from "../dtype.js";
import type { DrawOp, FactorOp, ScatterOp } from "../ops.js";
import { drawInto } from "./draw.js";
import { operandOf } from "./elementKernels.js";
import { factorFunctions } from "./factor.js";
import { NetworkKernels } from "./networkKernels.js";
import { scatterInto } from "./scatter.js";
import { count, offsetsOf } from "./strides.js";

/**
 * The contract in plain TypeScript: the naive judge of the fast kernels, and the fallback where there is no SIMD.
 * Every kernel reads through tables of offsets, so strides need no special case; float32 is rounded when it is stored.
 */
export class ReferenceBackend extends NetworkKernels implements Backend {
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

  draw(op: DrawOp, out: Operand, words: Uint32Array, next: number, a: number, b: number): void {
    const elements = this.heap.view(out.dtype, out.address, count(out.shape));
    drawInto(op, elements as Float32Array | Float64Array, words, next, a, b);
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
}
