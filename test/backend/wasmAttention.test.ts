import { describe, expect, it } from "vitest";
import type { DType } from "../../src/backend/dtype.js";
import { anyOf, builds, expectSame, free, heap, make, randomFrom, reference } from "./twins.js";

interface Case {
  readonly name: string;
  readonly L: number;
  readonly S: number;
  readonly E: number;
  readonly V: number;
  readonly isCausal?: boolean;
  readonly isMasked?: boolean;
  readonly scale?: number;
}

const cases: readonly Case[] = [
  { name: "one query, one key", L: 1, S: 1, E: 1, V: 1 },
  { name: "tails everywhere", L: 7, S: 13, E: 5, V: 3 },
  { name: "more queries than a tile", L: 131, S: 37, E: 8, V: 9 },
  { name: "causal, several tiles", L: 70, S: 70, E: 6, V: 4, isCausal: true },
  { name: "causal, more keys than queries", L: 33, S: 50, E: 4, V: 4, isCausal: true },
  { name: "causal, more queries than keys", L: 65, S: 20, E: 4, V: 4, isCausal: true },
  { name: "causal, a scale below 0", L: 9, S: 12, E: 4, V: 4, isCausal: true, scale: -0.7 },
  { name: "a scale of 0", L: 9, S: 12, E: 4, V: 4, scale: 0 },
  { name: "masked", L: 9, S: 70, E: 4, V: 6, isMasked: true },
  { name: "features above a block of K", L: 5, S: 6, E: 300, V: 2 },
  { name: "keys above a block of K", L: 4, S: 600, E: 3, V: 5 },
];

/** Two batches of three heads; queries, keys and values lie interleaved, as one projection leaves them. */
const inputsOf = (dtype: DType, { L, S, E, V, isMasked = false }: Case, value = anyOf(dtype)) => {
  const between = (rows: number, width: number) =>
    make(dtype, [2, 3, rows, width], value, [rows * 3 * width * 2, width, 3 * width * 2, 1]);
  const random = randomFrom(5);
  const hidden = (): number => (random() < 0.3 ? Number.NEGATIVE_INFINITY : random());
  // The first key is always seen; the mask is one for all batches.
  const mask = isMasked ? make(dtype, [2, 3, L, S], (i) => (i % S === 0 ? 0 : hidden()), [0, L * S, S, 1]) : null;
  return { q: between(L, E), k: between(S, E), v: between(S, V), mask };
};

const run = (backend: (typeof builds)[number], dtype: DType, one: Case, inputs: ReturnType<typeof inputsOf>) => {
  const { L, S, E, V, isCausal = false, scale = 0.4 } = one;
  const { q, k, v, mask } = inputs;
  const spec = { scale, isCausal };
  const of = (...shape: number[]) => make(dtype, [2, 3, ...shape], () => 77);
  const [out, logSums, dQ, dK, dV] = [of(L, V), of(L), of(L, E), of(S, E), of(S, V)];
  const dOut = make(dtype, [2, 3, L, V], (i) => Math.sin(i));
  const held = heap.blocks;
  backend.attention(out, logSums, q, k, v, mask, spec);
  backend.attentionBackward(dQ, dK, dV, dOut, out, logSums, q, k, v, mask, spec);
  expect(heap.blocks, "temporaries that were not given back").toBe(held);
  free(dOut);
  return [out, logSums, dQ, dK, dV];
};

describe.each(builds.map((backend) => [backend.name, backend] as const))("attention, %s", (_, backend) => {
  it.each(cases)("agrees with the plain kernels: $name", (one) => {
    for (const [dtype, slack] of [
      ["float32", 2e-5],
      ["float64", 1e-12],
    ] as const) {
      const inputs = inputsOf(dtype, one);
      const fast = run(backend, dtype, one, inputs);
      const plain = run(reference, dtype, one, inputs);
      for (const [i, name] of ["out", "logSums", "dQ", "dK", "dV"].entries())
        expectSame(fast[i] as (typeof fast)[0], plain[i] as (typeof fast)[0], `${name} ${dtype}`, 64, slack);
      free(...fast, ...plain);
    }
  });

  it("spreads NaN and infinity as plain products do, from keys that are hidden too", () => {
    const one: Case = { name: "", L: 66, S: 66, E: 4, V: 4, isCausal: true };
    for (const [part, bad] of [
      ["q", Number.NaN],
      ["k", Number.NaN],
      ["v", Number.NaN],
      ["k", Number.POSITIVE_INFINITY],
      ["v", Number.NEGATIVE_INFINITY],
    ] as const) {
      const inputs = inputsOf("float32", one);
      const { address } = inputs[part];
      heap.f32[address / 4 + 50 * 3 * 4 * 2] = bad;
      const fast = run(backend, "float32", one, inputs);
      const plain = run(reference, "float32", one, inputs);
      for (const i of fast.keys())
        expectSame(fast[i] as (typeof fast)[0], plain[i] as (typeof fast)[0], `${i} with ${bad} in ${part}`, 64, 2e-5);
      free(...fast, ...plain);
    }
  });
});
