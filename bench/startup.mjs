// How long the command takes to say its version, and to make its first training step, in ms from the start of the process:
// lowest and median of the runs. node bench/startup.mjs [runs]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const runs = Number(process.argv[2] ?? 15);
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "mytorch-"));

/** Time until the command has written `text`. */
const timeTo = (text, args) =>
  new Promise((resolve, reject) => {
    const start = performance.now();
    let out = "";
    let time = Number.NaN;
    const child = spawn(process.execPath, args, { cwd: dir });
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (Number.isNaN(time) && out.includes(text)) time = performance.now() - start;
    });
    child.on("close", () => (Number.isNaN(time) ? reject(new Error(`no ${text} in ${out}`)) : resolve(time)));
  });

const report = async (name, text, args) => {
  const times = [];
  for (let i = 0; i < runs; i++) times.push(await timeTo(text, args));
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(44)} ${times[0].toFixed(0)}  ${times[runs >> 1].toFixed(0)}`);
};

await report("node alone", "1", ["-e", "console.log(1)"]);
await report("mytorch --version", ".", [main, "--version"]);
// The line of an epoch comes after its only step and 100 test images.
const oneStep = ["--train", "100", "--test", "100", "--epochs", "1", "--json"];
await report("mytorch train mnist, to the end of its 1st step", '"event":"epoch"', [
  main,
  "train",
  "mnist",
  ...oneStep,
]);
rmSync(dir, { recursive: true });
