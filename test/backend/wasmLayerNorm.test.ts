import { describe, expect, it } from "vitest";
import { anyOf, builds, expectSame, free, heap, make, reference, tailSizes } from "./twins.js";

describe.each(builds.map((backend) => [backend.name, backend] as const))("layer norm, %s", (_, backend) => {
  it("agrees with the plain kernels for all tails, with and without weight and bias", () => {
    for (const [dtype, slack] of [
      ["float32", 1e-5],
      ["float64", 1e-12],
    ] as const) {
      for (const C of tailSizes.filter((n) => n > 0)) {
        for (const isAffine of [true, false]) {
          const R = 1 + (C % 4);
          // Rows apart, and a NaN in the last of several.
          const any = anyOf(dtype);
          const x = make(dtype, [R, C], (i) => (R > 2 && i === (R - 1) * 2 * C ? Number.NaN : 5 + any()), [2 * C, 1]);
          const [w, b] = isAffine ? [make(dtype, [C], any), make(dtype, [C], any)] : [null, null];
          const d = make(dtype, [R, C], any);
          const run = (k: typeof reference) => {
            const [y, dX] = [make(dtype, [R, C]), make(dtype, [R, C])];
            const [means, rstds] = [make(dtype, [R]), make(dtype, [R])];
            const [dW, dB] = [make(dtype, [C]), make(dtype, [C])];
            const held = heap.blocks;
            k.layerNorm(y, means, rstds, x, w, b, 1e-5);
            k.layerNormBackward(dX, dW, dB, d, x, means, rstds, w);
            expect(heap.blocks, "temporaries that were not given back").toBe(held);
            return { y, means, rstds, dX, dW, dB };
          };
          const [fast, plain] = [run(backend), run(reference)];
          // A single element has variance 0 and so a slope of 1 / √eps.
          const loose = C === 1 ? slack * 400 : slack;
          for (const name of ["y", "means", "rstds", "dX", "dW", "dB"] as const)
            expectSame(fast[name], plain[name], `${name} ${dtype} C=${C}`, 64, loose);
          free(x, d, ...Object.values(fast), ...Object.values(plain));
          if (w !== null && b !== null) free(w, b);
        }
      }
    }
  });
});
