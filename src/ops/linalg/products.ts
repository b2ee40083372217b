import { isFloating } from "../../backend/dtype.js";
import { eye, full } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { resultType } from "../../tensor/promotion.js";
import { normalizeDim, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { where } from "../elementwise/where.js";
import { expand } from "../movement/broadcast.js";
import { diagonal } from "../movement/diagonal.js";
import { permute, reshape, stack, unsqueeze } from "../movement/reshape.js";
import { select } from "../movement/slice.js";
import { sum } from "../reduce/reduce.js";
import { bmm, dot, matmul, mm, mv, outer } from "./matmul.js";

export interface BetaAlphaOptions {
  /** Factor of the summand; 0 leaves it out, NaN and all. Default 1. */
  beta?: number | undefined;
  /** Factor of the product. Default 1. */
  alpha?: number | undefined;
}

const combined = (op: string, input: Tensor, product: Tensor, { beta = 1, alpha = 1 }: BetaAlphaOptions): Tensor => {
  const isInteger = !isFloating(resultType(input, product));
  if (isInteger && !(Number.isInteger(beta) && Number.isInteger(alpha)))
    throw new DTypeError({ op, problem: `beta ${beta} and alpha ${alpha} are no integers, the tensors are` });
  const scaled = alpha === 1 ? product : mul(product, alpha);
  const summand = expand(input, product.shape);
  // Left out, NaN and all; its gradient is 0 then, not missing.
  if (beta === 0) return add(scaled, where(full([], true, { dtype: "bool" }), 0, summand));
  return add(beta === 1 ? summand : mul(summand, beta), scaled);
};

/** beta · input + alpha · (a · b). @shape a [M, K], b [K, N], input broadcasts to [M, N] @source torch.addmm */
export const addmm = (input: Tensor, a: Tensor, b: Tensor, options: BetaAlphaOptions = {}): Tensor =>
  combined("addmm", input, mm(a, b), options);
/** beta · input + alpha · (matrix · vector). @source torch.addmv */
export const addmv = (input: Tensor, a: Tensor, b: Tensor, options: BetaAlphaOptions = {}): Tensor =>
  combined("addmv", input, mv(a, b), options);
/** beta · input + alpha · (a ⊗ b) of vectors. @source torch.addr */
export const addr = (input: Tensor, a: Tensor, b: Tensor, options: BetaAlphaOptions = {}): Tensor =>
  combined("addr", input, outer(a, b), options);
/** beta · input + alpha · (a · b), batch by batch. @source torch.baddbmm */
export const baddbmm = (input: Tensor, a: Tensor, b: Tensor, options: BetaAlphaOptions = {}): Tensor =>
  combined("baddbmm", input, bmm(a, b), options);
/** beta · input + alpha · the sum of all batches' a · b. @source torch.addbmm */
export const addbmm = (input: Tensor, a: Tensor, b: Tensor, options: BetaAlphaOptions = {}): Tensor =>
  combined("addbmm", input, sum(bmm(a, b), 0, { dtype: resultType(a, b) }), options);

/** Sums of products over the last dimension of both. @shape [...A, K], [...B, K] → [...A, ...B] @source torch.inner */
export const inner = (a: Tensor, b: Tensor): Tensor => {
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b);
  return tensordot(a, b, { dims: [[-1], [-1]] });
};

/** Sum of products of two vectors. @source torch.vdot */
export const vdot = (a: Tensor, b: Tensor): Tensor => dot(a, b);

/** Sum of products along a dimension, broadcast. @source torch.linalg.vecdot */
export const vecdot = (a: Tensor, b: Tensor, { dim = -1 }: { dim?: number | undefined } = {}): Tensor =>
  sum(mul(a, b), dim, { dtype: resultType(a, b) });

export interface TensordotOptions {
  /** How many last dimensions of a meet the first of b; or which of a, and which of b. Default 2. */
  dims?: number | readonly [readonly number[], readonly number[]] | undefined;
}

