import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { backend, heap } from "../src/backend/current.js";
import { ReferenceBackend } from "../src/backend/reference/referenceBackend.js";
import { createCpuBackend } from "../src/backend/wasm/loader.js";
import { manualSeed, matmul, nn, noGrad, randn, setBackend, type Tensor, tensor, zeros } from "../src/index.js";

// Node 20 has the build with fused multiply-add behind this flag; newer engines have it, and no flag.
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

const fast = { simd: createCpuBackend(heap, "simd"), relaxed: createCpuBackend(heap, "relaxed") };
const naive = new ReferenceBackend(heap);

/** The same computation on other kernels. */
const on = (kernels: typeof naive | (typeof fast)["simd"], fn: () => Tensor): Float64Array => {
  const before = backend();
  setBackend(kernels);
  try {
    return Float64Array.from(noGrad(fn).toTypedArray());
  } finally {
    setBackend(before);
  }
};

const expectClose = (actual: Float64Array, expected: Float64Array, tolerance: number): void => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (
      !(Object.is(a, e) || Math.abs(a - e) <= tolerance * (1 + Math.abs(e)) || (Number.isNaN(a) && Number.isNaN(e)))
    ) {
      expect.fail(`element ${i} is ${a}, the naive kernel gives ${e}`);
    }
  }
};

describe.each(Object.entries(fast))("the %s kernels agree with the naive ones", (_name, kernels) => {
  const agree = (fn: () => Tensor, tolerance = 1e-6): void => expectClose(on(kernels, fn), on(naive, fn), tolerance);
  const tails = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65];

  it.each(["float32", "float64"] as const)("element by element at every tail, broadcast and strided: %s", (dtype) => {
    manualSeed(1);
    for (const n of tails) {
      const [a, b] = [randn(3, n, { dtype }), randn(3, n, { dtype })];
      for (const other of [
        b,
        b.narrow(0, 1, 1),
        b.select(0, 0),
        randn(3, 1, { dtype }),
        randn([], { dtype }),
        b.t().clone().t(),
      ]) {
        agree(() => a.add(other), 0);
        agree(() => a.sub(other), 0);
        agree(() => other.mul(a), 0);
        agree(() => a.div(other), 0);
        agree(() => a.maximum(other), 0);
      }
      agree(() => a.mul(2.5).relu().sub(1), 0);
      agree(() => a.sum(), 1e-6);
      agree(() => a.sum(0), 1e-6);
      agree(() => a.mean(1), 1e-6);
    }
  });

  it.each(["float32", "float64"] as const)(
    "matmul at edges, K above every block, and all transpositions: %s",
    (dtype) => {
      manualSeed(2);
      for (const [M, K, N] of [
        [1, 1, 1],
        [2, 3, 1],
        [5, 7, 9],
        [6, 8, 8],
        [13, 300, 17],
        [97, 5, 263],
        [7, 600, 10],
        [3, 0, 2],
        [0, 3, 2],
      ] as const) {
        const [a, b] = [randn(M, K, { dtype }), randn(K, N, { dtype })];
        const [at, bt] = [a.t().clone().t(), b.t().clone().t()];
        for (const [x, y] of [
          [a, b],
          [at, b],
          [a, bt],
          [at, bt],
        ] as const)
          agree(() => matmul(x, y), 2e-5);
      }
      const [stack, other] = [randn(2, 1, 4, 5, { dtype }), randn(3, 5, 2, { dtype })];
      agree(() => matmul(stack, other), 1e-5);
    },
  );

  it("linear adds its bias once, for any K", () => {
    for (const K of [1, 48, 256, 257, 784]) {
      const [x, w, b] = [randn(5, K), randn(3, K), randn(3)];
      agree(() => nn.functional.linear(x, w, b), 2e-5);
    }
  });

  it("crossEntropy, forward and backward", () => {
    const logits = randn(9, 7).mul(30);
    const labels = tensor([0, 1, 2, 3, 4, 5, 6, -100, 3]);
    const run = (): Tensor => {
      const x = logits.clone().requiresGrad_();
      const before = x.grad;
      expect(before).toBeNull();
      return nn.functional.crossEntropy(x, labels, { reduction: "none" });
    };
    agree(run, 1e-5);
  });

  it("NaN and infinities stay: zero times NaN is NaN in a product", () => {
    const a = zeros(4, 8);
    const b = tensor([[Number.NaN, 1, Number.POSITIVE_INFINITY]], { dtype: "float32" }).expand(8, 3);
    const [nan, one, infinite] = on(kernels, () => matmul(a, b));
    expect([nan, one, infinite]).toEqual([Number.NaN, 0, Number.NaN]);
    agree(() => tensor([Number.NaN, -1, 0, Number.POSITIVE_INFINITY, -0]).relu(), 0);
  });

  it("a sum of 20,000 tenths does not drift", () => {
    const [sum] = on(kernels, () => tensor(new Float32Array(20_000).fill(0.1)).sum());
    expect(sum).toBe(Math.fround(20_000 * Math.fround(0.1)));
  });
});
