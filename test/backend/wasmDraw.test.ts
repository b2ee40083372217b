import { describe, expect, it } from "vitest";
import { wordsOf } from "../../src/backend/reference/draw.js";
import { rand } from "../../src/index.js";
import { Generator } from "../../src/random/generator.js";
import { builds, free, heap, make, reference } from "./twins.js";

/** Below, at and above whole registers, a chunk of words, a twister's block, and many of them. */
const lengths = [0, 1, 2, 3, 4, 5, 511, 512, 513, 623, 624, 625, 1023, 1024, 1025, 100_003];
/** Numbers between two, with a range that is rounded; probabilities at both ends, and one whose every bit counts. */
const cases = [
  ["uniform", 0, 1],
  ["uniform", -1.7, 0.3],
  ["bernoulli", 0.3, 1 / 0.7],
  ["bernoulli", 0, 2],
  ["bernoulli", 1, 2],
  ["bernoulli", 1 - 2 ** -53, -3],
] as const;

describe.each(builds.map((backend) => [backend.name, backend] as const))("draws of a twister, %s", (_, backend) => {
  it.each(["float32", "float64"] as const)("%s: the same bits and the same state as one by one", (dtype) => {
    for (const n of lengths) {
      for (const [op, a, b] of cases) {
        for (const next of [0, 7, 623, 624]) {
          const { words } = new Generator(n).getState();
          const [wordsOne, wordsMany] = [words.slice(), words.slice()];
          // One more than n, which must stay as it is.
          const [one, many] = [make(dtype, [n + 1], () => 5), make(dtype, [n + 1], () => 5)];
          reference.draw(op, { ...one, shape: [n] }, wordsOne, next, a, b);
          backend.draw(op, { ...many, shape: [n] }, wordsMany, next, a, b);
          const bytes = (x: typeof one): Uint8Array =>
            heap.view("uint8", x.address, (n + 1) * (dtype === "float32" ? 4 : 8)).slice();
          const what = `${op} ${a} ${b}, ${n} of them, from word ${next}`;
          expect(Buffer.compare(bytes(many), bytes(one)), what).toBe(0);
          expect(Buffer.compare(Buffer.from(wordsMany.buffer), Buffer.from(wordsOne.buffer)), what).toBe(0);
          free(one, many);
        }
      }
    }
  });

  it("a draw exactly at the limit is no hit, one step above it is", () => {
    const generator = new Generator(5);
    const { words, next } = generator.getState();
    const out = make("float64", [1]);
    const first = generator.nextFloat64();
    for (const [p, hit] of [
      [first, 0],
      [first + 2 ** -53, 1],
    ] as const) {
      backend.draw("bernoulli", out, words.slice(), next, p, 1);
      expect(heap.view("float64", out.address, 1)[0]).toBe(hit);
    }
    free(out);
  });
});

describe("what is drawn into tensors, and what a generator does besides", () => {
  it("large draws in the heap go on where small ones outside of it ended", () => {
    const [mixed, single] = [new Generator(3), new Generator(3)];
    for (const n of [3, 1000, 70, 1, 5000]) {
      const drawn = rand(n, { generator: mixed }).toTypedArray();
      expect(drawn).toEqual(Float32Array.from({ length: n }, () => single.nextFloat32()));
      expect(mixed.nextUint32()).toBe(single.nextUint32());
      expect(mixed.getState()).toEqual(single.getState());
    }
  });

  it("counts the words that it draws, so that a capture sees every draw", () => {
    for (const n of [0, 1, 623, 624, 625, 1248, 1249]) {
      const [many, single] = [new Generator(1), new Generator(1)];
      rand(n, { generator: many });
      for (let i = 0; i < n * wordsOf("uniform", true); i++) single.nextUint32();
      expect(many.drawn).toBe(single.drawn);
    }
  });
});
