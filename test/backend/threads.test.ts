/** What threads compute is, bit for bit, what one thread computes; and they neither hang nor stay. */
import type * as workerThreads from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Operand } from "../../src/backend/backend.js";
import { itemSize } from "../../src/backend/dtype.js";
import { Heap } from "../../src/backend/heap.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import { type PoolOptions, ThreadError } from "../../src/backend/wasm/pool.js";
import type { WasmBackend } from "../../src/backend/wasm/wasmBackend.js";
import { threadedCalls } from "./threadedCalls.js";
import { bytesOf, heap, sizeOf } from "./twins.js";

type Build = "simd" | "relaxed";

/** Kernels that share out everything that falls into parts; workers do all of it, so that it is known who did. */
const threaded = (over: Heap, build: Build, threads: number, options: Partial<PoolOptions> = {}): WasmBackend =>
  createCpuBackend(over, build, null, {
    threads: () => threads,
    worth: 0,
    isCallerIdle: threads > 1,
    ...options,
  }) as WasmBackend;

/** Every worker that is started from here on. */
const workers: workerThreads.Worker[] = [];
const modules = process.getBuiltinModule("node:worker_threads") as { Worker: typeof workerThreads.Worker };
const PlainWorker = modules.Worker;
beforeAll(() => {
  modules.Worker = class extends PlainWorker {
    constructor(...args: ConstructorParameters<typeof PlainWorker>) {
      super(...args);
      workers.push(this);
    }
  };
});
afterAll(() => {
  modules.Worker = PlainWorker;
});

describe.each(["simd", "relaxed"] as const)("the %s kernels give the same bits on 1, 2 and 3 threads", (build) => {
  const one = threaded(heap, build, 1);
  const several = [2, 3].map((n) => threaded(heap, build, n));
  it.each(threadedCalls.map((row) => [row.name, row] as const))("%s", (_, { dtypes, set }) => {
    for (const dtype of dtypes) {
      const [outputs, run] = set(dtype);
      run(one);
      const wanted = bytesOf(heap, outputs);
      for (const kernels of several) {
        for (const { address, shape, dtype } of outputs)
          heap.u8.fill(7, address, address + sizeOf(shape) * itemSize[dtype]);
        const before = kernels.pool.helped;
        run(kernels);
        expect(kernels.pool.helped, `${dtype}: parts that workers did`).toBeGreaterThan(before + 1);
        expect(bytesOf(heap, outputs).equals(wanted), `${dtype}: the same bits`).toBe(true);
      }
    }
  });
});

const vector = (over: Heap, n: number, value: number): Operand => {
  const address = over.alloc(4 * n);
  over.f32.fill(value, address / 4, address / 4 + n);
  return { dtype: "float32", address, shape: [n], strides: [1] };
};

