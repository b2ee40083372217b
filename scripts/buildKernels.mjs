// Compiles kernels/*.ts to WebAssembly, with and without relaxed SIMD, into src/backend/wasm/generated/*.ts (base64).
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}src/backend/wasm/generated`;
mkdirSync(out, { recursive: true });

const sources = readdirSync(`${root}kernels`)
  .filter((name) => name.endsWith(".ts"))
  .sort();
const hash = createHash("sha256");
for (const name of [...sources.map((name) => `${root}kernels/${name}`), fileURLToPath(import.meta.url)])
  hash.update(readFileSync(name));
const stamp = `// ${hash.digest("hex")}`;

const builds = { simd: ["--enable", "simd"], relaxed: ["--enable", "simd", "--enable", "relaxed-simd"] };
for (const [name, features] of Object.entries(builds)) {
  const file = `${out}/${name}.ts`;
  if (existsSync(file) && readFileSync(file, "utf8").startsWith(stamp)) continue;
  let wasm;
  const { error, stderr } = await asc.main(
    [
      "kernels/index.ts",
      "--baseDir",
      root,
      "--outFile",
      "kernels.wasm",
      "--runtime",
      "stub",
      "-O3",
      "--noAssert",
      "--importMemory",
      "--initialMemory",
      "256",
      "--maximumMemory",
      "65535",
      "--memoryBase",
      "1024",
      ...features,
    ],
    {
      writeFile: (path, bytes) => {
        if (path.endsWith(".wasm")) wasm = bytes;
      },
    },
  );
  if (error) throw new Error(`${name}: ${error.message}\n${stderr}`);
  writeFileSync(
    file,
    `${stamp}\n/** WebAssembly of kernels/, built ${features.includes("relaxed-simd") ? "with" : "without"} relaxed SIMD. */\nexport const wasm =\n  "${Buffer.from(wasm).toString("base64")}";\n`,
  );
  console.log(`kernels: ${name}.ts, ${wasm.length} bytes`);
}
