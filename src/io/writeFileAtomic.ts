import { MytorchError } from "../tensor/errors.js";

/** A file could not be written; nothing half-written is left. */
export class WriteError extends MytorchError {}

/**
 * Writes a file under a temporary name in its folder, syncs it, then renames it: readers see the old file or the whole new one.
 *
 * @throws WriteError when the folder is missing, or the disk full
 */
export const writeFileAtomic = async (path: string, content: string | Uint8Array): Promise<void> => {
  const { open, rename, rm } = await import("node:fs/promises");
  const { pid } = await import("node:process");
  const temporary = `${path}.${pid}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WriteError(
      {
        op: "write",
        problem: `${path} could not be written (${reason})`,
        hint: "check that the folder exists and that the disk has room",
      },
      { cause },
    );
  }
};
