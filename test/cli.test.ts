import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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
    [["train", "cats"], /unknown command|too many arguments/],
  ])("refuses %j with one message and exit code 2", (args, message) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("fails with exit code 1 where the data is not there, and writes nothing", () => {
    const { status, stderr } = run("train", "mnist", "--data", join(dir, "nowhere"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/folder cannot be read[^]*nowhere/);
    expect(existsSync(join(dir, "mnist.svg"))).toBe(false);
  });

  it("fails clearly where the picture cannot be written", () => {
    const { status, stderr } = run("train", "line", "--epochs", "1", "--plot", join(dir, "no", "where"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not be written/);
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

  it("fits a line, and says which", () => {
    const { status, stdout } = run("train", "line", "--quiet");
    expect(status).toBe(0);
    expect(stdout).toMatch(/y = (1\.9|2\.0)\d+ x \+ (0\.9|1\.0)/);
  });
});
