/** Convolutions of 3 × 3 over few channels give what the naive ones give, for lines of any length, also where that is not finite. */
import { describe, expect, it } from "vitest";
import type { ConvSpec } from "../../src/backend/backend.js";
import { anyOf, builds, free, heap, make, twin } from "./twins.js";

/** Images, channels in and out, height. */
const sizes = [
  [2, 1, 8, 5],
  [3, 3, 4, 4],
  [1, 8, 4, 38],
] as const;

describe.each(builds.map((build) => [build.name, build] as const))("%s", (_, build) => {
  it.each(sizes)("%i images, %i to %i channels, %i high", (N, C, O, H) => {
    for (const dtype of ["float32", "float64"] as const) {
      const any = anyOf(dtype);
      const [w, bias] = [make(dtype, [O, C, 1, 3, 3], any), make(dtype, [O], any)];
      for (let W = 3; W < 22; W++) {
        for (const [top, left] of [
          [0, 0],
          [1, 1],
          [2, 0],
          [0, 3],
        ] as const) {
          const spec: ConvSpec = { stride: [1, 1, 1], padding: [0, top, left], dilation: [1, 1, 1], groups: 1 };
          // Something that is not finite here and there.
          const value = (i: number): number =>
            i % 67 === 9 ? Number.NaN : i % 71 === 5 ? Number.POSITIVE_INFINITY : any();
          const [x, dOut] = [
            make(dtype, [N, C, 1, H, W], value),
            make(dtype, [N, O, 1, H + 2 * top - 2, W + 2 * left - 2], any),
          ];
          const what = `W=${W}, padding ${top} and ${left}`;
          const slack = (dtype === "float32" ? 1e-5 : 1e-14) * 100;
          twin(build, dtype, dOut.shape, (k, out) => k.conv(out, x, w, bias, spec), what, 0, slack);
          twin(build, dtype, dOut.shape, (k, out) => k.conv(out, x, w, null, spec), `${what}, no bias`, 0, slack);
          if (O <= 8)
            twin(build, dtype, x.shape, (k, out) => k.convBackwardInput(out, dOut, w, spec), `${what}, dX`, 0, slack);
          free(x, dOut);
        }
      }
      free(w, bias);
    }
    expect(heap.blocks).toBe(0);
  });
});
