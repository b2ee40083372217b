import type { Operand } from "../backend.js";
import type { Heap } from "../heap.js";
import type { BinaryOp, CompareOp, PredicateOp, ReduceOp, ScatterOp, UnaryOp } from "../ops.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";
import type { Tape } from "../tape.js";
import * as elementwise from "./elementwise.js";
import * as indexing from "./indexing.js";
import type { Machine } from "./machine.js";
import * as matrix from "./matrix.js";
import type { Pool } from "./pool.js";
import * as rows from "./rows.js";
import { sort } from "./sort.js";

/** SIMD kernels for elements, rows, matrices and indices. What has none, or an unusual mix of dtypes, falls to the reference. */
export abstract class WasmElements extends ReferenceBackend {
  override readonly name: string;
  readonly pool: Pool;
  protected readonly machine: Machine;

  constructor(name: string, machine: Machine, pool: Pool) {
    super(machine.heap);
    this.name = name;
    this.pool = pool;
    this.machine = machine;
  }

  tape(): Tape {
    return this.machine.tape();
  }

  /** @throws TouchesElements while calls are noted: what the reference does is not done by kernels */
  protected override get heap(): Heap {
    return this.machine.heap;
  }

  override copy(out: Operand, x: Operand): void {
    this.machine.copy(out, x);
  }

  override fill(out: Operand, value: number): void {
    this.machine.fill(out, value);
  }

  override unary(op: UnaryOp, out: Operand, x: Operand): void {
    if (!elementwise.unary(this.machine, op, out, x)) super.unary(op, out, x);
  }

  override predicate(op: PredicateOp, out: Operand, x: Operand): void {
    try {
      if (!elementwise.predicate(this.machine, op, out, x)) super.predicate(op, out, x);
    } finally {
      this.machine.release();
    }
  }

  override binary(op: BinaryOp, out: Operand, a: Operand | number, b: Operand | number): void {
    try {
      if (!elementwise.binary(this.machine, op, out, a, b)) super.binary(op, out, a, b);
    } finally {
      this.machine.release();
    }
  }

  override compare(op: CompareOp, out: Operand, a: Operand | number, b: Operand | number): void {
    try {
      if (!elementwise.compare(this.machine, op, out, a, b)) super.compare(op, out, a, b);
    } finally {
      this.machine.release();
    }
  }

  override where(out: Operand, condition: Operand, a: Operand | number, b: Operand | number): void {
    try {
      if (!elementwise.where(this.machine, out, condition, a, b)) super.where(out, condition, a, b);
    } finally {
      this.machine.release();
    }
  }

  override reduce(op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): void {
    try {
      if (!rows.reduce(this.machine, op, out, x, dims)) super.reduce(op, out, x, dims);
    } finally {
      this.machine.release();
    }
  }

  override argReduce(op: "argmax" | "argmin", out: Operand, x: Operand, dim: number): void {
    try {
      if (!rows.argReduce(this.machine, op, out, x, dim)) super.argReduce(op, out, x, dim);
    } finally {
      this.machine.release();
    }
  }

  override softmax(op: "softmax" | "logSoftmax", out: Operand, x: Operand, dim: number): void {
    try {
      if (!rows.softmax(this.machine, op, out, x, dim)) super.softmax(op, out, x, dim);
    } finally {
      this.machine.release();
    }
  }

  override softmaxBackward(op: "softmax" | "logSoftmax", dX: Operand, dY: Operand, y: Operand, dim: number): void {
    try {
      if (!rows.softmaxBackward(this.machine, op, dX, dY, y, dim)) super.softmaxBackward(op, dX, dY, y, dim);
    } finally {
      this.machine.release();
    }
  }

  override sort(values: Operand, indices: Operand, x: Operand, dim: number, isDescending: boolean): void {
    try {
      sort(this.machine, values, indices, x, dim, isDescending);
    } finally {
      this.machine.release();
    }
  }

  override matmul(out: Operand, a: Operand, b: Operand): void {
    if (!matrix.matmul(this.machine, out, a, b)) super.matmul(out, a, b);
  }

  override linear(out: Operand, x: Operand, w: Operand, bias: Operand | null): void {
    try {
      if (!matrix.linear(this.machine, out, x, w, bias)) super.linear(out, x, w, bias);
    } finally {
      this.machine.release();
    }
  }

  override indexSelect(out: Operand, x: Operand, index: Operand, dim: number): void {
    try {
      if (!indexing.indexSelect(this.machine, out, x, index, dim)) super.indexSelect(out, x, index, dim);
    } finally {
      this.machine.release();
    }
  }

  override gather(out: Operand, x: Operand, index: Operand, dim: number): void {
    try {
      if (!indexing.gather(this.machine, out, x, index, dim)) super.gather(out, x, index, dim);
    } finally {
      this.machine.release();
    }
  }

  override scatter(op: ScatterOp, out: Operand, index: Operand, src: Operand | number, dim: number): void {
    try {
      if (!indexing.scatter(this.machine, op, out, index, src, dim)) super.scatter(op, out, index, src, dim);
    } finally {
      this.machine.release();
    }
  }

  override take(out: Operand, x: Operand, offsets: Operand): void {
    try {
      if (!indexing.take(this.machine, out, x, offsets)) super.take(out, x, offsets);
    } finally {
      this.machine.release();
    }
  }

  override put(op: "set" | "sum", out: Operand, offsets: Operand, values: Operand | number): void {
    try {
      if (!indexing.put(this.machine, op, out, offsets, values)) super.put(op, out, offsets, values);
    } finally {
      this.machine.release();
    }
  }

  override gatherRows(out: Operand, source: Operand, index: Operand, scale: number): void {
    try {
      if (!indexing.gatherRows(this.machine, out, source, index, scale)) super.gatherRows(out, source, index, scale);
    } finally {
      this.machine.release();
    }
  }
}
