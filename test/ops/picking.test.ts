import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import {
  DTypeError,
  GradError,
  IndexError,
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
