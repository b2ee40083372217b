import type { Operand } from "../backend.js";
import { isFloating, itemSize, type TypedArray } from "../dtype.js";
import type { Heap } from "../heap.js";
import type { BinaryOp, CompareOp, CumulativeOp, PredicateOp, ReduceOp, UnaryOp } from "../ops.js";
import { cumulativeRow, extremumPlaces, recurrenceRow } from "./cumulative.js";
import { softmaxBackwardRow, softmaxRow } from "./fused.js";
import { reduceFunctions } from "./reduce.js";
import { binaryFunctions, compareFunctions, integerFunctions, predicateFunctions, unaryFunctions } from "./scalars.js";
import { broadcastStrides, count, offsetsOf } from "./strides.js";

/** The part of the contract that goes element by element and along dimensions, and how elements are read and stored. */
export abstract class ElementKernels {
  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Where the elements are that JavaScript reads and writes. */
  protected get heap(): Heap {
    return this.#heap;
  }

  abstract gather(out: Operand, x: Operand, index: Operand, dim: number): void;

  /** The whole heap as elements of x's dtype, and the index of x's first. */
  protected at(x: Operand): { data: TypedArray; start: number } {
    return { data: this.heap.array(x.dtype), start: x.address / itemSize[x.dtype] };
  }

  /** x's elements in row-major order, broadcast to `shape`. */
  protected values(x: Operand | number, shape: readonly number[]): Float64Array {
    if (typeof x === "number") return new Float64Array(count(shape)).fill(x);
    const { data, start } = this.at(x);
    const offsets = offsetsOf(shape, broadcastStrides(x, shape));
    const values = new Float64Array(offsets.length);
    for (let i = 0; i < offsets.length; i++) values[i] = data[start + (offsets[i] as number)] as number;
    return values;
  }

  protected store(out: Operand, values: ArrayLike<number | boolean>): void {
    const { data, start } = this.at(out);
    const offsets = offsetsOf(out.shape, out.strides);
    const cast = out.dtype === "bool" ? (v: number | boolean) => (Number(v) !== 0 ? 1 : 0) : Number;
    for (let i = 0; i < offsets.length; i++) data[start + (offsets[i] as number)] = cast(values[i] as number | boolean);
  }

  copy(out: Operand, x: Operand): void {
    const values = this.values(x, out.shape);
    if (!isFloating(out.dtype) && out.dtype !== "bool")
      for (let i = 0; i < values.length; i++) values[i] = Math.trunc(values[i] as number);
    this.store(out, values);
  }

  fill(out: Operand, value: number): void {
    this.store(out, new Float64Array(count(out.shape)).fill(value));
  }

  unary(op: UnaryOp, out: Operand, x: Operand): void {
    const isBoolNot = op === "bitwiseNot" && x.dtype === "bool";
    const f = isBoolNot ? (v: number) => 1 - v : unaryFunctions[op];
    this.store(
      out,
      this.values(x, out.shape).map((v) => f(v)),
    );
  }

  predicate(op: PredicateOp, out: Operand, x: Operand): void {
    const f = predicateFunctions[op];
    this.store(
      out,
      this.values(x, out.shape).map((v) => Number(f(v))),
    );
  }

  binary(op: BinaryOp, out: Operand, a: Operand | number, b: Operand | number): void {
    const f = (isFloating(out.dtype) ? undefined : integerFunctions[op]) ?? binaryFunctions[op];
    const left = this.values(a, out.shape);
    const right = this.values(b, out.shape);
    this.store(
      out,
      left.map((v, i) => f(v, right[i] as number)),
    );
  }

  compare(op: CompareOp, out: Operand, a: Operand | number, b: Operand | number): void {
    const f = compareFunctions[op];
    const left = this.values(this.asSeenBy(a, b), out.shape);
    const right = this.values(this.asSeenBy(b, a), out.shape);
    this.store(
      out,
      left.map((v, i) => Number(f(v, right[i] as number))),
    );
  }

  /** A plain number beside float32 is compared as a float32. */
  protected asSeenBy(x: Operand | number, other: Operand | number): Operand | number {
    return typeof x === "number" && typeof other !== "number" && other.dtype === "float32" ? Math.fround(x) : x;
  }

  where(out: Operand, condition: Operand, a: Operand | number, b: Operand | number): void {
    const left = this.values(a, out.shape);
    const right = this.values(b, out.shape);
    this.store(
      out,
      this.values(condition, out.shape).map((c, i) => (c !== 0 ? left[i] : right[i]) as number),
    );
  }

  /** x as rows along `dims`: each row holds what meets in one element of the result. */
  protected rows(x: Operand, dims: readonly number[]): { values: Float64Array; rows: number; length: number } {
    const kept = x.shape.map((_, i) => i).filter((i) => !dims.includes(i));
    const order = [...kept, ...dims];
    const shape = order.map((d) => x.shape[d] as number);
    const permuted = { ...operandOf(x), shape, strides: order.map((d) => x.strides[d] as number) };
    return {
      values: this.values(permuted, shape),
      rows: count(kept.map((d) => x.shape[d] as number)),
      length: count(dims.map((d) => x.shape[d] as number)),
    };
  }

