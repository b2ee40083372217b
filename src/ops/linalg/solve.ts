import { defineOp, type Op } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { eye } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { broadcastShapes } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { neg } from "../elementwise/unary.js";
import { expand } from "../movement/broadcast.js";
import { squeeze, transpose, unsqueeze } from "../movement/reshape.js";
import { matmul } from "./matmul.js";

/** The last two dimensions exchanged. */
export const mT = (x: Tensor): Tensor => transpose(x, -2, -1);

/** @throws ShapeError or DTypeError unless x holds float matrices, square where asked for */
export const requireMatrices = (op: string, x: Tensor, isSquare: boolean): void => {
  if (x.ndim < 2 || (isSquare && x.shape.at(-1) !== x.shape.at(-2))) {
    throw new ShapeError({
      op,
      problem: isSquare ? "the matrices are not square" : "the tensor is no matrix",
      rule: isSquare ? "[...B, n, n]" : "[...B, m, n]",
      args: { A: x.shape },
    });
  }
  if (!isFloating(x.dtype))
    throw new DTypeError({
      op,
      problem: `the matrices are ${x.dtype}, not floats`,
      hint: 'convert first: x.to("float32")',
    });
};

const singular = (op: string, batch: number, isBatched: boolean): ValueError =>
  new ValueError({
    op,
    problem: `${isBatched ? `matrix ${batch} of the batch` : "the matrix"} is singular`,
    rule: "a determinant that is not 0",
  });

/** A · X = B for an op of this name. */
const solve_: Op<string> = defineOp<string>({
  name: "solve",
  shape: ([, B]) => B as Tensor,
  forward: (k, [x], [A, B], op) => {
    const [n, columns] = (B as Tensor).shape.slice(-2) as [number, number];
    const bad = k.factor("solve", [x as Tensor], [A as Tensor, B as Tensor], [n, columns]);
    if (bad >= 0) throw singular(op, bad, (A as Tensor).ndim > 2);
  },
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([d], { attrs, input, output }) => {
    const dB = solve_([mT(input(0)), d as Tensor], attrs);
    return [neg(matmul(dB, mT(output(0)))), dB];
  },
});

/** Runs A · X = B with batches broadcast. */
const solveBroadcast = (op: string, A: Tensor, B: Tensor): Tensor => {
  const lead = broadcastShapes(op, A.shape.slice(0, -2), B.shape.slice(0, -2));
  return solve_([expand(A, [...lead, ...A.shape.slice(-2)]), expand(B, [...lead, ...B.shape.slice(-2)])], op);
};

/**
 * X of A · X = B (or X · A = B).
 *
 * @shape A [...B, n, n]; B [...B, n, k], or vectors [...B, n] → as B
 * @throws ValueError for a singular matrix
 * @source torch.linalg.solve
 */
export const solve = (A: Tensor, B: Tensor, { left = true }: { left?: boolean | undefined } = {}): Tensor => {
  requireMatrices("solve", A, true);
  const isVector = B.ndim === 1 || (B.ndim === A.ndim - 1 && B.shape.join() === A.shape.slice(0, -1).join());
  const columns = isVector ? unsqueeze(B, -1) : B;
  if (columns.shape.at(left ? -2 : -1) !== A.shape.at(-1) || A.dtype !== B.dtype) {
    throw new ShapeError({
      op: "solve",
      problem: "the right side does not fit the matrix",
      rule: "A [...B, n, n], B [...B, n, k] of one dtype",
      args: { A: A.shape, B: B.shape },
    });
  }
  const x = left ? solveBroadcast("solve", A, columns) : mT(solveBroadcast("solve", mT(A), mT(columns)));
  return isVector ? squeeze(x, -1) : x;
};

/** A⁻¹. @throws ValueError for a singular matrix @source torch.linalg.inv */
export const inv = (A: Tensor): Tensor => {
  requireMatrices("inverse", A, true);
  return solveBroadcast("inverse", A, eye(A.shape.at(-1) as number, { dtype: A.dtype }));
};
