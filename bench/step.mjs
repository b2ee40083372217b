// One training step of 784-128-10, batch 100, on one thread: ours against every peer that is there, alternately.
//   npm run bench [-- --rounds 9 --steps 200]
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";

if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
const { manualSeed, nn, optim, rand, randint } = await import("mytorch");

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, steps: { type: "string", default: "200" } },
});
const [rounds, steps] = [Number(values.rounds), Number(values.steps)];

manualSeed(0);
const [x, y] = [rand(100, 784), randint(0, 10, [100])];
const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
const lossFn = new nn.CrossEntropyLoss();

const ours = () => {
  const start = performance.now();
  for (let i = 0; i < steps; i++) {
    const loss = lossFn.forward(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  }
  return (performance.now() - start) / steps;
};

/** A program that answers each line "n" with milliseconds a step, or null where it does not start. */
const startPeer = async (name, command, file) => {
  const child = spawn(command, [fileURLToPath(new URL(file, import.meta.url))], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (n) => {
    child.stdin.write(`${n}\n`);
    const { value, done } = await lines.next();
    return done ? null : Number.parseFloat(value);
  };
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  return (await ask(1)) === null ? null : { name, ask, times: [], end: () => child.stdin.end() };
};

const quartiles = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((q) => sorted[Math.round(q * (sorted.length - 1))]);
};
const show = (name, times) => {
  const [low, middle, high] = quartiles(times);
  console.log(`${name.padEnd(22)} ${middle.toFixed(3)} ms a step (quartiles ${low.toFixed(3)} to ${high.toFixed(3)})`);
  return middle;
};

const known = [
  ["PyTorch, 1 thread", "/usr/bin/python3", "step.py"],
  ["jax-js, WebAssembly", process.execPath, "peers/jax.mjs"],
  ["tfjs, WebAssembly", process.execPath, "peers/tfjs.mjs"],
];
const peers = [];
for (const [name, command, file] of known) {
  const peer = await startPeer(name, command, file);
  if (peer === null) console.log(`${name} is not there (python3-torch, or npm --prefix bench/peers install): no ratio`);
  else peers.push(peer);
}
const mine = [];
ours();
// Alternately, so that whatever else the machine does meets all of them.
for (let round = 0; round < rounds; round++) {
  mine.push(ours());
  for (const peer of peers) peer.times.push(await peer.ask(steps));
}
const middle = show("mytorch, 1 thread", mine);
const least = (times) => Math.min(...times);
for (const { name, times, end } of peers) {
  end();
  const ratio = middle / show(name, times);
  console.log(
    `  ours over it          ${ratio.toFixed(2)} (medians), ${(least(mine) / least(times)).toFixed(2)} (minima)`,
  );
}
