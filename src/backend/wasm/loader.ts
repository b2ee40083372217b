import type { Backend } from "../backend.js";
import type { Gemm } from "../blas/gemm.js";
import type { Heap } from "../heap.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";
import { base64 as relaxed } from "./generated/relaxed.js";
import { base64 as simd } from "./generated/simd.js";
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

const modules = new Map<Build, WebAssembly.Module>();

/** Compiled once, however many heaps there are. Synchronous, so that nobody has to wait for a library to be ready. */
const compiled = (build: "relaxed" | "simd"): WebAssembly.Module => {
  const known = modules.get(build);
  if (known) return known;
  const module = new WebAssembly.Module(decode(build === "relaxed" ? relaxed : simd));
  modules.set(build, module);
  return module;
};

/** The CPU's kernels over a heap: the fastest that this engine runs, or those of the named build; with `gemm` for large products. */
export const createCpuBackend = (heap: Heap, build: Build = bestBuild(), gemm: Gemm | null = null): Backend => {
  if (build === "reference") return new ReferenceBackend(heap);
  const { exports } = new WebAssembly.Instance(compiled(build), { env: { memory: heap.memory } });
  return new WasmBackend(heap, build, exports, gemm);
};
