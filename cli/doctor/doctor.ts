import { SingleBar } from "cli-progress";
import pc from "picocolors";
import { type BackendInfo, backendInfo, type MemoryStats, matmul, memoryStats, ones } from "../../src/index.js";
import {
  type FoundData,
  foundData,
  type OptionalPackage,
  optionalPackages,
  type Problem,
  type Processor,
  processor,
  type SystemMemory,
  systemMemory,
} from "./findings.js";
import { type Measurement, selfBenchmark } from "./selfBenchmark.js";

export interface DoctorSettings {
  /** Without the benchmark. */
  readonly quick: boolean;
  readonly json: boolean;
}

interface Report {
  readonly mytorch: string;
  readonly node: string;
  readonly v8: string;
  readonly system: string;
  readonly processor: Processor;
  readonly backend: BackendInfo;
  readonly memory: Pick<MemoryStats, "limit"> & SystemMemory;
  readonly packages: readonly OptionalPackage[];
  readonly data: readonly FoundData[];
  /** Empty with --quick. */
  readonly benchmark: readonly Measurement[];
  readonly problems: readonly Problem[];
}

/** Seconds of the benchmark. */
const SECONDS = 10;

/** Products small enough for every kind of kernel, and large enough for the BLAS, of ones: the sums are exact. */
const checkProducts = (problems: Problem[]): void => {
  for (const n of [4, 100]) {
    try {
      const wrong = matmul(ones(n, n), ones(n, n)).ne(n).sum().item();
      if (wrong > 0) problems.push({ what: `matmul of ${n}³`, why: `${wrong} of ${n * n} elements are wrong` });
    } catch (error) {
      problems.push({ what: "matmul", why: error instanceof Error ? error.message : String(error) });
    }
  }
};

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const benchmarkWithBar = async (isSilent: boolean): Promise<readonly Measurement[]> => {
  if (isSilent || process.stderr.isTTY !== true) return selfBenchmark(SECONDS, () => undefined);
  const format = `  measuring ${pc.cyan("{bar}")} {next}`;
  const bar = new SingleBar({ format, barsize: 24, hideCursor: true, clearOnComplete: true, stream: process.stderr });
  bar.start(1, 0, { next: "" });
  try {
    return await selfBenchmark(SECONDS, (share, next) => bar.update(share, { next }));
  } finally {
    bar.stop();
  }
};

const rowsOf = (report: Report): readonly (readonly [string, string])[] => {
  const { backend, memory } = report;
  const { model, cores, features } = report.processor;
  const builds = backend.builds.map(({ name, runs, description }) => {
    const state = name === backend.kernels ? pc.green("in use") : runs ? "runs" : "does not run in this engine";
    return ["", `${name.padEnd(10)} ${description}: ${state}`] as const;
  });
  const { kind, path, version, reason } = backend.blas;
  const { threads } = backend;
  return [
    ["mytorch", report.mytorch],
    ["node", `${report.node}, V8 ${report.v8}, ${report.system}`],
    ["processor", `${model}, ${cores} ${cores === 1 ? "core" : "cores"}`],
    ["", features === null ? "its features are not listed by this system" : features.join(" ")],
    ["kernels", `${backend.kernels}: the first of these that runs`],
    ...builds,
    ["BLAS", kind === null ? `none: ${reason}` : `${kind}${version === null ? "" : ` ${version}`}, ${reason}`],
    ...(path === null ? [] : [["", path] as const]),
    ["threads", `${threads.count}: ${threads.reason}`],
    ["memory", `tensors may take ${gib(memory.limit)}; ${gib(memory.free)} of ${gib(memory.total)} are free`],
    ...report.packages.map(
      ({ name, version: v, purpose }, i) =>
        [i === 0 ? "packages" : "", `${name.padEnd(18)} ${v ?? "not installed"}: ${purpose}`] as const,
    ),
    ...report.data.map(
      ({ name, path: file }, i) =>
        [i === 0 ? "data" : "", `${name.padEnd(14)} ${file ?? "not here; downloaded when first asked for"}`] as const,
    ),
    ...report.benchmark.map(
      ({ name, value, unit }, i) =>
        [i === 0 ? "speed" : "", `${name.padEnd(40)} ${value.toPrecision(3)} ${unit}`] as const,
    ),
  ];
};

/** Says what the library found on this machine, and measures it. @returns the exit code: 1 where something is broken */
export const doctor = async ({ quick, json }: DoctorSettings, mytorch: string): Promise<number> => {
  const problems: Problem[] = [];
  checkProducts(problems);
  const report: Report = {
    mytorch,
    node: process.versions.node,
    v8: process.versions.v8,
    system: `${process.platform} ${process.arch}`,
    processor: processor(),
    backend: backendInfo(),
    memory: { limit: memoryStats().limit, ...systemMemory() },
    packages: optionalPackages(),
    data: await foundData(problems),
    benchmark: quick || problems.length > 0 ? [] : await benchmarkWithBar(json),
    problems,
  };
  if (json) console.log(JSON.stringify(report));
  else {
    for (const [name, text] of rowsOf(report)) console.log(`${pc.bold(name.padEnd(10))} ${text}`);
    for (const { what, why } of problems) console.log(`${pc.red("broken".padEnd(10))} ${what}: ${why}`);
    if (problems.length === 0) console.log(pc.green("all well"));
  }
  return problems.length === 0 ? 0 : 1;
};
