import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatReport } from "../../scripts/golden/report.js";
import { runCase, runCorpus } from "../../scripts/golden/run.js";
import { bind } from "../../scripts/golden/signatures.js";
import { camelCase, type GoldenCase, markFloats } from "../../scripts/golden/values.js";
import { type Defects, fakeLibrary } from "./fakeLibrary.js";

const float = (data: readonly (number | string)[], shape = [data.length]) => ({
  shape,
  dtype: "float32",
  data: [...data],
});

const twice: GoldenCase = {
  id: "fake/twice/000",
  op: "torch.twice",
  args: [{ ...float([1, -2, 0.5]), requires_grad: true }],
  kwargs: {},
  output: float([2, -4, 1]),
  grad_output: [float([1, 10, 100])],
  grads: { "args.0": float([2, 20, 200]) },
  tol: { rtol: 1e-5, out: 1e-6, grad: 1e-6 },
};

const refused: GoldenCase = {
  id: "fake/error/000",
  op: "torch.twice",
  kind: "error",
  args: [{ shape: [1], dtype: "int64", data: [3] }],
  kwargs: {},
  message: "not for integers",
};

const reasonOf = (golden: GoldenCase, defects: Defects): string => {
  const result = runCase(fakeLibrary(defects), golden);
  return result.status === "passed" ? "passed" : `${result.status}: ${result.reason}`;
};

describe("the golden runner, on a library that is told to be wrong", () => {
  it("passes a right library", () => {
    expect(reasonOf(twice, {})).toBe("passed");
    expect(reasonOf(refused, {})).toBe("passed");
  });

  it.each<[string, Defects, RegExp]>([
    ["a wrong value", { value: 1e-3 }, /^failed: twice\(float32\[3\]\): output\[0\]: 2\.001, expected 2 /],
    ["a wrong shape", { shape: [3, 1] }, /^failed: .*shape \[3,1\], expected \[3\]/],
    ["a wrong dtype", { dtype: "float64" }, /^failed: .*dtype float64, expected float32/],
    ["NaN where a number belongs", { value: Number.NaN }, /^failed: .*NaN, expected 2/],
    ["a missing gradient", { isDetached: true }, /^failed: .*gradient of args\.0: nothing, expected a value/],
    ["a wrong gradient", { gradientFactor: 2.01 }, /^failed: .*gradient of args\.0\[0\]: 2\.01/],
    ["an input that the call overwrites", { overwritesInput: true }, /^failed: .*input args\.0 was changed/],
  ])("fails %s", (_, defects, reason) => {
    expect(reasonOf(twice, defects)).toMatch(reason);
  });

  it("fails a call that should have been refused, and one that is refused without a typed error", () => {
    expect(reasonOf(refused, { refusal: "none" })).toMatch(/^failed: .*no error, where torch says: not for integers/);
    expect(reasonOf(refused, { refusal: "untyped" })).toMatch(/^failed: .*an untyped error: threw TypeError/);
  });

  it("fails a program that should end with an error and does not", () => {
    const program: GoldenCase = {
      id: "fake/program/000",
      op: "program:fake",
      kind: "program",
      inputs: { x: float([1]) },
      steps: [{ op: "torch.twice", args: [{ ref: "x" }], out: "y" }],
      checks: [],
      raises: "no",
    };
    expect(reasonOf(program, {})).toMatch(/^failed: no error, where torch says: no/);
    const { raises: _, ...fine } = program;
    expect(
      reasonOf(
        {
          ...fine,
          id: "fake/program/001",
          op: "program:fake",
          steps: [...(program.steps as []), { do: "check", ref: "y" }],
          checks: [float([2])],
        },
        {},
      ),
    ).toBe("passed");
    expect(
      reasonOf(
        {
          ...fine,
          id: "fake/program/002",
          op: "program:fake",
          steps: [...(program.steps as []), { do: "check", ref: "y" }],
          checks: [float([3])],
        },
        {},
      ),
    ).toMatch(/^failed: check/);
  });

  it("takes zeros or nothing where no gradient is expected, and nothing else", () => {
    const none = { ...twice, grads: { "args.0": null } };
    expect(reasonOf(none, { isDetached: true })).toBe("passed");
    expect(reasonOf(none, { gradientFactor: 0 })).toBe("passed");
    expect(reasonOf(none, {})).toMatch(/gradient of args\.0: a value, expected none/);
  });

  it("does not look at values that the oracle could not decide", () => {
    expect(reasonOf({ ...twice, output: { ...float([2, -4, 1]), data: [2, null, 1] } }, {})).toBe("passed");
  });

  it("skips by name what the library does not have", () => {
    expect(reasonOf({ ...twice, op: "torch.thrice" }, {})).toBe("skipped: no torch.thrice");
    expect(reasonOf({ ...twice, op: "Tensor.thrice_" }, {})).toBe("skipped: no Tensor.thrice_");
    expect(reasonOf({ ...twice, args: [{ shape: [1], dtype: "complex64", data: [1] }] }, {})).toBe(
      "skipped: no dtype complex64",
    );
    expect(reasonOf({ ...twice, kind: "dance" }, {})).toBe("skipped: no runner for kind dance");
  });
});

