// Several threads against one, in WebAssembly or by the BLAS, alternately in one process: matmul, convolution, training steps.
//   node bench/threads.mjs [--blas auto] [--threads 2] [--rounds 9] [--turn 200]
// On Node 20 start node with --experimental-wasm-relaxed-simd for fused multiply-add, as the command line does.
import { parseArgs } from "node:util";
import { backendInfo, getNumThreads, setBlas, setNumThreads } from "../dist/src/index.js";
import { setUp } from "./setUp.mjs";
import { digits, quantile } from "./table.mjs";
import { workloads } from "./workloads/index.mjs";

const { values: options } = parseArgs({
  options: {
    blas: { type: "string", default: "off" },
    threads: { type: "string", default: String(getNumThreads()) },
    rounds: { type: "string", default: "9" },
    turn: { type: "string", default: "200" },
  },
});
const [several, rounds, turn] = [options.threads, options.rounds, options.turn].map(Number);
const cases = [
  ["matmul", "512³"],
  ["conv", "64 → 64, 56², 3×3, forward"],
  ["conv", "64 → 64, 56², 3×3, and both gradients"],
  ["cnn", "32 and 64 channels, 128 dense"],
  ["mlp", "batch 100"],
  ["wideMlp", "batch 256"],
];

setBlas(options.blas);
const { builds, kernels, blas } = backendInfo();
console.log(
  `${blas.kind ?? `${kernels}: ${builds.find(({ name }) => name === kernels).description}`}; ms, lowest and median of ${rounds}`,
);
const row = (cells) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(64) : cell.padStart(10))).join(" "));
row(["", "1 thread", "median", `${several} threads`, "median", "faster", "median"]);

/** Milliseconds a step takes on so many threads. Workers are started by the first steps, which do not count. */
const timed = (run, threads, n) => {
  setNumThreads(threads);
  run(Math.max(3, n >> 2));
  const start = performance.now();
  run(n);
  return (performance.now() - start) / n;
};

for (const [name, one] of cases) {
  const run = setUp(
    name,
    workloads[name].cases.findIndex((each) => each.name === one),
  );
  const n = Math.max(1, Math.round(turn / timed(run, 1, 5)));
  const pairs = Array.from({ length: rounds }, () => [timed(run, 1, n), timed(run, several, n)]);
  const [alone, shared] = [0, 1].map((i) => pairs.map((pair) => pair[i]));
  const columns = [0, 0.5].map((q) => [quantile(alone, q), quantile(shared, q)]);
  const ratios = columns.map(([a, b]) => a / b);
  row([
    `${workloads[name].title}, ${one}`,
    ...[columns[0][0], columns[1][0], columns[0][1], columns[1][1], ...ratios].map(digits),
  ]);
}
