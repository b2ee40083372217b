import { MytorchError } from "../tensor/errors.js";

/** The data set is not on this machine, and could not be fetched. */
export class DataNotFoundError extends MytorchError {}

/** No mirror gave the file. */
export class DownloadError extends DataNotFoundError {
  /** Each mirror that was asked, in order, and what came of it. */
  readonly failures: readonly { readonly url: string; readonly reason: string }[];
  constructor(name: string, failures: DownloadError["failures"], hint: string) {
    super({
      op: "download",
      problem: `no mirror gave ${name}`,
      args: Object.fromEntries(failures.map(({ url, reason }) => [url, reason])),
      hint,
    });
    this.failures = failures;
  }
}

/** A worker of a DataLoader failed or is gone; what it threw is the `cause`, with the stack that it had there. */
export class WorkerError extends MytorchError {
  /** The worker's number; null where no single one is to blame. */
  readonly worker: number | null;
  /** The number of the sample at which it failed, where it was at one. */
  readonly sample: number | null;
  constructor(worker: number | null, sample: number | null, how: string, cause?: Error) {
    const who = worker === null ? "the workers" : `worker ${worker}`;
    if (cause === undefined) super({ op: "DataLoader", problem: `${who} ${how}` });
    else super({ op: "DataLoader", problem: `${who} ${how}: ${String(cause)}` }, { cause });
    this.worker = worker;
    this.sample = sample;
  }
}
