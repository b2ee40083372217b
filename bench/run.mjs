// Times ours and every peer that is installed, alternately in one run, from the same numbers; each must come to the same results.
//   npm run bench -- --help
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as mytorch from "../dist/src/index.js";
import { compileCeilings } from "./ceilings.mjs";
import { contestants, start, takesPart } from "./contestants.mjs";
import { machine } from "./machine.mjs";
import { printTable, quantile } from "./table.mjs";
import { workloads } from "./workloads/index.mjs";

const help = `Times ours and every peer that is installed, alternately in one run.

  npm run bench -- [options]

  --only mlp,cnn   workloads: ${Object.keys(workloads).join(", ")}; default all (about 15 minutes)
  --case TEXT      the cases whose name has TEXT
  --rounds 7       how often everyone computes
  --turn 100       how long at a time, in ms
  --node PATH      another Node, for further rows
  --json           prints one JSON object instead of tables
  --save FILE      merges the results into FILE, from which \`node bench/report.mjs FILE\` makes docs/benchmarks.md

  npm run bench -- --only mlp --case "batch 100"
  npm run bench -- --only tiny,cnn,transformer --rounds 5 --turn 300 --save results.json
`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h", default: false },
    only: { type: "string", default: Object.keys(workloads).join(",") },
    case: { type: "string", default: "" },
    rounds: { type: "string", default: "7" },
    turn: { type: "string", default: "100" },
    node: { type: "string" },
    json: { type: "boolean", default: false },
    save: { type: "string" },
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}
const [rounds, turn] = [Number(options.rounds), Number(options.turn)];
const names = options.only.split(",");
for (const name of names)
  if (!(name in workloads)) throw new Error(`--only takes ${Object.keys(workloads).join(", ")}; not ${name}`);
const say = options.json ? () => undefined : console.log;

/** Turns without a gain after which a contestant counts as warm. */
const CALM_TURNS = 3;
/** Who needs longer for a step, in ms, is timed once. */
const PATIENCE = 500;

/** Rows for several threads: as many as the library computes on, where it has threads. */
const threads = Reflect.get(mytorch, "getNumThreads")?.() ?? 1;

/** A line on standard error: which case is measured, and how long the rest may take. */
const sayProgress = (done, total, ms, title) => {
  const left = done === 0 ? "" : `, about ${Math.ceil(((ms / done) * (total - done)) / 60_000)} min left`;
  console.error(`${done + 1} of ${total}${left}: ${title}`);
};

/** Writes the numbers of a case for the peers that do not have PyTorch's generator, in the order that their sides read them. */
const writeStart = (workload, one, file) => {
  const { start: drawn } = workload.ours(mytorch, one);
  if (drawn === undefined) return;
  const parts = [drawn].flat().map((tensor) => tensor.toTypedArray());
  writeFileSync(file, Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))));
};

/** A few first values of everyone must be those of the first: whoever does other work is no peer. */
const checkValues = (title, [first, ...others]) => {
  for (const { name, values } of others) {
    const differs = values.findIndex(
      (v, i) => !(Math.abs(v - first.values[i]) <= 1e-4 + 0.01 * Math.abs(first.values[i])),
    );
    if (differs >= 0)
      throw new Error(
        `${title}: ${name} does other work: ${values[differs]}, and ${first.name} ${first.values[differs]}`,
      );
  }
};

