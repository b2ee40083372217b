import { defineOp, type Op } from "../../autograd/defineOp.js";
import { isFloating } from "../../backend/dtype.js";
import { DTypeError, ShapeError } from "../../tensor/errors.js";
import { promoteTypes } from "../../tensor/promotion.js";
import { broadcastShapes, type Shape, sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { expand } from "../movement/broadcast.js";
import { reshape, squeeze, transpose, unsqueeze } from "../movement/reshape.js";
import { sum } from "../reduce/reduce.js";

const transposed = (x: Tensor): Tensor => transpose(x, -1, -2);

/** Two stacks of matrices whose batch sizes are equal. */
const product: Op = defineOp({
  name: "matmul",
  shape: ([a, b]) => {
    const shape = (a as Tensor).shape.slice();
    shape[shape.length - 1] = (b as Tensor).shape.at(-1) as number;
    return { shape, dtype: (a as Tensor).dtype };
  },
  forward: (k, [y], [a, b]) => k.matmul(y as Tensor, a as Tensor, b as Tensor),
  savesInputs: ([needsA, needsB]) => (needsA ? (needsB ? [0, 1] : [1]) : [0]),
  backward: ([d], { input, needs }) => [
    needs[0] ? product([d as Tensor, transposed(input(1))], undefined) : null,
    needs[1] ? product([transposed(input(0)), d as Tensor], undefined) : null,
  ],
});

/**
 * Matrix product; vectors count as a row on the left and a column on the right, further dimensions are batches and broadcast.
 *
 * @shape a [...B, M, K], b [...B, K, N] → y [...B, M, N]; a vector's dimension falls away
 * @grad  dA = dY · bᵀ, dB = aᵀ · dY, summed over what was broadcast
 * @throws ShapeError when the inner sizes differ or an operand is a scalar; DTypeError when the dtypes differ
 * @source torch.matmul
 */
export const matmul = (a: Tensor, b: Tensor): Tensor => {
  checkOperands("matmul", a, b);
  const left = a.ndim === 1 ? unsqueeze(a, 0) : a;
  const right = b.ndim === 1 ? unsqueeze(b, 1) : b;
  if (left.shape.at(-1) !== right.shape.at(-2)) throw innerSizes("matmul", a, b, left, right);
  let y = batched(left, right);
  if (a.ndim === 1) y = squeeze(y, -2);
  return b.ndim === 1 ? squeeze(y, -1) : y;
};

const batched = (a: Tensor, b: Tensor): Tensor => {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  if (sameShape(batchA, batchB)) return product([a, b], undefined);
  // One matrix on the right: the batch and the rows of a are one long list of rows.
  if (b.ndim === 2) {
    const rows = reshape(
      a,
      [-1, a.shape.at(-1) as number].map((size, i) =>
        i === 0 ? batchA.reduce((n, s) => n * s, a.shape.at(-2) as number) : size,
      ),
    );
    return reshape(product([rows, b], undefined), [...a.shape.slice(0, -1), b.shape.at(-1) as number]);
  }
  const batch = batchShape(a, b, batchA, batchB);
  return product([expand(a, [...batch, ...a.shape.slice(-2)]), expand(b, [...batch, ...b.shape.slice(-2)])], undefined);
};

const batchShape = (a: Tensor, b: Tensor, batchA: Shape, batchB: Shape): Shape => {
  try {
    return broadcastShapes("matmul", batchA, batchB);
  } catch (cause) {
    throw new ShapeError(
      {
        op: "matmul",
        problem: "the batch dimensions do not broadcast",
        rule: "a[...B,M,K] · b[...B,K,N] → [...B,M,N]; sizes of B are equal or one of them is 1",
        args: { a: a.shape, b: b.shape },
      },
      { cause },
    );
  }
};

const checkOperands = (op: string, a: Tensor, b: Tensor): void => {
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError({
      op,
      problem: "both operands need at least 1 dimension",
      args: { a: a.shape, b: b.shape },
      hint: "multiply by a scalar with mul()",
    });
  }
  if (a.dtype !== b.dtype) {
    throw new DTypeError({
      op,
      problem: `the dtypes differ (${a.dtype} and ${b.dtype})`,
      hint: `convert one: x.to("${promoteTypes(a.dtype, b.dtype)}")`,
    });
  }
  if (a.dtype === "bool")
    throw new DTypeError({ op, problem: "bool matrices have no product", hint: 'convert first: x.to("float32")' });
};

const innerSizes = (op: string, a: Tensor, b: Tensor, left: Tensor, right: Tensor): ShapeError => {
  const inner = left.shape.at(-1) as number;
  return new ShapeError({
    op,
    problem: `inner sizes differ (${inner} and ${right.shape.at(-2)})`,
    rule: "a[M,K] · b[K,N] → [M,N]",
    args: { a: a.shape, b: b.shape },
    hint: hintFor(op, a, b, inner),
  });
};

