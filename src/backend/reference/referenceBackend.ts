import type {
  Backend,
  BinaryOp,
  CompareOp,
  ConvSpec,
  CumulativeOp,
  FactorOp,
  Operand,
  OptimizerOp,
  PredicateOp,
  ReduceOp,
  ScatterOp,
  StepScalars,
  UnaryOp,
  WindowsOf3,
} from "../backend.js";
import { isFloating, itemSize, type TypedArray } from "../dtype.js";
import type { Heap } from "../heap.js";
import { eachProduct } from "./conv.js";
import { cumulativeRow, extremumPlaces, recurrenceRow } from "./cumulative.js";
import { factorFunctions } from "./factor.js";
import { crossEntropy, crossEntropyBackward, softmaxBackwardRow, softmaxRow } from "./fused.js";
import { elementSteps } from "./optim.js";
import { avgPool, avgPoolBackward, maxPool } from "./pool.js";
import { reduceFunctions } from "./reduce.js";
import { binaryFunctions, compareFunctions, integerFunctions, predicateFunctions, unaryFunctions } from "./scalars.js";
import { scatterInto } from "./scatter.js";
import { broadcastStrides, count, offsetsOf } from "./strides.js";

/**
 * The contract in plain TypeScript: the naive judge of the fast kernels, and the fallback where there is no SIMD.
 * Every kernel reads through tables of offsets, so strides need no special case; float32 is rounded when it is stored.
 */
