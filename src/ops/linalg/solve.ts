import { defineMultiOp, defineOp, type Op } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { eye } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { broadcastShapes } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "../elementwise/arithmetic.js";
import { eq } from "../elementwise/compare.js";
import { log } from "../elementwise/exponential.js";
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

const solve_: Op = defineOp({
  name: "solve",
  shape: ([, B]) => B as Tensor,
  forward: (k, [x], [A, B]) => {
    const [n, columns] = (B as Tensor).shape.slice(-2) as [number, number];
    const bad = k.factor("solve", [x as Tensor], [A as Tensor, B as Tensor], [n, columns]);
    if (bad >= 0) throw singular("solve", bad, (A as Tensor).ndim > 2);
  },
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([d], { input, output }) => {
    const dB = solve_([mT(input(0)), d as Tensor], undefined);
    return [neg(matmul(dB, mT(output(0)))), dB];
  },
});

/** Runs A · X = B with batches broadcast. */
const solveBroadcast = (A: Tensor, B: Tensor): Tensor => {
  const lead = broadcastShapes("solve", A.shape.slice(0, -2), B.shape.slice(0, -2));
  return solve_([expand(A, [...lead, ...A.shape.slice(-2)]), expand(B, [...lead, ...B.shape.slice(-2)])], undefined);
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
  const x = left ? solveBroadcast(A, columns) : mT(solveBroadcast(mT(A), mT(columns)));
  return isVector ? squeeze(x, -1) : x;
};

/** A⁻¹. @throws ValueError for a singular matrix @source torch.linalg.inv */
export const inv = (A: Tensor): Tensor => {
  requireMatrices("inverse", A, true);
  return solveBroadcast(A, eye(A.shape.at(-1) as number, { dtype: A.dtype }));
};

const det_ = defineMultiOp({
  name: "det",
  shape: ([A]) => {
    const meta = { shape: (A as Tensor).shape.slice(0, -2), dtype: (A as Tensor).dtype };
    return [meta, meta, meta];
  },
  forward: (k, outputs, [A]) => {
    k.factor("det", outputs, [A as Tensor], [(A as Tensor).shape.at(-1) as number]);
  },
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([dDet, , dLog], { arrived, input, output }) => {
    const A = input(0);
    const scale = (d: Tensor): Tensor => unsqueeze(unsqueeze(d, -1), -1);
    if (eq(output(0), 0).toTypedArray().includes(1))
      throw new ValueError({ op: "det", problem: "the gradient at a singular matrix is not supported" });
    const inverse = mT(inv(A));
    const parts = [
      ...(arrived(0) ? [mul(scale(mul(dDet as Tensor, output(0))), inverse)] : []),
      ...(arrived(2) ? [mul(scale(dLog as Tensor), inverse)] : []),
    ];
    return [parts.length === 0 ? null : parts.reduce((a, b) => a.add(b))];
  },
});

/** The determinant. @grad dY · det · A⁻ᵀ @source torch.linalg.det */
export const det = (A: Tensor): Tensor => {
  requireMatrices("det", A, true);
  return det_([A], undefined)[0] as Tensor;
};

/** The determinant's sign, and ln of its size. @source torch.linalg.slogdet */
export const slogdet = (A: Tensor): { sign: Tensor; logabsdet: Tensor } => {
  requireMatrices("slogdet", A, true);
  const [, sign, logabsdet] = det_([A], undefined) as [Tensor, Tensor, Tensor];
  return { sign: sign.detach(), logabsdet };
};

/** ln of the determinant; NaN where it is negative. @source torch.logdet */
export const logdet = (A: Tensor): Tensor => {
  const { sign, logabsdet } = slogdet(A);
  return logabsdet.add(log(sign).mul(0));
};
