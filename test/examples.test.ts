import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const names = readdirSync("examples", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const folder = mkdtempSync(join(tmpdir(), "mytorch-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs an example by the command of its docs. */
const run = (name: string, ...options: string[]): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/example.mjs", name, ...options], {
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
};

describe("the examples", () => {
  it.each(names)("%s learns something in its quick form, and draws it", (name) => {
    const picture = join(folder, name);
    const { status, output } = run(name, "--quick", "--picture", picture);
    expect(output).toMatch(/: passed\n/);
    expect(status).toBe(0);
    expect(readFileSync(`${picture}.svg`, "utf8")).toMatch(/^<svg [\s\S]*(<path|<polyline)[\s\S]*<\/svg>\n$/);
    expect(readFileSync(`${picture}.png`).subarray(1, 4).toString()).toBe("PNG");
  });

  it("give the same numbers for the same seed, and others for another", () => {
    const judged = (seed: string): string | undefined => {
      const { output } = run("spirals", "--epochs", "20", "--seed", seed, "--picture", join(folder, "seed"));
      return /accuracy on new points: \S+/.exec(output)?.[0];
    };
    expect(judged("1")).toBe(judged("1"));
    expect(judged("1")).not.toBe(judged("2"));
  });

  it("end with exit code 1 below the bar", () => {
    const { status, output } = run("spirals", "--epochs", "1", "--picture", join(folder, "below"));
    expect(output).toMatch(/asked\): FAILED\n/);
    expect(status).toBe(1);
  });

  it("say what there is, and what is wrong with an option", () => {
    expect(run("nothing")).toMatchObject({
      status: 2,
      output: expect.stringMatching(/one of\n {2}char-gpt/) as string,
    });
    expect(run("spirals", "--help").output).toMatch(/--epochs[\s\S]*--seed[\s\S]*--quick/);
    expect(run("spirals", "--seed", "x")).toMatchObject({
      status: 1,
      output: expect.stringMatching(/integer from 0 up/) as string,
    });
  });

  // Windows has no signal that a child could catch.
  it.skipIf(process.platform === "win32")("stop at Ctrl-C, and judge nothing", async () => {
    const child = spawn(process.execPath, ["scripts/example.mjs", "spirals", "--epochs", "1000000"]);
    let output = "";
    child.stdout.on("data", (text: Buffer) => {
      if (output === "") child.kill("SIGINT");
      output += text.toString();
    });
    const status = await new Promise((resolve) => child.on("exit", resolve));
    expect(output).toMatch(/step 1\/1000000 .*s left\n[\s\S]*stopped: nothing was judged\n$/);
    expect(status).toBe(130);
  });
});
