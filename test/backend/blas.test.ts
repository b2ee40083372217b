import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { BlasError, blasInfo, blasLibrary, setBlas } from "../../src/backend/blas/blas.js";
import { cut, leading } from "../../src/backend/blas/gemm.js";
import { type ForeignLibrary, type Koffi, loadKoffi } from "../../src/backend/blas/koffi.js";
import { findLibrary, openLibrary } from "../../src/backend/blas/library.js";
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
  address: (array) => BigInt(arrays.push(array as Float64Array) - 1),
});

/** What a made-up koffi gave addresses to, by address; and a product a · bᵀ of such. */
const arrays: (Float32Array | Float64Array)[] = [];
type Eleven = [number, number, number, number, number, number, number, number, number, number, number];
const multiply = (...args: number[]): void => {
  const [M, N, K, , atA, lda, atB, ldb, , atOut, ldOut] = args.slice(3) as Eleven;
  const [a, b, out] = [atA, atB, atOut].map((at) => arrays[at]) as [Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < M; i++)
    for (let j = 0; j < N; j++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += (a[i * lda + k] as number) * (b[j * ldb + k] as number);
      out[i * ldOut + j] = sum;
    }
};

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

  it.each([
    [0, false],
    [1, true],
  ])("has several threads call an OpenBLAS whose threads are of kind %i: %s", (parallel, isThreadSafe) => {
    const openblas = {
      cblas_sgemm: multiply,
      cblas_dgemm: multiply,
      openblas_get_config: () => "OpenBLAS 0.3.21",
      openblas_get_parallel: () => parallel,
    };
    const opened = openLibrary(koffiWith({ "x.so": openblas }), "x.so");
    expect(opened).toMatchObject({ kind: "OpenBLAS", version: "0.3.21", isThreadSafe });
  });

  it("passes over a BLIS that has no kernels for this processor, and opens it by name", ({ skip }) => {
    skip(process.platform !== "linux", "the names are Linux's");
    const blis = (core: string) => ({
      cblas_sgemm: multiply,
      cblas_dgemm: multiply,
      bli_info_get_version_str: () => "0.9.0",
      bli_arch_query_id: () => 7,
      bli_arch_string: (id: number) => (id === 7 ? core : "skx"),
    });
    const slow = koffiWith({ "libblis.so.4": blis("generic") });
    expect(findLibrary(slow)).toMatch(/libblis.*[(]BLIS 0[.]9[.]0 for generic[)] may be slower than WebAssembly/);
    expect(openLibrary(slow, "libblis.so.4")).toMatchObject({ kind: "BLIS", isSlow: true });
    expect(findLibrary(koffiWith({ "libblis.so.4": blis("zen3") }))).toMatchObject({ version: "0.9.0 for zen3" });
  });

  it("does not open what is no library", () => {
    const koffi = loadKoffi(import.meta.url);
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

describe("a matrix", () => {
  it("is left to WebAssembly where its strides are neither rows nor columns", () => {
    expect([leading(20, 30, 40, 2), leading(20, 30, 0, 1), leading(20, 30, 1, 0)]).toEqual([0, 0, 0]);
    expect([leading(20, 30, 40, 1), leading(20, 30, 1, 40)]).toEqual([40, -40]);
  });
});

describe("the pieces of a product", () => {
  it("cover it, begin at whole registers, and are few enough for one thread", () => {
    for (const [M, N, K] of [
      [1, 1, 9],
      [512, 512, 512],
      [100, 128, 784],
      [128, 784, 100],
      [4001, 90, 77],
      [90, 9999, 50],
    ] as const) {
      const { isByRows, size, pieces } = cut(M, N, K);
      const whole = isByRows ? M : N;
      expect(size * pieces).toBeGreaterThanOrEqual(whole);
      expect(size * (pieces - 1)).toBeLessThan(whole);
      expect(size % 16).toBe(0);
      expect(pieces).toBeLessThanOrEqual(16);
    }
    expect(cut(128, 128, 61).pieces).toBe(1);
    expect(cut(10, 128, 784)).toEqual({ isByRows: false, size: 64, pieces: 2 });
    expect(cut(512, 512, 512)).toEqual({ isByRows: false, size: 128, pieces: 4 });
    expect(cut(2048, 128, 384)).toEqual({ isByRows: true, size: 256, pieces: 8 });
  });
});
