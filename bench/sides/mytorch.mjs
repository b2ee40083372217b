// Ours. Arguments: "captured" replays a recorded step. Node's flags, MYTORCH_BLAS and MYTORCH_NUM_THREADS say the rest.
import { readFileSync } from "node:fs";
import { blasInfo, matmul, noGrad, rand, scope } from "../../dist/src/index.js";
import { measureCeilings } from "../ceilings.mjs";
import { setUp } from "../setUp.mjs";
import { answer } from "./answer.mjs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const { kind, version: blas } = blasInfo();

/** The engine's ceilings, and 10⁹ multiply-adds a second of a product of 512³ (which training steps are held to). */
const ceilings = () => {
  const N = 512;
  const [a, b] = [rand(N, N), rand(N, N)];
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    scope(() => {
      noGrad(() => matmul(a, b));
    });
    fastest = Math.min(fastest, performance.now() - start);
  }
  return { ...measureCeilings(process.env.MYTORCH_BENCH_CEILINGS), matmul: N ** 3 / fastest / 1e6 };
};

const multiplier = kind === null ? "" : `, ${kind} ${blas}`;
const isCaptured = process.argv[2] === "captured";
const about = { version: `${version}, Node ${process.versions.node}${multiplier}` };
await answer(about, (workload, index) => setUp(workload, index, isCaptured), ceilings);
