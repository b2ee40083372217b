import { convKernels } from "../blas/convKernels.js";
import { gemmKernels } from "../blas/gemmKernels.js";
import type { BlasThread } from "../blas/thread.js";
import { winogradKernels } from "../blas/winogradKernels.js";
import type { Kernel } from "./queue.js";

/** A thread's kernels by name, in the same order on every thread: those of its instance, then those that call a BLAS. */
export const threadKernels = (
  exports: WebAssembly.Exports,
  index: number,
  libraryAt: BlasThread["libraryAt"],
): Readonly<Record<string, Kernel>> => {
  const own: Record<string, Kernel> = {};
  for (const [name, value] of Object.entries(exports)) if (typeof value === "function") own[name] = value as Kernel;
  const thread = { exports: own, index, libraryAt };
  return { ...own, ...gemmKernels(thread), ...convKernels(thread), ...winogradKernels(thread) };
};
