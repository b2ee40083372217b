// Ours. Arguments: "captured" replays a recorded step. Node's flags, MYTORCH_BLAS and MYTORCH_NUM_THREADS say the rest.
import { readFileSync } from "node:fs";
import * as mytorch from "../../dist/src/index.js";
import { measureCeilings } from "../ceilings.mjs";
import { workloads } from "../workloads/index.mjs";
import { answer } from "./answer.mjs";

const { blasInfo, matmul, noGrad, rand, scope } = mytorch;
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const { kind, version: blas } = blasInfo();

const stepOf = ({ loss, optimizer, inputs, result }) => {
  if (result !== undefined) return () => noGrad(result);
  if (optimizer === undefined)
    return () => {
      for (const input of inputs) input.grad = null;
      const value = loss();
      value.backward();
      return value;
    };
  return () => {
    const value = loss();
    optimizer.zeroGrad();
    value.backward();
    optimizer.step();
    return value;
  };
};

const setUp = (name, index) => {
  const workload = workloads[name];
  const parts = workload.ours(mytorch, workload.cases[index]);
  const step = stepOf(parts);
  if (parts.result === undefined)
    return (n) => {
      let value;
      for (let i = 0; i < n; i++) value = step();
      return value.item();
    };
  return (n) => {
    for (let i = 1; i < n; i++)
      scope(() => {
        step();
      });
    return scope(() => {
      const value = step();
      // One number, which beside many steps is next to nothing.
      return (value.numel() > 1e6 ? value.reshape(-1).narrow(0, 0, 1000) : value).mean().item();
    });
  };
};

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
await answer({ version: `${version}, Node ${process.versions.node}${multiplier}` }, setUp, ceilings);
