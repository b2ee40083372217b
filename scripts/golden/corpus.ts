import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type GoldenGroup, type JsonObject, markFloats } from "./values.js";

interface IndexEntry {
  readonly file: string;
  readonly sha256?: string;
}

/** A file's bytes, unpacked when only `name.gz` is there. */
const readPacked = (directory: string, name: string): Buffer => {
  const path = join(directory, name);
  if (existsSync(path)) return readFileSync(path);
  if (existsSync(`${path}.gz`)) return gunzipSync(readFileSync(`${path}.gz`));
  throw new Error(`the corpus has no ${name} (nor ${name}.gz) in ${directory}`);
};

const listFiles = (directory: string): IndexEntry[] => {
  if (existsSync(join(directory, "index.json")) || existsSync(join(directory, "index.json.gz"))) {
    const index = JSON.parse(readPacked(directory, "index.json").toString("utf8")) as { files: IndexEntry[] };
    return index.files;
  }
  const names = new Set(readdirSync(directory).map((name) => name.replace(/\.gz$/, "")));
  return [...names]
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((file) => ({ file }));
};

/**
 * Reads the groups of a corpus folder one after the other: plain or gzipped JSON, checked against the index where there is one.
 *
 * @throws Error for a missing file, a wrong checksum, or a folder without cases
 */
export function* readCorpus(directory: string, only?: ReadonlySet<string>): Generator<GoldenGroup> {
  if (!existsSync(directory)) throw new Error(`there is no folder ${directory}`);
  const files = listFiles(directory);
  if (files.length === 0)
    throw new Error(`no corpus in ${directory}: neither index.json nor any other .json or .json.gz`);
  for (const { file, sha256 } of files) {
    const bytes = readPacked(directory, file);
    if (sha256 !== undefined && createHash("sha256").update(bytes).digest("hex") !== sha256) {
      throw new Error(`${file} is damaged: its SHA-256 is not the index's`);
    }
    const parsed = JSON.parse(markFloats(bytes.toString("utf8"))) as JsonObject;
    if (typeof parsed.group !== "string" || !Array.isArray(parsed.cases))
      throw new Error(`${file} holds no group of cases`);
    const group = parsed as JsonObject & GoldenGroup;
    if (only === undefined || only.has(group.group)) yield group;
  }
}
