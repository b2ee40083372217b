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
