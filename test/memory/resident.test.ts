import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("trainingSteps.mjs", import.meta.url));

/** Resident memory of a process of its own, in MB: at its start, and after each 100 steps. */
const residentMemory = (kind: "loader" | "views", steps: number): [start: number, ...afterHundreds: number[]] =>
  JSON.parse(execFileSync(process.execPath, [script, kind, String(steps)], { encoding: "utf8" })) as [number];

const spread = (samples: readonly number[]): number => Math.max(...samples) - Math.min(...samples);

// Thousands of steps, on a machine that may be busy.
describe("the resident memory of a process that trains 784-128-10", { timeout: 240_000 }, () => {
  it("for 5,000 steps from a DataLoader is flat from step 1,000 on within 20 MB, and at most 250 MB above its start", () => {
    const [start, ...hundreds] = residentMemory("loader", 5000);
    expect(hundreds).toHaveLength(50);
    expect(spread(hundreds.slice(9)), hundreds.map(Math.round).join(" ")).toBeLessThan(20);
    expect(Math.max(...hundreds) - start).toBeLessThan(250);
  });

  it("on views of one tensor, in a loop that never lets the event loop run, is flat from step 100 on within 20 MB", () => {
    const [, ...hundreds] = residentMemory("views", 2000);
    expect(hundreds).toHaveLength(20);
    expect(spread(hundreds), hundreds.map(Math.round).join(" ")).toBeLessThan(20);
  });
});
