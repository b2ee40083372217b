import { convKernels } from "../blas/convKernels.js";
import { gemmKernels } from "../blas/gemmKernels.js";
import { type BlasThread, multiplierOf } from "../blas/thread.js";
import type { Kernel } from "./queue.js";

/** What a thread computes with. */
export interface ThreadKernels {
  readonly exports: WebAssembly.Exports;
  /** By name, in the same order on every thread: those of its instance, then those that call a BLAS. */
  readonly kernels: Readonly<Record<string, Kernel>>;
}

/** An instance of the kernels over the memory, for one thread. */
export const threadKernels = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  index: number,
  libraryAt: BlasThread["libraryAt"],
): ThreadKernels => {
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 1 + WebAssembly.Module.exports(module).length });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, table, multiply: multiplierOf(libraryAt) } });
  const own: Record<string, Kernel> = {};
  for (const [name, value] of Object.entries(exports)) if (typeof value === "function") own[name] = value as Kernel;
  // From place 1 on, so that a chain of kernels can call them.
  for (const [i, kernel] of Object.values(own).entries()) table.set(1 + i, kernel);
  const thread = { exports: own, index, libraryAt };
  return { exports, kernels: { ...own, ...gemmKernels(thread), ...convKernels(thread) } };
};
