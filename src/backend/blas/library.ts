import type { ForeignLibrary, Koffi } from "./koffi.js";
import { nodeModule } from "./koffi.js";

/** cblas_?gemm with addresses as numbers: layout, transposeA, transposeB, M, N, K, alpha, a, lda, b, ldb, beta, out, ldOut. */
export type ForeignGemm = (...args: number[]) => unknown;

/** A BLAS that was opened and has passed a first product. */
export interface Library {
  /** OpenBLAS, BLIS, MKL, Accelerate, or BLAS for one that does not say. */
  readonly kind: string;
  /** What it was opened by. */
  readonly name: string;
  /** The file, or the name that the system's loader found it by. */
  readonly path: string;
  readonly version: string | null;
  readonly sgemm: ForeignGemm;
  readonly dgemm: ForeignGemm;
  /**
   * Whether several threads may call it at once, each on one thread: not an OpenBLAS that was built without threads, which then has no
   * locks either, and not what computes on threads of its own or is unknown.
   */
  readonly isThreadSafe: boolean;
  /** Whether it is likely to be slower than WebAssembly: it does not say what it is, or has no kernels for this processor. */
  readonly isSlow: boolean;
  /** Absent where the library has no such function. */
  readonly setThreads: ((n: number) => void) | null;
  /** Address in the process of a typed array's first element. */
  readonly addressOf: (array: ArrayBufferView) => number;
}

/**
 * Where to look, best first. Versions first: the plain .so comes with development packages only. The names at the end may stand for
 * any BLAS, often the reference, which is slower than WebAssembly: of those only one that turns out to be a known one is taken.
 */
const linux = [
  "libopenblas.so.0",
  "libopenblas.so",
  "libopenblasp.so.0",
  "libblis.so.4",
  "libblis.so.3",
  "libblis.so",
  "libmkl_rt.so.2",
  "libmkl_rt.so",
  "libcblas.so.3",
  "libblas.so.3",
];
const candidates: Readonly<Record<string, readonly string[]>> = {
  linux,
  freebsd: linux,
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
    "libopenblas.dylib",
    "libblis.dylib",
    "libmkl_rt.2.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "libblis.dll", "mkl_rt.2.dll"],
};

/** @returns the first library of this system that can be used, or why there is none */
export const findLibrary = (koffi: Koffi): Library | string => {
  const names = candidates[process.platform] ?? [];
  const notes: string[] = [];
  for (const name of names) {
    const opened = openLibrary(koffi, name);
    if (typeof opened === "string") {
      // What is not installed is no news; what is there and cannot be used is.
      if (!/cannot open|no such file|not found|could not be found|failed to load/i.test(opened)) notes.push(opened);
    } else if (opened.isSlow)
      notes.push(`${opened.path} (${opened.kind} ${opened.version ?? ""}) may be slower than WebAssembly`);
    else return opened;
  }
  const hint = process.platform === "linux" ? "; libopenblas0, for example, is a package of Debian and Ubuntu" : "";
  return notes.length > 0 ? `no BLAS that can be used: ${notes.join("; ")}` : `no BLAS is installed${hint}`;
};