  reduce(op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): void {
    const { values, rows, length } = this.rows(x, dims);
    const f = reduceFunctions[op];
    const result = new Float64Array(rows);
    for (let r = 0; r < rows; r++) result[r] = f(values.subarray(r * length, (r + 1) * length), out.dtype === "int32");
    this.store({ ...operandOf(out), shape: [rows], strides: [1] }, result);
  }

  argReduce(op: "argmax" | "argmin", out: Operand, x: Operand, dim: number): void {
    const { values, rows, length } = this.rows(x, [dim]);
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
    this.store({ ...operandOf(out), shape: [rows], strides: [1] }, result);
  }

  /** Runs f over every row of x along `dim` and writes rows of the same length into out. */
  protected alongDim(
    out: Operand,
    inputs: readonly Operand[],
    dim: number,
    f: (rows: Float64Array[], result: Float64Array) => void,
  ): void {
    const parts = inputs.map((x) => this.rows(x, [dim]));
    const { rows, length } = parts[0] as { rows: number; length: number };
    const all = new Float64Array(rows * length);
    for (let r = 0; r < rows; r++) {
      f(
        parts.map(({ values }) => values.subarray(r * length, (r + 1) * length)),
        all.subarray(r * length, (r + 1) * length),
      );
    }
    const order = [...out.shape.map((_, i) => i).filter((i) => i !== dim), dim];
    this.store(
      {
        ...operandOf(out),
        shape: order.map((d) => out.shape[d] as number),
        strides: order.map((d) => out.strides[d] as number),
      },
      all,
    );
  }

  cumulative(op: CumulativeOp, out: Operand, x: Operand, dim: number): void {
    this.alongDim(out, [x], dim, ([row], result) => cumulativeRow(op, row as Float64Array, result));
  }

  cumulativeExtremum(op: "cummax" | "cummin", values: Operand, indices: Operand, x: Operand, dim: number): void {
    this.alongDim(indices, [x], dim, ([row], result) => extremumPlaces(op, row as Float64Array, result));
    this.gather(values, x, indices, dim);
  }

  recurrence(out: Operand, x: Operand, a: Operand, dim: number, isReverse: boolean): void {
    this.alongDim(out, [x, a], dim, ([row, factors], result) =>
      recurrenceRow(row as Float64Array, factors as Float64Array, result, isReverse),
    );
  }

  softmax(op: "softmax" | "logSoftmax", out: Operand, x: Operand, dim: number): void {
    this.alongDim(out, [x], dim, ([row], result) => softmaxRow(op, row as Float64Array, result));
  }

  softmaxBackward(op: "softmax" | "logSoftmax", dX: Operand, dY: Operand, y: Operand, dim: number): void {
    this.alongDim(dX, [dY, y], dim, ([d, row], result) =>
      softmaxBackwardRow(op, d as Float64Array, row as Float64Array, result),
    );
  }

  standardize(y: Operand, mean: Operand, variance: Operand, x: Operand, dims: readonly number[], eps: number): void {
    this.reduce("mean", mean, x, dims);
    this.binary("sub", y, x, mean);
    const squares = this.values(y, y.shape).map((v) => v * v);
    const held = this.heap.alloc(squares.length * 8);
    const square: Operand = { ...operandOf(y), dtype: "float64", address: held, strides: rowMajor(y.shape) };
    this.store(square, squares);
    this.reduce("mean", variance, square, dims);
    this.heap.free(held, squares.length * 8);
    const scales = this.values(variance, y.shape).map((v) => 1 / Math.sqrt(v + eps));
    this.store(
      y,
      this.values(y, y.shape).map((v, i) => v * (scales[i] as number)),
    );
  }

  sort(values: Operand, indices: Operand, x: Operand, dim: number, isDescending: boolean): void {
    const direction = isDescending ? -1 : 1;
    const byValue = (a: number, b: number): number =>
      direction * (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b || 0);
    const orderOf = (row: Float64Array): number[] =>
      Array.from(row, (_, i) => i).sort((i, j) => byValue(row[i] as number, row[j] as number));
    this.alongDim(values, [x], dim, ([row], result) =>
      result.set(orderOf(row as Float64Array).map((i) => (row as Float64Array)[i] as number)),
    );
    this.alongDim(indices, [x], dim, ([row], result) => result.set(orderOf(row as Float64Array)));
  }
}

export const operandOf = ({ dtype, address, shape, strides }: Operand): Operand => ({ dtype, address, shape, strides });

export const rowMajor = (shape: readonly number[]): number[] => shape.map((_, i) => count(shape.slice(i + 1)));
