import { afterAll, describe, expect, it } from "vitest";
import { heap, setBackend } from "../../src/backend/current.js";
import { type Build, bestBuild, createCpuBackend } from "../../src/backend/wasm/loader.js";
import { autograd, manualSeed, nn, randn, type Tensor } from "../../src/index.js";

const F = nn.functional;
const builds: readonly Build[] = bestBuild() === "relaxed" ? ["simd", "relaxed"] : ["simd"];

/** The result and the gradients of all inputs, on a build. */
const run = (
  build: Build,
  fn: (...xs: Tensor[]) => Tensor,
  shapes: readonly number[][],
  dtype: "float32" | "float64",
) => {
  setBackend(createCpuBackend(heap, build));
  manualSeed(21);
  const inputs = shapes.map((shape) => randn(shape, { dtype }).requiresGrad_());
  const y = fn(...inputs);
  autograd.backward([y], [randn(y.shape, { dtype })]);
  return [y, ...inputs.map((x) => x.grad as Tensor)].map((x) => Array.from(x.toTypedArray()));
};

const cases: [string, (...xs: Tensor[]) => Tensor, number[][]][] = [
  ["conv2d, 3 × 3, padded", (x, w, b) => F.conv2d(x, w, b, { padding: 1 }), [[2, 3, 13, 11], [7, 3, 3, 3], [7]]],
  ["conv2d, K above a block", (x, w, b) => F.conv2d(x, w, b), [[1, 80, 7, 9], [9, 80, 3, 3], [9]]],
  [
    "conv2d, more positions than a block",
    (x, w) => F.conv2d(x, w),
    [
      [1, 2, 75, 71],
      [3, 2, 2, 2],
    ],
  ],
  [
    "conv2d, more weights than the table of offsets holds",
    (x, w) => F.conv2d(x, w),
    [
      [1, 2000, 4, 5],
      [2, 2000, 3, 3],
    ],
  ],
  [
    "conv2d, a plane too large for one band",
    (x, w) => F.conv2d(x, w, null, { padding: 1 }),
    [
      [1, 1, 260, 270],
      [2, 1, 3, 3],
    ],
  ],
  ["conv2d, a plane smaller than a register", (x, w, b) => F.conv2d(x, w, b), [[3, 4, 3, 3], [5, 4, 3, 3], [5]]],
  [
    "conv2d, a stride that leaves the image's end unseen",
    (x, w) => F.conv2d(x, w, null, { stride: 2 }),
    [
      [2, 2, 5, 5],
      [3, 2, 2, 2],
    ],
  ],
  [
    "conv2d, stride above the window",
    (x, w) => F.conv2d(x, w, null, { stride: 3 }),
    [
      [2, 3, 11, 8],
      [4, 3, 2, 1],
    ],
  ],
  [
    "conv2d, stride 2, padded, odd sizes",
    (x, w) => F.conv2d(x, w, null, { stride: 2, padding: 1 }),
    [
      [2, 3, 11, 8],
      [4, 3, 3, 3],
    ],
  ],
  [
    "conv2d, stride 2, padding beyond the window",
    (x, w) => F.conv2d(x, w, null, { stride: 2, padding: 3 }),
    [
      [1, 2, 5, 6],
      [3, 2, 3, 2],
    ],
  ],
  [
    "conv1d, so long that it is cut",
    (x, w) => F.conv1d(x, w, null, { padding: 2 }),
    [
      [1, 2, 50001],
      [3, 2, 5],
    ],
  ],
  [
    "conv2d, strided, dilated, grouped",
    (x, w, b) => F.conv2d(x, w, b, { stride: [2, 3], dilation: [1, 2], padding: [2, 1], groups: 2 }),
    [[2, 4, 12, 13], [6, 2, 3, 2], [6]],
  ],
  [
    "conv2d, depthwise, with a bias",
    (x, w, b) => F.conv2d(x, w, b, { groups: 6, padding: 1 }),
    [[3, 6, 9, 14], [6, 1, 3, 3], [6]],
  ],
  [
    "conv2d, depthwise, two of a channel",
    (x, w, b) => F.conv2d(x, w, b, { groups: 3 }),
    [[2, 3, 7, 9], [6, 1, 3, 3], [6]],
  ],
  [
    "conv2d, depthwise, padded far",
    (x, w) => F.conv2d(x, w, null, { groups: 2, padding: [3, 5] }),
    [
      [2, 2, 4, 5],
      [2, 1, 3, 3],
    ],
  ],
  [
    "conv2d, depthwise, in steps",
    (x, w, b) => F.conv2d(x, w, b, { groups: 4, padding: 1, stride: 2 }),
    [[2, 4, 12, 13], [4, 1, 3, 3], [4]],
  ],
  [
    "conv2d, depthwise, unlike steps",
    (x, w) => F.conv2d(x, w, null, { groups: 3, padding: [0, 2], stride: [3, 1] }),
    [
      [2, 3, 11, 9],
      [3, 1, 2, 5],
    ],
  ],
  [
    "conv2d, depthwise, dilated",
    (x, w) => F.conv2d(x, w, null, { groups: 3, padding: 4, dilation: 2 }),
    [
      [1, 3, 10, 17],
      [3, 1, 5, 5],
    ],
  ],
  [
    "conv2d, depthwise, dilated in steps",
    (x, w) => F.conv2d(x, w, null, { groups: 3, stride: 2, dilation: 3 }),
    [
      [1, 3, 14, 19],
      [3, 1, 3, 3],
    ],
  ],
  [
    "conv2d, depthwise, narrow",
    (x, w) => F.conv2d(x, w, null, { groups: 2, padding: 1 }),
    [
      [2, 2, 9, 3],
      [2, 1, 3, 3],
    ],
  ],
  [
    "conv2d, depthwise, 1 × 1",
    (x, w) => F.conv2d(x, w, null, { groups: 5 }),
    [
      [2, 5, 3, 5],
      [5, 1, 1, 1],
    ],
  ],
  ["conv1d, depthwise", (x, w, b) => F.conv1d(x, w, b, { groups: 4, padding: 2 }), [[2, 4, 33], [4, 1, 4], [4]]],
  [
    "conv2d, depthwise",
    (x, w) => F.conv2d(x, w, null, { groups: 5, padding: 1 }),
    [
      [2, 5, 6, 6],
      [5, 1, 3, 3],
    ],
  ],
  [
    "conv2d, 1 × 1",
    (x, w) => F.conv2d(x, w),
    [
      [2, 17, 5, 5],
      [33, 17, 1, 1],
    ],
  ],
  [
    "conv1d, long",
    (x, w) => F.conv1d(x, w, null, { stride: 2 }),
    [
      [2, 3, 101],
      [4, 3, 5],
    ],
  ],
  [
    "conv3d",
    (x, w) => F.conv3d(x, w, null, { padding: 1 }),
    [
      [1, 2, 4, 5, 6],
      [3, 2, 3, 3, 3],
    ],
  ],
  [
    "convTranspose2d",
    (x, w) => F.convTranspose2d(x, w, null, { stride: 2, padding: 1 }),
    [
      [2, 3, 5, 6],
      [3, 4, 4, 4],
    ],
  ],
  ["maxPool2d, overlapping", (x) => F.maxPool2d(x, 3, { stride: 2, padding: 1 }), [[2, 3, 11, 10]]],
  ["avgPool2d, with a border", (x) => F.avgPool2d(x, 3, { stride: 2, padding: 1 }), [[2, 3, 11, 10]]],
  ["adaptiveAvgPool2d", (x) => F.adaptiveAvgPool2d(x, [3, 4]), [[2, 3, 11, 10]]],
  ["layerNorm", (x, w, b) => F.layerNorm(x, [37], { weight: w, bias: b }), [[5, 37], [37], [37]]],
  [
    "batchNorm",
    (x, w, b) => F.batchNorm(x, null, null, { weight: w, bias: b, training: true }),
    [[6, 5, 7, 3], [5], [5]],
  ],
  ["batchNorm of a matrix", (x) => F.batchNorm(x, null, null, { training: true }), [[9, 6]]],
  ["groupNorm", (x) => F.groupNorm(x, 2), [[3, 4, 5, 5]]],
];

afterAll(() => setBackend(createCpuBackend(heap, bestBuild())));

describe.each(builds)("windows and norms on the %s build", (build) => {
  it.each(cases)("agree with the plain TypeScript kernels: %s", (_name, fn, shapes) => {
    for (const [dtype, tolerance] of [
      ["float32", 2e-5],
      ["float64", 1e-12],
    ] as const) {
      const fast = run(build, fn, shapes, dtype);
      const plain = run("reference", fn, shapes, dtype);
      plain.forEach((values, part) => {
        const scale = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
        values.forEach((v, i) => {
          expect(Math.abs(((fast[part] as number[])[i] as number) - v)).toBeLessThanOrEqual(tolerance * scale);
        });
      });
    }
  });
});