/** Sums of products over several dimensions. @source torch.tensordot */
export const tensordot = (a: Tensor, b: Tensor, { dims = 2 }: TensordotOptions = {}): Tensor => {
  if (typeof dims === "number" && (!Number.isInteger(dims) || dims < 0 || dims > a.ndim || dims > b.ndim))
    throw new ValueError({ op: "tensordot", problem: `dims is ${dims}`, args: { a: a.shape, b: b.shape } });
  const [ofA, ofB] =
    typeof dims === "number"
      ? [Array.from({ length: dims }, (_, i) => a.ndim - dims + i), Array.from({ length: dims }, (_, i) => i)]
      : [
          dims[0].map((d) => normalizeDim("tensordot", d, a.ndim)),
          dims[1].map((d) => normalizeDim("tensordot", d, b.ndim)),
        ];
  const sizesOf = (x: Tensor, list: readonly number[]): number[] => list.map((d) => x.shape[d] as number);
  const isOnce = (list: readonly number[]): boolean => new Set(list).size === list.length;
  const [inA, inB] = [sizesOf(a, ofA), sizesOf(b, ofB)];
  const fits = ofA.length === ofB.length && isOnce(ofA) && isOnce(ofB);
  if (!fits || inA.some((size, i) => size !== inB[i] && size !== 1 && inB[i] !== 1)) {
    throw new ShapeError({
      op: "tensordot",
      problem: "the dimensions that meet have different sizes",
      args: { a: inA, b: inB },
    });
  }
  // A size of 1 meets any: its partner is summed first.
  const left = summedWhereOther(a, ofA, inB);
  const right = summedWhereOther(b, ofB, inA);
  const K = ofA.reduce((n, d) => n * (left.shape[d] as number), 1);
  const restA = a.shape.map((_, i) => i).filter((i) => !ofA.includes(i));
  const restB = b.shape.map((_, i) => i).filter((i) => !ofB.includes(i));
  const M = sizesOf(a, restA).reduce((x, y) => x * y, 1);
  const N = sizesOf(b, restB).reduce((x, y) => x * y, 1);
  const rows = reshape(permute(left, [...restA, ...ofA]), [M, K]);
  const columns = reshape(permute(right, [...ofB, ...restB]), [K, N]);
  return reshape(mm(rows, columns), [...sizesOf(a, restA), ...sizesOf(b, restB)]);
};

const summedWhereOther = (x: Tensor, dims: readonly number[], others: readonly number[]): Tensor => {
  const over = dims.filter((d, i) => others[i] === 1 && x.shape[d] !== 1);
  return over.length === 0 ? x : sum(x, { dim: over, keepdim: true });
};

