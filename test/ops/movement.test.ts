import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import { DTypeError, IndexError, nn, ShapeError, type Tensor, tensor, ValueError } from "../../src/index.js";
import { iota } from "./iota.js";
import { movedValues } from "./movedValues.js";

const { pad } = nn.functional;

type Result = Tensor | readonly Tensor[];
const values = (x: Result): unknown => (x instanceof mt.Tensor ? x.toArray() : x.map((y) => y.toArray()));

/** Ops whose gradients are held against central differences, on contiguous and on strided float64 inputs. */
const gradCases: [string, (x: Tensor) => Result, number[]][] = [
  ["flip", (x) => x.flip(0, 2), [2, 3, 2]],
  ["roll", (x) => x.roll([1, -2], [0, 1]), [3, 4]],
  ["rot90", (x) => x.rot90(3, [0, 2]), [2, 2, 3]],
  ["tril", (x) => x.tril(1), [2, 3, 3]],
  ["triu", (x) => x.triu(-1), [3, 4]],
  ["diagonal", (x) => x.diagonal({ offset: 1, dim1: 2, dim2: 0 }), [3, 2, 3]],
  ["diagEmbed", (x) => x.diagEmbed({ offset: -1, dim1: 0 }), [2, 3]],
  ["diagflat", (x) => x.diagflat(1), [2, 2]],
  ["unfold", (x) => x.unfold(1, 3, 1), [2, 5]],
  ["repeat", (x) => x.repeat(2, 1, 2), [2, 3]],
  ["repeatInterleave", (x) => x.repeatInterleave(tensor([0, 2, 1]), { dim: 1 }), [2, 3]],
  ["tensorSplit", (x) => x.tensorSplit(2), [5, 2]],
  ["blockDiag", (x) => mt.blockDiag(x, x.mul(2)), [2, 2]],
  ["cartesianProd", (x) => mt.cartesianProd(x, x.mul(2)), [3]],
  ["combinations", (x) => mt.combinations(x, { withReplacement: true }), [3]],
  ["vander", (x) => mt.vander(x), [4]],
  ["meshgrid", (x) => mt.meshgrid(x, x.mul(3)), [3]],
  ["sumToSize", (x) => x.sumToSize(1, 3), [2, 2, 3]],
  ["asStrided", (x) => x.mul(1).contiguous().asStrided([2, 3], [1, 1], { storageOffset: 1 }), [6]],
  ["selectScatter", (x) => x.selectScatter(x.select(0, 0).mul(2), 0, 1), [3, 2]],
  ["sliceScatter", (x) => x.sliceScatter(x.narrow(0, 0, 2).mul(2), { start: 1 }), [3, 2]],
  ["diagonalScatter", (x) => x.diagonalScatter(x.select(0, 0).mul(3)), [3, 3]],
  ["pad", (x) => pad(x, [1, -1, 2, 0], { value: 3 }), [2, 3]],
  ["pad, reflect", (x) => pad(x, [2, 1, 1, 0], { mode: "reflect" }), [1, 2, 3]],
  ["pad, replicate", (x) => pad(x, [2, 1, -1, 1, 1, 1], { mode: "replicate" }), [1, 2, 2, 2]],
  ["pad, circular", (x) => pad(x, [2, -1], { mode: "circular" }), [1, 1, 4]],
];

const leaf = (shape: number[]): Tensor => mt.randn(shape, { dtype: "float64", requiresGrad: true });

/** The same leaf seen as every second element of a larger one, transposed. */
const strided = (f: (x: Tensor) => Result, shape: number[]): [(x: Tensor) => Result, Tensor] => [
  (wide) => f(wide.select(-1, 1).T),
  leaf([...shape.toReversed(), 2]),
];

