import { withFileLock } from "../io/fileLock.js";
import { WriteError, writeFileAtomic } from "../io/writeFileAtomic.js";
import { DownloadError } from "./dataErrors.js";
import { dropPart, type FetchedPart, type FetchOptions, fetchPart, MirrorError } from "./fetchPart.js";
import type { RemoteFile } from "./imageSets.js";

export interface DownloadOptions {
  /** Folders that hold NAME.gz, asked in this order. */
  mirrors: readonly string[];
  /** What the error says to do instead. */
  remedy: string;
  /** Bytes so far and in all, of all files together; called often. */
  onProgress?: ((bytes: number, total: number) => void) | undefined;
  /** Stops the download; what has come stays, and the next download goes on from there. */
  signal?: AbortSignal | undefined;
  /** A server that says nothing for so long is given up, ms. Default 20,000. */
  silence?: number | undefined;
}

/** Attempts at one mirror, as long as asking again may help. */
const MAX_ATTEMPTS = 4;

/**
 * Fetches the files that `folder` does not hold yet: into NAME.gz.part, then unpacked, hashed and renamed. Whoever sees
 * NAME there sees the right file. Of two processes one downloads, and the other waits for it. Node only.
 *
 * @throws DownloadError naming every mirror and its failure, WriteError for a full disk, the signal's reason
 */
export const download = async (
  files: readonly RemoteFile[],
  folder: string,
  { mirrors, remedy, onProgress, signal, silence = 20_000 }: DownloadOptions,
): Promise<void> => {
  const { mkdir, readdir, rm } = await import("node:fs/promises");
  const { join } = await import("node:path");
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw WriteError.from(folder, error);
  }
  let order = mirrors;
  const one = async (file: RemoteFile, report: Report): Promise<void> => {
    const failures: { url: string; reason: string }[] = [];
    for (const mirror of order) {
      const url = `${mirror.replace(/\/*$/, "/")}${file.name}.gz`;
      const failure = await fromMirror(url, join(folder, file.name), file, {
        signal,
        silence,
        limit: packedLimit(file.bytes),
        onProgress: (bytes, total) => report(file, bytes, total),
      });
      if (failure === null) {
        // The one that works is asked first for the next file: the others may take their time to fail.
        order = [mirror, ...order.filter((other) => other !== mirror)];
        return;
      }
      failures.push({ url, reason: failure });
    }
    throw new DownloadError(file.name, failures, remedy);
  };
  const all = async (): Promise<void> => {
    // Under the lock nobody writes here: what a killed process was unpacking can go.
    for (const name of await readdir(folder)) if (name.endsWith(".tmp")) await rm(join(folder, name), { force: true });
    // Another process may have fetched some of them while this one waited.
    const there = await Promise.all(files.map(({ name, bytes }) => isThere(join(folder, name), bytes)));
    const missing = files.filter((_, i) => !there[i]);
    const report = reporter(missing, onProgress);
    for (const file of missing) await one(file, report);
  };
  await withFileLock(join(folder, "download.lock"), all, { signal });
};

type Report = (file: RemoteFile, bytes: number, total: number | undefined) => void;

/** Adds up the progress of several files. */
const reporter = (files: readonly RemoteFile[], onProgress: DownloadOptions["onProgress"]): Report => {
  const sizes = new Map(files.map((file) => [file, { bytes: 0, total: file.packed }]));
  return (file, bytes, total) => {
    sizes.set(file, { bytes, total: total ?? Math.max(bytes, file.packed) });
    const sum = (key: "bytes" | "total"): number => [...sizes.values()].reduce((n, size) => n + size[key], 0);
    onProgress?.(sum("bytes"), sum("total"));
  };
};

/** A file of the right size, which is all that a look can tell: it got its name when its hash was right. */
export const isThere = async (path: string, bytes: number): Promise<boolean> => {
  const { stat } = await import("node:fs/promises");
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && found.size === bytes;
};

/** @returns null, or why this mirror did not give the file */
const fromMirror = async (
  url: string,
  path: string,
  file: RemoteFile,
  options: FetchOptions,
): Promise<string | null> => {
  const part = `${path}.gz.part`;
  for (let attempt = 1; ; attempt++) {
    try {
      await unpack(part, path, file, await fetchPart(url, part, options));
      await dropPart(part);
      return null;
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      if (!error.mayRetry || attempt === MAX_ATTEMPTS) return error.message;
    }
  }
};

/** What `bytes` can take at most as gzip: stored as they are, in blocks of 64 KiB, with a header that holds a name. */
const packedLimit = (bytes: number): number => bytes + Math.ceil(bytes / 2 ** 10) + 2 ** 12;

/**
 * Unpacks `part` to `path`, where nothing appears before its size and hash are right. A part that is wrong goes.
 *
 * @throws MirrorError
 */
const unpack = async (part: string, path: string, file: RemoteFile, { isResumed, isWhole }: FetchedPart) => {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  // A wrong file that an earlier attempt began may be wrong for that: then the same mirror is asked for all of it.
  const wrong = async (reason: string, cause?: unknown): Promise<never> => {
    await dropPart(part);
    throw new MirrorError(reason, { mayRetry: isResumed, cause });
  };
  const checked = async function* (): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of unpacked(part)) {
        bytes += chunk.length;
        if (bytes > file.bytes) break;
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      const isCut = !isWhole && error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR";
      if (isCut) throw new MirrorError("the connection was cut", { mayRetry: true, cause: error });
      await wrong("the file does not unpack", error);
    }
    if (bytes > file.bytes) await wrong(`the file unpacks to more than ${file.bytes.toLocaleString("en")} bytes`);
    const digest = hash.digest("hex");
    if (digest !== file.sha256) await wrong(`the unpacked file has SHA-256 ${digest} instead of ${file.sha256}`);
  };
  await writeFileAtomic(path, checked());
};

/** The bytes of a gzipped file; of one that its server unpacked on the way, as they are. */
const unpacked = async function* (path: string): AsyncGenerator<Uint8Array> {
  const { createReadStream } = await import("node:fs");
  const { open } = await import("node:fs/promises");
  const { pipeline } = await import("node:stream");
  const { createGunzip } = await import("node:zlib");
  const file = await open(path);
  const buffer = new Uint8Array(2);
  try {
    await file.read(buffer, 0, 2, 0);
  } finally {
    await file.close();
  }
  const isPacked = buffer[0] === 0x1f && buffer[1] === 0x8b;
  const source = createReadStream(path);
  const stream = isPacked ? pipeline(source, createGunzip(), () => undefined) : source;
  for await (const chunk of stream) yield chunk as Uint8Array;
};
