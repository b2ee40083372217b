import { WriteError, writeFileAtomic } from "../io/writeFileAtomic.js";
import { startWatchdog } from "./watchdog.js";

/** Why a mirror did not give the file. Inside the download only: its user sees a DownloadError with all of them. */
export class MirrorError extends Error {
  /** Asking the same mirror again may bring the file further. */
  readonly mayRetry: boolean;
  constructor(reason: string, { mayRetry = false, cause }: { mayRetry?: boolean; cause?: unknown } = {}) {
    super(reason, { cause });
    this.mayRetry = mayRetry;
  }
}

export interface FetchOptions {
  /** More bytes than these are not taken. */
  readonly limit: number;
  /** A server that says nothing for so long (ms) is given up. */
  readonly silence: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes in the part so far, and how many it will have, where the server says. */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
}

/** What a part is the beginning of: PART.json beside it. */
interface Origin {
  readonly url: string;
  /** The server's ETag or date of the file: the rest is only taken while it is the same. */
  readonly validator: string;
}

export interface FetchedPart {
  /** It began with bytes of an earlier attempt. */
  readonly isResumed: boolean;
  /** The server said how many bytes there are, and they came. */
  readonly isWhole: boolean;
}

/**
 * Fetches `url` into the file `part`, from where an earlier attempt at the same URL stopped if the server still has the
 * same file, else from the start. A cut connection leaves the part for the next attempt when it can be resumed.
 *
 * @throws MirrorError, WriteError when the part cannot be written, the signal's reason
 */
export const fetchPart = async (url: string, part: string, options: FetchOptions): Promise<FetchedPart> => {
  const { limit, silence, signal, onProgress } = options;
  const dog = startWatchdog(silence, new Error(`silent for ${silence / 1000} s`), signal);
  const held = await heldBytes(url, part);
  let from = 0;
  let received = 0;
  let isResumable = false;
  let isBegun = false;
  /** A failure of the network, in the words of the one who ended it. */
  const network = async (error: unknown): Promise<never> => {
    if (signal?.aborted) throw signal.reason;
    const cause: unknown = dog.signal.aborted ? dog.signal.reason : error;
    const mayRetry = isResumable && received > from;
    throw new MirrorError(reasonOf(cause), { mayRetry, cause });
  };
  try {
    const headers = {
      "Accept-Encoding": "identity",
      ...(held && { Range: `bytes=${held.bytes}-`, "If-Range": held.validator }),
    };
    const response = await fetch(url, { signal: dog.signal, headers }).catch(network);
    dog.heard();
    from = held && response.status === 206 ? held.bytes : 0;
    received = from;
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : from + Number(length);
    if (held && response.status === 416) {
      await dropPart(part);
      throw new MirrorError("the file there is shorter than what an earlier attempt got", { mayRetry: true });
    }
    const refusal = refusalOf(response, { from, total, limit });
    if (refusal !== null) throw new MirrorError(refusal);
    if (response.body === null) throw new MirrorError("an empty answer");

    isResumable = from > 0 || (await startPart(url, part, response));
    const reader = response.body.getReader();
    const file = await openPart(part);
    isBegun = true;
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(network);
        if (done) break;
        dog.heard();
        received += value.length;
        if (received > limit) throw tooLong(limit);
        await file.writeFile(value).catch(async (error: unknown) => {
          // A full disk is not made fuller by what cannot be finished.
          await dropPart(part);
          throw WriteError.from(part, error);
        });
        onProgress(received, total);
      }
    } finally {
      await file.close();
      await reader.cancel().catch(() => undefined);
    }
    return { isResumed: from > 0, isWhole: total !== undefined };
  } catch (error) {
    if (isBegun && !isResumable) await dropPart(part);
    throw error;
  } finally {
    dog.end();
  }
};

/** Removes a part and what says where it came from. */
export const dropPart = async (part: string): Promise<void> => {
  const { rm } = await import("node:fs/promises");
  await rm(part, { force: true });
  await rm(`${part}.json`, { force: true });
};

const openPart = async (part: string) => {
  const { open } = await import("node:fs/promises");
  return open(part, "a").catch((error: unknown) => {
    throw WriteError.from(part, error);
  });
};

const tooLong = (limit: number): MirrorError =>
  new MirrorError(`more than the ${limit.toLocaleString("en")} bytes that the file can have`);

const refusalOf = (
  { status, statusText, headers }: Response,
  { from, total, limit }: { from: number; total: number | undefined; limit: number },
): string | null => {
  if (status !== 200 && status !== 206) return `${status} ${statusText}`.trim();
  const range = headers.get("content-range");
  if (status === 206 && !range?.startsWith(`bytes ${from}-`)) return `not the range that was asked for: ${range}`;
  if (total !== undefined && total > limit) return tooLong(limit).message;
  return null;
};

/** The bytes of `part` when they are the beginning of what `url` gave, else null. */
const heldBytes = async (url: string, part: string): Promise<{ bytes: number; validator: string } | null> => {
  const { readFile, stat } = await import("node:fs/promises");
  try {
    const origin = JSON.parse(await readFile(`${part}.json`, "utf8")) as Partial<Origin> | null;
    const { size } = await stat(part);
    if (origin?.url !== url || typeof origin.validator !== "string" || size === 0) return null;
    return { bytes: size, validator: origin.validator };
  } catch {
    return null;
  }
};

/**
 * An empty part, and where it comes from: first emptied, then named, so that no bytes ever stand under a wrong name.
 *
 * @returns whether it can be resumed
 */
const startPart = async (url: string, part: string, { headers }: Response): Promise<boolean> => {
  await dropPart(part);
  const tag = headers.get("etag");
  const validator = tag === null || tag.startsWith("W/") ? headers.get("last-modified") : tag;
  // An encoded answer is decoded on its way here: its bytes are not those that a range counts.
  if (validator === null || headers.has("content-encoding")) return false;
  const origin: Origin = { url, validator };
  await writeFileAtomic(`${part}.json`, JSON.stringify(origin));
  return true;
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // fetch says "fetch failed" or "terminated", and why in the cause; several failed addresses have a code and no text.
  if (!(error.cause instanceof Error)) return error.message;
  const { cause } = error;
  return cause.message || ("code" in cause ? String(cause.code) : cause.name);
};
