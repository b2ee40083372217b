import { MytorchError } from "../tensor/errors.js";

/** A file could not be written; nothing half-written is left. */
export class WriteError extends MytorchError {
  static from(path: string, cause: unknown): WriteError {
    return new WriteError(
      {
        op: "write",
        problem: `${path} could not be written (${cause instanceof Error ? cause.message : String(cause)})`,
        hint: "check that the folder exists, may be written to, and that the disk has room",
      },
      { cause },
    );
  }
}

/**
 * Writes a file under a temporary name in its folder, syncs it, then renames it: readers see the old file or the whole new
 * one. Content may come in parts; when they end in an error the file stays as it was.
 *
 * @throws WriteError when the folder is missing, or the disk full; the content's own error as it is
 */
export const writeFileAtomic = async (
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> => {
  const { open, rename, rm } = await import("node:fs/promises");
  const { randomUUID } = await import("node:crypto");
  const temporary = `${path}.${randomUUID()}.tmp`;
  let isContentBad = false;
  try {
    const file = await open(temporary, "wx");
    try {
      if (typeof content === "string" || content instanceof Uint8Array) await file.writeFile(content);
      else {
        const parts = content[Symbol.asyncIterator]();
        for (;;) {
          isContentBad = true;
          const part = await parts.next();
          isContentBad = false;
          if (part.done === true) break;
          await file.writeFile(part.value);
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isContentBad ? cause : WriteError.from(path, cause);
  }
};
