import type { Tensor } from "../../../src/index.js";
import * as mt from "../../../src/index.js";
import { bools, distinct, ints, positive, type Row, real } from "./row.js";

const { pad } = mt.nn.functional;

const views: Row[] = [
  { name: "adjoint", fn: mt.adjoint, inputs: [real(2, 3)] },
  { name: "asStrided", fn: (x) => mt.asStrided(x.mul(x), [2, 2], [1, 1]), inputs: [real(4)] },
  { name: "broadcastTo", fn: (x) => mt.broadcastTo(x, [2, 2, 3]), inputs: [real(2, 1)] },
  { name: "broadcastTensors", fn: (a, b) => mt.broadcastTensors(a, b), inputs: [real(2, 1), real(3)] },
  { name: "chunk", fn: (x) => mt.chunk(x, 2, 1), inputs: [real(2, 3)] },
  { name: "diagonal", fn: (x) => mt.diagonal(x, { offset: 1 }), inputs: [real(3, 3)] },
  { name: "dsplit", fn: (x) => mt.dsplit(x, [1]), inputs: [real(2, 1, 3)] },
  { name: "flatten", fn: (x) => mt.flatten(x, 1), inputs: [real(2, 2, 2)] },
  { name: "hsplit", fn: (x) => mt.hsplit(x, [2]), inputs: [real(2, 3)] },
  { name: "moveaxis", fn: (x) => mt.moveaxis(x, 0, 2), inputs: [real(2, 1, 3)] },
  { name: "movedim", fn: (x) => mt.movedim(x, [0, 1], [1, 2]), inputs: [real(2, 1, 3)] },
  { name: "narrow", fn: (x) => mt.narrow(x, 1, 1, 2), inputs: [real(2, 4)] },
  { name: "permute", fn: (x) => mt.permute(x, 2, 0, 1), inputs: [real(2, 1, 3)] },
  { name: "ravel", fn: mt.ravel, inputs: [real(2, 3)] },
  { name: "reshape", fn: (x) => mt.reshape(x, 3, 2), inputs: [real(2, 3)] },
  { name: "select", fn: (x) => mt.select(x, 1, -1), inputs: [real(2, 3)] },
  { name: "split", fn: (x) => mt.split(x, [1, 3], 1), inputs: [real(2, 4)] },
  { name: "squeeze", fn: (x) => mt.squeeze(x, 1), inputs: [real(2, 1, 3)] },
  { name: "swapaxes", fn: (x) => mt.swapaxes(x, 0, 1), inputs: [real(2, 3)] },
  { name: "swapdims", fn: (x) => mt.swapdims(x, 0, 1), inputs: [real(2, 3)] },
  { name: "t", fn: mt.t, inputs: [real(2, 3)] },
  { name: "tensorSplit", fn: (x) => mt.tensorSplit(x, 2, 1), inputs: [real(2, 3)] },
  { name: "transpose", fn: (x) => mt.transpose(x, 0, 1), inputs: [real(2, 3)] },
  { name: "unbind", fn: (x) => mt.unbind(x, 1), inputs: [real(2, 3)] },
  { name: "unflatten", fn: (x) => mt.unflatten(x, 1, [2, -1]), inputs: [real(2, 4)] },
  { name: "unsqueeze", fn: (x) => mt.unsqueeze(x, 1), inputs: [real(2, 3)] },
  { name: "vsplit", fn: (x) => mt.vsplit(x, [1]), inputs: [real(3, 2)] },
  { name: "Tensor.expand", fn: (x) => x.expand(2, 2, 3), inputs: [real(2, 1)] },
  { name: "Tensor.expandAs", fn: (x, y) => x.expandAs(y), inputs: [real(2, 1), real(2, 3)] },
  { name: "Tensor.index", fn: (x) => x.index(ints(1, 1, 0), "...", null), inputs: [real(2, 3)] },
  { name: "Tensor.reshapeAs", fn: (x, y) => x.reshapeAs(y), inputs: [real(2, 3), real(6)] },
  { name: "Tensor.unfold", fn: (x) => x.unfold(1, 2, 1), inputs: [real(2, 4)] },
  { name: "Tensor.view", fn: (x) => x.mul(2).view(3, 2), inputs: [real(2, 3)] },
  { name: "Tensor.viewAs", fn: (x, y) => x.mul(2).viewAs(y), inputs: [real(2, 3), real(6)] },
  { name: "Tensor.T", fn: (x) => x.T, inputs: [real(2, 3)] },
  { name: "Tensor.H", fn: (x) => x.H, inputs: [real(2, 3)] },
  { name: "Tensor.mT", fn: (x) => x.mT, inputs: [real(2, 1, 3)] },
  { name: "Tensor.mH", fn: (x) => x.mH, inputs: [real(2, 1, 3)] },
];