/** @returns the library of a file or of a name that the system's loader knows, or why it cannot be used */
export const openLibrary = (koffi: Koffi, name: string): Library | string => {
  try {
    const file = koffi.load(name);
    const library: Library = {
      ...identify(koffi, file, name),
      name,
      path: pathOf(name),
      sgemm: gemmOf(file, "cblas_sgemm", "float"),
      dgemm: gemmOf(file, "cblas_dgemm", "double"),
      addressOf: (array) => Number(koffi.address(array)),
    };
    // On several it would add in another order, and results must not depend on the number of threads. Some keep the number for each thread.
    library.setThreads?.(1);
    return multipliesRightly(library) ? library : `${name} multiplies wrongly on this processor`;
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** Addresses are passed as integers of a pointer's size: every calling convention has one kind of register for both. */
const gemmOf = (file: ForeignLibrary, name: string, element: "float" | "double"): ForeignGemm => {
  const sizes = ["int", "int", "int", "int", "int", "int"];
  return file.func(name, "void", [...sizes, element, "size_t", "int", "size_t", "int", element, "size_t", "int"]);
};

/** A function of the library, or null where it has none of this name. */
const optional = (file: ForeignLibrary, name: string, result: string, parameters: readonly string[]) => {
  try {
    return file.func(name, result, parameters);
  } catch {
    return null;
  }
};

const identify = (
  koffi: Koffi,
  file: ForeignLibrary,
  name: string,
): Pick<Library, "kind" | "version" | "setThreads" | "isThreadSafe" | "isSlow"> => {
  const openblas = optional(file, "openblas_get_config", "str", []);
  if (openblas !== null) {
    const version = /\d+(\.\d+)+/.exec(String(openblas()))?.[0];
    const core = optional(file, "openblas_get_corename", "str", []);
    return {
      kind: "OpenBLAS",
      version: `${version ?? "of unknown version"}${core === null ? "" : ` for ${String(core())}`}`,
      isThreadSafe: (optional(file, "openblas_get_parallel", "int", [])?.() ?? 0) !== 0,
      isSlow: false,
      setThreads: optional(file, "openblas_set_num_threads", "void", ["int"]),
    };
  }
  const blis = optional(file, "bli_info_get_version_str", "str", []);
  if (blis !== null) {
    // For a processor that it does not know it has plain C: half of WebAssembly's speed or so. Asked before it has set itself up, it may abort.
    optional(file, "bli_init", "void", [])?.();
    const id = optional(file, "bli_arch_query_id", "int", [])?.() ?? -1;
    const core: unknown = optional(file, "bli_arch_string", "str", ["int"])?.(Number(id));
    return {
      kind: "BLIS",
      version: `${String(blis())}${typeof core === "string" ? ` for ${core}` : ""}`,
      isThreadSafe: true,
      isSlow: core === "generic",
      setThreads: optional(file, "bli_thread_set_num_threads", "void", ["int64"]),
    };
  }
  const mkl = optional(file, "MKL_Get_Version_String", "void", ["size_t", "int"]);
  if (mkl !== null) {
    const text = new Uint8Array(256);
    mkl(Number(koffi.address(text)), text.length);
    const version = String.fromCharCode(...text.subarray(0, text.indexOf(0))).trim();
    const setThreads = optional(file, "MKL_Set_Num_Threads", "void", ["int"]);
    return { kind: "MKL", version, isThreadSafe: true, isSlow: false, setThreads };
  }
  const kind = name.includes("Accelerate") ? "Accelerate" : "BLAS";
  return { kind, version: null, isThreadSafe: false, isSlow: kind === "BLAS", setThreads: null };
};

/** The file behind a name, where the system tells (Linux lists what is mapped). */
const pathOf = (name: string): string => {
  const fs = nodeModule("node:fs");
  if (fs === undefined || name.includes("/") || process.platform !== "linux") return name;
  const files = new Set(fs.readFileSync("/proc/self/maps", "utf8").match(/\/\S*\.so\S*/g));
  const stem = name.slice(0, name.indexOf(".so"));
  return [...files].find((path) => path.slice(path.lastIndexOf("/") + 1).startsWith(stem)) ?? name;
};

/**
 * A product with edges in every direction against a plain loop, in small whole numbers, whose sums are exact. What was built for
 * another processor, or takes sizes of 64 bits, shows here.
 */
const multipliesRightly = ({ sgemm, dgemm, addressOf }: Library): boolean => {
  const [M, N, K] = [37, 29, 53];
  const isRight = (gemm: ForeignGemm, a: Float32Array | Float64Array, b: typeof a, out: typeof a): boolean => {
    a.forEach((_, i) => {
      a[i] = (i % 11) - 5;
    });
    b.forEach((_, i) => {
      b[i] = (i % 7) - 3;
    });
    out.fill(Number.NaN);
    // b lies transposed.
    gemm(101, 111, 112, M, N, K, 1, addressOf(a), K, addressOf(b), K, 0, addressOf(out), N);
    return out.every((value, at) => {
      const [row, column] = [Math.floor(at / N) * K, (at % N) * K];
      let sum = 0;
      for (let k = 0; k < K; k++) sum += (a[row + k] as number) * (b[column + k] as number);
      return value === sum;
    });
  };
  return (
    isRight(sgemm, new Float32Array(M * K), new Float32Array(N * K), new Float32Array(M * N)) &&
    isRight(dgemm, new Float64Array(M * K), new Float64Array(N * K), new Float64Array(M * N))
  );
};
