import { convKernels } from "../blas/convKernels.js";
import { gemmKernels } from "../blas/gemmKernels.js";
import type { BlasThread } from "../blas/thread.js";
import { winogradKernels } from "../blas/winogradKernels.js";
import type { Kernel } from "./queue.js";

/**
 * An instance of the kernels over a memory. Its table has them, in the order of its exports from place 1 on, so that a chain of them
 * can call them.
 */
export const instantiate = (module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Exports => {
  const names = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 1 + names.length });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, table } });
  for (const [i, { name }] of names.entries()) table.set(1 + i, exports[name]);
  return exports;
};

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