const copies: Row[] = [
  {
    name: "asStridedScatter",
    fn: (x, y) => mt.asStridedScatter(x, y, [2, 2], [2, 1]),
    inputs: [real(6), real(2, 2)],
  },
  { name: "atleast1d", fn: (x) => mt.atleast1d(x), inputs: [real()] },
  { name: "atleast2d", fn: (x) => mt.atleast2d(x), inputs: [real(3)] },
  { name: "atleast3d", fn: (x) => mt.atleast3d(x), inputs: [real(2, 3)] },
  { name: "blockDiag", fn: (a, b) => mt.blockDiag(a, b), inputs: [real(2, 2), real(3)] },
  { name: "cartesianProd", fn: (a, b) => mt.cartesianProd(a, b), inputs: [real(2), real(3)] },
  { name: "cat", fn: (a, b) => mt.cat([a, b, a], 1), inputs: [real(2, 1), real(2, 2)] },
  { name: "columnStack", fn: (a, b) => mt.columnStack([a, b]), inputs: [real(2), real(2, 2)] },
  { name: "combinations", fn: (x) => mt.combinations(x, { withReplacement: true }), inputs: [real(3)] },
  { name: "diag", fn: (x) => mt.diag(x, 1), inputs: [real(3, 3)] },
  { name: "diag, of a vector", fn: (x) => mt.diag(x, -1), inputs: [real(3)] },
  { name: "diagEmbed", fn: (x) => mt.diagEmbed(x, { offset: 1 }), inputs: [real(2, 2)] },
  { name: "diagflat", fn: (x) => mt.diagflat(x), inputs: [real(2, 2)] },
  { name: "diagonalScatter", fn: (x, y) => mt.diagonalScatter(x, y), inputs: [real(2, 3), real(2)] },
  { name: "dstack", fn: (a, b) => mt.dstack([a, b]), inputs: [real(2), real(1, 2, 2)] },
  { name: "flip", fn: (x) => mt.flip(x, 0, 1), inputs: [real(2, 3)] },
  { name: "fliplr", fn: mt.fliplr, inputs: [real(2, 3)] },
  { name: "flipud", fn: mt.flipud, inputs: [real(2, 3)] },
  { name: "hstack", fn: (a, b) => mt.hstack([a, b]), inputs: [real(2, 1), real(2, 2)] },
  { name: "meshgrid", fn: (a, b) => mt.meshgrid(a, b, { indexing: "xy" }), inputs: [real(2), real(3)] },
  { name: "narrowCopy", fn: (x) => mt.narrowCopy(x, 1, 1, 2), inputs: [real(2, 4)] },
  { name: "repeatInterleave", fn: (x) => mt.repeatInterleave(x, ints(2, 0, 1), { dim: 1 }), inputs: [real(2, 3)] },
  { name: "roll", fn: (x) => mt.roll(x, [1, -1], [0, 1]), inputs: [real(2, 3)] },
  { name: "rot90", fn: (x) => mt.rot90(x), inputs: [real(2, 3)] },
  { name: "rowStack", fn: (a, b) => mt.rowStack([a, b]), inputs: [real(2), real(2, 2)] },
  { name: "selectScatter", fn: (x, y) => mt.selectScatter(x, y, 1, 1), inputs: [real(2, 3), real(2)] },
  {
    name: "sliceScatter",
    fn: (x, y) => mt.sliceScatter(x, y, { dim: 1, start: 0, step: 2 }),
    inputs: [real(2, 3), real(2, 2)],
  },
  { name: "stack", fn: (a, b) => mt.stack([a, b], 1), inputs: [real(2, 2), real(2, 2)] },
  { name: "tile", fn: (x) => mt.tile(x, 2, 1), inputs: [real(2, 3)] },
  { name: "tril", fn: (x) => mt.tril(x), inputs: [real(3, 3)] },
  { name: "triu", fn: (x) => mt.triu(x, 1), inputs: [real(3, 3)] },
  { name: "vander", fn: (x) => mt.vander(x), inputs: [real(3)] },
  { name: "vstack", fn: (a, b) => mt.vstack([a, b]), inputs: [real(2), real(2, 2)] },
  { name: "Tensor.repeat", fn: (x) => x.repeat(2, 1, 2), inputs: [real(2, 2)] },
  { name: "Tensor.sumToSize", fn: (x) => x.sumToSize(2, 1), inputs: [real(2, 2, 3)] },
  { name: "nn.functional.pad", fn: (x) => pad(x, [1, 2, -1, 1], { value: 3 }), inputs: [real(2, 3)] },
  { name: "nn.functional.pad, reflected", fn: (x) => pad(x, [2, 1], { mode: "reflect" }), inputs: [real(1, 2, 3)] },
  { name: "nn.functional.pad, replicated", fn: (x) => pad(x, [2, 1], { mode: "replicate" }), inputs: [real(1, 2, 3)] },
  { name: "nn.functional.pad, circular", fn: (x) => pad(x, [2, 1], { mode: "circular" }), inputs: [real(1, 2, 3)] },
];