const hintFor = (op: string, a: Tensor, b: Tensor, inner: number): string | undefined => {
  if (b.ndim === 2 && b.shape[1] === inner) return `b looks transposed: ${op}(a, b.t())`;
  if (a.ndim === 2 && b.ndim >= 1 && a.shape[0] === b.shape.at(-2)) return `a looks transposed: ${op}(a.t(), b)`;
  return undefined;
};

const ofRank = (op: string, a: Tensor, b: Tensor, rankA: number, rankB: number): void => {
  if (a.ndim === rankA && b.ndim === rankB) return;
  throw new ShapeError({
    op,
    problem: `takes ${rankA} and ${rankB} dimensions, not ${a.ndim} and ${b.ndim}`,
    args: { a: a.shape, b: b.shape },
    hint: "matmul() takes any",
  });
};

/** Two matrices, nothing broadcast. @source torch.mm */
export const mm = (a: Tensor, b: Tensor): Tensor => {
  ofRank("mm", a, b, 2, 2);
  return matmul(a, b);
};

/** Two stacks of matrices with equal batch, nothing broadcast. @source torch.bmm */
export const bmm = (a: Tensor, b: Tensor): Tensor => {
  ofRank("bmm", a, b, 3, 3);
  if (a.shape[0] !== b.shape[0])
    throw new ShapeError({
      op: "bmm",
      problem: `batch sizes differ (${a.shape[0]} and ${b.shape[0]})`,
      args: { a: a.shape, b: b.shape },
    });
  return matmul(a, b);
};

/** A matrix and a vector. @source torch.mv */
export const mv = (a: Tensor, b: Tensor): Tensor => {
  ofRank("mv", a, b, 2, 1);
  return matmul(a, b);
};

/** Two vectors of one length. @source torch.dot */
export const dot = (a: Tensor, b: Tensor): Tensor => {
  ofRank("dot", a, b, 1, 1);
  if (a.numel() !== b.numel())
    throw new ShapeError({
      op: "dot",
      problem: "the vectors have different lengths",
      args: { a: a.shape, b: b.shape },
    });
  return matmul(a, b);
};

/** Every element of a times every element of b. @shape a [M], b [N] → y [M, N] @source torch.outer */
export const outer = (a: Tensor, b: Tensor): Tensor => {
  ofRank("outer", a, b, 1, 1);
  return mul(unsqueeze(a, 1), unsqueeze(b, 0));
};

const linear_ = defineOp({
  name: "linear",
  shape: ([x, w]) => ({
    shape: [(x as Tensor).shape[0] as number, (w as Tensor).shape[0] as number],
    dtype: (x as Tensor).dtype,
  }),
  forward: (k, [y], [x, w, bias]) => k.linear(y as Tensor, x as Tensor, w as Tensor, bias ?? null),
  savesInputs: ([needsX, needsW]) => (needsX ? (needsW ? [0, 1] : [1]) : needsW ? [0] : []),
  backward: ([d], { input, needs }) => [
    needs[0] ? product([d as Tensor, input(1)], undefined) : null,
    needs[1] ? product([transposed(d as Tensor), input(0)], undefined) : null,
    needs[2] ? sum(d as Tensor, 0) : null,
  ],
});

const integerLinear = (rows: Tensor, weight: Tensor, bias: Tensor | null): Tensor => {
  const y = matmul(rows, transposed(weight));
  return bias === null ? y : add(y, bias);
};

/**
 * x · weightᵀ + bias.
 *
 * @shape x [..., K], weight [N, K], bias [N] → y [..., N]; a weight [K] without its dimension gives y [...]
 * @grad  dX = dY · weight, dWeight = dYᵀ · x, dBias = dY summed over rows
 * @throws ShapeError when sizes differ
 * @source torch.nn.functional.linear
 */
export const linear = (x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor => {
  checkOperands("linear", x, weight);
  if (weight.ndim === 1) {
    const y = matmul(x, weight);
    return bias === null ? y : add(y, bias);
  }
  const [N, K] = weight.shape as readonly [number, number];
  const inner = x.shape.at(-1) as number;
  const fits = weight.ndim === 2 && inner === K && (bias === null || (bias.ndim === 1 && bias.shape[0] === N));
  if (!fits) {
    throw new ShapeError({
      op: "linear",
      problem:
        inner === K ? "the bias does not fit the weight" : `the input has ${inner} features, the weight takes ${K}`,
      rule: "x[..., K] · weight[N, K]ᵀ + bias[N] → [..., N]",
      args: { x: x.shape, weight: weight.shape, ...(bias && { bias: bias.shape }) },
      hint:
        x.ndim > 2 && x.shape.slice(1).reduce((n, s) => n * s, 1) === K
          ? "flatten the input first: x.flatten(1)"
          : undefined,
    });
  }
  const rows = x.ndim === 2 ? x : reshape(x, [x.numel() / Math.max(1, inner), inner]);
  const y = isFloating(x.dtype)
    ? linear_(bias === null ? [rows, weight] : [rows, weight, to(bias, x.dtype)], undefined)
    : integerLinear(rows, weight, bias);
  return x.ndim === 2 ? y : reshape(y, [...x.shape.slice(0, -1), N]);
};
