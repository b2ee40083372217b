import * as mt from "../../../src/index.js";
import { DTypeError, IndexError, type MytorchError, ShapeError, tensor, ValueError } from "../../../src/index.js";

type ErrorClass = new (...args: never[]) => MytorchError;

/** What PyTorch refuses: the op that the error names, the call, the kind of error, and what its text says too. */
export type Refused = readonly [op: string, run: () => unknown, kind: ErrorClass, says: readonly string[]];

const { functional: F } = mt.nn;
const x = (...shape: number[]): mt.Tensor => mt.ones(shape);
const ints = (...values: number[]): mt.Tensor => tensor(values, { dtype: "int32" });

const elementwise: readonly Refused[] = [
  ["add", () => mt.add(x(2, 3), x(4)), ShapeError, ["[2, 3]", "[4]"]],
  ["atan2", () => mt.atan2(x(2), x(3)), ShapeError, ["[2]", "[3]"]],
  ["addcmul", () => mt.addcmul(x(2), x(3), x(2)), ShapeError, ["[2]", "[3]"]],
  ["where", () => mt.where(x(2).gt(0), x(3), x(3)), ShapeError, ["[2]", "[3]"]],
  ["lerp", () => mt.lerp(x(2), x(3), 0.5), ShapeError, ["[2]", "[3]"]],
  ["sub", () => mt.sub(x(2).gt(0), x(2).gt(0)), DTypeError, []],
  ["bitwiseAnd", () => mt.bitwiseAnd(x(2), x(2)), DTypeError, []],
  ["floorDivide", () => mt.div(ints(1), ints(0), { roundingMode: "floor" }), ValueError, ["zero"]],
  ["pow", () => mt.pow(ints(2), -1), ValueError, []],
  ["clamp", () => mt.clamp(x(2)), ValueError, []],
];

const activation: readonly Refused[] = [
  ["softmax", () => mt.softmax(x(2, 3), 2), ShapeError, ["dimension 2"]],
  ["glu", () => F.glu(x(2, 3)), ShapeError, ["[2, 3]"]],
  ["prelu", () => F.prelu(x(2, 3), x(2)), ShapeError, ["[2, 3]", "[2]"]],
];

const reduce: readonly Refused[] = [
  ["sum", () => mt.sum(x(2, 3), 2), ShapeError, ["dimension 2"]],
  ["sum", () => mt.sum(x(2, 3), [0, 0]), ShapeError, ["twice"]],
  ["mean", () => mt.mean(ints(1)), DTypeError, ["[1]"]],
  ["amax", () => mt.amax(x(0)), ShapeError, ["[0]"]],
  ["max", () => mt.max(x(0)), ShapeError, ["[0]"]],
  ["argmax", () => mt.argmax(x(2, 0), 1), ShapeError, ["[2, 0]"]],
  ["quantile", () => mt.quantile(x(3), 1.5), ValueError, []],
  ["kthvalue", () => mt.kthvalue(x(3), 4), IndexError, []],
  ["topk", () => mt.topk(x(3), 4), IndexError, []],
  ["bincount", () => mt.bincount(ints(-1)), ValueError, []],
];

const linalg: readonly Refused[] = [
  ["matmul", () => mt.matmul(x(2, 3), x(2, 3)), ShapeError, ["[2, 3]"]],
  ["matmul", () => mt.matmul(x(), x(2)), ShapeError, ["[]", "[2]"]],
  ["mm", () => mt.mm(x(2), x(2, 3)), ShapeError, ["[2]", "[2, 3]"]],
  ["bmm", () => mt.bmm(x(2, 2, 2), x(3, 2, 2)), ShapeError, ["[2, 2, 2]", "[3, 2, 2]"]],
  ["dot", () => mt.dot(x(2), x(3)), ShapeError, ["[2]", "[3]"]],
  ["einsum", () => mt.einsum("ij,jk->ik", x(2, 3), x(2, 3)), ShapeError, ["[2, 3]"]],
  ["einsum", () => mt.einsum("ij->q", x(2, 3)), ValueError, []],
  ["linear", () => F.linear(x(2, 3), x(4, 2)), ShapeError, ["[2, 3]", "[4, 2]"]],
  ["det", () => mt.det(x(2, 3)), ShapeError, ["[2, 3]"]],
  ["inverse", () => mt.inverse(mt.zeros(2, 2)), ValueError, []],
  ["solve", () => mt.linalg.solve(x(2, 2), x(3)), ShapeError, ["[2, 2]", "[3]"]],
  ["cholesky", () => mt.cholesky(mt.eye(2).neg()), ValueError, []],
];

