import { type BlasInfo, blasInfo } from "./blas/blas.js";
import { backend } from "./current.js";
import { numThreads, threadsSource } from "./threads.js";
import { type Build, bestBuild } from "./wasm/loader.js";
import { WasmBackend } from "./wasm/wasmBackend.js";

/** What computes here, and what could. */
export interface BackendInfo {
  /** The kernels in use: those of a build, unless `setBackend` chose others. */
  readonly kernels: string;
  /** Best first; the first one that runs is taken. */
  readonly builds: readonly BuildInfo[];
  readonly blas: BlasInfo;
  readonly threads: ThreadInfo;
}

/** How many threads compute, and why. */
export interface ThreadInfo {
  readonly count: number;
  /** What decided: the number of cores, who set it, or what keeps it at one. */
  readonly reason: string;
  /** Parts of kernels' calls that threads other than the caller's did so far. */
  readonly helped: number;
}

export interface BuildInfo {
  readonly name: string;
  /** Whether this engine runs it. */
  readonly runs: boolean;
  readonly description: string;
}

const builds: readonly (readonly [Build, string])[] = [
  ["relaxed", "WebAssembly with fused multiply-add (relaxed SIMD)"],
  ["simd", "WebAssembly with SIMD"],
  ["reference", "plain TypeScript"],
];

const threadInfo = (): ThreadInfo => {
  const kernels = backend();
  if (!(kernels instanceof WasmBackend))
    return { count: 1, reason: `the ${kernels.name} kernels know no threads`, helped: 0 };
  const { whyAlone, helped } = kernels.pool;
  if (whyAlone !== null) return { count: 1, reason: whyAlone, helped };
  return { count: numThreads(), reason: threadsSource(), helped };
};

/**
 * Which kernels compute, on how many threads, which builds this engine runs, and which BLAS multiplies large matrices. Never
 * throws.
 */
export const backendInfo = (): BackendInfo => {
  const best = builds.findIndex(([name]) => name === bestBuild());
  return {
    kernels: backend().name,
    builds: builds.map(([name, description], i) => ({ name, runs: i >= best, description })),
    blas: blasInfo(),
    threads: threadInfo(),
  };
};
