/**
 * A worker's program. `scripts/buildWorker.mjs` puts it and what it imports into one script, which the pool carries as text: so no
 * bundler has to know of a file, and none of what it does to functions reaches a worker.
 */
import { openerOf } from "../blas/thread.js";
import type { NodeProcess } from "../threads.js";
import { type Kernel, openQueue } from "./queue.js";
import { threadKernels } from "./threadKernels.js";

/** What a worker starts from. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Addresses of the queue and of this worker's scratch. */
  readonly queue: number;
  readonly scratch: number;
  /** The word that says that the scratch is taken, an index of i32. */
  readonly taken: number;
  readonly spinMs: number;
  /** 1, 2, …: the caller's thread is 0. */
  readonly index: number;
  /** The URL of a file of this package, beside which koffi is installed. */
  readonly from: string;
}

const start = ({ module, memory, queue, scratch, taken, spinMs, index, from }: WorkerStart): void => {
  const { exports, kernels } = threadKernels(module, memory, index, openerOf(memory, from));
  (exports["useScratch"] as Kernel)(scratch);
  openQueue(memory.buffer, queue, Object.values(kernels)).serve(spinMs);
  Atomics.store(new Int32Array(memory.buffer), taken, 0);
};

const threads = (globalThis.process as NodeProcess | undefined)?.getBuiltinModule?.("node:worker_threads");
if (threads) start(threads.workerData as WorkerStart);
else
  addEventListener("message", ({ data }: MessageEvent<WorkerStart>) => {
    start(data);
    close();
  });
