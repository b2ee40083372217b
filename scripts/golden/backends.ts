import { blasInfo } from "../../src/backend/blas/blas.js";
import { createGemm } from "../../src/backend/blas/gemm.js";
import { heap, setBackend } from "../../src/backend/current.js";
import { type Build, bestBuild, createCpuBackend } from "../../src/backend/wasm/loader.js";

const builds: readonly Build[] = ["relaxed", "simd", "reference"];

/** Runs everything that follows on these kernels. @throws Error for a name that is not known, or that this engine cannot run */
export const selectBackend = (name: string): void => {
  if (name === "blas") {
    const { kind, reason } = blasInfo();
    if (kind === null) throw new Error(`there is no BLAS: ${reason}`);
    setBackend(createCpuBackend(heap, bestBuild(), createGemm(heap)));
    return;
  }
  const build = builds.find((known) => known === name);
  if (build === undefined)
    throw new Error(`there is no backend ${name}; choose one of ${[...builds, "blas"].join(", ")}`);
  if (build === "relaxed" && bestBuild() !== "relaxed") throw new Error("this Node has no relaxed SIMD; newer ones do");
  setBackend(createCpuBackend(heap, build));
};
