// Makes docs/benchmarks.md and its picture from what runs of the benchmark have saved.
//   node bench/report.mjs FILE
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lineChart } from "../dist/src/viz/index.js";
import { bestTorch, digits, shareOfFloor, TUNED_TORCH } from "./table.mjs";
import { workloads } from "./workloads/index.mjs";

const [file] = process.argv.slice(2);
const docs = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const records = JSON.parse(readFileSync(file, "utf8"));

/** Every case with the run that it was measured in, in the order of the workloads. */
const order = Object.keys(workloads);
const cases = records
  .flatMap(({ about, ceilings, cases: measured }) => measured.map((one) => ({ ...one, about, ceilings })))
  .sort((a, b) => order.indexOf(a.workload) - order.indexOf(b.workload));
const training = cases.filter(
  ({ workload }) => workload !== "matmul" && workload !== "elementwise" && workload !== "conv",
);

const unique = (values) => [...new Set(values)];
const namesIn = (some, isOurs) =>
  unique(
    some.flatMap(({ results }) =>
      results.filter((r) => isOurs === undefined || r.isOurs === isOurs).map(({ name }) => name),
    ),
  );
const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const titleOf = ({ workload, case: name }) => `${workloads[workload].title}, ${name}`;

/** One row a case, one column for each of ours, and for the others that are named. */
const perOurs = (some, cell, others = []) => {
  if (some.length === 0) return "Not measured.";
  const names = [...namesIn(some, true), ...others];
  const rows = some.map((one) => [
    titleOf(one),
    ...names.map((name) => {
      const result = one.results.find((r) => r.name === name);
      return result === undefined ? "–" : digits(cell(one, result));
    }),
  ]);
  return table(["", ...names], rows);
};

const overTorch = (one, { median }) => median / bestTorch(one);
const floor = (one, result) => shareOfFloor(one, result, one.ceilings);

const times = (name) => {
  const some = cases.filter(({ workload }) => workload === name);
  if (some.length === 0) return "";
  const names = namesIn(some);
  const rows = some.map((one) => [
    one.case,
    ...names.map((who) => {
      const result = one.results.find((r) => r.name === who);
      return result === undefined ? "–" : `${digits(result.median)} (${result.quartiles.map(digits).join(", ")})`;
    }),
  ]);
  return `### ${workloads[name].title}\n\n${table(["", ...names], rows)}\n`;
};

const ceilingNames = unique(records.flatMap(({ ceilings }) => Object.keys(ceilings)));
const ceilingRow = (name) => {
  const best = (key) =>
    Math.max(...records.map(({ ceilings }) => ceilings[name]?.[key] ?? Number.NaN).filter(Number.isFinite));
  return [
    name,
    digits(2 * best("unfused")),
    digits(2 * best("fused")),
    digits(2 * best("matmul")),
    digits(best("copy")),
  ];
};

const versions = unique(cases.flatMap(({ results }) => results.map(({ name, version }) => `${name}: ${version}`)));
const { about } = records.at(-1);

const colors = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"];
const lines = (some, xOf, yOf) =>
  namesIn(some)
    .map((name, i) => ({
      name,
      color: colors[i % colors.length],
      points: some.flatMap((one) => {
        const result = one.results.find((r) => r.name === name);
        return result === undefined ? [] : [[xOf(one), yOf(one, result)]];
      }),
    }))
    .filter(({ points }) => points.length > 1);
const only = (one, names) => ({ ...one, results: one.results.filter(({ name }) => names(name)) });
const squares = cases
  .filter(({ workload, case: name }) => workload === "matmul" && name.endsWith("³"))
  .map((one) => only(one, (name) => !/threads|numpy/.test(name)));
const batches = cases
  .filter(({ workload }) => workload === "mlp")
  .map((one) => only(one, (name) => !/tfjs|js-pytorch|PyTorch/.test(name)));
const panels = [
  {
    title: "Product of two n × n matrices, one thread",
    xLabel: "n",
    yLabel: "GFLOP/s",
    series: lines(
      squares,
      ({ case: name }) => Number.parseInt(name, 10),
      ({ multiplyAdds }, { median }) => (2 * multiplyAdds) / median / 1e6,
    ),
  },
  {
    title: "Training step of 784-128-10, over PyTorch's",
    xLabel: "log10 of the batch",
    yLabel: "time / PyTorch's best time",
    series: lines(batches, ({ case: name }) => Math.log10(Number(name.slice("batch ".length))), overTorch),
  },
];
writeFileSync(docs("benchmarks.svg"), lineChart(panels));

writeFileSync(
  docs("benchmarks.md"),
  `# Benchmarks

Made by \`node bench/report.mjs\` from runs of \`npm run bench -- --save FILE\`; not to be edited.

Ours and every peer compute in turn in one run, each ${about.turn} ms at a time, ${about.rounds} rounds; the tables give medians, and quartiles in brackets. Everyone
starts from the same numbers and must come to the same results (within 1 %), or the run fails. PyTorch is timed with one thread and
with all; "over PyTorch" takes its better time. The row "${TUNED_TORCH}" has one thread in OpenBLAS and all in PyTorch, and keeps its memory
from step to step (\`MALLOC_TOP_PAD_\`): convolutions in batches are up to three times as fast so, and without it some runs are as fast
and some are not.

- Machine: ${about.cpu}, ${about.cores} cores, ${about.memory}, ${about.system}; Node ${about.node}, V8 ${about.v8}
- Date: ${unique(records.map((r) => r.about.date)).join(", ")}
${versions.map((version) => `- ${version}`).join("\n")}
- Commands: ${records.map((r) => `\`${r.about.command.replace(/ --save \S+/, "").replace(/ --node \S+/, " --node PATH")}\` (load ${r.about.load.toFixed(1)})`).join("; ")}

![Speed of matrix products, and training steps over PyTorch's](benchmarks.svg)

## Training steps: ours over PyTorch's best thread count

${perOurs(training, overTorch, [TUNED_TORCH])}

## Training steps: share of the arithmetic floor

What a step's multiply-adds take at the rate of that path's product of 512³, measured in the same run, over what the step takes.

${perOurs(
  training.filter(({ multiplyAdds }) => multiplyAdds !== null),
  floor,
)}

## Elementwise, reductions and rows: share of copy bandwidth

${perOurs(
  cases.filter(({ workload }) => workload === "elementwise"),
  floor,
)}

## Ceilings

Multiply-adds of 128-bit vectors in registers with two instructions and with one, a product of 512³, all in GFLOP/s (two for a
multiply-add), and copying of 16 MiB in GB/s, read and written. The first two and the last are of one thread, whatever the row.

${table(["", "unfused", "fused", "matmul 512³", "copy"], ceilingNames.map(ceilingRow))}

## All times, in ms

${order.map(times).filter(Boolean).join("\n")}`,
);