const measure = async (name, index, running, file) => {
  const workload = workloads[name];
  const one = workload.cases[index];
  const title = `${workload.title}, ${one.name}`;
  writeStart(workload, one, file);
  const torch = typeof workload.torch === "function" ? workload.torch(one) : workload.torch;
  const taking = running
    .filter((contestant) => takesPart(contestant, workload))
    .map((c) => ({ ...c, times: [], values: [] }));
  for (const each of taking) {
    const { start: _, ...numbers } = one;
    await each.ask({ workload: name, index, start: file, case: numbers, torch });
    for (let i = 0; i < 3; i++) each.values.push((await each.ask({ n: 1 })).value);
  }
  checkValues(title, taking);
  for (const each of taking) {
    let { ms } = await each.ask({ n: 2 });
    if (ms > PATIENCE) {
      each.times.push(ms);
      continue;
    }
    // Engines compile what runs often: turns until a few in a row are no faster than the best, which says how many steps a turn takes.
    const stepsOf = () => Math.max(1, Math.round(turn / ms));
    for (let calm = 0; calm < CALM_TURNS; calm++) {
      const { ms: now } = await each.ask({ n: stepsOf() });
      if (now < 0.9 * ms) calm = -1;
      ms = Math.min(ms, now);
    }
    each.n = stepsOf();
  }
  const order = taking.filter(({ times }) => times.length === 0);
  for (let round = 0; round < rounds; round++) {
    // Whoever comes first in a round comes last in the next, so that nobody always follows the same one.
    order.push(...order.splice(0, 1));
    for (const each of order) each.times.push((await each.ask({ n: each.n })).ms);
  }
  return {
    workload: name,
    case: one.name,
    multiplyAdds: workload.multiplyAdds?.(one) ?? null,
    bytes: workload.bytes?.(one) ?? null,
    results: taking.map(({ name: who, isOurs, version, times }) => ({
      name: who,
      isOurs,
      version,
      median: quantile(times, 0.5),
      quartiles: [quantile(times, 0.25), quantile(times, 0.75)],
    })),
  };
};

const dir = mkdtempSync(join(tmpdir(), "mytorch-bench-"));
const running = [];
try {
  await compileCeilings(dir);
  for (const contestant of contestants({ node: options.node, threads })) {
    if (!names.some((name) => takesPart(contestant, workloads[name]))) continue;
    const started = await start(contestant, { MYTORCH_BENCH_CEILINGS: dir }, say);
    if (started !== null) running.push(started);
  }
  const about = {
    ...machine(),
    load: loadavg()[0],
    rounds,
    turn,
    command: `npm run bench -- ${process.argv.slice(2).join(" ")}`,
  };
  const ceilings = {};
  /** The best of all tries counts: a ceiling is what can be reached. */
  const measureCeilings = async () => {
    for (const each of running.filter(({ isOurs }) => isOurs)) {
      const now = await each.ask({ ceilings: true });
      const before = ceilings[each.name] ?? {};
      ceilings[each.name] = Object.fromEntries(
        Object.entries(now).map(([key, value]) => [key, value === null ? null : Math.max(value, before[key] ?? 0)]),
      );
    }
  };
  const cases = [];
  const chosen = (name) => workloads[name].cases.filter((one) => one.name.includes(options.case));
  const total = names.reduce((sum, name) => sum + chosen(name).length, 0);
  const begin = performance.now();
  for (const name of names) {
    await measureCeilings();
    for (const [index, one] of workloads[name].cases.entries()) {
      if (!chosen(name).includes(one)) continue;
      sayProgress(cases.length, total, performance.now() - begin, `${workloads[name].title}, ${one.name}`);
      cases.push(await measure(name, index, running, join(dir, "start.bin")));
      if (!options.json) printTable(workloads[name].title, cases.at(-1), ceilings);
    }
  }
  await measureCeilings();
  const record = { about, ceilings, cases };
  if (options.json) console.log(JSON.stringify(record));
  if (options.save !== undefined) {
    let saved = [];
    try {
      saved = JSON.parse(readFileSync(options.save, "utf8"));
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    const isNew = ({ workload }) => !cases.some((one) => one.workload === workload);
    saved = saved.map((old) => ({ ...old, cases: old.cases.filter(isNew) })).filter((old) => old.cases.length > 0);
    writeFileSync(options.save, `${JSON.stringify([...saved, record], null, 1)}\n`);
  }
} finally {
  for (const { end } of running) end();
  rmSync(dir, { recursive: true });
}
