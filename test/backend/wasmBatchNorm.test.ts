import { describe, expect, it } from "vitest";
import { anyOf, builds, expectSame, free, heap, make, reference, tailSizes } from "./twins.js";

/** Sizes of [N, C, L]: all tails of a run, runs so short that channels are put together, one sample, one channel. */
const shapes: readonly (readonly [number, number, number])[] = [
  ...tailSizes.filter((n) => n > 0).map((L) => [3, 2, L] as const),
  [17, 5, 1],
  [2, 3, 7],
  [1, 4, 40],
  [6, 1, 9],
];

describe.each(builds.map((backend) => [backend.name, backend] as const))("batch norm, %s", (_, backend) => {
  it("agrees with the plain kernels, with and without weight and bias, also of channels that lie last", () => {
    for (const [dtype, slack] of [
      ["float32", 1e-5],
      ["float64", 1e-12],
    ] as const) {
      for (const shape of shapes) {
        const [N, C, L] = shape;
        for (const isAffine of [true, false]) {
          const any = anyOf(dtype);
          // A NaN in the last of several channels; a large average.
          const x = make(dtype, shape, (i) => (C > 2 && i === C - 1 ? Number.NaN : 50 + any()), [L * C, 1, C]);
          const d = make(dtype, shape, any, [L * C, 1, C]);
          const [w, b] = isAffine ? [make(dtype, [C], any), make(dtype, [C], any)] : [null, null];
          const run = (k: typeof reference) => {
            const [y, dX] = [make(dtype, shape), make(dtype, shape)];
            const [means, variances] = [make(dtype, [C]), make(dtype, [C])];
            const [dW, dB] = [make(dtype, [C]), make(dtype, [C])];
            const held = heap.blocks;
            k.batchNorm(y, means, variances, x, w, b, 1e-5);
            k.batchNormBackward(dX, dW, dB, d, x, means, variances, w, 1e-5);
            expect(heap.blocks, "temporaries that were not given back").toBe(held);
            return { y, means, variances, dX, dW, dB };
          };
          const [fast, plain] = [run(backend), run(reference)];
          // Numbers around 50 are rounded to 4e-6.
          for (const name of ["y", "means", "variances", "dX", "dW", "dB"] as const)
            expectSame(fast[name], plain[name], `${name} ${dtype} [${shape}]`, 64, slack * Math.max(20, N * L));
          free(x, d, ...Object.values(fast), ...Object.values(plain));
          if (w !== null && b !== null) free(w, b);
        }
      }
    }
  });
});
