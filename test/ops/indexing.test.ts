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

/** 0, 1, 2, … as float32. */
const iota = (...shape: number[]): Tensor =>
  mt
    .arange(
      shape.reduce((a, b) => a * b, 1),
      { dtype: "float32" },
    )
    .reshape(shape);
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

const nan = Number.NaN;
const at = tensor([0, 0, 1]);
const f = (...data: number[]): Tensor => tensor(data, { dtype: "float32" });

describe("picking and placing", () => {
  it.each<[string, () => Tensor, unknown]>([
    [
      "gather",
      () =>
        iota(2, 3).gather(
          1,
          tensor([
            [2, 0],
            [1, 1],
          ]),
        ),
      [
        [2, 0],
        [4, 4],
      ],
    ],
    ["gather with fewer rows", () => iota(2, 3).gather(1, tensor([[2]])), [[2]]],
    ["gather by no index", () => iota(2, 3).gather(0, mt.zeros(0, { dtype: "int32" })), []],
    ["gather of a scalar", () => tensor(2).gather(0, tensor([0, 0])), [2, 2]],
    ["take from the end", () => iota(2, 3).take(tensor([[-1, 0]])), [[5, 0]]],
    [
      "takeAlongDim, broadcast",
      () => iota(2, 3).takeAlongDim(tensor([[0, 2]]), { dim: 1 }),
      [
        [0, 2],
        [3, 5],
      ],
    ],
    ["takeAlongDim of all", () => iota(2, 3).takeAlongDim(tensor([5, 1])), [5, 1]],
    ["scatter of a number", () => mt.zeros(3).scatter(0, tensor([2]), 5), [0, 0, 5]],
    ["scatter: the last wins", () => mt.zeros(2).scatter(0, at, f(1, 2, 3)), [2, 3]],
    ["scatter with a larger source", () => mt.zeros(3).scatter(0, tensor([1]), f(4, 5)), [0, 4, 0]],
    ["scatter into a scalar", () => mt.tensor(0, { dtype: "float32" }).scatter(0, tensor([0, 0]), f(5, 6)), 6],
    ["scatter by no index", () => mt.zeros(2).scatter(0, mt.zeros(0, { dtype: "int32" }), f(5)), [0, 0]],
    ["scatter, multiplying", () => f(3, 3).scatter(0, tensor([0, 0]), 2, { reduce: "multiply" }), [12, 3]],
    ["scatter, adding", () => f(3, 3).scatter(0, tensor([0, 0]), 2, { reduce: "add" }), [7, 3]],
    ["scatterAdd", () => f(1, 1).scatterAdd(0, at, f(1, 2, 3)), [4, 4]],
    [
      "scatterReduce, mean of integers",
      () => tensor([1, 2, 7]).scatterReduce(0, at, tensor([1, 3, -4]), "mean", { includeSelf: false }),
      [2, -4, 7],
    ],
    [
      "scatterReduce, amax keeps NaN",
      () => f(1, 2, 7).scatterReduce(0, at, f(1, nan, -4), "amax", { includeSelf: false }),
      [nan, -4, 7],
    ],
    [
      "scatterReduce, amin of bools",
      () => tensor([true, false]).scatterReduce(0, tensor([0, 0]), tensor([true, false]), "amin"),
      [false, false],
    ],
    [
      "scatterReduce, sum of bools",
      () => tensor([true, false]).scatterReduce(0, tensor([0, 0]), tensor([true, true]), "sum"),
      [true, false],
    ],
    [
      "indexAdd with alpha",
      () => mt.zeros(2, 2).indexAdd(0, tensor([0, 0]), mt.ones(2, 2), { alpha: 3 }),
      [
        [6, 6],
        [0, 0],
      ],
    ],
    ["indexAdd to a scalar", () => mt.tensor(1).indexAdd(0, tensor([0]), tensor([2])), 3],
    [
      "indexAdd of integers by a fraction",
      () => tensor([1, 2]).indexAdd(0, tensor([0]), tensor([1]), { alpha: 1.5 }),
      [2, 2],
    ],
    ["indexCopy: the last wins", () => mt.zeros(2).indexCopy(0, tensor([0, 0]), f(1, 2)), [2, 0]],
    ["indexFill from the end", () => mt.zeros(3).indexFill(0, tensor([-1]), 2), [0, 0, 2]],
    ["indexFill by a scalar", () => mt.zeros(2).indexFill(0, tensor([0]), tensor(2)), [2, 0]],
    ["indexReduce, mean", () => f(2, 2).indexReduce(0, tensor([0, 0]), f(3, 4), "mean"), [3, 2]],
    ["put", () => mt.zeros(3).put(tensor([1, -1, 1]), f(2, 3, 4)), [0, 4, 3]],
    ["put, accumulating", () => mt.zeros(3).put(tensor([1, -1, 1]), f(2, 3, 4), { accumulate: true }), [0, 6, 3]],
    ["maskedSelect, broadcast", () => iota(3).maskedSelect(mask([[1], [0]])), [0, 1, 2]],
    [
      "maskedScatter",
      () => mt.zeros(2, 3).maskedScatter(tensor([true, false, true]), iota(5)),
      [
        [0, 0, 1],
        [2, 0, 3],
      ],
    ],
    ["nonzero: NaN is not 0", () => f(0, nan).nonzero(), [[1]]],
    ["nonzero of a scalar", () => tensor(5).nonzero(), [[]]],
    [
      "argwhere",
      () =>
        mask([
          [0, 1],
          [1, 0],
        ]).argwhere(),
      [
        [0, 1],
        [1, 0],
      ],
    ],
    ["scatter_", () => mt.zeros(2).scatter_(0, tensor([1]), 3), [0, 3]],
    ["indexAdd_", () => mt.zeros(2).indexAdd_(0, tensor([1]), f(3)), [0, 3]],
    ["maskedScatter_", () => mt.zeros(2).maskedScatter_(tensor([false, true]), f(3)), [0, 3]],
  ])("%s has PyTorch's values", (_, run, expected) => {
    expect(run().toArray()).toEqual(expected);
  });

  it("nonzero gives one vector a dimension, asTuple", () => {
    expect(
      mask([
        [0, 1],
        [1, 1],
      ])
        .nonzero({ asTuple: true })
        .map((v) => v.toArray()),
    ).toEqual([
      [0, 1, 1],
      [1, 0, 1],
    ]);
    expect(
      tensor(5)
        .nonzero({ asTuple: true })
        .map((v) => v.toArray()),
    ).toEqual([[0]]);
  });

  it.each<[string, () => unknown, Error_]>([
    ["gather: an index below 0", () => iota(2, 3).gather(0, tensor([[-1]])), IndexError],
    ["gather: another number of dimensions", () => iota(2, 3).gather(0, tensor([0])), ShapeError],
    ["gather: an index of bytes", () => iota(3).gather(0, tensor([0], { dtype: "uint8" })), DTypeError],
    ["indexSelect: a matrix of indices", () => iota(2, 3).indexSelect(0, tensor([[0]])), ShapeError],
    ["indexSelect: an index out of range", () => iota(2).indexSelect(0, tensor([2])), IndexError],
    ["take: an index out of range", () => iota(2).take(tensor([-3])), IndexError],
    ["takeAlongDim: another number of dimensions", () => iota(2, 3).takeAlongDim(tensor([0]), { dim: 1 }), ShapeError],
    ["scatter: a source of another dtype", () => mt.zeros(3).scatter(0, tensor([0]), tensor([5])), DTypeError],
    ["scatter: an index larger than the source", () => mt.zeros(3).scatter(0, tensor([0, 1]), f(5)), ShapeError],
    [
      "scatter: an index with more rows",
      () => mt.zeros(1, 3).scatter(1, mt.zeros(2, 3, { dtype: "int32" }), mt.ones(2, 3)),
      ShapeError,
    ],
    [
      "scatterReduce: an unknown reduction",
      () => mt.zeros(3).scatterReduce(0, at, f(1, 2, 3), "median" as "sum"),
      ValueError,
    ],
    ["indexAdd: a source of another size", () => mt.zeros(3, 2).indexAdd(0, tensor([0, 0]), mt.ones(1, 2)), ShapeError],
    ["indexCopy: another slice", () => mt.zeros(3, 2).indexCopy(0, tensor([1]), mt.ones(1, 1)), ShapeError],
    ["indexFill: a vector of values", () => mt.zeros(3).indexFill(0, tensor([1]), f(1)), ShapeError],
    ["indexReduce: sum", () => mt.zeros(3).indexReduce(0, at, f(1, 2, 3), "sum" as "prod"), ValueError],
    ["put: too few elements", () => mt.zeros(3).put(tensor([0, 1]), f(1)), ShapeError],
    ["maskedSelect: integers for a mask", () => iota(2).maskedSelect(tensor([1, 0])), DTypeError],
    ["maskedScatter: too few elements", () => iota(2).maskedScatter(tensor([true, true]), f(1)), ValueError],
  ])("%s is refused", (_, run, type) => {
    expect(run).toThrow(type);
  });
});

