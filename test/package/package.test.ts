import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium, type Headers, isolating, openPage } from "./chromium.js";
import { createPackedProject, type PackedProject, root } from "./packedProject.js";

/** The README's TypeScript, block by block. */
const examples = readFileSync(join(root, "README.md"), "utf8")
  .split(/^```/m)
  .filter((block) => block.startsWith("ts\n"))
  .map((block) => block.slice("ts\n".length));

describe("the packed package", { timeout: 120_000 }, () => {
  let project: PackedProject;
  beforeAll(() => {
    project = createPackedProject();
    cpSync(fileURLToPath(new URL("page/", import.meta.url)), project.dir, { recursive: true });
  }, 120_000);
  afterAll(() => project.remove());
  beforeEach(({ skip }) => skip(!project.installed, "npm reaches no registry to install from"));

  const evaluate = (program: string): string =>
    project.run(process.execPath, "--input-type=module", "--eval", program).trim();
  const trainInNode = (): number[] =>
    JSON.parse(evaluate('import { train } from "./train.js"; console.log(JSON.stringify(await train()))')) as number[];

  describe("runs the README's code as written, in an empty ESM project, strictly typed", () => {
    it.each(examples.map((code, i) => [i + 1, code] as const))("block %i", (_number, code) => {
      writeFileSync(join(project.dir, "example.ts"), code);
      project.run(process.execPath, join(root, "node_modules/@typescript/native/bin/tsc"), "-p", ".");
      expect(project.run(process.execPath, join("out", "example.js"))).toBe("");
    });
  });

  it("learns in Node", () => {
    const losses = trainInNode();
    expect(losses).toHaveLength(40);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 3);
  });

  it.each(["nn", "data"])("gives tensors their methods where only mytorch/%s was imported", (subPath) => {
    const program = `
      import * as part from "mytorch/${subPath}";
      const x = part.Linear ? new part.Linear(1, 1).weight : (await part.mnist()).test.images;
      console.log(typeof x.add)`;
    expect(evaluate(program)).toBe("function");
  });

  it.each(["", "/nn", "/optim", "/data", "/autograd", "/viz", "/io"])("loads mytorch%s by itself", (subPath) => {
    expect(evaluate(`console.log(Object.keys(await import("mytorch${subPath}")).length > 0)`)).toBe("true");
  });

  it("multiplies in WebAssembly, silently, where koffi is not installed", () => {
    const [koffi, away] = ["koffi", "koffi-away"].map((name) => join(project.dir, "node_modules", name)) as [
      string,
      string,
    ];
    const wasThere = existsSync(koffi);
    if (wasThere) renameSync(koffi, away);
    try {
      const program = `
        const { blasInfo, matmul, ones } = await import("mytorch");
        console.log(matmul(ones(64, 64), ones(64, 64)).sum().item(), blasInfo().reason)`;
      expect(evaluate(program)).toBe("262144 the package koffi is not installed (npm install koffi)");
    } finally {
      if (wasThere) renameSync(away, koffi);
    }
  });

  it("starts its command", () => {
    expect(project.run("npx", "--no-install", "mytorch", "--version").trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  describe("in Chromium's main thread, with no init call", () => {
    const chromium = findChromium();
    beforeEach(({ skip }) => skip(chromium === undefined, "there is no Chromium here (apt-get install chromium)"));

    const buildPage = () => build({ root: project.dir, base: "./", configFile: false, logLevel: "error" });
    const open = (folder: string, page: string, headers: Headers = {}) =>
      openPage(chromium as string, join(project.dir, folder), page, headers);
    const trainInPage = async (folder: string, page: string): Promise<number[]> => {
      const { text, complaints } = await open(folder, page);
      expect(complaints).toEqual([]);
      return JSON.parse(text) as number[];
    };
    const close = (losses: readonly number[]): unknown[] => losses.map((loss): unknown => expect.closeTo(loss, 3));

    it("trains as in Node in a page of plain script modules", async () => {
      expect(await trainInPage(".", "plain.html")).toEqual(close(trainInNode()));
    });

    it("loads in workers in a page of plain script modules, and says what became of one", async () => {
      const { text, complaints } = await open(".", "plain.html?workers");
      const { alone, shared, failed, closed } = JSON.parse(text) as Record<string, unknown>;
      expect((alone as number[]).length).toBe(30);
      expect(shared).toEqual(alone);
      expect(failed).toContain("failed at sample 5: RangeError: no square");
      expect(closed).toMatch(/worker [01] closed itself/);
      expect(complaints).toEqual([]);
    });

    it("trains as in Node in a page that Vite built for production", async () => {
      await buildPage();
      expect(await trainInPage("dist", "index.html")).toEqual(close(trainInNode()));
    });

    it("loads in workers that Vite built with the page, each with a copy of the library", async () => {
      await buildPage();
      const { text, complaints } = await open("dist", "index.html?packed");
      const points = Array.from({ length: 10 }, (_, i) => [i, i ** 3]).flat();
      expect(JSON.parse(text)).toEqual({
        alone: { points, makers: Array(10).fill(-1) },
        shared: { points, makers: [0, 0, 0, 0, 1, 1, 1, 1, 0, 0] },
        failed: expect.stringContaining("failed at sample 5: RangeError: no cube") as unknown,
        outside: expect.stringContaining("serveWorker: this is no worker") as unknown,
      });
      expect(complaints).toEqual([]);
    });

    /** What Node comes to on one thread; Chromium may fuse multiply-adds where it does not. */
    let sums: unknown[];
    beforeAll(() => {
      if (!project.installed) return;
      const program =
        'import { compareThreads } from "./threads.js"; console.log(JSON.stringify((await compareThreads()).sums))';
      sums = (JSON.parse(evaluate(program)) as number[]).map((total): unknown => expect.closeTo(total, -1));
    });

    describe.each([
      [".", "plain.html?threads", "of plain script modules"],
      ["dist", "index.html?threads", "that Vite built for production"],
    ])("%s/%s: a page %s", (folder, page) => {
      beforeAll(async () => {
        if (project.installed && folder === "dist") await buildPage();
      });

      it("computes on two threads where headers isolate it, with the same bits as on one", async () => {
        const { text, complaints, told } = await open(folder, page, isolating);
        expect(JSON.parse(text)).toEqual({
          same: true,
          sums,
          before: 0,
          count: 2,
          reason: "set by setNumThreads()",
          helped: expect.any(Number) as unknown,
        });
        expect((JSON.parse(text) as { helped: number }).helped).toBeGreaterThan(0);
        expect([...complaints, ...told]).toEqual([]);
      });

      it("computes on one thread without the headers, and says so once", async () => {
        const { text, complaints, told } = await open(folder, page);
        expect(JSON.parse(text)).toMatchObject({ same: true, sums, count: 1, helped: 0 });
        expect(complaints).toEqual([]);
        expect(told).toHaveLength(1);
        expect(told[0]).toMatch(/computing on 1 thread: this page is not cross-origin isolated.*require-corp/);
      });

      it("computes on one thread where a policy forbids workers of text, and says so once", async () => {
        const policy = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";
        const { text, told } = await open(folder, page, { ...isolating, "content-security-policy": policy });
        expect(JSON.parse(text)).toMatchObject({ same: true, sums, count: 1, helped: 0 });
        expect(told).toEqual([expect.stringMatching(/computing on 1 thread: a thread failed/)]);
      });
    });
  });
});
