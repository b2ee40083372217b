import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { heap, setBackend } from "../../src/backend/current.js";
import { bestBuild, createCpuBackend } from "../../src/backend/wasm/loader.js";
import { broadcastShapes, equal, manualSeed, randn, type Tensor } from "../../src/index.js";

const size = fc.integer({ min: 0, max: 4 });
const shape = fc.array(size, { maxLength: 4 });

describe("shapes", () => {
  it("broadcast to the same shape in either order, and with themselves to themselves", () => {
    fc.assert(
      fc.property(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (full, ones) => {
        const thin = full.map((n, i) => (ones[i] ? 1 : n));
        expect(broadcastShapes(full, thin)).toEqual(full);
        expect(broadcastShapes(thin, full)).toEqual(full);
        expect(broadcastShapes(full, full)).toEqual(full);
      }),
    );
  });

  it("come back from permutations, reshapes and flips", () => {
    fc.assert(
      fc.property(shape, fc.nat(), (sizes, seed) => {
        manualSeed(seed);
        const x = randn(sizes);
        const order = sizes.map((_, i) => (i + 1) % Math.max(1, sizes.length));
        const back = order.map((_, i) => order.indexOf(i));
        expect(equal(x.permute(order).permute(back), x)).toBe(true);
        expect(equal(x.reshape([x.numel()]).reshape(sizes), x)).toBe(true);
        expect(equal(x.flip(order).flip(order), x)).toBe(true);
      }),
    );
  });

  it("sums of parts make the sum of the whole", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(), (rows, columns, seed) => {
        manualSeed(seed);
        const x = randn(rows, columns, { dtype: "float64" });
        const parts = x.split(2, 0).reduce((sum, part) => sum + part.sum().item(), 0);
        expect(parts).toBeCloseTo(x.sum().item(), 10);
      }),
    );
  });
});

const tails = [...Array.from({ length: 18 }, (_, n) => n), 31, 32, 33, 63, 64, 65];

describe("every length meets the ends of registers", () => {
  afterAll(() => setBackend(createCpuBackend(heap, bestBuild())));

  const results = (n: number, isPlain: boolean): number[][] => {
    setBackend(createCpuBackend(heap, isPlain ? "reference" : bestBuild()));
    manualSeed(n);
    const [x, y] = [randn(3, n), randn(3, n)];
    const made: Tensor[] = [
      x.exp(),
      x.sigmoid(),
      x.mul(y),
      x.maximum(y),
      x.sum(1),
      x.sum(0),
      x.softmax(1),
      x.cumsum(1),
    ];
    return made.map((z) => Array.from(z.toTypedArray()));
  };

  it.each(tails)("%i elements", (n) => {
    const plain = results(n, true);
    results(n, false).forEach((values, k) => {
      expect(values.length).toBe(plain[k]?.length);
      values.forEach((v, i) => {
        expect(Math.abs(v - (plain[k]?.[i] as number))).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(v)));
      });
    });
  });
});
