import type { Backend } from "../backend.js";
import type { Gemm } from "../blas/gemm.js";
import type { Heap } from "../heap.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";
import { base64 as relaxedDifferences } from "./generated/relaxed.js";
import { base64 as simd } from "./generated/simd.js";
import { Machine } from "./machine.js";
import { patched } from "./patched.js";
import { Pool, type PoolOptions, poolDefaults } from "./pool.js";
import { threadKernels } from "./threadKernels.js";
import { WasmBackend } from "./wasmBackend.js";

/** The kernels to use: with fused multiply-add, with plain SIMD, or in TypeScript. */
export type Build = "relaxed" | "simd" | "reference";

const decode = (base64: string): Uint8Array<ArrayBuffer> => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

// Modules of one function, from registers to a register. Engines that know its instruction find the module valid.
/** local.get 0, local.get 1, local.get 2, f32x4.relaxed_madd */
const relaxedProbe = "AGFzbQEAAAABCAFgA3t7ewF7AwIBAAoNAQsAIAAgASAC/YUCCw==";
/** local.get 0, f32x4.abs */
const simdProbe = "AGFzbQEAAAABBgFgAXsBewMCAQAKCQEHACAA/eABCw==";

const runs = (probe: string): boolean => typeof WebAssembly === "object" && WebAssembly.validate(decode(probe));

/** The fastest build that this engine runs. */
export const bestBuild = (): Build => (runs(relaxedProbe) ? "relaxed" : runs(simdProbe) ? "simd" : "reference");

const modules = new Map<string, WebAssembly.Module>();

/** Compiled once, however many heaps there are. Synchronous, so that nobody has to wait for a library to be ready. */
const compiled = (build: "relaxed" | "simd", isShared: boolean): WebAssembly.Module => {
  const name = `${build} ${isShared}`;
  const known = modules.get(name);
  if (known) return known;
  const plain = decode(simd);
  const bytes = build === "relaxed" ? patched(plain, decode(relaxedDifferences)) : plain;
  if (isShared) shareMemory(bytes);
  const module = new WebAssembly.Module(bytes);
  modules.set(name, module);
  return module;
};

/** The import in the binary: "memory", kind 2 (a memory), flags 1 (it has a maximum). */
const memoryImport = [6, ...new TextEncoder().encode("memory"), 2, 1];

/**
 * Makes a module import a memory that threads share: flags 3 in the place of 1, the one byte by which the two differ, since the
 * kernels contain no atomic instruction. So no second binary has to be shipped.
 */
const shareMemory = (bytes: Uint8Array): void => {
  const start = bytes.findIndex((_, i) => memoryImport.every((byte, k) => bytes[i + k] === byte));
  bytes[start + memoryImport.length - 1] = 3;
};

/** The CPU's kernels over a heap: the fastest that this engine runs, or those of the named build; with `gemm` for large products. */
export const createCpuBackend = (
  heap: Heap,
  build: Build = bestBuild(),
  gemm: Gemm | null = null,
  options: Partial<PoolOptions> = {},
): Backend => {
  if (build === "reference") return new ReferenceBackend(heap);
  const module = compiled(build, heap.isShared);
  const { exports, kernels } = threadKernels(module, heap.memory, 0, gemm?.libraryAt ?? (() => null));
  const rows = (exports["ROWS"] as WebAssembly.Global).value as number;
  const pool = new Pool(heap, module, kernels, { ...poolDefaults, ...options });
  return new WasmBackend(build, new Machine(heap, kernels, rows, gemm, pool), pool);
};