describe("PyTorch's arguments", () => {
  const isTensor = (x: unknown): boolean => x === "tensor";
  it("without a default are positional, the others go into the options object", () => {
    expect(bind("torch.sum", ["tensor", 1, true], {}, isTensor)).toMatchObject({
      positional: ["tensor"],
      options: { dim: 1, keepdim: true },
    });
    expect(bind("torch.logsumexp", ["tensor"], { dim: 1, keepdim: true }, isTensor)).toMatchObject({
      positional: ["tensor", 1],
      options: { keepdim: true },
    });
    expect(bind("torch.nn.functional.conv2d", ["tensor", "tensor", null, 2], {}, isTensor)).toMatchObject({
      positional: ["tensor", "tensor", null],
      options: { stride: 2 },
    });
    expect(
      bind("torch.nn.functional.max_pool2d", ["tensor"], { kernel_size: 2, ceil_mode: true }, isTensor),
    ).toMatchObject({ positional: ["tensor", 2], options: { ceilMode: true } });
  });
  it("choose among the forms of a function by what they are", () => {
    expect(bind("torch.max", ["tensor", "tensor"], {}, isTensor).positional).toEqual(["tensor", "tensor"]);
    expect(bind("torch.max", ["tensor", 0, true], {}, isTensor).options).toEqual({ dim: 0, keepdim: true });
    expect(bind("torch.std", ["tensor", false], {}, isTensor).options).toEqual({ unbiased: false });
  });
  it("that are sizes stay as they are written, and operands of einsum are spread", () => {
    expect(bind("Tensor.reshape", ["tensor", 2, -1], {}, isTensor).positional).toEqual(["tensor", 2, -1]);
    expect(bind("Tensor.reshape", ["tensor", [2, -1]], {}, isTensor).positional).toEqual(["tensor", [2, -1]]);
    expect(bind("torch.einsum", ["ij,jk", ["tensor", "tensor"]], {}, isTensor).positional).toEqual([
      "ij,jk",
      "tensor",
      "tensor",
    ]);
  });
  it("are in camelCase", () => {
    expect(["log_softmax", "l1_loss", "T_0", "add_", "weight_ih_l0", "isnan"].map(camelCase)).toEqual([
      "logSoftmax",
      "l1Loss",
      "T0",
      "add_",
      "weightIhL0",
      "isnan",
    ]);
  });
  it("keep whole floats apart from integers", () => {
    expect(JSON.parse(markFloats('{"a": [2.0, 2, 0.5, -0.0, 1e-05], "b": "lr 1.0, 2.0]"}'))).toEqual({
      a: [{ float: 2 }, 2, 0.5, { float: -0 }, 1e-5],
      b: "lr 1.0, 2.0]",
    });
  });
});

describe("a corpus folder", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "golden-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (cases: readonly GoldenCase[], sha256?: string): void => {
    const text = JSON.stringify({ group: "fake", cases });
    writeFileSync(join(folder, "fake.00.json.gz"), gzipSync(text));
    const checksum = sha256 ?? createHash("sha256").update(text).digest("hex");
    writeFileSync(join(folder, "index.json"), JSON.stringify({ files: [{ file: "fake.00.json", sha256: checksum }] }));
  };

  it("gives a table, the failures, the skips, and the sum as the last line", async () => {
    write([
      twice,
      { ...twice, id: "fake/twice/001", output: float([0, 0, 0]) },
      { ...twice, id: "fake/thrice/000", op: "torch.thrice" },
    ]);
    const text = formatReport(await runCorpus(fakeLibrary(), folder), 5);
    expect(text).toMatch(/^fake +3 +1 +1 +0 +1$/m);
    expect(text).toMatch(/^failed: fake\/twice\/001: .*expected 0/m);
    expect(text).toMatch(/^skipped: no torch\.thrice \(1\)$/m);
    expect(text).toMatch(/\n1 passed, 1 failed, 1 skipped$/);
  });

  it("counts a waived failure as skipped with its reason, and names a waiver that nothing needs", async () => {
    write([twice, { ...twice, id: "fake/twice/001", output: float([0, 0, 0]) }]);
    const waivers = [
      { id: "fake/twice/000", reason: "old" },
      { id: "fake/twice/001", reason: "on purpose" },
    ];
    const text = formatReport(await runCorpus(fakeLibrary(), folder, { waivers }), 5);
    expect(text).toContain("waived: on purpose (1)");
    expect(text).toContain("waiver no longer needed: fake/twice/000");
    expect(text).toContain("before waivers: 1 passed, 1 failed, 0 skipped");
    expect(text).toMatch(/\n1 passed, 0 failed, 1 skipped$/);
  });

  it("waives by what the call reads like, and only what fails", async () => {
    write([twice, { ...twice, id: "fake/twice/001", output: float([0, 0, 0]) }]);
    const report = (call: RegExp) => runCorpus(fakeLibrary(), folder, { waivers: [{ call, reason: "on purpose" }] });
    expect((await report(/^twice\(float32\[3\]/)).groups.get("fake")).toMatchObject({
      passed: 1,
      failed: 0,
      waived: 1,
    });
    expect((await report(/expected/)).groups.get("fake")).toMatchObject({ passed: 1, failed: 1, waived: 0 });
  });

  it("is refused when a checksum is wrong, when it is empty, and when it has no such group", async () => {
    await expect(runCorpus(fakeLibrary(), folder)).rejects.toThrow(/no corpus/);
    write([twice], "00");
    await expect(runCorpus(fakeLibrary(), folder)).rejects.toThrow(/fake\.00\.json is damaged/);
    write([twice]);
    await expect(runCorpus(fakeLibrary(), folder, { groups: new Set(["other"]) })).rejects.toThrow(/no group other/);
    await expect(runCorpus(fakeLibrary(), join(folder, "nowhere"))).rejects.toThrow(/no folder/);
  });
});
