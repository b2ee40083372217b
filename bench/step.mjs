// One training step of 784-128-10, batch 100, on one thread: ours against PyTorch (where python3-torch is), alternately.
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

/** A peer that answers each request with milliseconds a step, or null where it is not installed. */
const startTorch = async () => {
  const child = spawn("/usr/bin/python3", [fileURLToPath(new URL("step.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (n) => {
    child.stdin.write(`${n}\n`);
    const { value, done } = await lines.next();
    return done ? null : Number(value);
  };
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  return (await ask(1)) === null ? null : { ask, end: () => child.stdin.end() };
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

const torch = await startTorch();
const times = { ours: [], torch: [] };
ours();
for (let round = 0; round < rounds; round++) {
  times.ours.push(ours());
  if (torch !== null) times.torch.push(await torch.ask(steps));
}
torch?.end();
const mine = show("mytorch, 1 thread", times.ours);
if (torch === null) console.log("PyTorch is not installed (python3-torch): no ratio");
else console.log(`ratio to PyTorch       ${(mine / show("PyTorch, 1 thread", times.torch)).toFixed(2)}`);
