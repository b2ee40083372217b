import { describe, expect, it } from "vitest";
import {
  arange,
  DTypeError,
  eye,
  full,
  linspace,
  logspace,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
} from "../../src/index.js";

const cases: [string, () => Tensor, unknown, string][] = [
  ["arange of an end", () => arange(3), [0, 1, 2], "int32"],
  ["arange by fractions", () => arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75], "float32"],
  ["arange downwards", () => arange(3, 0, -2), [3, 1], "int32"],
  ["arange of nothing", () => arange(5, 5), [], "int32"],
  [
    "arange of integers cuts its bounds first",
    () => arange(0.5, 5.5, 1.5, { dtype: "int32" }),
    [0, 1, 2, 3, 4],
    "int32",
  ],
  ["arange of bytes", () => arange(0, 300, 100, { dtype: "uint8" }), [0, 100, 200], "uint8"],
  ["linspace of integers", () => linspace(-10, 10, 8, { dtype: "int32" }), [-10, -7, -4, -1, 1, 4, 7, 10], "int32"],
  ["linspace of one", () => linspace(3, 10, 1), [3], "float32"],
  ["logspace", () => logspace(0, 3, 4), [1, 10, 100, 1000], "float32"],
  ["logspace of a negative base", () => logspace(0, 3, 4, { base: -2 }), [1, -2, 4, -8], "float32"],
  ["logspace of integers", () => logspace(0, 1, 4, { dtype: "int32" }), [1, 2, 4, 10], "int32"],
  [
    "eye",
    () => eye(2, 3, { dtype: "int32" }),
    [
      [1, 0, 0],
      [0, 1, 0],
    ],
    "int32",
  ],
  ["full of a fraction in integers", () => full([2], 2.5, { dtype: "int32" }), [2, 2], "int32"],
  ["newZeros", () => tensor([1.5], { dtype: "float64" }).newZeros(1, 2), [[0, 0]], "float64"],
  ["newOnes of another dtype", () => tensor([1]).newOnes([2], { dtype: "bool" }), [true, true], "bool"],
  ["newFull", () => tensor([1]).newFull([2], 2.5), [2, 2], "int32"],
  ["newTensor", () => tensor([1]).newTensor([1.5, 2]), [1, 2], "int32"],
];

const errorCases: [string, () => unknown, new (...args: never[]) => Error][] = [
  ["arange away from its end", () => arange(5, 0), ValueError],
  ["arange by a step that is cut to 0", () => arange(1, 4, 0.5, { dtype: "int32" }), ValueError],
  ["arange to NaN", () => arange(Number.NaN), ValueError],
  ["arange of bools", () => arange(2, { dtype: "bool" }), DTypeError],
  ["linspace of −1 values", () => linspace(0, 1, -1), ShapeError],
  ["eye of −1 rows", () => eye(-1), ShapeError],
];

describe("making tensors", () => {
  it.each(cases)("%s has PyTorch's values", (_, run, expected, dtype) => {
    const x = run();
    expect(x.toArray()).toEqual(expected);
    expect(x.dtype).toBe(dtype);
  });

  it.each(errorCases)("%s is refused", (_, run, type) => {
    expect(run).toThrow(type);
  });

  it("newEmpty has the shape and dtype asked for", () => {
    const x = tensor([1]).newEmpty(2, 3, { dtype: "float32" });
    expect([x.shape, x.dtype]).toEqual([[2, 3], "float32"]);
  });
});
