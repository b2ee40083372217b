import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCorpus } from "../../scripts/golden/corpus.js";
import { runCorpus, totalOf } from "../../scripts/golden/run.js";
import * as library from "../../src/index.js";

const folder = fileURLToPath(new URL("modules/", import.meta.url));

/** Has no parameters and no settings that a stored answer could show, or is held by a test of its own. */
const testedElsewhere = new Set([
  "Module",
  "Sequential",
  "ModuleList",
  "ModuleDict",
  "ParameterList",
  "ParameterDict",
  "Parameter",
  "FunctionLayer",
  "LossLayer",
  "StateDictError",
  "TransformerEncoder",
  "TransformerDecoder",
  // Younger than the PyTorch that made the stored answers.
  "RMSNorm",
  "LPPool3d",
  "CircularPad1d",
  "CircularPad2d",
  "CircularPad3d",
  "ZeroPad1d",
  "ZeroPad3d",
]);

describe("every module, against PyTorch's", async () => {
  const report = await runCorpus(library, folder, { waivers: [] });

  it("draws its parameters, prints, takes a state dict, computes and differentiates as PyTorch's", () => {
    expect(report.failures.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([]);
    expect(totalOf(report).skipped).toBe(0);
    expect(totalOf(report).passed).toBeGreaterThanOrEqual(332);
  });

  it("is there: each class of nn has stored answers", () => {
    const stored = new Set([...readCorpus(folder)].flatMap(({ cases }) => cases.map(({ op }) => op.split(".").at(-1))));
    const classes = Object.entries(library.nn).flatMap(([name, value]) =>
      /^[A-Z]/.test(name) && typeof value === "function" ? [name] : [],
    );
    expect(classes.filter((name) => !stored.has(name) && !testedElsewhere.has(name))).toEqual([]);
  });
});
