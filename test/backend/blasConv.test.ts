import { afterAll, describe, expect, it } from "vitest";
import { blasInfo } from "../../src/backend/blas/blas.js";
import { createGemm } from "../../src/backend/blas/gemm.js";
import { backend, heap, setBackend } from "../../src/backend/current.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import { autograd, manualSeed, nn, randn, type Tensor } from "../../src/index.js";

const F = nn.functional;
type Conv = (x: Tensor, w: Tensor, b: Tensor) => Tensor;

/** Large enough for the BLAS, forward and backward. */
const cases: readonly (readonly [string, Conv, readonly (readonly number[])[]])[] = [
  ["3 × 3, padded", (x, w, b) => F.conv2d(x, w, b, { padding: 1 }), [[3, 5, 29, 31], [50, 5, 3, 3], [50]]],
  ["3 × 3 of many channels", (x, w, b) => F.conv2d(x, w, b, { padding: 1 }), [[3, 17, 25, 30], [19, 17, 3, 3], [19]]],
  ["3 × 3, padded by 2", (x, w, b) => F.conv2d(x, w, b, { padding: 2 }), [[3, 18, 22, 29], [16, 18, 3, 3], [16]]],
  ["several tiles", (x, w, b) => F.conv2d(x, w, b), [[2, 64, 40, 40], [34, 64, 3, 3], [34]]],
  ["1 × 1", (x, w, b) => F.conv2d(x, w, b), [[2, 33, 17, 9], [20, 33, 1, 1], [20]]],
  ["1 × 1, stride 2", (x, w, b) => F.conv2d(x, w, b, { stride: 2 }), [[2, 33, 17, 39], [60, 33, 1, 1], [60]]],
  [
    "7 × 7, stride 2, padded",
    (x, w, b) => F.conv2d(x, w, b, { stride: 2, padding: 3 }),
    [[2, 3, 45, 78], [32, 3, 7, 7], [32]],
  ],
  [
    "stride, dilation and padding that differ, in groups",
    (x, w, b) => F.conv2d(x, w, b, { stride: [2, 3], dilation: [1, 2], padding: [2, 4], groups: 2 }),
    [[2, 8, 20, 151], [96, 4, 3, 4], [96]],
  ],
  ["windows beyond the image", (x, w, b) => F.conv2d(x, w, b, { padding: 9 }), [[2, 3, 20, 22], [46, 3, 3, 5], [46]]],
  [
    "windows of which only the middle meets the image, which has as many positions",
    (x, w, b) => F.conv2d(x, w, b, { padding: [1, 34], dilation: [1, 34] }),
    [[2, 6, 20, 33], [60, 6, 3, 3], [60]],
  ],
  ["1-D", (x, w, b) => F.conv1d(x, w, b, { padding: 2, stride: 3 }), [[2, 9, 4001], [50, 9, 5], [50]]],
  ["3-D", (x, w, b) => F.conv3d(x, w, b, { padding: [1, 0, 2] }), [[2, 3, 9, 10, 31], [40, 3, 3, 2, 3], [40]]],
  [
    "views that lie by columns",
    (x, w, b) => F.conv2d(x.transpose(2, 3), w.transpose(2, 3), b, { padding: 1 }),
    [[2, 5, 31, 29], [70, 5, 3, 2], [70]],
  ],
  [
    "transposed",
    (x, w, b) => F.convTranspose2d(x, w, b, { stride: 2, padding: 1, outputPadding: 1 }),
    [[2, 40, 15, 37], [40, 10, 3, 3], [10]],
  ],
];

/** The result and the gradients of all inputs. */
const run = (fn: Conv, shapes: readonly (readonly number[])[], dtype: "float32" | "float64"): Float64Array[] => {
  manualSeed(4);
  const [x, w, b] = shapes.map((shape) => randn(shape, { dtype }).requiresGrad_()) as [Tensor, Tensor, Tensor];
  const y = fn(x, w, b);
  autograd.backward([y], [randn(y.shape, { dtype })]);
  return [y, ...[x, w, b].map(({ grad }) => grad as Tensor)].map((t) => Float64Array.from(t.toTypedArray()));
};

describe("convolutions by the system's BLAS", () => {
  const before = backend();
  afterAll(() => setBackend(before));
  const [plain, withBlas] = [createCpuBackend(heap, "simd"), createCpuBackend(heap, "simd", createGemm(heap))];

  it.each(cases)("agree with the kernels: %s", (_, fn, shapes) => {
    for (const dtype of ["float64", "float32"] as const) {
      setBackend(plain);
      const expected = run(fn, shapes, dtype);
      setBackend(withBlas);
      const actual = run(fn, shapes, dtype);
      for (const [i, values] of expected.entries()) {
        const size = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const error = values.reduce((most, v, at) => Math.max(most, Math.abs(v - (actual[i]?.[at] ?? Number.NaN))), 0);
        expect(error).toBeLessThan(size * (dtype === "float64" ? 1e-13 : 1e-5));
      }
    }
  });

  it("agree with the definition where they multiply less often", () => {
    const shapes = [[2, 17, 21, 24], [18, 17, 3, 3], [18]];
    const padded: Conv = (x, w, b) => F.conv2d(x, w, b, { padding: 1 });
    setBackend(createCpuBackend(heap, "reference"));
    const expected = run(padded, shapes, "float32");
    setBackend(withBlas);
    const actual = run(padded, shapes, "float32");
    for (const [i, values] of expected.entries()) {
      const size = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      expect(values.every((v, at) => Math.abs(v - (actual[i]?.[at] ?? Number.NaN)) < 2e-6 * size)).toBe(true);
    }
  });

  it.each([4, 16])("keep what is not finite where it belongs, with %i channels", (C) => {
    setBackend(withBlas);
    const x = randn(1, C, 24, 24);
    x.select(0, 0).select(0, 0).select(0, 5).select(0, 7).fill_(Number.NaN);
    const w = randn(60, C, 3, 3).mul(0).requiresGrad_();
    const spoiled = F.conv2d(x, w, { padding: 1 });
    expect(spoiled.isnan().sum().item()).toBe(60 * 9);
    autograd.backward([spoiled], [randn(spoiled.shape)]);
    expect(w.grad?.isnan().sum().item()).toBe(60 * 9);
    const dY = randn(1, 60, 24, 24);
    dY.select(0, 0).select(0, 0).select(0, 5).select(0, 7).fill_(Number.POSITIVE_INFINITY);
    const whole = randn(1, C, 24, 24).requiresGrad_();
    autograd.backward([F.conv2d(whole, randn(60, C, 3, 3), { padding: 1 })], [dY]);
    expect(whole.grad?.isfinite().logicalNot().sum().item()).toBe(C * 9);
  });

  it("are in use where there is a BLAS", ({ skip }) => {
    skip(
      blasInfo().kind === null,
      "neither koffi nor a BLAS is here (npm install koffi; apt-get install libopenblas0)",
    );
    const [, fn, shapes] = cases[0] as (typeof cases)[number];
    setBackend(plain);
    const expected = run(fn, shapes, "float32");
    setBackend(withBlas);
    expect(run(fn, shapes, "float32")).not.toEqual(expected);
  });
});