export class ReferenceBackend implements Backend {
  readonly name: string = "reference";
  protected readonly heap: Heap;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** The whole heap as elements of x's dtype, and the index of x's first. */
  #at(x: Operand): { data: TypedArray; start: number } {
    return { data: this.heap.array(x.dtype), start: x.address / itemSize[x.dtype] };
  }

  /** x's elements in row-major order, broadcast to `shape`. */
  #values(x: Operand | number, shape: readonly number[]): Float64Array {
    if (typeof x === "number") return new Float64Array(count(shape)).fill(x);
    const { data, start } = this.#at(x);
    const offsets = offsetsOf(shape, broadcastStrides(x, shape));
    const values = new Float64Array(offsets.length);
    for (let i = 0; i < offsets.length; i++) values[i] = data[start + (offsets[i] as number)] as number;
    return values;
  }

  #store(out: Operand, values: ArrayLike<number | boolean>): void {
    const { data, start } = this.#at(out);
    const offsets = offsetsOf(out.shape, out.strides);
    const cast = out.dtype === "bool" ? (v: number | boolean) => (Number(v) !== 0 ? 1 : 0) : Number;
    for (let i = 0; i < offsets.length; i++) data[start + (offsets[i] as number)] = cast(values[i] as number | boolean);
  }

  copy(out: Operand, x: Operand): void {
    const values = this.#values(x, out.shape);
    if (!isFloating(out.dtype) && out.dtype !== "bool")
      for (let i = 0; i < values.length; i++) values[i] = Math.trunc(values[i] as number);
    this.#store(out, values);
  }

  fill(out: Operand, value: number): void {
    this.#store(out, new Float64Array(count(out.shape)).fill(value));
  }

  unary(op: UnaryOp, out: Operand, x: Operand): void {
    const isBoolNot = op === "bitwiseNot" && x.dtype === "bool";
    const f = isBoolNot ? (v: number) => 1 - v : unaryFunctions[op];
    this.#store(
      out,
      this.#values(x, out.shape).map((v) => f(v)),
    );
  }

  predicate(op: PredicateOp, out: Operand, x: Operand): void {
    const f = predicateFunctions[op];
    this.#store(
      out,
      this.#values(x, out.shape).map((v) => Number(f(v))),
    );
  }

  binary(op: BinaryOp, out: Operand, a: Operand | number, b: Operand | number): void {
    const f = (isFloating(out.dtype) ? undefined : integerFunctions[op]) ?? binaryFunctions[op];
    const left = this.#values(a, out.shape);
    const right = this.#values(b, out.shape);
    this.#store(
      out,
      left.map((v, i) => f(v, right[i] as number)),
    );
  }

  compare(op: CompareOp, out: Operand, a: Operand | number, b: Operand | number): void {
    const f = compareFunctions[op];
    const left = this.#values(this.#asSeenBy(a, b), out.shape);
    const right = this.#values(this.#asSeenBy(b, a), out.shape);
    this.#store(
      out,
      left.map((v, i) => Number(f(v, right[i] as number))),
    );
  }

  /** A plain number beside float32 is compared as a float32. */
  #asSeenBy(x: Operand | number, other: Operand | number): Operand | number {
    return typeof x === "number" && typeof other !== "number" && other.dtype === "float32" ? Math.fround(x) : x;
  }

  where(out: Operand, condition: Operand, a: Operand | number, b: Operand | number): void {
    const left = this.#values(a, out.shape);
    const right = this.#values(b, out.shape);
    this.#store(
      out,
      this.#values(condition, out.shape).map((c, i) => (c !== 0 ? left[i] : right[i]) as number),
    );
  }

  /** x as rows along `dims`: each row holds what meets in one element of the result. */
  #rows(x: Operand, dims: readonly number[]): { values: Float64Array; rows: number; length: number } {
    const kept = x.shape.map((_, i) => i).filter((i) => !dims.includes(i));
    const order = [...kept, ...dims];
    const shape = order.map((d) => x.shape[d] as number);
    const permuted = { ...operandOf(x), shape, strides: order.map((d) => x.strides[d] as number) };
    return {
      values: this.#values(permuted, shape),
      rows: count(kept.map((d) => x.shape[d] as number)),
      length: count(dims.map((d) => x.shape[d] as number)),
    };
  }

  reduce(op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): void {
    const { values, rows, length } = this.#rows(x, dims);
    const f = reduceFunctions[op];
    const result = new Float64Array(rows);
    for (let r = 0; r < rows; r++) result[r] = f(values.subarray(r * length, (r + 1) * length), out.dtype === "int32");
    this.#store({ ...operandOf(out), shape: [rows], strides: [1] }, result);
  }

  argReduce(op: "argmax" | "argmin", out: Operand, x: Operand, dim: number): void {
    const { values, rows, length } = this.#rows(x, [dim]);
    const isBetter = op === "argmax" ? (a: number, b: number) => a > b : (a: number, b: number) => a < b;
    const result = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      let best = 0;
      for (let i = 1; i < length; i++) {
        const v = values[r * length + i] as number;
        const held = values[r * length + best] as number;
        if (!Number.isNaN(held) && (Number.isNaN(v) || isBetter(v, held))) best = i;
      }
      result[r] = best;
    }
    this.#store({ ...operandOf(out), shape: [rows], strides: [1] }, result);
  }

  /** Runs f over every row of x along `dim` and writes rows of the same length into out. */
  #alongDim(
    out: Operand,
    inputs: readonly Operand[],
    dim: number,
    f: (rows: Float64Array[], result: Float64Array) => void,
  ): void {
    const parts = inputs.map((x) => this.#rows(x, [dim]));
    const { rows, length } = parts[0] as { rows: number; length: number };
    const all = new Float64Array(rows * length);
    for (let r = 0; r < rows; r++) {
      f(
        parts.map(({ values }) => values.subarray(r * length, (r + 1) * length)),
        all.subarray(r * length, (r + 1) * length),
      );
    }
    const order = [...out.shape.map((_, i) => i).filter((i) => i !== dim), dim];
    this.#store(
      {
        ...operandOf(out),
        shape: order.map((d) => out.shape[d] as number),
        strides: order.map((d) => out.strides[d] as number),
      },
      all,
    );
  }

  cumulative(op: CumulativeOp, out: Operand, x: Operand, dim: number): void {
    this.#alongDim(out, [x], dim, ([row], result) => cumulativeRow(op, row as Float64Array, result));
  }

  cumulativeExtremum(op: "cummax" | "cummin", values: Operand, indices: Operand, x: Operand, dim: number): void {
    this.#alongDim(indices, [x], dim, ([row], result) => extremumPlaces(op, row as Float64Array, result));
    this.gather(values, x, indices, dim);
  }

  recurrence(out: Operand, x: Operand, a: Operand, dim: number, isReverse: boolean): void {
    this.#alongDim(out, [x, a], dim, ([row, factors], result) =>
      recurrenceRow(row as Float64Array, factors as Float64Array, result, isReverse),
    );
  }

  softmax(op: "softmax" | "logSoftmax", out: Operand, x: Operand, dim: number): void {
    this.#alongDim(out, [x], dim, ([row], result) => softmaxRow(op, row as Float64Array, result));
  }

  softmaxBackward(op: "softmax" | "logSoftmax", dX: Operand, dY: Operand, y: Operand, dim: number): void {
    this.#alongDim(dX, [dY, y], dim, ([d, row], result) =>
      softmaxBackwardRow(op, d as Float64Array, row as Float64Array, result),
    );
  }

  standardize(y: Operand, mean: Operand, variance: Operand, x: Operand, dims: readonly number[], eps: number): void {
    this.reduce("mean", mean, x, dims);
    this.binary("sub", y, x, mean);
    const squares = this.#values(y, y.shape).map((v) => v * v);
    const held = this.heap.alloc(squares.length * 8);
    const square: Operand = { ...operandOf(y), dtype: "float64", address: held, strides: rowMajor(y.shape) };
    this.#store(square, squares);
    this.reduce("mean", variance, square, dims);
    this.heap.free(held, squares.length * 8);
    const scales = this.#values(variance, y.shape).map((v) => 1 / Math.sqrt(v + eps));
    this.#store(
      y,
      this.#values(y, y.shape).map((v, i) => v * (scales[i] as number)),
    );
  }

  sort(values: Operand, indices: Operand, x: Operand, dim: number, isDescending: boolean): void {
    const direction = isDescending ? -1 : 1;
    const byValue = (a: number, b: number): number =>
      direction * (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b || 0);
    const orderOf = (row: Float64Array): number[] =>
      Array.from(row, (_, i) => i).sort((i, j) => byValue(row[i] as number, row[j] as number));
    this.#alongDim(values, [x], dim, ([row], result) =>
      result.set(orderOf(row as Float64Array).map((i) => (row as Float64Array)[i] as number)),
    );
    this.#alongDim(indices, [x], dim, ([row], result) => result.set(orderOf(row as Float64Array)));
  }

  matmul(out: Operand, a: Operand, b: Operand): void {
    const [M, K] = a.shape.slice(-2) as [number, number];
    const N = b.shape.at(-1) as number;
    const left = this.#values(a, a.shape);
    const right = this.#values(b, b.shape);
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
    this.#store(out, result);
  }

  linear(out: Operand, x: Operand, w: Operand, bias: Operand | null): void {
    const transposed = { ...operandOf(w), shape: w.shape.toReversed(), strides: w.strides.toReversed() };
    this.matmul(out, x, transposed);
    if (bias !== null) this.binary("add", out, out, bias);
  }

  factor(op: FactorOp, outputs: readonly Operand[], inputs: readonly Operand[], sizes: readonly number[]): number {
    const given = inputs.map((x) => this.#values(x, x.shape));
    const results = outputs.map((out) => new Float64Array(count(out.shape)));
    const batches = count((inputs[0] as Operand).shape.slice(0, -2));
    for (let b = 0; b < batches; b++) {
      const part = (x: Float64Array): Float64Array =>
        x.subarray((b * x.length) / batches, ((b + 1) * x.length) / batches);
      if (!factorFunctions[op](results.map(part), given.map(part), [...sizes])) return b;
    }
    outputs.forEach((out, i) => {
      this.#store(out, results[i] as Float64Array);
    });
    return -1;
  }

  conv(out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): void {
    const [image, weights] = [this.#values(x, x.shape), this.#values(w, w.shape)];
    const sums = new Float64Array(count(out.shape));
    eachProduct(out, x, w, spec, (to, from, k) => {
      sums[to] = (sums[to] as number) + (image[from] as number) * (weights[k] as number);
    });
    if (bias !== null) {
      const added = this.#values(bias, bias.shape);
      const [, O] = out.shape as readonly [number, number];
      const plane = count(out.shape.slice(2));
      for (let i = 0; i < sums.length; i++)
        sums[i] = (sums[i] as number) + (added[Math.floor(i / plane) % O] as number);
    }
    this.#store(out, sums);
  }

  convBackwardInput(dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): void {
    const [d, weights] = [this.#values(dOut, dOut.shape), this.#values(w, w.shape)];
    const sums = new Float64Array(count(dX.shape));
    eachProduct(dOut, dX, w, spec, (from, to, k) => {
      sums[to] = (sums[to] as number) + (d[from] as number) * (weights[k] as number);
    });
    this.#store(dX, sums);
  }

  convBackwardWeight(dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): void {
    const [d, image] = [this.#values(dOut, dOut.shape), this.#values(x, x.shape)];
    const sums = new Float64Array(count(dW.shape));
    eachProduct(dOut, x, dW, spec, (from, at, to) => {
      sums[to] = (sums[to] as number) + (d[from] as number) * (image[at] as number);
    });
    this.#store(dW, sums);
  }

  /** x itself where it is contiguous, else a copy for as long as `run` takes. */
  #packed<T>(x: Operand, run: (packed: Operand) => T): T {
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
    this.#packed(x, (from) =>
      maxPool(this.#at(out), this.#at(places), this.#at(from), planes, x.shape.slice(2), windows),
    );
  }

  avgPool(out: Operand, x: Operand, windows: WindowsOf3, divisor: number | null): void {
    const planes = count(x.shape.slice(0, 2));
    this.#packed(x, (from) => avgPool(this.#at(out), this.#at(from), planes, x.shape.slice(2), windows, divisor));
  }

  avgPoolBackward(dX: Operand, dOut: Operand, windows: WindowsOf3, divisor: number | null): void {
    this.fill(dX, 0);
    const planes = count(dX.shape.slice(0, 2));
    this.#packed(dOut, (from) =>
      avgPoolBackward(this.#at(dX), this.#at(from), planes, dX.shape.slice(2), windows, divisor),
    );
  }

  indexSelect(out: Operand, x: Operand, index: Operand, dim: number): void {
    const rows = this.#values(index, index.shape);
    const steps = x.strides.map((stride, d) => (d === dim ? 0 : stride));
    const offsets = offsetsOf(out.shape, steps);
    const inner = count(out.shape.slice(dim + 1));
    const { data, start } = this.#at(x);
    const stride = x.strides[dim] ?? 0;
    this.#store(
      out,
      Array.from(
        offsets,
        (offset, i) => data[start + offset + (rows[Math.floor(i / inner) % rows.length] as number) * stride] as number,
      ),
    );
  }

  gather(out: Operand, x: Operand, index: Operand, dim: number): void {
    const { data, start } = this.#at(x);
    const at = this.#values(index, index.shape);
    const offsets = offsetsOf(
      index.shape,
      x.strides.map((stride, d) => (d === dim ? 0 : stride)),
    );
    const stride = x.strides[dim] ?? 0;
    this.#store(
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
    const at = this.#values(index, index.shape);
    const values =
      typeof src === "number"
        ? this.#values(src, index.shape)
        : this.#values({ ...operandOf(src), shape: index.shape }, index.shape);
    const places = offsets.map((offset, i) => offset + (at[i] as number) * stride);
    scatterInto(op, out.dtype, this.#at(out), places, values);
  }

  take(out: Operand, x: Operand, offsets: Operand): void {
    const { data, start } = this.#at(x);
    this.#store(
      out,
      this.#values(offsets, out.shape).map((offset) => data[start + offset] as number),
    );
  }

  put(op: "set" | "sum", out: Operand, offsets: Operand, values: Operand | number): void {
    const places = this.#values(offsets, offsets.shape);
    scatterInto(op, out.dtype, this.#at(out), places, this.#values(values, offsets.shape));
  }

  nonzero(x: Operand): Int32Array {
    const places: number[] = [];
    const values = this.#values(x, x.shape);
    const sizes = x.shape.map((_, d) => count(x.shape.slice(d + 1)));
    values.forEach((v, i) => {
      if (v !== 0) places.push(...sizes.map((size, d) => Math.floor(i / size) % (x.shape[d] as number)));
    });
    return Int32Array.from(places);
  }

  crossEntropy(losses: Operand, probabilities: Operand, logits: Operand, target: Operand, ignoreIndex: number): number {
    const result = crossEntropy(this.#values(logits, logits.shape), this.#values(target, target.shape), ignoreIndex);
    if (result.badRow < 0) {
      this.#store(losses, result.losses);
      this.#store(probabilities, result.probabilities);
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
    const [p, t, d] = [probabilities, target, dLosses].map((x) => this.#values(x, x.shape)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.#store(dLogits, crossEntropyBackward(p, t, d, ignoreIndex));
  }

  gatherRows(out: Operand, source: Operand, rows: Operand, scale: number): void {
    const { data, start } = this.#at(source);
    const length = count(source.shape.slice(1));
    const { data: target, start: first } = this.#at(out);
    this.#values(rows, rows.shape).forEach((row, i) => {
      for (let j = 0; j < length; j++)
        target[first + i * length + j] = (data[start + row * length + j] as number) * scale;
    });
  }

  optimizerStep(
    op: OptimizerOp,
    param: Operand,
    grad: Operand,
    states: readonly Operand[],
    scalars: StepScalars,
  ): void {
    const step = elementSteps[op](scalars);
    const g = this.#values(grad, param.shape);
    const held = states.map((state) => this.#values(state, param.shape));
    const s = new Float64Array(states.length);
    const next = this.#values(param, param.shape).map((p, i) => {
      for (let k = 0; k < s.length; k++) s[k] = held[k]?.[i] as number;
      const value = step(p, g[i] as number, s);
      held.forEach((values, k) => {
        values[i] = s[k] as number;
      });
      return value;
    });
    this.#store(param, next);
    states.forEach((state, k) => {
      this.#store(state, held[k] as Float64Array);
    });
  }
}

const operandOf = ({ dtype, address, shape, strides }: Operand): Operand => ({ dtype, address, shape, strides });

const rowMajor = (shape: readonly number[]): number[] => shape.map((_, i) => count(shape.slice(i + 1)));
