import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { BlasError, blasInfo, blasLibrary, setBlas } from "../../src/backend/blas/blas.js";
import { createGemm } from "../../src/backend/blas/gemm.js";
import { type ForeignLibrary, type Koffi, loadKoffi } from "../../src/backend/blas/koffi.js";
import { findLibrary, openLibrary } from "../../src/backend/blas/library.js";
import { Heap } from "../../src/backend/heap.js";
import * as mytorch from "../../src/index.js";

const hasBlas = blasInfo().kind !== null;
const whyNone = "neither koffi nor a BLAS is here (npm install koffi; apt-get install libopenblas0)";

/** A koffi on a system with these libraries: name → the functions that each has. */
const koffiWith = (
  libraries: Readonly<Record<string, Readonly<Record<string, (...args: number[]) => unknown>>>>,
): Koffi => ({
  load: (name): ForeignLibrary => {
    const functions = libraries[name];
    if (functions === undefined) throw new Error(`${name}: cannot open shared object file`);
    return {
      func: (symbol) => {
        const found = functions[symbol];
        if (found === undefined) throw new Error(`Cannot find function '${symbol}' in shared library`);
        return found;
      },
    };
  },
  address: () => 0n,
});

afterEach(() => setBlas("auto"));

describe("the search for a BLAS", () => {
  it("says that none is installed where none is", () => {
    expect(findLibrary(koffiWith({}))).toMatch(/no BLAS is installed/);
  });

  it("passes over a library that lacks the functions, and says so", () => {
    const found = findLibrary(
      koffiWith({ "libopenblas.so.0": { cblas_sgemm: () => undefined }, "libopenblas.dll": {} }),
    );
    if (process.platform === "linux") expect(found).toMatch(/libopenblas[.]so[.]0: Cannot find function 'cblas_dgemm'/);
    else expect(typeof found).toBe("string");
  });

  it("refuses a library that multiplies wrongly", () => {
    const idle = { cblas_sgemm: () => undefined, cblas_dgemm: () => undefined };
    expect(openLibrary(koffiWith({ "x.so": idle }), "x.so")).toBe("x.so multiplies wrongly on this processor");
  });

  it("does not open what is no library", () => {
    const koffi = loadKoffi();
    const found = typeof koffi === "string" ? koffi : openLibrary(koffi, fileURLToPath(import.meta.url));
    expect(found).toMatch(typeof koffi === "string" ? /koffi/ : /blas[.]test[.]ts: /);
  });
});

describe("setBlas", () => {
  it("refuses a path that cannot be used, by name, and keeps what was chosen before", () => {
    setBlas("off");
    expect(() => setBlas("/no/such/libblas.so")).toThrow(BlasError);
    expect(() => setBlas("/no/such/libblas.so")).toThrow(/BLAS: \/no\/such\/libblas[.]so cannot be used\n {2}reason/);
    expect(blasInfo()).toEqual({ kind: null, path: null, version: null, reason: "turned off by setBlas()" });
    expect(blasLibrary()).toBeNull();
  });

  it("changes what multiplies, and results by rounding only", ({ skip }) => {
    skip(!hasBlas, whyNone);
    mytorch.manualSeed(3);
    const [a, b] = [mytorch.randn(70, 300), mytorch.randn(300, 50)];
    const byBlas = mytorch.matmul(a, b);
    setBlas("off");
    const byKernels = mytorch.matmul(a, b);
    expect(mytorch.allclose(byBlas, byKernels, { rtol: 1e-4, atol: 1e-4 })).toBe(true);
    expect(mytorch.equal(byBlas, byKernels)).toBe(false);
  });

  it("opens the library that was found by its path", ({ skip }) => {
    skip(!hasBlas, whyNone);
    const { path, kind } = blasInfo();
    setBlas(path as string);
    expect(blasInfo()).toMatchObject({ path, kind, reason: "named by setBlas()" });
  });
});

describe("MYTORCH_BLAS", () => {
  const program = `
    const { blasInfo, matmul, ones } = await import(${JSON.stringify(new URL("../../dist/src/index.js", import.meta.url).href)});
    console.log(matmul(ones(64, 64), ones(64, 64)).sum().item(), JSON.stringify(blasInfo()));`;
  const run = (value: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, MYTORCH_BLAS: value },
      encoding: "utf8",
    });

  it("off stays in WebAssembly", () => {
    expect(run("off").stdout).toMatch(/^262144 .*turned off by MYTORCH_BLAS/);
  });

  it("with a path that cannot be used fails at the first large product, with the reason", () => {
    const { status, stderr } = run("/no/such/libblas.so");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/BLAS: \/no\/such\/libblas[.]so cannot be used/);
  });
});

describe("products on the heap", () => {
  it("follow the memory when it grows", ({ skip }) => {
    skip(!hasBlas, whyNone);
    const heap = new Heap(2 << 20);
    const gemm = createGemm(heap);
    const n = 20;
    for (let round = 0; round < 4; round++) {
      const [a, b, out] = [0, 1, 2].map(() => heap.alloc(4 * n * n)) as [number, number, number];
      heap.view("float32", a, n * n).fill(round + 1);
      heap.view("float32", b, n * n).fill(2);
      expect(gemm.multiply("float32", out, n, a, b, n, n, n, n, 1, 1, n)).toBe(true);
      expect(new Set(heap.view("float32", out, n * n))).toEqual(new Set([2 * n * (round + 1)]));
      heap.alloc(64 << 20);
    }
  });

  it("are left to WebAssembly where the strides are neither rows nor columns, or the elements no floats", () => {
    const heap = new Heap();
    const gemm = createGemm(heap);
    const [a, b, out] = [0, 1, 2].map(() => heap.alloc(1 << 16)) as [number, number, number];
    expect(gemm.multiply("float32", out, 20, a, b, 20, 20, 20, 40, 2, 20, 1)).toBe(false);
    expect(gemm.multiply("float32", out, 20, a, b, 20, 20, 20, 0, 1, 20, 1)).toBe(false);
    expect(gemm.multiply("float32", out, 20, a, b, 20, 20, 20, 20, 1, 1, 0)).toBe(false);
    expect(gemm.multiply("int32", out, 20, a, b, 20, 20, 20, 20, 1, 20, 1)).toBe(false);
  });
});