const leaf = (...shape: number[]): Tensor => mt.randn(shape, { dtype: "float64", requiresGrad: true });
const places = tensor([
  [0, 2, 2],
  [1, 0, 1],
]);

/** x [3, 3] and src [2, 3], held against central differences. */
const gradCases: [string, (x: Tensor, src: Tensor) => Tensor][] = [
  ["reading by arrays", (x, s) => x.index([0, 0, 2]).sum(0).mul(s)],
  [
    "reading by arrays apart",
    (x, s) => s.unsqueeze(1).index([0, 1, 1], all, [0, 2, 2]).add(x.select(0, 0).unsqueeze(1)),
  ],
  [
    "reading by a mask",
    (x, s) =>
      x
        .index(
          mask([
            [1, 0, 1],
            [0, 0, 0],
            [0, 1, 0],
          ]),
        )
        .mul(s.select(0, 0)),
  ],
  ["writing by an array", (x, s) => x.indexPut([[2, 0]], s)],
  ["writing by repeated places, adding", (x, s) => x.indexPut([[1, 1]], s, { accumulate: true })],
  ["writing a slice", (x, s) => x.indexPut([slice(1, null)], s)],
  ["gather", (x, s) => x.gather(0, places).mul(s)],
  ["takeAlongDim", (x, s) => x.takeAlongDim(tensor([[2], [0], [1]]), { dim: 1 }).add(s.sum())],
  ["take", (x, s) => x.take(tensor([0, -1, 0])).mul(s)],
  [
    "scatter",
    (x, s) =>
      x.scatter(
        0,
        tensor([
          [0, 2, 2],
          [1, 0, 1],
        ]),
        s,
      ),
  ],
  ["scatter, multiplying", (x, s) => x.scatter(0, places, s, { reduce: "multiply" })],
  ["scatterAdd with a larger source", (x, s) => x.scatterAdd(0, tensor([[1, 1]]), s)],
  ["scatterReduce, prod", (x, s) => x.scatterReduce(0, places, s, "prod")],
  ["scatterReduce, prod without x", (x, s) => x.scatterReduce(0, places, s, "prod", { includeSelf: false })],
  ["scatterReduce, mean", (x, s) => x.scatterReduce(1, places, s, "mean")],
  ["scatterReduce, amax", (x, s) => x.scatterReduce(0, places, s, "amax")],
  ["scatterReduce, amin without x", (x, s) => x.scatterReduce(0, places, s, "amin", { includeSelf: false })],
  [
    "indexSelect",
    (x, s) =>
      x
        .indexSelect(1, tensor([2, 2, 0]))
        .sum(0)
        .mul(s),
  ],
  ["indexAdd", (x, s) => x.indexAdd(0, tensor([1, 1]), s, { alpha: 2 })],
  ["indexCopy", (x, s) => x.indexCopy(0, tensor([2, 0]), s)],
  ["indexFill", (x, s) => x.indexFill(0, tensor([0, -1]), s.sum())],
  ["indexReduce", (x, s) => x.indexReduce(0, tensor([1, 1]), s, "prod")],
  [
    "put",
    (x, s) =>
      x.put(
        tensor([
          [0, 1, 2],
          [3, 4, -1],
        ]),
        s,
      ),
  ],
  ["maskedSelect", (x, s) => x.maskedSelect(tensor([true, false, true])).mul(s.sum())],
  ["maskedScatter", (x, s) => x.maskedScatter(tensor([true, false, true]), s)],
];

