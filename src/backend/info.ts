import { type BlasInfo, blasInfo } from "./blas/blas.js";
import { backend } from "./current.js";
import { type Build, bestBuild } from "./wasm/loader.js";

/** What computes here, and what could. */
export interface BackendInfo {
  /** The kernels in use: those of a build, unless `setBackend` chose others. */
  readonly kernels: string;
  /** Best first; the first one that runs is taken. */
  readonly builds: readonly BuildInfo[];
  readonly blas: BlasInfo;
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

/** Which kernels compute, which builds this engine runs, and which BLAS multiplies large matrices. Never throws. */
export const backendInfo = (): BackendInfo => {
  const best = builds.findIndex(([name]) => name === bestBuild());
  return {
    kernels: backend().name,
    builds: builds.map(([name, description], i) => ({ name, runs: i >= best, description })),
    blas: blasInfo(),
  };
};
