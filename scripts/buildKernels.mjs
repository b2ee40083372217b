// Compiles kernels/ twice, with plain and with relaxed SIMD, into src/backend/wasm/generated/{simd,relaxed}.ts.
// Does nothing when the sources are those of the last build, so everything that needs the kernels may call it.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}src/backend/wasm/generated/`;

/** The memory is the heap's: at most 65535 pages of 64 KiB. Constants lie from 1024 on, see kernels/memory.ts. */
const memory = [
  "--importMemory",
  "--noExportMemory",
  "--initialMemory",
  "16",
  "--maximumMemory",
  "65535",
  "--memoryBase",
  "1024",
];
const options = ["-O3", "--runtime", "stub", "--noAssert", "--use", "abort=", "--enable", "simd", ...memory];
const builds = { simd: [], relaxed: ["--enable", "relaxed-simd"] };

const names = (await readdir(`${root}kernels`)).filter((name) => name.endsWith(".ts")).sort();
const { version } = createRequire(import.meta.url)("assemblyscript/package.json");
const hash = createHash("sha256")
  .update(version)
  .update(await readFile(fileURLToPath(import.meta.url)));
for (const name of names) hash.update(name).update(await readFile(`${root}kernels/${name}`));
const stamp = `// Made by scripts/buildKernels.mjs from kernels/ (${hash.digest("hex").slice(0, 16)}). Not to be edited.`;

const isCurrent = async (file) => (await readFile(file, "utf8").catch(() => "")).startsWith(stamp);

const compile = async (extra) => {
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  const { error, stderr } = await asc.main(["kernels/main.ts", ...options, ...extra, "--outFile", "kernels.wasm"], {
    readFile: (path) => readFile(root + path, "utf8").catch(() => null),
    writeFile: (_path, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`the kernels do not compile:\n${stderr}`, { cause: error });
  return binary;
};

await mkdir(target, { recursive: true });
for (const [name, extra] of Object.entries(builds)) {
  const file = `${target}${name}.ts`;
  if (await isCurrent(file)) continue;
  const binary = await compile(extra);
  const base64 = Buffer.from(binary).toString("base64");
  // Renamed into place, so that nobody ever reads half a file.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${stamp}\nexport const base64: string =\n  "${base64}";\n`);
  await rename(draft, file);
  console.log(`kernels: ${name}, ${binary.length} bytes`);
}
