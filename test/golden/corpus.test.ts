import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCorpus, totalOf } from "../../scripts/golden/run.js";
import { heap } from "../../src/backend/current.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import * as library from "../../src/index.js";

const corpus = fileURLToPath(new URL("corpus/", import.meta.url));

/** Cases that must pass at least: what the library has may not fall back to "skipped". Raised as the library grows. */
const floors: Readonly<Record<string, number>> = {
  unary: 264,
  activation: 135,
  binary: 371,
  reduction: 342,
  softmax: 23,
  matmul: 87,
  attention: 15,
  loss: 200,
  conv: 52,
  pool: 93,
  norm: 52,
  embedding: 11,
  indexing: 147,
  shape: 88,
  sort: 38,
  creation: 16,
  module: 44,
  optim: 86,
  scheduler: 11,
  clip: 8,
  program: 105,
  training: 2,
  init: 20,
  error: 84,
  table: 2,
  opinfo: 1285,
};

/** Cases that are drawn from PyTorch's database of ops by scripts/golden/make, to see that nothing is tuned to the corpus. */
const more = fileURLToPath(new URL("more/", import.meta.url));

describe("more of PyTorch's answers", async () => {
  library.setBackend(createCpuBackend(heap, "simd"));
  const report = await runCorpus(library, more);

  it("are the library's too", () => {
    expect(report.failures.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
    expect(totalOf(report).passed).toBeGreaterThanOrEqual(1970);
  });
});

describe("PyTorch's stored answers", async () => {
  // The same kernels on every engine: with fused multiply-adds a waiver may not be needed.
  library.setBackend(createCpuBackend(heap, "simd"));
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
