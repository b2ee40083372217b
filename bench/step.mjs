// One training step of 784-128-10 on a batch of 100 (forward, cross entropy, backward, SGD), on one thread: ours and every
// peer's that is there, from the same numbers, in turn.
//   npm run bench [-- --rounds 15 --steps 100 --json --openblas DIR]
// --openblas DIR adds PyTorch with the BLAS of a folder: Debian's PyTorch alone comes with a slow one.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { manualSeed, nn, rand, randint } from "mytorch";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    steps: { type: "string", default: "100" },
    openblas: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [rounds, steps] = [Number(options.rounds), Number(options.steps)];
const say = options.json ? () => undefined : console.log;

/** The numbers that everyone starts from. */
const writeStart = (file) => {
  manualSeed(0);
  const [x, labels] = [rand(100, 784), randint(0, 10, [100])];
  const parameters = [...new nn.Linear(784, 128).parameters(), ...new nn.Linear(128, 10).parameters()];
  const parts = [x, ...parameters, labels].map((t) => t.toTypedArray());
  writeFileSync(
    file,
    Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))),
  );
};

const install = "npm ci --prefix bench/peers";
const python = process.env.PYTHON ?? "/usr/bin/python3";
const contestants = [
  { name: "mytorch", command: process.execPath, args: ["mytorch.mjs"] },
  { name: "PyTorch", command: python, args: ["pytorch.py"], missing: "apt-get install python3-torch" },
  { name: "jax-js", command: process.execPath, args: ["jax.mjs"], missing: install },
  { name: "tfjs-wasm", command: process.execPath, args: ["tfjs.mjs"], missing: install },
];
if (Number(process.versions.node.split(".")[0]) < 22) {
  contestants.unshift({ name: "mytorch, relaxed SIMD", command: process.execPath, args: ["mytorch.mjs", "relaxed"] });
}
if (options.openblas !== undefined) {
  const env = { LD_LIBRARY_PATH: options.openblas };
  contestants.push({
    name: "PyTorch, OpenBLAS",
    command: python,
    args: ["pytorch.py"],
    env,
    missing: options.openblas,
  });
}

/** Starts a contestant. @returns null where it is not installed */
const start = async ({ name, command, args: [program, ...rest], env, missing }, file) => {
  const path = fileURLToPath(new URL(`peers/${program}`, import.meta.url));
  const child = spawn(command, [path, file, ...rest], {
    stdio: "pipe",
    // Asked of all alike: one thread.
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", ...env },
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const ask = (n) => {
    child.stdin.write(`${n}\n`);
    return next();
  };
  const about = await next();
  const first = about && (await ask(1));
  if (!first) {
    say(`${name} is left out (${missing}): ${/^.*Error.*$/m.exec(complaint)?.[0] ?? complaint}`);
    return null;
  }
  return { name, about, losses: [first.loss], times: [], ask, end: () => child.stdin.end() };
};

/** Everyone's losses after as many steps must be ours: whoever does other work is no peer. */
const checkLosses = ([ours, ...others]) => {
  for (const { name, losses } of others) {
    const differs = losses.findIndex((loss, i) => !(Math.abs(loss - ours.losses[i]) <= 1e-4 + 0.01 * ours.losses[i]));
    if (differs >= 0) throw new Error(`${name} does other work: loss ${losses[differs]}, ours ${ours.losses[differs]}`);
  }
};

const quantile = (times, q) => [...times].sort((a, b) => a - b)[Math.round(q * (times.length - 1))];
const summary = ({ name, about, times, losses }) => ({
  name,
  ...about,
  median: quantile(times, 0.5),
  quartiles: [quantile(times, 0.25), quantile(times, 0.75)],
  min: quantile(times, 0),
  loss: losses.at(-1),
  times,
});

const dir = mkdtempSync(join(tmpdir(), "mytorch-bench-"));
const file = join(dir, "start.bin");
writeStart(file);
const running = [];
for (const contestant of contestants) {
  const started = await start(contestant, file);
  if (started) running.push(started);
}
const load = loadavg()[0];
for (const one of running) one.losses.push((await one.ask(steps)).loss);
for (let round = 0; round < rounds; round++) {
  // Whoever comes first in a round comes last in the next, so that nobody always follows the same one.
  running.push(running.shift());
  for (const one of running) {
    const { ms, loss } = await one.ask(steps);
    one.times.push(ms);
    one.losses.push(loss);
  }
}
running.sort(
  (a, b) => contestants.findIndex(({ name }) => name === a.name) - contestants.findIndex(({ name }) => name === b.name),
);
for (const { end } of running) end();
rmSync(dir, { recursive: true });
checkLosses(running);

const results = running.map(summary);
const [ours] = results;
const machine = { cpu: cpus()[0].model, node: process.versions.node, load };
if (options.json) console.log(JSON.stringify({ machine, rounds, steps, results }));
else {
  const row = (...cells) =>
    say(`| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 21 : 34) : cell.padStart(8))).join(" | ")} |`);
  say(
    `${machine.cpu}, Node ${machine.node}, load ${load.toFixed(1)}: ${rounds} rounds of ${steps} steps each; ms a step`,
  );
  row("", "version", "median", "quartile", "quartile", "least", "ratio", "at least");
  row("---", "---", "--:", "--:", "--:", "--:", "--:", "--:");
  for (const { name, version, backend, median, quartiles, min } of results) {
    const ratios = [ours.median / median, ours.min / min];
    row(
      name,
      [version, backend].filter(Boolean).join(", "),
      ...[median, ...quartiles, min, ...ratios].map((v) => v.toFixed(3)),
    );
  }
  say(
    `ratio: ${ours.name}'s time over theirs. All came to the same losses, from ${running[0].losses[0].toFixed(4)} to ${ours.loss.toFixed(4)}.`,
  );
}