describe("a pool", () => {
  it("starts nothing for work that is too small to share", () => {
    const own = new Heap();
    const kernels = createCpuBackend(own, "simd", null, { threads: () => 3 });
    const x = vector(own, 1000, 1);
    const before = workers.length;
    for (let i = 0; i < 100; i++) kernels.binary("add", x, x, 1);
    expect(workers.length).toBe(before);
  });

  it("shares out large work by itself, and is right about it", () => {
    const own = new Heap();
    const kernels = createCpuBackend(own, "simd", null, { threads: () => 2 }) as WasmBackend;
    const x = vector(own, 1 << 20, 0);
    let adds = 0;
    while (kernels.pool.helped === 0 && adds < 100_000) {
      kernels.binary("add", x, x, 1);
      adds++;
    }
    expect(kernels.pool.helped).toBeGreaterThan(0);
    expect(own.f32.subarray(x.address / 4, x.address / 4 + (1 << 20)).every((v) => v === adds)).toBe(true);
  });

  it("sees memory that was added while its workers slept", () => {
    const own = new Heap(1 << 20);
    const kernels = threaded(own, "simd", 3);
    for (let i = 0; i < 40; i++) {
      // A copy in the kernels is held against the size of the memory that a thread knows.
      const [x, y] = [vector(own, 1 << 18, i), vector(own, 1 << 18, 0)];
      kernels.copy(y, x);
      expect(own.f32[y.address / 4 + (1 << 18) - 1]).toBe(i);
    }
    expect(kernels.pool.helped).toBeGreaterThan(100);
    expect(own.memory.buffer.byteLength).toBeGreaterThan(80 << 20);
  });

  it("works above 2 GiB", () => {
    const own = new Heap(1 << 20);
    const kernels = threaded(own, "simd", 2);
    own.alloc(2 ** 31 + 2 ** 20);
    const x = vector(own, 10_000, 3);
    expect(x.address).toBeGreaterThan(2 ** 31);
    kernels.binary("mul", x, x, 2);
    expect(own.f32.subarray(x.address / 4, x.address / 4 + 10_000).every((v) => v === 6)).toBe(true);
  });

  it("leaves a heap that reached its limit usable", () => {
    const own = new Heap();
    own.limit = 1 << 20;
    const kernels = threaded(own, "simd", 2);
    const x = vector(own, 1000, 1);
    kernels.binary("add", x, x, 1);
    expect(() => own.alloc(1 << 20)).toThrow(/heap full/);
    kernels.binary("add", x, x, 1);
    expect(own.f32[x.address / 4 + 999]).toBe(3);
  });

  it("uses another number of threads when it is changed, and takes scratch again that is free", async () => {
    const own = new Heap();
    let threads = 2;
    const kernels = createCpuBackend(own, "simd", null, {
      threads: () => threads,
      worth: 0,
      isCallerIdle: false,
    }) as WasmBackend;
    const x = vector(own, 10_000, 0);
    const size: number[] = [];
    for (const n of [2, 4, 1, 3, 2, 4, 1]) {
      threads = n;
      kernels.binary("add", x, x, 1);
      size.push(own.memory.buffer.byteLength);
      await vi.waitFor(() => expect(workers.filter(({ threadId }) => threadId >= 0).length).toBeGreaterThan(0));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(own.f32[x.address / 4 + 9999]).toBe(7);
    expect(size.at(-1)).toBeLessThanOrEqual((size[1] as number) + (2 << 20));
  });

  it("passes on what a kernel complains of, and goes on", () => {
    const own = new Heap();
    const kernels = threaded(own, "simd", 2);
    const beyond = { dtype: "float32" as const, address: 2 ** 31, shape: [100_000], strides: [1] };
    const x = vector(own, 100_000, 1);
    expect(() => kernels.copy(x, beyond)).toThrow(ThreadError);
    expect(() => kernels.copy(x, beyond)).toThrow(/memory access out of bounds/);
    kernels.binary("add", x, x, 1);
    expect(own.f32[x.address / 4]).toBe(2);
  });

  it("refuses a call of more arguments than threads take, before anything is written", () => {
    const own = new Heap();
    const kernels = threaded(own, "simd", 2);
    const x = vector(own, 100_000, 1);
    const items = { count: 10_000, steps: [], cost: 1000 };
    expect(() => kernels.pool.run(() => -1, new Array<number>(41).fill(0), items)).toThrow(
      "a kernel takes 41 arguments; threads take 40 at most",
    );
    kernels.binary("add", x, x, 1);
    expect(own.f32[x.address / 4]).toBe(2);
  });

  it("reports the first row that a kernel refuses, whichever thread saw it", () => {
    const own = new Heap();
    const kernels = threaded(own, "simd", 3);
    const [losses, p, x] = [vector(own, 60, 0), vector(own, 600, 0), vector(own, 600, 1)];
    const counted: Operand = { ...vector(own, 1, 0), shape: [], strides: [] };
    const address = own.alloc(240);
    own.i32.fill(3, address / 4, address / 4 + 60);
    for (const bad of [55, 31, 17]) own.i32[address / 4 + bad] = 10;
    const target: Operand = { dtype: "int32", address, shape: [60], strides: [1] };
    const rows = (o: Operand): Operand => ({ ...o, shape: [60, 10], strides: [10, 1] });
    expect(kernels.crossEntropy(losses, rows(p), counted, rows(x), target, -100)).toBe(17);
    own.i32.fill(3, address / 4, address / 4 + 60);
    expect(kernels.crossEntropy(losses, rows(p), counted, rows(x), target, -100)).toBe(-1);
  });

  it("goes on with one thread after a worker has ended", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const own = new Heap();
    const kernels = threaded(own, "simd", 2);
    const x = vector(own, 10_000, 0);
    kernels.binary("add", x, x, 1);
    await workers.at(-1)?.terminate();
    kernels.binary("add", x, x, 1);
    expect(own.f32[x.address / 4 + 9999]).toBe(2);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("computing on 1 thread: a thread failed"));
    warn.mockRestore();
  });

  it("is an error, not a hang, where a worker dies in the middle of an op, and goes on with one thread", () => {
    const own = new Heap();
    const kernels = threaded(own, "simd", 2, { patience: 3 });
    const x = vector(own, 10_000, 0);
    kernels.binary("add", x, x, 1);
    // Not awaited: the worker dies while the next op has handed it all of its parts.
    void workers.at(-1)?.terminate();
    expect(() => {
      for (let i = 0; i < 1000; i++) kernels.binary("add", x, x, 1);
    }).toThrow(/a thread died in the middle of an op.*further ops run on one thread/);
    own.f32.fill(1, x.address / 4, x.address / 4 + 10_000);
    kernels.binary("add", x, x, 1);
    expect(own.f32[x.address / 4 + 9999]).toBe(2);
  });
});
