/** Products and convolutions by the BLAS, shared out: the same bits on any number of threads, and right ones. */
import { describe, expect, it } from "vitest";
import type { Backend, Operand } from "../../src/backend/backend.js";
import { blasInfo, setBlas } from "../../src/backend/blas/blas.js";
import { createGemm, type Gemm } from "../../src/backend/blas/gemm.js";
import { Heap } from "../../src/backend/heap.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import type { PoolOptions } from "../../src/backend/wasm/pool.js";
import type { WasmBackend } from "../../src/backend/wasm/wasmBackend.js";
import { blasCalls } from "./blasCalls.js";
import { bytesOf, heap, read, sizeOf } from "./twins.js";

const hasBlas = blasInfo().kind !== null;
const whyNone = "neither koffi nor a BLAS is here (npm install koffi; apt-get install libopenblas0)";

/** Workers do all of what is shared out, so that it is known who did. */
const threaded = (over: Heap, gemm: Gemm, threads: () => number, options: Partial<PoolOptions> = {}): WasmBackend =>
  createCpuBackend(over, "simd", gemm, {
    threads,
    worth: 0,
    isCallerIdle: threads() > 1,
    ...options,
  }) as WasmBackend;

describe("the BLAS gives the same bits on 1, 2 and 3 threads", () => {
  const plain = createCpuBackend(heap, "simd", null, { threads: () => 1 });
  const one = threaded(heap, createGemm(heap), () => 1);
  const several = [2, 3].map((n) => threaded(heap, createGemm(heap), () => n));
  it.each(blasCalls.map((row) => [row.name, row] as const))("%s", (_, { dtypes, set }) => {
    for (const dtype of dtypes) {
      const [outputs, run] = set(dtype);
      run(plain);
      const byKernels = outputs.map(read);
      run(one);
      const wanted = bytesOf(heap, outputs);
      for (const [i, values] of outputs.map(read).entries()) {
        const size = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const isNear = (v: number, at: number): boolean =>
          Math.abs(v - (byKernels[i]?.[at] as number)) < size * (dtype === "float64" ? 1e-13 : 1e-5);
        expect(values.every(isNear), `${dtype}: what the kernels compute`).toBe(true);
      }
      for (const kernels of several) {
        for (const { address, shape } of outputs) heap.u8.fill(7, address, address + 4 * sizeOf(shape));
        const before = kernels.pool.helped;
        run(kernels);
        if (hasBlas) expect(kernels.pool.helped, `${dtype}: parts that workers did`).toBeGreaterThan(before + 1);
        expect(bytesOf(heap, outputs).equals(wanted), `${dtype}: the same bits`).toBe(true);
      }
    }
  });
});

/** a · a of n × n ones and twos. */
const square = (over: Heap, n: number) => {
  const make = (): Operand => ({ dtype: "float32", address: over.alloc(4 * n * n), shape: [n, n], strides: [n, 1] });
  const [a, out] = [make(), make()];
  const values = over.view("float32", a.address, n * n);
  for (let i = 0; i < n * n; i++) values[i] = 1 + (i % 2);
  const isRight = (kernels: Backend): boolean => {
    over.view("float32", out.address, n * n).fill(Number.NaN);
    kernels.matmul(out, a, a);
    return over.view("float32", out.address, n * n).every((v, i) => v === (i % 2 === 0 ? 1.5 * n : 3 * n));
  };
  return isRight;
};

describe("a pool whose threads call the BLAS", () => {
  it("follows another choice of BLAS while its workers run", ({ skip }) => {
    skip(!hasBlas, whyNone);
    const own = new Heap();
    const kernels = threaded(own, createGemm(own), () => 3);
    const isRight = square(own, 256);
    const { path } = blasInfo();
    for (const choice of ["auto", "off", path as string, "auto", path as string, "off", "auto"]) {
      setBlas(choice);
      const before = kernels.pool.helped;
      expect(isRight(kernels), choice).toBe(true);
      expect(kernels.pool.helped).toBeGreaterThan(before);
    }
  });

  it("starts and stops workers that have opened one", ({ skip }) => {
    skip(!hasBlas, whyNone);
    const own = new Heap();
    let threads = 2;
    const kernels = threaded(own, createGemm(own), () => threads);
    const isRight = square(own, 256);
    for (const n of [2, 4, 1, 3, 2, 4, 1, 2]) {
      threads = n;
      expect(isRight(kernels)).toBe(true);
    }
  });

  it("leaves products to the caller where another thread cannot open the library, and shares out the rest", ({
    skip,
  }) => {
    skip(!hasBlas, whyNone);
    const own = new Heap();
    const gemm = createGemm(own);
    const noName = own.reserve(64);
    const kernels = threaded(own, { ...gemm, handle: () => [noName, gemm.handle()[1]] }, () => 3);
    const isRight = square(own, 256);
    expect(isRight(kernels)).toBe(true);
    const before = kernels.pool.helped;
    expect(isRight(kernels)).toBe(true);
    expect(kernels.pool.helped).toBe(before);
    const x: Operand = { dtype: "float32", address: own.alloc(40_000), shape: [10_000], strides: [1] };
    kernels.binary("add", x, x, 1);
    expect(kernels.pool.helped).toBeGreaterThan(before);
  });

  it("computes on one thread over a memory of its own", ({ skip }) => {
    skip(!hasBlas, whyNone);
    const own = new Heap(2 << 20, false);
    const kernels = threaded(own, createGemm(own), () => 3);
    for (let round = 0; round < 3; round++) {
      expect(square(own, 256)(kernels)).toBe(true);
      // The memory grows, and may move.
      own.alloc(64 << 20);
    }
    expect(kernels.pool.helped).toBe(0);
  });
});
