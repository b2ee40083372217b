import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { manualSeed, nn, type Tensor, zeros } from "../../src/index.js";

const { init } = nn;

/** What PyTorch makes of a [6, 5] tensor after manual_seed(0), see scripts/golden/makeInit.py. */
const stored = JSON.parse(readFileSync(new URL("../golden/init.json", import.meta.url), "utf8")) as Record<
  string,
  number[]
>;

const makers: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  uniform_: (x) => init.uniform_(x, -2, 3),
  normal_: (x) => init.normal_(x, 1, 2),
  truncNormal_: (x) => init.truncNormal_(x, 0, 0.5, -1, 1),
  kaimingUniform_: (x) => init.kaimingUniform_(x, { a: 0.1 }),
  kaimingNormal_: (x) => init.kaimingNormal_(x, { mode: "fanOut", nonlinearity: "relu" }),
  xavierUniform_: (x) => init.xavierUniform_(x),
  xavierNormal_: (x) => init.xavierNormal_(x, 1.5),
  orthogonal_: (x) => init.orthogonal_(x, 2),
  sparse_: (x) => init.sparse_(x, 0.4),
  eye_: (x) => init.eye_(x),
  dirac_: (x) => init.dirac_(x.reshape([3, 2, 5])),
  constant_: (x) => init.constant_(x, 0.3),
};

/** Neither normal nor through a decomposition: bit for bit. */
const isExact = (name: string): boolean => /uniform|Uniform|eye|dirac|constant/.test(name);

describe("initialisers draw what PyTorch's draw from the same seed", () => {
  it("for each that is stored", () => {
    expect(Object.keys(stored)).toEqual(Object.keys(makers));
  });

  it.each(Object.keys(makers))("%s", (name) => {
    manualSeed(0);
    const drawn = Array.from(makers[name]?.(zeros(6, 5)).toTypedArray() ?? [], Number);
    const expected = stored[name] as number[];
    expect(drawn).toHaveLength(expected.length);
    if (isExact(name)) expect(drawn).toEqual(expected.map(Math.fround));
    else
      drawn.forEach((value, i) => {
        expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(1e-6);
      });
  });

  it("and refuse what has no fans, no matrix, no mode", () => {
    expect(() => init.kaimingUniform_(zeros(5))).toThrow(/at least 2 dimensions/);
    expect(() => init.eye_(zeros(5))).toThrow(/no matrix/);
    expect(() => init.dirac_(zeros(2, 2))).toThrow(/3 to 5 dimensions/);
    expect(() => init.dirac_(zeros(3, 2, 3), { groups: 2 })).toThrow(/2 groups do not divide 3 channels/);
    expect(() => init.kaimingNormal_(zeros(2, 2), { mode: "fan" as "fanIn" })).toThrow(/mode fan is not known/);
  });
});
