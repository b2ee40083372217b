export interface FileLockOptions {
  /** A lock whose owner has not touched it for so long (ms) is taken over. Default 5,000. */
  staleAfter?: number | undefined;
  /** Stops the waiting. */
  signal?: AbortSignal | undefined;
}

/** How often a process that waits looks again, ms. */
const POLL = 100;

/**
 * Runs `work` while no other process holds the lock file `path`, waiting for it as long as its owner shows signs of life.
 * The owner touches the file again and again, so one left behind by a killed process goes stale on any file system, and
 * no process number is trusted. Node only.
 *
 * @throws whatever `work` throws; the signal's reason when it stops the waiting
 */
export const withFileLock = async <T>(
  path: string,
  work: () => Promise<T>,
  { staleAfter = 5000, signal }: FileLockOptions = {},
): Promise<T> => {
  const { link, readFile, rename, rm, stat, utimes, writeFile } = await import("node:fs/promises");
  const { randomUUID } = await import("node:crypto");
  const { setTimeout: sleep } = await import("node:timers/promises");
  const token = randomUUID();

  const take = async (): Promise<boolean> => {
    try {
      await writeFile(path, token, { flag: "wx" });
      return true;
    } catch (error) {
      if (isCode(error, "EEXIST")) return false;
      throw error;
    }
  };
  const isStale = async (file: string): Promise<boolean> => {
    const found = await stat(file).catch(() => null);
    return found !== null && Date.now() - found.mtimeMs > staleAfter;
  };
  /** Renamed before it is removed: when another process was faster, this is its new lock, and goes back. */
  const clear = async (): Promise<void> => {
    const aside = `${path}.${token}`;
    await rename(path, aside).catch(() => undefined);
    if (!(await isStale(aside))) await link(aside, path).catch(() => undefined);
    await rm(aside, { force: true });
  };

  while (!(await take())) {
    signal?.throwIfAborted();
    if (await isStale(path)) await clear();
    else await sleep(POLL);
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, staleAfter / 4);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    const owner = await readFile(path, "utf8").catch(() => null);
    if (owner === token) await rm(path, { force: true });
  }
};

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
