// Compiles the examples and runs one of them: npm run example -- mnist-cnn [--help]
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const root = new URL("../", import.meta.url);
const [name] = process.argv.splice(2, 1);
const names = readdirSync(new URL("examples/", root)).filter((folder) =>
  existsSync(new URL(`examples/${folder}/train.ts`, root)),
);
if (!names.includes(name)) {
  console.error(`npm run example -- NAME [--help], where NAME is one of\n  ${names.join("\n  ")}`);
  process.exit(2);
}
const { status } = spawnSync("npx", ["tsc", "-p", "examples"], {
  cwd: fileURLToPath(root),
  stdio: "inherit",
  shell: process.platform === "win32",
});
if (status !== 0) process.exit(status ?? 1);
// Node 20 has fused multiply-add behind a flag.
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
await import(new URL(`.cache/examples/${name}/train.js`, root).href);
