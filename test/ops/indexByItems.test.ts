import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import {
  DTypeError,
  GradError,
  IndexError,
  type IndexItem,
  ShapeError,
  slice,
  type Tensor,
  tensor,
  ValueError,
} from "../../src/index.js";

import { iota } from "./iota.js";

const mask = (rows: number[][]): Tensor => tensor(rows, { dtype: "bool" });
const all = slice();

type Error_ = new (...args: never[]) => Error;

/** x is 0 … 23 of shape [2, 3, 4]: the items, the shape, the sum of element times (1 + its place), all from PyTorch 1.13. */
const readCases: [string, IndexItem[], number[], number][] = [
  ["a number", [1], [3, 4], 1508],
  ["negative numbers", [-1, -2], [4], 180],
  ["a slice", [all, slice(1, null)], [2, 2, 4], 2304],
  ["a slice with a step", [all, all, slice(null, null, 3)], [2, 3, 2], 1186],
  ["a slice out of range", [slice(-100, 100, 3)], [1, 3, 4], 572],
  ["a slice of nothing", [slice(2, 1)], [0, 3, 4], 0],
  ["...", ["...", 0], [2, 3], 280],
  ["a new axis", [null, 1, null], [1, 1, 3, 4], 1508],
  ["nothing", [], [2, 3, 4], 4600],
  ["an array", [[1, 0, 1]], [3, 3, 4], 9420],
  [
    "an array of arrays",
    [
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [2, 2, 3, 4],
    14096,
  ],
  ["an empty array", [[]], [0, 3, 4], 0],
  ["an array in the middle", [all, [2, -3]], [2, 2, 4], 1840],
  ["arrays side by side", [all, [0, 1], [2, 3]], [2, 2], 134],
  ["arrays apart", [[0, 1], all, [0, 1]], [2, 3], 295],
  ["an array and a number", [[0, 1], 0], [2, 4], 376],
  ["a number and an array apart", [0, all, [0, 1]], [3, 2], 128],
  ["an array, a new axis, an array", [[0, 1], null, [0, 1]], [2, 1, 4], 480],
  [
    "arrays that broadcast",
    [
      [[0], [1]],
      [0, 2],
    ],
    [2, 2, 4],
    2096,
  ],
  ["true", [true], [1, 2, 3, 4], 4600],
  ["false", [false], [0, 2, 3, 4], 0],
  ["true beside an array", [all, true, [0, 1]], [2, 2, 4], 1760],
  ["an array of bools", [[false, true]], [1, 3, 4], 1508],
];

describe("reading by index", () => {
  it.each(readCases)("by %s is PyTorch's", (_, items, shape, weighted) => {
    const x = iota(2, 3, 4);
    const y = x.index(...items);
    expect(y.shape).toEqual(shape);
    expect(
      y
        .flatten()
        .mul(mt.arange(1, y.numel() + 1))
        .sum()
        .item(),
    ).toBe(weighted);
  });

  it("by masks picks in row-major order", () => {
    const x = iota(2, 3, 4);
    const rows = mask([
      [1, 0, 1],
      [0, 1, 0],
    ]);
    expect(x.index(rows).select(1, 0).toArray()).toEqual([0, 8, 16]);
    expect(x.index(rows, [0, 1, 2]).toArray()).toEqual([0, 9, 18]);
    expect(x.index(x.gt(20)).toArray()).toEqual([21, 22, 23]);
    expect(x.index(rows.index(0).to("uint8").eq(1).logicalNot().index([0, 1])).shape).toEqual([1, 3, 4]);
    expect(x.index(tensor([0, 1], { dtype: "uint8" })).shape).toEqual([1, 3, 4]);
  });

  it("goes on after a mask of several dimensions with the dimension behind it, as NumPy does", () => {
    const rows = mask([
      [1, 0, 1],
      [0, 1, 0],
    ]);
    expect(iota(2, 3, 4).index(rows, 1).toArray()).toEqual([1, 9, 17]);
  });

  it("takes scalar tensors as numbers and bools", () => {
    const x = iota(2, 2);
    expect(x.index(tensor(1)).toArray()).toEqual([2, 3]);
    expect(x.index(tensor(true)).shape).toEqual([1, 2, 2]);
    expect(tensor(3).index(null).toArray()).toEqual([3]);
    expect(tensor(3).index("...").item()).toBe(3);
  });

  it("gives views by plain items and copies by tensors", () => {
    const x = iota(2, 2);
    x.index("...", 0).fill_(9);
    x.index().add_(1);
    x.index([0]).fill_(5);
    expect(x.toArray()).toEqual([
      [10, 2],
      [10, 4],
    ]);
  });

  it.each<[string, () => unknown, Error_]>([
    ["a number out of range", () => iota(2, 3).index(2), IndexError],
    ["an array out of range", () => iota(2, 3).index([0, 5]), IndexError],
    ["a negative array out of range", () => iota(2, 3).index([-3]), IndexError],
    ["a fraction", () => iota(2, 3).index(1.5), IndexError],
    ["a float tensor", () => iota(2, 3).index(tensor([1.5])), DTypeError],
    ["too many items", () => iota(2).index(0, 0), IndexError],
    ["any number for a scalar", () => tensor(1).index(0), IndexError],
    ["a mask of another shape", () => iota(2, 3).index(mask([[1, 0]])), IndexError],
    ["arrays that do not broadcast", () => iota(2, 3).index([0, 1], [0, 1, 2]), IndexError],
    ["a step of 0", () => iota(2).index(slice(null, null, 0)), ValueError],
    ["a negative step", () => iota(2).index(slice(null, null, -1)), ValueError],
  ])("by %s is refused", (_, run, type) => {
    expect(run).toThrow(type);
    expect(run).toThrow(/^index: /);
  });
});

describe("writing by index", () => {
  const written = (items: IndexItem[], value: Tensor | number | boolean, x = iota(2, 3)): unknown =>
    x.indexPut_(items, value).toArray();

  it.each<[string, () => unknown, unknown]>([
    [
      "a row",
      () => written([0], 7),
      [
        [7, 7, 7],
        [3, 4, 5],
      ],
    ],
    [
      "a slice by a vector",
      () => written([all, slice(1, null)], tensor([8, 9])),
      [
        [0, 8, 9],
        [3, 8, 9],
      ],
    ],
    [
      "a mask",
      () => written([iota(2, 3).gt(2)], 0),
      [
        [0, 1, 2],
        [0, 0, 0],
      ],
    ],
    [
      "a mask by a vector",
      () => written([iota(2, 3).gt(3)], tensor([8.5, 9])),
      [
        [0, 1, 2],
        [3, 8.5, 9],
      ],
    ],
    [
      "columns by an array",
      () => written([all, [2, 0]], tensor([7.5, 8])),
      [
        [8, 1, 7.5],
        [8, 4, 7.5],
      ],
    ],
    [
      "repeated places: the last stays",
      () => written([[0, 0], 1], tensor([7.5, 8])),
      [
        [0, 8, 2],
        [3, 4, 5],
      ],
    ],
    [
      "arrays apart",
      () => written([[0, 1], null, [0, 1]], 9),
      [
        [9, 1, 2],
        [3, 9, 5],
      ],
    ],
    [
      "sizes of 1 in front of the value",
      () => written([0], mt.ones(1, 1, 3)),
      [
        [1, 1, 1],
        [3, 4, 5],
      ],
    ],
    [
      "a scalar of another dtype",
      () => written([[1]], tensor(4)),
      [
        [0, 1, 2],
        [4, 4, 4],
      ],
    ],
    ["a fraction into integers", () => written([0], 1.5, tensor([3, 4])), [1, 4]],
    ["a fraction into integers by an array", () => written([[0]], 1.5, tensor([3, 4])), [1, 4]],
    [
      "nowhere",
      () => written([false], 5),
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      "an overlapping part of itself",
      () => {
        const x = iota(4);
        return written([slice(1, null)], x.index(slice(null, 3)), x);
      },
      [0, 0, 1, 2],
    ],
    [
      "more, added",
      () =>
        iota(2, 2)
          .indexPut_([[0, 0]], 1, { accumulate: true })
          .toArray(),
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      "a view, added",
      () => iota(2, 2).indexPut_([0], 1, { accumulate: true }).toArray(),
      [
        [1, 2],
        [2, 3],
      ],
    ],
    [
      "on a copy",
      () =>
        iota(2)
          .indexPut([[1]], 9)
          .toArray(),
      [0, 9],
    ],
    [
      "a view of a strided tensor",
      () => written([all, [1]], 9, iota(2, 2).T),
      [
        [0, 9],
        [1, 9],
      ],
    ],
  ])("%s", (_, run, expected) => {
    expect(run()).toEqual(expected);
  });

  it.each<[string, () => unknown, Error_]>([
    ["a value of another shape", () => iota(2, 3).indexPut_([0], tensor([1.5, 2])), ShapeError],
    ["a value of another shape, by a mask", () => iota(3).indexPut_([iota(3).gt(0)], tensor([1.5, 2, 3])), ShapeError],
    ["a tensor of another dtype, by an array", () => iota(3).indexPut_([[0]], tensor([1])), DTypeError],
    ["a place out of range", () => iota(3).indexPut_([[3]], 1), IndexError],
    ["a leaf that requires a gradient", () => mt.zeros(2, { requiresGrad: true }).indexPut_([0], 1), GradError],
  ])("%s is refused", (_, run, type) => {
    expect(run).toThrow(type);
    expect(run).toThrow(/^indexPut_: /);
  });

  it("changes nothing when it is refused", () => {
    const x = iota(3);
    expect(() => x.indexPut_([[0, 3]], 9)).toThrow(IndexError);
    expect(x.toArray()).toEqual([0, 1, 2]);
  });
});