/** Every element of a times all of b. @source torch.kron */
export const kron = (a: Tensor, b: Tensor): Tensor => {
  const rank = Math.max(a.ndim, b.ndim);
  const filled = (x: Tensor): Shape => [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const [sizesA, sizesB] = [filled(a), filled(b)];
  const left = reshape(
    a,
    sizesA.flatMap((size) => [size, 1]),
  );
  const right = reshape(
    b,
    sizesB.flatMap((size) => [1, size]),
  );
  return reshape(
    mul(left, right),
    sizesA.map((size, i) => size * (sizesB[i] as number)),
  );
};

/** The sum of the diagonal. @source torch.trace */
export const trace = (x: Tensor): Tensor => {
  if (x.ndim !== 2) throw new ShapeError({ op: "trace", problem: "the tensor is no matrix", args: { x: x.shape } });
  return sum(diagonal(x));
};

/** The cross product of vectors of three along a dimension. Default: the first of size 3. @source torch.cross */
export const cross = (a: Tensor, b: Tensor, { dim = null }: { dim?: number | null | undefined } = {}): Tensor => {
  if (a.ndim !== b.ndim)
    throw new ShapeError({
      op: "cross",
      problem: "the numbers of dimensions differ",
      args: { a: a.shape, b: b.shape },
    });
  const shape = a.shape.map((size, i) => Math.max(size, b.shape[i] as number));
  const d = dim === null ? shape.indexOf(3) : normalizeDim("cross", dim, a.ndim);
  if (d < 0 || a.shape[d] !== 3 || b.shape[d] !== 3)
    throw new ShapeError({
      op: "cross",
      problem: "there is no dimension of size 3 to work along",
      args: { a: a.shape, b: b.shape },
    });
  const [p, q] = [expand(a, shape), expand(b, shape)];
  const part = (i: number, j: number): Tensor =>
    sub(mul(select(p, d, i), select(q, d, j)), mul(select(p, d, j), select(q, d, i)));
  return stack([part(1, 2), part(2, 0), part(0, 1)], d);
};

/** The product of several matrices, in the order that costs least. @source torch.linalg.multi_dot */
export const multiDot = (tensors: readonly Tensor[]): Tensor => {
  if (tensors.length < 2) throw new ValueError({ op: "multiDot", problem: "at least two tensors are needed" });
  const isRow = tensors[0]?.ndim === 1;
  const isColumn = tensors.at(-1)?.ndim === 1;
  const list = tensors.map((x, i) => {
    if (x.ndim === 1 && i === 0) return unsqueeze(x, 0);
    if (x.ndim === 1 && i === tensors.length - 1) return unsqueeze(x, 1);
    if (x.ndim === 2) return x;
    throw new ShapeError({ op: "multiDot", problem: `tensor ${i} is no matrix`, args: { tensor: x.shape } });
  });
  const product = inOrder(list);
  const shape = [...(isRow ? [] : [product.shape[0] as number]), ...(isColumn ? [] : [product.shape[1] as number])];
  return reshape(product, shape);
};

/** Least multiplications by dynamic programming over where the last product cuts. */
const inOrder = (list: readonly Tensor[]): Tensor => {
  const sizes = [list[0]?.shape[0] as number, ...list.map((x) => x.shape[1] as number)];
  const best = new Map<string, { cost: number; product: () => Tensor }>();
  const solve = (i: number, j: number): { cost: number; product: () => Tensor } => {
    const known = best.get(`${i},${j}`);
    if (known !== undefined) return known;
    let found = { cost: 0, product: () => list[i] as Tensor };
    for (let k = i; k < j; k++) {
      const [left, right] = [solve(i, k), solve(k + 1, j)];
      const cost = left.cost + right.cost + (sizes[i] as number) * (sizes[k + 1] as number) * (sizes[j + 1] as number);
      if (k === i || cost < found.cost) found = { cost, product: () => mm(left.product(), right.product()) };
    }
    best.set(`${i},${j}`, found);
    return found;
  };
  return solve(0, list.length - 1).product();
};

/** The product of several matrices. @source torch.chain_matmul */
export const chainMatmul = (...matrices: readonly Tensor[]): Tensor =>
  matrices.length === 1 ? (matrices[0] as Tensor) : multiDot(matrices);

/**
 * Σ x1[i] · weight[o, i, j] · x2[j] + bias[o].
 *
 * @shape x1 [..., I], x2 [..., J], weight [O, I, J], bias [O] → [..., O]
 * @source torch.nn.functional.bilinear
 */
export const bilinear = (x1: Tensor, x2: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor => {
  const [O, I, J] = weight.shape as [number, number, number];
  const lead = x1.shape.slice(0, -1);
  const fits =
    weight.ndim === 3 && x1.shape.at(-1) === I && x2.shape.at(-1) === J && lead.join() === x2.shape.slice(0, -1).join();
  if (!fits) {
    throw new ShapeError({
      op: "bilinear",
      problem: "the inputs do not fit the weight",
      rule: "x1 [..., I], x2 [..., J], weight [O, I, J]",
      args: { x1: x1.shape, x2: x2.shape, weight: weight.shape },
    });
  }
  const rows = lead.reduce((a, b) => a * b, 1);
  const byI = reshape(permute(weight, 1, 0, 2), [I, O * J]);
  const half = reshape(mm(reshape(x1, [rows, I]), byI), [rows, O, J]);
  const y = reshape(matmul(half, reshape(x2, [rows, J, 1])), [...lead, O]);
  return bias === null ? y : add(y, bias);
};

/** A square matrix times itself, n times; negative n takes the inverse. */
export const powerBySquares = (x: Tensor, n: number): Tensor => {
  const size = x.shape.at(-1) as number;
  const identity = expand(eye(size, { dtype: x.dtype }), x.shape);
  // Where n is 0 the result depends on x in name only: its gradient is 0.
  let result = n === 0 ? where(full([], true), identity, x) : identity;
  let square = x;
  for (let e = n; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = e === n && n === 1 ? square : matmul(result, square);
    if (e > 1) square = matmul(square, square);
  }
  return result;
};