describe("gradients of picking and placing", () => {
  it.each(gradCases)("%s, first and second order, on strided inputs too", (_, run) => {
    mt.manualSeed(11);
    expect(mt.autograd.gradcheck(run, [leaf(3, 3), leaf(2, 3)])).toBe(true);
    const strided = (x: Tensor, s: Tensor): Tensor => run(x.T, s.select(2, 1));
    expect(mt.autograd.gradcheck(strided, [leaf(3, 3), leaf(2, 3, 2)])).toBe(true);
    const squared = (x: Tensor, s: Tensor): Tensor => run(x.mul(x), s.mul(s));
    expect(mt.autograd.gradgradcheck(squared, [leaf(3, 3), leaf(2, 3)])).toBe(true);
  });

  /** dX and dSrc under 1, 2, 3 at repeated places, ties and zeros: PyTorch 1.13's. */
  it.each<[string, (x: Tensor, s: Tensor) => Tensor, number[], number[], number[], number[]]>([
    ["sum", (x, s) => x.scatterReduce(0, at, s, "sum"), [5, 2, 3], [5, 5, 2], [1, 2, 3], [1, 1, 2]],
    ["prod", (x, s) => x.scatterReduce(0, at, s, "prod"), [5, 2, 3], [5, 5, 2], [25, 4, 3], [25, 25, 4]],
    ["prod with single zeros", (x, s) => x.scatterReduce(0, at, s, "prod"), [0, 2, 3], [0, 4, 0], [0, 0, 3], [0, 0, 4]],
    ["prod with two zeros", (x, s) => x.scatterReduce(0, at, s, "prod"), [2, 0, 3], [0, 0, 3], [0, 6, 3], [0, 0, 0]],
    [
      "mean",
      (x, s) => x.scatterReduce(0, at, s, "mean", { includeSelf: false }),
      [5, 2, 3],
      [5, 5, 2],
      [0, 0, 3],
      [0.5, 0.5, 2],
    ],
    [
      "amax at ties",
      (x, s) => x.scatterReduce(0, at, s, "amax"),
      [5, 2, 3],
      [5, 5, 2],
      [1 / 3, 1, 3],
      [1 / 3, 1 / 3, 1],
    ],
    ["amax of NaN", (x, s) => x.scatterReduce(0, at, s, "amax"), [2, 0, 3], [nan, 0, 3], [nan, 0, 3], [nan, nan, 2]],
    ["set at repeated places", (x, s) => x.scatter(0, at, s), [2, 0, 3], [1, 0, 3], [0, 0, 3], [1, 1, 2]],
    ["indexCopy at repeated places", (x, s) => x.indexCopy(0, at, s), [2, 0, 3], [1, 0, 3], [0, 0, 3], [1, 1, 2]],
    ["indexFill at repeated places", (x, s) => x.indexFill(0, at, s.sum()), [2, 0, 3], [4], [0, 0, 3], [3]],
    [
      "maskedScatter with elements left over",
      (x, s) => x.maskedScatter(tensor([true, false, true]), s),
      [2, 0, 3],
      [1, 0, 3],
      [0, 2, 0],
      [1, 3, 0],
    ],
  ])("%s", (_, run, x, s, dX, dS) => {
    const leaves = [x, s].map((data) => tensor(data, { dtype: "float64", requiresGrad: true })) as [Tensor, Tensor];
    run(...leaves).backward(tensor([1, 2, 3], { dtype: "float64" }));
    const round = (v: number): number => Math.round(v * 1e12) / 1e12;
    expect(leaves.map(({ grad }) => Array.from(grad?.toTypedArray() ?? [], round))).toEqual([
      dX.map(round),
      dS.map(round),
    ]);
  });

  it("refuse an index that was changed after it was read with", () => {
    const index = tensor([0, 1]);
    const y = leaf(2).mul(1).gather(0, index);
    index.fill_(0);
    expect(() => y.sum().backward()).toThrow(GradError);
  });
});
