import type { Dataset } from "../dataset.js";

/** What a worker of a DataLoader knows of itself. */
export interface WorkerInfo {
  /** From 0 up. */
  readonly id: number;
  readonly numWorkers: number;
  /** What `manualSeed` was called with in this worker: the loader's seed of this start, of which the low 32 bits count, plus the id. */
  readonly seed: number;
  /** The worker's own copy. */
  readonly dataset: Dataset<unknown>;
}

let info: WorkerInfo | null = null;

/** @internal */
export const setWorkerInfo = (next: WorkerInfo): void => {
  info = next;
};

/** What there is to know of the worker that this runs in; null outside of the workers of a DataLoader. @source torch.utils.data.get_worker_info */
export const getWorkerInfo = (): WorkerInfo | null => info;
