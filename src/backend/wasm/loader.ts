import type { Backend } from "../backend.js";
import type { Heap } from "../heap.js";
import { ReferenceBackend } from "../reference/referenceBackend.js";
import { wasm as relaxed } from "./generated/relaxed.js";
import { wasm as simd } from "./generated/simd.js";
import { type Kernels, WasmBackend } from "./wasmBackend.js";

/** The kernels to use: with fused multiply-add, with plain SIMD, or in TypeScript. */
export type Build = "relaxed" | "simd" | "reference";

/** A function with one f32x4.relaxed_madd, and one with an f32x4.add: engines that know them find the module valid. */
const header = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const zeroVector = [65, 0, 253, 17];
const relaxedProbe = [...header, 10, 20, 1, 18, 0, ...zeroVector, ...zeroVector, ...zeroVector, 253, 133, 2, 11];
const simdProbe = [...header, 10, 16, 1, 14, 0, ...zeroVector, ...zeroVector, 253, 228, 1, 11];

const validates = (probe: readonly number[]): boolean =>
  typeof WebAssembly === "object" && WebAssembly.validate(Uint8Array.from(withSizes(probe)));

/** Fills in the two lengths of the code section, which are easier to count than to write down. */
const withSizes = (probe: readonly number[]): number[] => {
  const body = probe.slice(header.length + 4);
  return [...header, 10, body.length + 2, 1, body.length, ...body];
};

/** The fastest build that this engine runs. */
export const bestBuild = (): Build =>
  validates(relaxedProbe) ? "relaxed" : validates(simdProbe) ? "simd" : "reference";

const decode = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Kernels over a heap: the fastest ones, or those asked for. Compiles synchronously, so nothing needs to be awaited. */
export const createCpuBackend = (heap: Heap, build: Build = bestBuild()): Backend => {
  if (build === "reference") return new ReferenceBackend(heap);
  const module = new WebAssembly.Module(decode(build === "relaxed" ? relaxed : simd));
  const instance = new WebAssembly.Instance(module, {
    env: {
      memory: heap.memory,
      abort: () => {
        throw new Error("a kernel aborted");
      },
    },
  });
  return new WasmBackend(heap, build, instance.exports as WebAssembly.Exports & Kernels);
};
