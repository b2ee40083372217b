// Counts the instructions of a few kernels with valgrind: figures that do not depend on how busy a machine is.
//   node bench/instructions.mjs
// Each kernel is called in two processes, by many calls more in one of them; the difference is the calls', the JavaScript around a kernel
// included. Two starts of a process differ by up to 0.07 of 10⁹ instructions, so the calls make up some 2 · 10⁹. Takes about 15 minutes.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { workloads } from "./workloads/index.mjs";

/** Calls after which the engine has compiled all that it will. */
const WARM = 10_000;
/** Workload, case, and calls that are counted. */
const kernels = [
  ["matmul", "64³", 20_000],
  ["elementwise", "add, 1 k", 400_000],
  ["elementwise", "sum, 1 k", 400_000],
  ["elementwise", "softmax, 1 k", 200_000],
];
const relaxed = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];

const count = (flags, workload, index, n) => {
  const valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--smc-check=all-non-file"];
  // The final code from the start, so that both processes run the same.
  const engine = ["--no-liftoff", "--no-wasm-dynamic-tiering", "--single-threaded"];
  const side = fileURLToPath(new URL("sides/mytorch.mjs", import.meta.url));
  const { stderr, error } = spawnSync("valgrind", [...valgrind, process.execPath, ...engine, ...flags, side], {
    input: [{ workload, index }, { n }].map((line) => JSON.stringify(line)).join("\n"),
    env: { ...process.env, MYTORCH_BLAS: "off", MYTORCH_NUM_THREADS: "1" },
    encoding: "utf8",
  });
  if (error) throw new Error("valgrind is not here: apt-get install valgrind", { cause: error });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`valgrind: ${stderr}`);
  return Number(collected);
};

console.log("instructions a call");
for (const [name, flags] of [
  ["plain", []],
  ["fused", relaxed],
]) {
  for (const [workload, one, calls] of kernels) {
    const index = workloads[workload].cases.findIndex((c) => c.name === one);
    const each = (count(flags, workload, index, WARM + calls) - count(flags, workload, index, WARM)) / calls;
    console.log(`${workload}, ${one}`.padEnd(30), name.padEnd(6), Math.round(each).toLocaleString("en"));
  }
}
