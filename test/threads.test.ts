/** Threads as a person meets them: from the package, in processes of their own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { backend, heap } from "../src/backend/current.js";
import { createCpuBackend } from "../src/backend/wasm/loader.js";
import { getNumThreads, manualSeed, nn, optim, randn, setBackend, setNumThreads, ValueError } from "../src/index.js";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const library = JSON.stringify(pathToFileURL(join(dist, "src/index.js")).href);
const dir = mkdtempSync(join(tmpdir(), "mytorch-threads-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs a program that has the library as `mytorch`. Whoever hangs is killed after half a minute. */
const run = (program: string, env: Readonly<Record<string, string>> = {}) => {
  const text = `import * as mytorch from ${library}; ${program}`;
  const options = {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, MYTORCH_BLAS: "off", ...env },
    cwd: dir,
  } as const;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", text], options);
};

/** Work that is shared out, for a tenth of a second. */
const work = `
  const x = mytorch.rand(300, 300);
  const until = performance.now() + 100;
  while (performance.now() < until) mytorch.noGrad(() => x.matmul(x));`;

describe("the number of threads", () => {
  const print = "console.log(mytorch.getNumThreads())";

  it("is the number of cores, if nothing else is said", () => {
    expect(run(print, { MYTORCH_NUM_THREADS: "" }).stdout).toBe(`${Math.min(availableParallelism(), 64)}\n`);
  });

  it("comes from MYTORCH_NUM_THREADS, where that is a number from 1 up", () => {
    expect(run(print, { MYTORCH_NUM_THREADS: "3" }).stdout).toBe("3\n");
    for (const wrong of ["0", "-1", "many", "1.5"])
      expect(run(print, { MYTORCH_NUM_THREADS: wrong }).stdout).toBe(`${Math.min(availableParallelism(), 64)}\n`);
  });

  it("is what setNumThreads was last given, and that must be an integer from 1 up", () => {
    const before = getNumThreads();
    setNumThreads(3);
    expect(getNumThreads()).toBe(3);
    for (const wrong of [0, -1, 1.5, Number.NaN]) expect(() => setNumThreads(wrong)).toThrow(ValueError);
    expect(() => setNumThreads(0)).toThrow(/setNumThreads: there cannot be 0 threads[\s\S]*n is an integer from 1 up/);
    expect(getNumThreads()).toBe(3);
    setNumThreads(before);
  });
});

describe("a process with threads", () => {
  it("ends by itself, even while they are starting", () => {
    const program = `mytorch.setNumThreads(3); ${work} console.log("done");`;
    const { status, signal, stdout, stderr } = run(program);
    expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: "done\n", stderr: "" });
    const short = run(`mytorch.setNumThreads(8); const x = mytorch.rand(300, 300); x.matmul(x);`);
    expect({ status: short.status, signal: short.signal, stderr: short.stderr }).toEqual({
      status: 0,
      signal: null,
      stderr: "",
    });
  });

  it("uses no CPU time when it has nothing to do", () => {
    const program = `mytorch.setNumThreads(3); ${work}
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { user, system } = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const then = process.cpuUsage();
      console.log((then.user - user + then.system - system) / 1000);`;
    // Of a second; what little there is belongs to Node's own timers.
    expect(Number(run(program).stdout)).toBeLessThan(30);
  });

  it("computes on one thread where it may start none, and says so once", () => {
    const program = `
      process.getBuiltinModule("node:worker_threads").Worker = class { constructor() { throw new Error("forbidden here"); } };
      mytorch.setNumThreads(2); ${work}`;
    const { status, stderr } = run(program);
    expect(status).toBe(0);
    expect(stderr).toBe("mytorch: computing on 1 thread: a thread failed (Error: forbidden here)\n");
  });
});

describe("two models that train at once", () => {
  /** Steps of a small network, giving way to the other after each. */
  const train = async (seed: number): Promise<number[]> => {
    const model = new nn.Sequential(new nn.Linear(64, 48), new nn.ReLU(), new nn.Linear(48, 1));
    const optimizer = new optim.Adam(model.parameters());
    const losses: number[] = [];
    manualSeed(seed);
    const [x, y] = [randn(96, 64), randn(96, 1)];
    for (let step = 0; step < 20; step++) {
      const loss = new nn.MSELoss().forward(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
      await new Promise((resolve) => setImmediate(resolve));
    }
    return losses;
  };

  it("come to what each comes to alone on one thread", async () => {
    const before = backend();
    const alone: number[][] = [];
    setBackend(createCpuBackend(heap, "simd", null, { threads: () => 1 }));
    manualSeed(0);
    const both = [train(1), train(2)];
    alone.push(...(await Promise.all(both)));
    setBackend(createCpuBackend(heap, "simd", null, { threads: () => 3, worth: 0 }));
    manualSeed(0);
    expect(await Promise.all([train(1), train(2)])).toEqual(alone);
    setBackend(before);
  });
});

describe("the command line", () => {
  const main = join(dist, "cli/main.js");
  const train = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [main, "train", "mnist", "--train", "2000", "--test", "200", "--epochs", "1", "--blas", "off", "--json", ...args],
      { cwd: dir, encoding: "utf8", timeout: 60_000 },
    );

  it("comes to the same numbers on any number of threads, and says on how many", () => {
    const [one, two] = [train("--threads", "1"), train("--threads", "2")];
    expect(two.stderr).toBe("");
    expect(one.stdout).toContain('"threads":1');
    expect(two.stdout).toContain('"threads":2');
    const losses = (text: string): unknown => text.match(/"(train|test)(Loss|Accuracy)":[\d.e-]+/g);
    expect(losses(two.stdout)).toEqual(losses(one.stdout));
    expect(losses(two.stdout)).not.toBeNull();
    expect(train("--threads", "0").stderr).toMatch(/threads.*integer from 1 up/);
  });
});
