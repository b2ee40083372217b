import { describe, expect, it } from "vitest";
import { fillBernoulli, fillNormal, fillUniform } from "../../src/random/distributions.js";
import { Generator } from "../../src/random/generator.js";

/** Around the ends of a twister's block, of a chunk, and of both. */
const lengths = [0, 1, 15, 511, 512, 513, 623, 624, 625, 1023, 1024, 1025, 8 * 624 + 3];

const two = (used: number): [Generator, Generator] => {
  const pair: [Generator, Generator] = [new Generator(5), new Generator(5)];
  // Not at the start of a block.
  for (const generator of pair) for (let i = 0; i < used; i++) generator.nextUint32();
  return pair;
};

describe("many draws at once are the draws one by one", () => {
  it.each(lengths)("%i of them", (n) => {
    for (const used of [0, 7, 623]) {
      const [many, single] = two(used);
      const floats = new Float32Array(n);
      fillUniform(floats, many, -1, 3);
      expect(floats).toEqual(Float32Array.from({ length: n }, () => single.nextFloat32() * 4 - 1));
      const doubles = new Float64Array(n);
      fillUniform(doubles, many);
      expect(doubles).toEqual(Float64Array.from({ length: n }, () => single.nextFloat64()));
      const bits = new Float32Array(n);
      fillBernoulli(bits, many, 0.3, 2.5);
      expect(bits).toEqual(Float32Array.from({ length: n }, () => (single.nextFloat64() < 0.3 ? 2.5 : 0)));
      expect(many.nextUint32()).toBe(single.nextUint32());
    }
  });

  it("bernoulli is exact where all 53 bits count", () => {
    const [many, single] = two(0);
    const draws = Array.from({ length: 40 }, () => single.nextFloat64());
    // Just at a draw, and one step of a float64's fraction above it.
    draws.forEach((draw, i) => {
      const at = new Generator(5);
      for (let k = 0; k < i; k++) at.nextFloat64();
      const state = at.getState();
      for (const [p, hit] of [
        [draw, 0],
        [draw + 2 ** -53, 1],
      ] as const) {
        at.setState(state);
        const out = new Float64Array(1);
        fillBernoulli(out, at, p);
        expect(out[0]).toBe(hit);
      }
    });
    const ends = new Float64Array(1000);
    fillBernoulli(ends, many, 1);
    expect(ends.every((x) => x === 1)).toBe(true);
    fillBernoulli(ends, many, 0);
    expect(ends.some((x) => x !== 0)).toBe(false);
  });

  it("normal numbers turn the uniform ones in blocks of 16, the last anew", () => {
    const [many, single] = two(3);
    const out = new Float32Array(37);
    fillNormal(out, many, 2, 3);
    const u = Float32Array.from({ length: 37 }, () => single.nextFloat32());
    const radius = Math.sqrt(-2 * Math.log(1 - (u[0] as number)));
    expect(out[0]).toBe(Math.fround(radius * Math.cos(2 * Math.PI * (u[8] as number)) * 3 + 2));
    const last = Float32Array.from({ length: 16 }, () => single.nextFloat32());
    const end = Math.sqrt(-2 * Math.log(1 - (last[7] as number)));
    expect(out[36]).toBe(Math.fround(end * Math.sin(2 * Math.PI * (last[15] as number)) * 3 + 2));
    expect(many.nextUint32()).toBe(single.nextUint32());
  });
});
