import type { Backend } from "./backend.js";
import { createGemm } from "./blas/gemm.js";
import { Heap } from "./heap.js";
import { bestBuild, createCpuBackend } from "./wasm/loader.js";

/** The one heap that all CPU tensors live in. */
export const heap = new Heap();

let current: Backend = createCpuBackend(heap, bestBuild(), createGemm(heap));

/** The kernels in use. */
export const backend = (): Backend => current;

/** Runs all further ops on other kernels over the same heap; tests hold one kind against another with it. */
export const setBackend = (kernels: Backend): void => {
  current = kernels;
};
