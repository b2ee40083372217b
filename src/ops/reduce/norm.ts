import { defineOp } from "../../autograd/defineOp.js";
import { type DType, isFloating } from "../../backend/dtype.js";
import { zerosLike } from "../../tensor/create.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { normalizeDim, normalizeDims, type Shape, sizeOf } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, pow, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { eq, gt, isnan, logicalOr } from "../elementwise/compare.js";
import { abs, sign } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { matrixNorm } from "../linalg/norms.js";
import { reshape } from "../movement/reshape.js";
import { type Dim, sum } from "./reduce.js";

interface Along {
  readonly p: number;
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

const withOnes = (shape: Shape, dims: readonly number[]): Shape =>
  shape.map((size, i) => (dims.includes(i) ? 1 : size));

const vectorNorm_ = defineOp<Along>({
  name: "vectorNorm",
  shape: ([x], { dims, keepdim }) => {
    const { shape, dtype } = x as Tensor;
    return { shape: keepdim ? withOnes(shape, dims) : shape.filter((_, i) => !dims.includes(i)), dtype };
  },
  forward: (k, [y_], [x_], { p, dims }) => {
    const [x, y] = [x_ as Tensor, y_ as Tensor];
    const size = Tensor.empty(x.shape, x.dtype);
    if (p === 0) {
      const isThere = Tensor.empty(x.shape, "bool");
      k.compare("ne", isThere, x, 0);
      k.copy(size, isThere);
      isThere.storage.release("vectorNorm");
      k.reduce("sum", y, size, dims);
    } else if (p === 2) {
      k.unary("square", size, x);
      k.reduce("sum", y, size, dims);
      k.unary("sqrt", y, y);
    } else {
      k.unary("abs", size, x);
      if (p === 1) k.reduce("sum", y, size, dims);
      else if (Math.abs(p) === Number.POSITIVE_INFINITY) k.reduce(p > 0 ? "amax" : "amin", y, size, dims);
      else {
        k.binary("pow", size, size, p);
        k.reduce("sum", y, size, dims);
        k.binary("pow", y, y, 1 / p);
      }
    }
    size.storage.release("vectorNorm");
  },
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([d_], { attrs: { p, dims }, input, output }) => {
    const x = input(0);
    const shape = withOnes(x.shape, dims);
    const [d, norm] = [reshape(d_ as Tensor, shape), reshape(output(0), shape)];
    const orZero = (slope: Tensor): Tensor => where(eq(norm, 0), 0, slope);
    if (p === 0) return [zerosLike(x)];
    if (p === 1) return [mul(sign(x), d)];
    if (p === 2) return [mul(d, orZero(div(x, norm)))];
    const size = abs(x);
    if (Math.abs(p) === Number.POSITIVE_INFINITY) {
      const isIt = to(logicalOr(eq(size, norm), isnan(size)), x.dtype);
      return [mul(mul(sign(x), isIt), div(d, sum(isIt, { dim: dims, keepdim: true })))];
    }
    if (p < 1) return [mul(where(eq(x, 0), 0, mul(sign(x), pow(size, p - 1))), mul(d, pow(norm, 1 - p)))];
    const along = p < 2 ? mul(sign(x), pow(size, p - 1)) : mul(x, pow(size, p - 2));
    return [mul(along, orZero(div(d, pow(norm, p - 1))))];
  },
});

export interface VectorNormOptions {
  /** The p of Σ|x|ᵖ^(1/p): any number; 0 counts, ±Infinity take the largest or smallest size. Default 2. */
  ord?: number | undefined;
  dim?: Dim;
  keepdim?: boolean | undefined;
  dtype?: DType | undefined;
}

/**
 * The p-norm over dimensions, as of one vector.
 *
 * @grad dY · x/y for p = 2; 0 where the norm is 0; shared evenly between ties for ±Infinity
 * @source torch.linalg.vector_norm
 */
export const vectorNorm = (x: Tensor, options: VectorNormOptions = {}): Tensor => {
  const { ord = 2, dim, keepdim = false, dtype } = options;
  const input = dtype === undefined ? x : to(x, dtype);
  if (!isFloating(input.dtype)) {
    throw new DTypeError({
      op: "norm",
      problem: `the result is a fraction, but the tensor is ${x.dtype}`,
      args: { x: x.shape },
      hint: 'convert first: x.to("float32")',
    });
  }
  const dims = Array.isArray(dim) && dim.length === 0 ? x.shape.map((_, i) => i) : normalizeDims("norm", dim, x.ndim);
  const isEmpty = sizeOf(dims.map((d) => x.shape[d] as number)) === 0;
  if (isEmpty && (ord < 0 || ord === Number.POSITIVE_INFINITY))
    throw new ShapeError({ op: "norm", problem: "there is no element to choose from", args: { x: x.shape } });
  return vectorNorm_([input], { p: ord, dims, keepdim });
};

export interface NormOptions {
  /** "fro" is 2, "nuc" the sum of a matrix's singular values. Default "fro". */
  p?: number | "fro" | "nuc" | undefined;
  dim?: Dim;
  keepdim?: boolean | undefined;
  dtype?: DType | undefined;
}

/** The p-norm over dimensions. @source torch.norm */
export const norm = (x: Tensor, pOr?: number | "fro" | "nuc" | NormOptions, options: NormOptions = {}): Tensor => {
  const { p = "fro", ...rest } = typeof pOr === "object" ? pOr : { ...options, ...(pOr !== undefined && { p: pOr }) };
  if (p === "nuc") {
    const { dim, ...options } = rest;
    return matrixNorm(x, { ord: "nuc", ...options, ...(Array.isArray(dim) && { dim: dim as readonly number[] }) });
  }
  if (p !== "fro" && typeof p !== "number")
    throw new ValueError({ op: "norm", problem: `p is ${String(p)}`, rule: 'a number, "fro" or "nuc"' });
  return vectorNorm(x, { ord: p === "fro" ? 2 : p, ...rest });
};

/** The p-norm of a − b. @source torch.dist */
export const dist = (a: Tensor, b: Tensor, { p = 2 }: { p?: number | undefined } = {}): Tensor =>
  vectorNorm(sub(a, b), { ord: p });

/** x with every slice of `dim` whose p-norm is above maxnorm scaled down to it. @source torch.renorm */
export const renorm = (x: Tensor, p: number, dim: number, maxnorm: number): Tensor => {
  if (x.ndim < 2)
    throw new ShapeError({ op: "renorm", problem: "at least 2 dimensions are needed", args: { x: x.shape } });
  if (!(p > 0) || !(maxnorm >= 0))
    throw new ValueError({
      op: "renorm",
      problem: `p is ${p}, maxnorm ${maxnorm}`,
      rule: "p above 0, maxnorm from 0 up",
    });
  const d = normalizeDim("renorm", dim, x.ndim);
  const others = x.shape.map((_, i) => i).filter((i) => i !== d);
  const size = vectorNorm(x, { ord: p, dim: others, keepdim: true });
  return mul(x, where(gt(size, maxnorm), div(maxnorm, add(size, 1e-7)), 1));
};