const errorCases: [string, () => unknown, new (...args: never[]) => Error, string][] = [
  ["a size that is no factor", () => iota(6).unflatten(0, [4, -1]), ShapeError, "unflatten"],
  ["unflatten into nothing", () => iota(1).unflatten(0, []), ShapeError, "unflatten"],
  ["flip of a dimension twice", () => iota(2, 2).flip(0, 0), ShapeError, "flip"],
  ["fliplr of a vector", () => iota(2).fliplr(), ShapeError, "fliplr"],
  ["roll with fewer dims than shifts", () => iota(4).roll([1, 2], [0]), ShapeError, "roll"],
  ["rot90 in one dimension", () => iota(2, 2).rot90(1, [0, 0]), ShapeError, "rot90"],
  ["tril of a vector", () => iota(2).tril(), ShapeError, "tril"],
  ["diagonal of a vector", () => iota(2).diagonal(), ShapeError, "diagonal"],
  ["diag of three dimensions", () => iota(1, 1, 1).diag(), ShapeError, "diag"],
  ["unfold larger than the dimension", () => iota(3).unfold(0, 4, 1), ShapeError, "unfold"],
  ["unfold with step 0", () => iota(3).unfold(0, 2, 0), ShapeError, "unfold"],
  ["repeat with too few numbers", () => iota(2, 2).repeat(2), ShapeError, "repeat"],
  [
    "repeatInterleave by too many numbers",
    () => iota(2).repeatInterleave(tensor([1, 2, 3])),
    ShapeError,
    "repeatInterleave",
  ],
  [
    "repeatInterleave by a negative number",
    () => iota(1).repeatInterleave(tensor([-1])),
    ValueError,
    "repeatInterleave",
  ],
  ["hstack of nothing", () => mt.hstack([]), ValueError, "hstack"],
  ["split into sizes that do not add up", () => iota(5).split([2, 2]), ShapeError, "split"],
  ["split of a scalar", () => tensor(1).split(1), IndexError, "split"],
  ["hsplit into unequal parts", () => iota(4).hsplit(3), ShapeError, "hsplit"],
  ["tensorSplit into no parts", () => iota(4).tensorSplit(0), ShapeError, "tensorSplit"],
  ["meshgrid of two dtypes", () => mt.meshgrid(tensor([1]), tensor([1.5])), DTypeError, "meshgrid"],
  ["cartesianProd of a matrix", () => mt.cartesianProd(iota(2, 2)), ShapeError, "cartesianProd"],
  ["combinations of −1", () => mt.combinations(iota(2), { r: -1 }), ValueError, "combinations"],
  ["broadcastTensors that do not fit", () => mt.broadcastTensors(iota(2), iota(3)), ShapeError, "broadcastTensors"],
  ["sumToSize of another size", () => iota(2, 3).sumToSize(2), ShapeError, "sumToSize"],
  ["asStrided beyond the storage", () => iota(5).asStrided([2, 2], [4, 1]), ShapeError, "asStrided"],
  ["asStrided with a negative stride", () => iota(5).asStrided([2], [-1]), ShapeError, "asStrided"],
  ["selectScatter of another shape", () => iota(2, 2).selectScatter(tensor([1]), 0, 0), ShapeError, "selectScatter"],
  ["sliceScatter backwards", () => iota(2).sliceScatter(tensor([1]), { step: -1 }), ValueError, "slice"],
  ["mT of a vector", () => iota(2).mT, ShapeError, "mT"],
  ["pad by an odd number of amounts", () => pad(iota(2), [1]), ShapeError, "pad"],
  ["pad that takes more than is there", () => pad(iota(1, 5), [-3, -3]), ShapeError, "pad"],
  ["pad, reflect, by the whole size", () => pad(iota(1, 3), [3, 0], { mode: "reflect" }), ShapeError, "pad"],
  ["pad, reflect, of a vector", () => pad(iota(3), [1, 1], { mode: "reflect" }), ShapeError, "pad"],
  ["pad, replicate, of integers", () => pad(tensor([[1, 2]]), [1, 1], { mode: "replicate" }), DTypeError, "pad"],
  ["pad, circular, with a value", () => pad(iota(1, 1, 3), [1, 1], { mode: "circular", value: 3 }), ValueError, "pad"],
];

describe("shape ops", () => {
  it.each(movedValues)("%s has PyTorch's values", (_, run, expected) => {
    expect(values(run())).toEqual(expected);
  });

  it.each(gradCases)("%s has gradients of first and second order", (_, f, shape) => {
    mt.manualSeed(3);
    const [g, wide] = strided(f, shape);
    expect(mt.autograd.gradcheck(f, [leaf(shape)])).toBe(true);
    expect(mt.autograd.gradcheck(g, [wide])).toBe(true);
    expect(mt.autograd.gradgradcheck((x: Tensor) => f(x.mul(x)), [leaf(shape)])).toBe(true);
  });

  it.each(errorCases)("%s is refused", (_, run, type, op) => {
    expect(run).toThrow(type);
    expect(run).toThrow(`${op}: `);
  });

  it("views share memory with their tensor", () => {
    const x = iota(3, 3);
    x.diagonal().fill_(9);
    x.unfold(0, 2, 1).select(0, 1).select(1, 1).fill_(7);
    expect(x.toArray()).toEqual([
      [9, 1, 2],
      [3, 9, 5],
      [7, 7, 7],
    ]);
  });

  it("joining and cutting keep dtypes", () => {
    expect(mt.blockDiag(tensor([1]), tensor([1.5])).dtype).toBe("float32");
    expect(tensor([1, 2]).tile(2).dtype).toBe("int32");
    expect(mt.vander(tensor([true, false])).dtype).toBe("int32");
  });
});
