import * as mt from "../../src/index.js";
import { nn, type Tensor, tensor } from "../../src/index.js";
import { iota } from "./iota.js";

const { pad } = nn.functional;

type Result = Tensor | readonly Tensor[];

/** Values as PyTorch 1.13 gives them. */
export const movedValues: [string, () => Result, unknown][] = [
  [
    "flip of two dimensions",
    () => iota(2, 3).flip(0, 1),
    [
      [5, 4, 3],
      [2, 1, 0],
    ],
  ],
  ["flip of none", () => iota(2).flip([]), [0, 1]],
  [
    "fliplr",
    () => iota(2, 2).fliplr(),
    [
      [1, 0],
      [3, 2],
    ],
  ],
  [
    "flipud",
    () => iota(2, 2).flipud(),
    [
      [2, 3],
      [0, 1],
    ],
  ],
  [
    "roll over all elements",
    () => iota(2, 2).roll(1),
    [
      [3, 0],
      [1, 2],
    ],
  ],
  [
    "roll along two dimensions",
    () => iota(2, 3).roll([1, -1], [0, 1]),
    [
      [4, 5, 3],
      [1, 2, 0],
    ],
  ],
  ["roll of a scalar", () => tensor(3).roll(1), 3],
  [
    "rot90 once",
    () => iota(2, 2).rot90(),
    [
      [1, 3],
      [0, 2],
    ],
  ],
  [
    "rot90 by −1",
    () => iota(2, 2).rot90(-1),
    [
      [2, 0],
      [3, 1],
    ],
  ],
  [
    "rot90 twice",
    () => iota(2, 2).rot90(2),
    [
      [3, 2],
      [1, 0],
    ],
  ],
  [
    "tril below the diagonal",
    () => iota(2, 3).add(1).tril(-1),
    [
      [0, 0, 0],
      [4, 0, 0],
    ],
  ],
  [
    "triu above the diagonal",
    () => iota(2, 3).triu(1),
    [
      [0, 1, 2],
      [0, 0, 5],
    ],
  ],
  [
    "tril hides NaN",
    () =>
      tensor([
        [1, Number.NaN],
        [1, 1],
      ]).tril(),
    [
      [1, 0],
      [1, 1],
    ],
  ],
  [
    "trilIndices",
    () => mt.trilIndices(3, 2, -1),
    [
      [1, 2, 2],
      [0, 0, 1],
    ],
  ],
  ["triuIndices outside", () => mt.triuIndices(2, 2, 5), [[], []]],
  [
    "diag of a vector",
    () => tensor([1, 2]).diag(1),
    [
      [0, 1, 0],
      [0, 0, 2],
      [0, 0, 0],
    ],
  ],
  ["diag of a matrix", () => iota(2, 3).diag(-1), [3]],
  ["diagonal past the corner", () => iota(2, 2).diagonal({ offset: 5 }), []],
  [
    "diagonal of the last two",
    () => iota(2, 2, 2).diagonal({ dim1: 1, dim2: 2 }),
    [
      [0, 3],
      [4, 7],
    ],
  ],
  [
    "diagEmbed below",
    () => tensor([[1], [2]]).diagEmbed({ offset: -1 }),
    [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 0],
        [2, 0],
      ],
    ],
  ],
  [
    "diagflat",
    () => tensor([[1], [2]]).diagflat(),
    [
      [1, 0],
      [0, 2],
    ],
  ],
  [
    "unfold with overlaps",
    () => iota(5).unfold(0, 3, 2),
    [
      [0, 1, 2],
      [2, 3, 4],
    ],
  ],
  ["unfold of a scalar", () => tensor(1).unfold(0, 1, 1), [1]],
  [
    "repeat into a new dimension",
    () => tensor([1, 2]).repeat(2, 2),
    [
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ],
  ],
  ["repeat no times", () => tensor([1, 2]).repeat(0), []],
  [
    "tile by fewer numbers than dimensions",
    () => iota(2, 1).tile(2),
    [
      [0, 0],
      [1, 1],
    ],
  ],
  ["repeatInterleave by numbers", () => mt.repeatInterleave(tensor([5, 6]), tensor([1, 2])), [5, 6, 6]],
  [
    "repeatInterleave along a dimension",
    () => iota(2, 2).repeatInterleave(2, { dim: 1 }),
    [
      [0, 0, 1, 1],
      [2, 2, 3, 3],
    ],
  ],
  ["repeatInterleave of numbers alone", () => mt.repeatInterleave(tensor([1, 0, 2])), [0, 2, 2]],
  ["hstack of a scalar and a vector", () => mt.hstack([tensor(1), tensor([2, 3])]), [1, 2, 3]],
  [
    "vstack of a vector and a row",
    () => mt.vstack([tensor([1, 2]), tensor([[3, 4]])]),
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    "dstack",
    () => mt.dstack([tensor([1, 2]), tensor([3, 4])]),
    [
      [
        [1, 3],
        [2, 4],
      ],
    ],
  ],
  [
    "columnStack",
    () => mt.columnStack([tensor([1, 2]), tensor([[3], [4]])]),
    [
      [1, 3],
      [2, 4],
    ],
  ],
  [
    "blockDiag",
    () => mt.blockDiag(tensor([[1, 2]]), tensor([3, 4]), tensor(5)),
    [
      [1, 2, 0, 0, 0],
      [0, 0, 3, 4, 0],
      [0, 0, 0, 0, 5],
    ],
  ],
  ["blockDiag of nothing", () => mt.blockDiag(), [[]]],
  ["atleast3d of a vector", () => mt.atleast3d(tensor([1, 2])), [[[1], [2]]]],
  ["atleast1d of several", () => mt.atleast1d(tensor(1), tensor([2])), [[1], [2]]],
  [
    "tensorSplit unevenly",
    () => iota(7).tensorSplit(3),
    [
      [0, 1, 2],
      [3, 4],
      [5, 6],
    ],
  ],
  ["tensorSplit at positions out of order", () => iota(4).tensorSplit([-2, 1, 9]), [[0, 1], [], [1, 2, 3], []]],
  ["tensorSplit at a tensor's positions", () => iota(3).tensorSplit(tensor([1])), [[0], [1, 2]]],
  ["hsplit of a matrix", () => iota(1, 4).hsplit(2), [[[0, 1]], [[2, 3]]]],
  ["vsplit", () => iota(2, 1).vsplit([1]), [[[0]], [[1]]]],
  ["dsplit", () => iota(1, 1, 2).dsplit(2), [[[[0]]], [[[1]]]]],
  ["chunk of nothing", () => mt.zeros(0).chunk(2), [[], []]],
  [
    "meshgrid, xy",
    () => mt.meshgrid(tensor([1, 2]), tensor([3, 4, 5]), { indexing: "xy" }),
    [
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      [
        [3, 3],
        [4, 4],
        [5, 5],
      ],
    ],
  ],
  [
    "cartesianProd",
    () => mt.cartesianProd(tensor([1, 2]), tensor([3, 4])),
    [
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
    ],
  ],
  [
    "combinations",
    () => mt.combinations(tensor([1, 2, 3])),
    [
      [1, 2],
      [1, 3],
      [2, 3],
    ],
  ],
  [
    "combinations again",
    () => mt.combinations(tensor([1, 2]), { withReplacement: true }),
    [
      [1, 1],
      [1, 2],
      [2, 2],
    ],
  ],
  ["combinations of none", () => mt.combinations(tensor([1, 2]), { r: 0 }), []],
  [
    "vander",
    () => mt.vander(tensor([2, 3]), { N: 3 }),
    [
      [4, 2, 1],
      [9, 3, 1],
    ],
  ],
  [
    "vander, increasing",
    () => mt.vander(tensor([2, 0]), { increasing: true }),
    [
      [1, 2],
      [1, 0],
    ],
  ],
  ["broadcastTensors", () => mt.broadcastTensors(tensor([1, 2]), tensor([[3]])), [[[1, 2]], [[3, 3]]]],
  ["sumToSize", () => iota(2, 3).sumToSize(2, 1), [[3], [12]]],
  [
    "T of three dimensions",
    () => iota(1, 2, 3).T.select(2, 0),
    [
      [0, 3],
      [1, 4],
      [2, 5],
    ],
  ],
  ["mT", () => iota(1, 1, 2).mT, [[[0], [1]]]],
  ["H", () => iota(1, 2).H, [[0], [1]]],
  ["narrow from a tensor's position", () => iota(4).narrow(0, tensor(-3), 2), [1, 2]],
  [
    "asStrided with an offset",
    () => iota(6).asStrided([2, 2], [2, 1], { storageOffset: 1 }),
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    "selectScatter",
    () => iota(2, 2).selectScatter(tensor([8, 9]), 1, -1),
    [
      [0, 8],
      [2, 9],
    ],
  ],
  ["sliceScatter", () => iota(4).sliceScatter(tensor([8, 9]), { start: 1, step: 2 }), [0, 8, 2, 9]],
  [
    "diagonalScatter",
    () => iota(2, 2).diagonalScatter(tensor([8]), { offset: 1 }),
    [
      [0, 8],
      [2, 3],
    ],
  ],
  ["asStridedScatter", () => iota(4).asStridedScatter(tensor([8, 9]), [2], [3]), [8, 1, 2, 9]],
  ["pad by a constant, and cut", () => pad(iota(1, 3), [-1, 2], { value: 7 }), [[1, 2, 7, 7]]],
  ["pad of an int32 tensor", () => pad(tensor([1, 2]), [1, 0]), [0, 1, 2]],
  ["pad, reflect", () => pad(iota(1, 3), [2, 1], { mode: "reflect" }), [[2, 1, 0, 1, 2, 1]]],
  ["pad, reflect, and cut", () => pad(iota(1, 5), [-1, 4], { mode: "reflect" }), [[1, 2, 3, 4, 3, 2, 1, 0]]],
  ["pad, replicate", () => pad(iota(1, 2), [3, 1], { mode: "replicate" }), [[0, 0, 0, 0, 1, 1]]],
  ["pad, circular", () => pad(iota(1, 1, 3), [1, 2], { mode: "circular" }), [[[2, 0, 1, 2, 0, 1]]]],
  ["pad, circular, and cut", () => pad(iota(1, 1, 5), [-1, 2], { mode: "circular" }), [[[1, 2, 3, 4, 1, 2]]]],
  [
    "pad of two dimensions, replicate",
    () => pad(iota(1, 2, 2), [1, 0, 0, 1], { mode: "replicate" }),
    [
      [
        [0, 0, 1],
        [2, 2, 3],
        [2, 2, 3],
      ],
    ],
  ],
];
