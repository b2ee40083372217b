/** The sort by bits against the plain one. */
import { describe, expect, it } from "vitest";
import { heap } from "../../src/backend/current.js";
import { ReferenceBackend } from "../../src/backend/reference/referenceBackend.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import { type DType, Tensor, tensor } from "../../src/index.js";
import { randomFrom } from "./twins.js";

const fast = createCpuBackend(heap, "simd");
const plain = new ReferenceBackend(heap);
const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40, -1e-40, 2 ** -1074];

/** Values with many ties, and every special one. */
const valuesFor = (dtype: DType, n: number): number[] => {
  const random = randomFrom(n);
  return Array.from({ length: n }, (_, i) => {
    if (dtype === "bool") return Number(random() < 0.5);
    if (dtype === "uint8") return Math.floor(random() * 256);
    if (dtype === "int32") return Math.floor((random() - 0.5) * (i % 2 === 0 ? 8 : 2 ** 32));
    if (i % 5 === 0) return special[Math.floor(random() * special.length)] as number;
    return i % 3 === 0 ? Math.round(random() * 6 - 3) : (random() - 0.5) * 10 ** Math.floor(random() * 12 - 6);
  });
};

describe("sorting by bits", () => {
  const dtypes: DType[] = ["float32", "float64", "int32", "uint8", "bool"];
  const sizes = [1, 2, 7, 47, 48, 49, 300];
  it.each(dtypes.flatMap((dtype) => sizes.map((n) => [dtype, n] as const)))("%s rows of %i", (dtype, n) => {
    const block = tensor(valuesFor(dtype, 6 * n), { dtype, shape: [2, n, 3] });
    for (const [x, dim] of [
      [block, 1],
      [block.transpose(1, 2), 2],
      [block.select(0, 1).t(), 1],
    ] as const)
      for (const isDescending of [false, true]) {
        const results = [fast, plain].map((backend) => {
          const [values, indices] = [Tensor.empty(x.shape, dtype), Tensor.empty(x.shape, "int32")];
          backend.sort(values, indices, x, dim, isDescending);
          return [[...values.toTypedArray()], [...indices.toTypedArray()]];
        });
        expect(results[0]).toEqual(results[1]);
      }
  });
});
