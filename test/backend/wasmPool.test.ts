import { describe, expect, it } from "vitest";
import type { Windows } from "../../src/backend/backend.js";
import { anyOf, builds, free, heap, make, read, reference, sumSlack, twin } from "./twins.js";

/** Windows of `size` elements, `step` apart, that lie whole within `length`. */
const moving = (length: number, size: number, step: number): Windows => {
  const n = Math.max(0, Math.floor((length - size) / step) + 1);
  const starts = Int32Array.from({ length: n }, (_, i) => i * step);
  return { starts, ends: starts.map((s) => s + size), step: 1, counts: starts.map(() => size) };
};

describe.each(builds.map((backend) => [backend.name, backend] as const))("pooling, %s", (_, backend) => {
  it("finds the largest of squares of any width, and where it is: the first of several, the first NaN", () => {
    const few = anyOf("float32");
    for (const dtype of ["float32", "float64"] as const) {
      for (let W = 2; W < 21; W++) {
        for (const H of [2, 5]) {
          // Halves, so that there are ties; a NaN here and there.
          const value = (i: number): number => (i % 7 === 3 ? Number.NaN : Math.round(few()) / 2);
          const x = make(dtype, [2, 3, 1, H, W], value);
          const windows = [moving(1, 1, 1), moving(H, 2, 2), moving(W, 2, 2)] as const;
          const shape = [2, 3, 1, windows[1].starts.length, windows[2].starts.length];
          const [fast, plain] = [make("int32", shape), make("int32", shape)];
          twin(
            backend,
            dtype,
            shape,
            (k, out) => k.maxPool(out, k === reference ? plain : fast, x, windows),
            `W=${W} H=${H}`,
          );
          expect(read(fast)).toEqual(read(plain));
          const d = make(dtype, shape, (i) => (i % 11 === 5 ? Number.NaN : few()));
          twin(
            backend,
            dtype,
            x.shape,
            (k, out) => k.maxPoolBackward(out, d, plain, windows),
            `backward, W=${W} H=${H}`,
          );
          free(x, fast, plain, d);
        }
      }
    }
    expect(heap.blocks).toBe(0);
  });

  it("sums the channels of images", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const shape of [
        [3, 5, 7, 6],
        [1, 4, 1, 1, 9],
        [2, 1, 3],
        [3, 2, 1],
      ]) {
        const x = make(dtype, shape, anyOf(dtype));
        const dims = shape.map((_size, d) => d).filter((d) => d !== 1);
        for (const op of ["sum", "mean"] as const)
          twin(
            backend,
            dtype,
            [shape[1] as number],
            (k, out) => k.reduce(op, out, x, dims),
            `${op} of ${shape}`,
            2,
            Math.max(1e-15, sumSlack(x)),
          );
        free(x);
      }
    }
  });
});
