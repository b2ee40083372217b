import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCorpus, totalOf } from "../../scripts/golden/run.js";
import * as library from "../../src/index.js";

const corpus = fileURLToPath(new URL("corpus/", import.meta.url));

/** Cases that must pass at least: what the library has may not fall back to "skipped". Raised as the library grows. */
const floors: Readonly<Record<string, number>> = {
  unary: 217,
  activation: 20,
  binary: 228,
  reduction: 190,
  softmax: 23,
  matmul: 32,
  loss: 72,
  indexing: 15,
  shape: 50,
  creation: 13,
  module: 3,
  optim: 18,
  program: 36,
  training: 1,
  init: 9,
  error: 43,
  table: 1,
  opinfo: 353,
};

describe("PyTorch's stored answers", async () => {
  const report = await runCorpus(library, corpus);

  it("are the library's in every case that no waiver covers", () => {
    expect(report.failures.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
  });

  it("leave no waiver that nothing needs", () => {
    expect(report.needless).toEqual([]);
  });

  it.each(Object.entries(floors))("in the group %s pass at least %i times", (group, floor) => {
    expect(report.groups.get(group)?.passed ?? 0).toBeGreaterThanOrEqual(floor);
  });

  it("are all there", () => {
    expect(totalOf(report).cases).toBe(3589);
  });
});
