import { setFlagsFromString } from "node:v8";
import { expect } from "vitest";
import type { Backend, Operand } from "../../src/backend/backend.js";
import { createGemm } from "../../src/backend/blas/gemm.js";
import { type DType, itemSize } from "../../src/backend/dtype.js";
import { Heap } from "../../src/backend/heap.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";

// Node 20 has the build with fused multiply-add behind this flag; newer engines have it, and no flag.
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

export const heap = new Heap();
export const reference: Backend = createCpuBackend(heap, "reference");
export const builds: readonly Backend[] = [createCpuBackend(heap, "simd"), createCpuBackend(heap, "relaxed")];
/** With the system's BLAS for large products, where there is one; else it is the first build once more. */
export const withBlas: Backend = createCpuBackend(heap, "simd", createGemm(heap));

/** Sizes below, at and above whole registers. */
export const tailSizes: readonly number[] = [...Array(18).keys(), 31, 32, 33, 63, 64, 65];

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** A generator of numbers in [0, 1) that is the same in every run. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};
const random = randomFrom(7);

/** An operand of this shape with room for its strides (row-major if none are given); its memory is filled by `value`. */
export const make = (
  dtype: DType,
  shape: readonly number[],
  value: (i: number) => number = () => 0,
  strides: readonly number[] = shape.map((_, d) => sizeOf(shape.slice(d + 1))),
): Operand => {
  const length = 1 + shape.reduce((last, size, d) => last + Math.max(0, size - 1) * (strides[d] as number), 0);
  const address = heap.alloc(length * itemSize[dtype]);
  const data = heap.view(dtype, address, length);
  for (let i = 0; i < length; i++) data[i] = value(i);
  return { dtype, address, shape, strides };
};

/** Numbers that suit a dtype: floats from −3 to 3, small integers, truths. */
export const anyOf = (dtype: DType): (() => number) => {
  if (dtype === "bool") return () => Number(random() < 0.5);
  if (dtype === "uint8") return () => Math.floor(random() * 256);
  if (dtype === "int32") return () => Math.floor(random() * 41) - 20;
  return () => random() * 6 - 3;
};

/** The corners of floats, in turn. */
export const corners: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e-40,
  -1e-40,
  1e-45,
  88.7,
  88.8,
  -87.4,
  -100,
  -103.9,
  -104.5,
  1e30,
  -1e30,
  3.4e38,
  1e-8,
  20.5,
  -20.5,
  0.625,
  -0.624,
  9.1,
];

/** One shape laid out in every way that kernels tell apart. */
export const layoutsOf = (
  shape: readonly number[],
): readonly (readonly [name: string, strides: readonly number[]])[] => {
  const plain = shape.map((_, d) => sizeOf(shape.slice(d + 1)));
  const rank = shape.length;
  const all: (readonly [string, readonly number[]])[] = [["contiguous", plain]];
  if (rank === 0) return all;
  all.push(["every third element", plain.map((s) => 3 * s)], ["one number expanded", plain.map(() => 0)]);
  if (rank === 1) return all;
  all.push(
    ["transposed", shape.map((_, d) => sizeOf(shape.slice(0, d)))],
    ["rows apart", plain.map((s, d) => (d === rank - 1 ? 1 : s * 2))],
    ["one row expanded", plain.map((_, d) => (d === rank - 1 ? 1 : 0))],
    ["one column expanded", plain.map((_, d) => (d === rank - 1 ? 0 : sizeOf(shape.slice(d + 1, -1))))],
  );
  return all;
};

/** The elements of a contiguous operand. */
export const read = (x: Operand): number[] => Array.from(heap.view(x.dtype, x.address, sizeOf(x.shape)));

/** What lies in outputs, as bytes. */
export const bytesOf = (over: Heap, outputs: readonly Operand[]): Buffer =>
  Buffer.concat(
    outputs.map(({ dtype, address, shape }) => over.u8.slice(address, address + sizeOf(shape) * itemSize[dtype])),
  );

/** Spacing of floats of a dtype at x, where the smallest normal number bounds it from below. */
const ulp = (x: number, dtype: DType): number => {
  const [bits, smallest] = dtype === "float32" ? [23, -126] : [52, -1022];
  const exponent = Math.abs(x) > 0 && Number.isFinite(x) ? Math.floor(Math.log2(Math.abs(x))) : smallest;
  return 2 ** (Math.max(exponent, smallest) - bits);
};

/**
 * Asserts that two contiguous operands hold the same, floats to `ulps` units in the last place (or `slack`, absolutely).
 * Zeros may differ in sign.
 */
export const expectSame = (got: Operand, wanted: Operand, what: string, ulps = 0, slack = 0): void => {
  const a = read(got);
  const b = read(wanted);
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    if (Math.abs(x - y) <= Math.max(slack, ulps * ulp(y, got.dtype))) continue;
    expect.fail(`${what}: element ${i} of [${got.shape.join(", ")}] is ${x}, not ${y}`);
  }
};

/** What sums of contiguous floats may be off by: eight at a time are added in their own type, with three roundings. */
export const sumSlack = (x: Operand): number =>
  3 * (x.dtype === "float32" ? 2 ** -24 : 2 ** -53) * read(x).reduce((sum, value) => sum + Math.abs(value), 0);

/** Runs one kernel on a fast backend and on the reference, each into an output of its own, and compares. */
export const twin = (
  backend: Backend,
  dtype: DType,
  shape: readonly number[],
  run: (kernels: Backend, out: Operand) => void,
  what: string,
  ulps = 0,
  slack = 0,
): void => {
  const out = make(dtype, shape, () => 77);
  const wanted = make(dtype, shape, () => 77);
  const held = heap.blocks;
  run(backend, out);
  expect(heap.blocks, `${backend.name} ${what}: temporaries that were not given back`).toBe(held);
  run(reference, wanted);
  expectSame(out, wanted, `${backend.name} ${what}`, ulps, slack);
  free(out);
  free(wanted);
};

/** Gives back what `make` took. */
export const free = (...operands: readonly Operand[]): void => {
  for (const x of operands) {
    const length = 1 + x.shape.reduce((last, size, d) => last + Math.max(0, size - 1) * (x.strides[d] as number), 0);
    heap.free(x.address, length * itemSize[x.dtype]);
  }
};
