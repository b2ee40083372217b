import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("docs/ops.md says what the docstrings say, and each public op has one", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/opReference.mjs", "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
