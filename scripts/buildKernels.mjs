// Compiles kernels/ twice, with plain and with relaxed SIMD, into src/backend/wasm/generated/{simd,relaxed}.ts; the second as what
// it adds to the first.
// Does nothing when the sources are those of the last build, so everything that needs the kernels may call it.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { differences } from "./differences.mjs";
import { withConstantsInMemory } from "./vectorConstants.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}src/backend/wasm/generated/`;

/** The memory is the heap's: at most 65535 pages of 64 KiB. Constants lie from 1024 on, see kernels/memory.ts. */
const memory = [
  "--importMemory",
  "--importTable",
  "--noExportMemory",
  "--initialMemory",
  "16",
  "--maximumMemory",
  "65535",
  "--memoryBase",
  "1024",
];
const options = ["-O3", "--runtime", "stub", "--noAssert", "--use", "abort=", "--enable", "simd", ...memory];
const relaxedOptions = ["--enable", "relaxed-simd"];

const names = (await readdir(`${root}kernels`)).filter((name) => name.endsWith(".ts")).sort();
const { version } = createRequire(import.meta.url)("assemblyscript/package.json");
const hash = createHash("sha256")
  .update(version)
  .update(await readFile(fileURLToPath(import.meta.url)))
  .update(await readFile(`${root}scripts/differences.mjs`))
  .update(await readFile(`${root}scripts/vectorConstants.mjs`));
for (const name of names) hash.update(name).update(await readFile(`${root}kernels/${name}`));
const stamp = `// Made by scripts/buildKernels.mjs from kernels/ (${hash.digest("hex").slice(0, 16)}). Not to be edited.`;

const isCurrent = async (name) => (await readFile(`${target}${name}.ts`, "utf8").catch(() => "")).startsWith(stamp);

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

/** Renamed into place, so that nobody ever reads half a file. */
const write = async (name, bytes) => {
  const draft = `${target}${name}.ts.${process.pid}`;
  const base64 = Buffer.from(bytes).toString("base64");
  await writeFile(draft, `${stamp}\nexport const base64: string =\n  "${base64}";\n`);
  await rename(draft, `${target}${name}.ts`);
  console.log(`kernels: ${name}, ${bytes.length} bytes`);
};

await mkdir(target, { recursive: true });
if (!((await isCurrent("simd")) && (await isCurrent("relaxed")))) {
  const [simd, relaxed] = withConstantsInMemory([await compile([]), await compile(relaxedOptions)]);
  await write("simd", simd);
  await write("relaxed", differences(simd, relaxed));
}