const places = (): Tensor =>
  mt.tensor(
    [
      [0, 1, 1],
      [1, 0, 1],
    ],
    { dtype: "int32" },
  );

const indexing: Row[] = [
  { name: "gather", fn: (x) => mt.gather(x, 0, places()), inputs: [real(2, 3)] },
  {
    name: "indexAdd",
    fn: (x, y) => mt.indexAdd(x, 0, ints(1, 1), y, { alpha: 2 }),
    inputs: [real(3, 2), real(2, 2)],
  },
  { name: "indexCopy", fn: (x, y) => mt.indexCopy(x, 0, ints(2, 0), y), inputs: [real(3, 2), real(2, 2)] },
  { name: "indexFill", fn: (x, v) => mt.indexFill(x, 0, ints(2, 0), v), inputs: [real(3, 2), real()] },
  {
    name: "indexPut",
    fn: (x, v) => mt.indexPut(x, [ints(1, 1, 0)], v, { accumulate: true }),
    inputs: [real(2, 2), real(3, 2)],
  },
  {
    name: "indexReduce",
    fn: (x, y) => mt.indexReduce(x, 0, ints(1, 1), y, "prod"),
    inputs: [real(3, 2), real(2, 2)],
  },
  {
    name: "indexReduce, mean",
    fn: (x, y) => mt.indexReduce(x, 0, ints(1, 1), y, "mean"),
    inputs: [real(3, 2), real(2, 2)],
  },
  {
    name: "indexReduce, amax",
    fn: (x, y) => mt.indexReduce(x, 0, ints(1, 1), y, "amax"),
    inputs: [real(3, 2), real(2, 2)],
  },
  { name: "indexSelect", fn: (x) => mt.indexSelect(x, 1, ints(2, 0, 2)), inputs: [real(2, 3)] },
  {
    name: "maskedScatter",
    fn: (x, y) => mt.maskedScatter(x, bools(1, 0, 1), y),
    inputs: [real(2, 3), real(4)],
  },
  { name: "maskedSelect", fn: (x) => mt.maskedSelect(x, bools(1, 0, 1)), inputs: [real(2, 3)] },
  { name: "put", fn: (x, y) => mt.put(x, ints(4, 0), y), inputs: [real(2, 3), real(2)] },
  {
    name: "put, adding",
    fn: (x, y) => mt.put(x, ints(4, 4), y, { accumulate: true }),
    inputs: [real(2, 3), real(2)],
  },
  {
    name: "scatter",
    fn: (x, y) => mt.scatter(x, 1, mt.tensor([[2, 0]], { dtype: "int32" }), y),
    inputs: [real(2, 3), real(2, 2)],
  },
  { name: "scatterAdd", fn: (x, y) => mt.scatterAdd(x, 0, places(), y), inputs: [real(2, 3), real(2, 3)] },
  ...(["sum", "prod", "mean", "amax", "amin"] as const).flatMap((how): Row[] =>
    [true, false].map((includeSelf) => ({
      name: `scatterReduce, ${how} ${includeSelf ? "with" : "without"} itself`,
      fn: (x, y) => mt.scatterReduce(x, 0, places(), y, how, { includeSelf }),
      inputs: [positive(2, 3), distinct(2, 3)],
    })),
  ),
  { name: "take", fn: (x) => mt.take(x, ints(5, 0, 5)), inputs: [real(2, 3)] },
  { name: "takeAlongDim", fn: (x) => mt.takeAlongDim(x, places(), { dim: 0 }), inputs: [real(2, 3)] },
];

export const movement: Row[] = [...views, ...copies, ...indexing];