const spatial: readonly Refused[] = [
  ["conv2d", () => F.conv2d(x(1, 3, 4, 4), x(2, 2, 3, 3)), ShapeError, ["[1, 3, 4, 4]", "[2, 2, 3, 3]"]],
  ["conv1d", () => F.conv1d(x(1, 1, 2), x(1, 1, 3)), ShapeError, ["[1, 1, 2]", "[1, 1, 3]"]],
  ["conv2d", () => F.conv2d(x(1, 2, 4, 4), x(3, 1, 1, 1), { groups: 2 }), ShapeError, []],
  ["maxPool2d", () => F.maxPool2d(x(1, 2, 2), 3), ShapeError, ["[2, 2]", "[3, 3]"]],
  ["maxPool1d", () => F.maxPool1d(x(1, 4), 2, { padding: 2 }), ValueError, []],
  ["pixelShuffle", () => F.pixelShuffle(x(1, 3, 1, 1), 2), ShapeError, ["[1, 3, 1, 1]"]],
  ["interpolate", () => F.interpolate(x(1, 1, 2)), ValueError, []],
  ["gridSample", () => F.gridSample(x(1, 1, 2, 2), x(2, 1, 1, 2)), ShapeError, ["[1, 1, 2, 2]", "[2, 1, 1, 2]"]],
];

const network: readonly Refused[] = [
  ["layerNorm", () => F.layerNorm(x(2, 3), [2]), ShapeError, ["[2, 3]"]],
  ["groupNorm", () => F.groupNorm(x(2, 3), 2), ValueError, ["[2, 3]"]],
  ["batchNorm", () => F.batchNorm(x(1, 2), null, null, { training: true }), ValueError, ["[1, 2]"]],
  ["crossEntropy", () => F.crossEntropy(x(2, 3), ints(0, 3)), IndexError, []],
  ["crossEntropy", () => F.crossEntropy(x(2, 3), ints(0)), ShapeError, ["[2, 3]", "[1]"]],
  ["nllLoss", () => F.nllLoss(x(2, 3), ints(0, 3)), IndexError, []],
  ["binaryCrossEntropy", () => F.binaryCrossEntropy(x(2).mul(2), x(2)), ValueError, []],
  ["binaryCrossEntropy", () => F.binaryCrossEntropy(x(2), x(3)), ShapeError, ["[2]", "[3]"]],
  ["klDiv", () => F.klDiv(x(2), x(3)), ShapeError, ["[2]", "[3]"]],
  ["embedding", () => F.embedding(ints(3), x(3, 2)), IndexError, []],
  ["oneHot", () => F.oneHot(ints(3), { numClasses: 3 }), ValueError, []],
  ["dropout", () => F.dropout(x(2), { p: 1.5 }), ValueError, []],
  [
    "scaledDotProductAttention",
    () => F.scaledDotProductAttention(x(2, 3), x(2, 4), x(2, 3)),
    ShapeError,
    ["[2, 3]", "[2, 4]"],
  ],
];

export const refused: readonly Refused[] = [
  ...elementwise,
  ...activation,
  ...reduce,
  ...linalg,
  ...spatial,
  ...network,
];
