import { defineOp } from "../../autograd/defineOp.js";
import type { DType } from "../../backend/dtype.js";
import { isFloating } from "../../backend/dtype.js";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { floatType } from "../../tensor/promotion.js";
import { observe } from "../../tensor/recorder.js";
import { normalizeDim, normalizeDims, type Shape, sizeOf } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { add, div, mul, sub } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { eq, ne } from "../elementwise/compare.js";
import { exp, log } from "../elementwise/exponential.js";
import { where } from "../elementwise/where.js";
import { expand } from "../movement/broadcast.js";
import { permute, reshape, squeeze } from "../movement/reshape.js";
import { productOfOthers } from "./cumulative.js";

/** One dimension, several, or all. */
export type Dim = number | readonly number[] | null | undefined;

export interface ReduceOptions {
  /** Dimensions to reduce. Default all. */
  dim?: Dim;
  /** Keep them with size 1. Default false. */
  keepdim?: boolean | undefined;
}

export interface SumOptions extends ReduceOptions {
  /** dtype of the sum; bool and uint8 sum to int32. */
  dtype?: DType | undefined;
}

/** Reductions take their dimensions first or in the options: x.sum(1), x.sum({ dim: 1, keepdim: true }). */
export type DimOr<O> = Dim | O;

const isOptions = <O extends object>(x: DimOr<O>): x is O => typeof x === "object" && x !== null && !Array.isArray(x);

export const optionsOf = <O extends { dim?: Dim }>(dimOr: DimOr<O>, options: O | undefined): O =>
  isOptions(dimOr) ? dimOr : dimOr === undefined ? (options ?? ({} as O)) : ({ ...options, dim: dimOr } as O);

interface Reduced {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

const reducedShape = (shape: Shape, { dims, keepdim }: Reduced): Shape => {
  if (keepdim) return shape.map((size, i) => (dims.includes(i) ? 1 : size));
  return dims.length === shape.length ? [] : shape.filter((_, i) => !dims.includes(i));
};

/** y or dY as it stood with reduced dimensions of size 1, so that it broadcasts against x. */
const restored = (y: Tensor, shape: Shape, { dims }: Reduced): Tensor =>
  reshape(y, reducedShape(shape, { dims, keepdim: true }));

const reducedBy = (op: string, x: Tensor, { dim, keepdim = false }: ReduceOptions): Reduced => ({
  dims: normalizeDims(op, dim, x.ndim),
  keepdim,
});

const countOf = (shape: Shape, dims: readonly number[]): number => sizeOf(dims.map((d) => shape[d] as number));

const sum_ = defineOp<Reduced & { dtype: DType }>({
  name: "sum",
  shape: ([x], attrs) => ({ shape: reducedShape((x as Tensor).shape, attrs), dtype: attrs.dtype }),
  forward: (k, [y], [x], { dims }) => k.reduce("sum", y as Tensor, x as Tensor, dims),
  backward: ([d], { inputMeta, attrs }) => {
    const { shape } = inputMeta[0] as Tensor;
    return [expand(restored(d as Tensor, shape, attrs), shape)];
  },
});

const sumType = (dtype: DType): DType => (isFloating(dtype) ? dtype : "int32");

/**
 * Sum over dimensions, accumulated accurately and in one order.
 *
 * @shape x [...S] → y without the dimensions, or with size 1 there (keepdim)
 * @grad  dY for every element
 * @source torch.sum
 */
export const sum = (x: Tensor, dimOr?: DimOr<SumOptions>, options?: SumOptions): Tensor => {
  const o = optionsOf(dimOr, options);
  const input = o.dtype === undefined ? x : to(x, o.dtype);
  const { dims, keepdim } = reducedBy("sum", x, o);
  return sum_([input], { dims, keepdim, dtype: o.dtype ?? sumType(x.dtype) });
};

/** The average. @grad dY / n @throws DTypeError for integers @source torch.mean */
export const mean = (x: Tensor, dimOr?: DimOr<SumOptions>, options?: SumOptions): Tensor => {
  const o = optionsOf(dimOr, options);
  const input = o.dtype === undefined ? x : to(x, o.dtype);
  requireFloat("mean", input);
  return mean_([input], reducedBy("mean", x, o));
};

const mean_ = defineOp<Reduced>({
  name: "mean",
  shape: ([x], attrs) => ({ shape: reducedShape((x as Tensor).shape, attrs), dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x], { dims }) => k.reduce("mean", y as Tensor, x as Tensor, dims),
  backward: ([d], { inputMeta, attrs }) => {
    const { shape } = inputMeta[0] as Tensor;
    return [expand(div(restored(d as Tensor, shape, attrs), countOf(shape, attrs.dims)), shape)];
  },
});

const requireFloat = (op: string, x: Tensor): void => {
  if (isFloating(x.dtype)) return;
  throw new DTypeError({
    op,
    problem: `the result is a fraction, but the tensor is ${x.dtype}`,
    args: { x: x.shape },
    hint: 'convert first: x.to("float32")',
  });
};

const prod_ = defineOp<Reduced & { dtype: DType }>({
  name: "prod",
  shape: ([x], attrs) => ({ shape: reducedShape((x as Tensor).shape, attrs), dtype: attrs.dtype }),
  forward: (k, [y], [x], { dims }) => k.reduce("prod", y as Tensor, x as Tensor, dims),
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([d], { input, output, attrs }) => {
    const x = input(0);
    const dY = restored(d as Tensor, x.shape, attrs);
    const hasZero = observe(any(eq(x, 0)), ([flag]) => flag === 1);
    return [mul(dY, hasZero ? othersOver(x, attrs.dims) : div(restored(output(0), x.shape, attrs), x))];
  },
});

/** For each element the product of the others that are reduced with it. */
const othersOver = (x: Tensor, dims: readonly number[]): Tensor => {
  const order = [...x.shape.keys()].filter((d) => !dims.includes(d)).concat(dims);
  const turned = permute(x, order);
  const rows = reshape(turned, [-1, countOf(x.shape, dims)]);
  const back = order.map((_, d) => order.indexOf(d));
  return permute(reshape(productOfOthers(rows, 1), turned.shape), back);
};

/** Product over one dimension, or all. @grad dY times the product of the others, zeros included @source torch.prod */
export const prod = (x: Tensor, dimOr?: DimOr<SumOptions>, options?: SumOptions): Tensor => {
  const o = optionsOf(dimOr, options);
  const input = o.dtype === undefined ? x : to(x, o.dtype);
  return prod_([input], { ...reducedBy("prod", x, o), dtype: o.dtype ?? sumType(x.dtype) });
};

const defineExtremum = (
  name: "amax" | "amin",
): ((x: Tensor, dimOr?: DimOr<ReduceOptions>, options?: ReduceOptions) => Tensor) => {
  const run = defineOp<Reduced>({
    name,
    shape: ([x], attrs) => ({ shape: reducedShape((x as Tensor).shape, attrs), dtype: (x as Tensor).dtype }),
    forward: (k, [y], [x], { dims }) => k.reduce(name, y as Tensor, x as Tensor, dims),
    savesInputs: [0],
    savesOutputs: [0],
    backward: ([d], { input, output, attrs }) => {
      const x = input(0);
      const isExtreme = to(eq(x, restored(output(0), x.shape, attrs)), x.dtype);
      const ties = sum(isExtreme, { dim: attrs.dims, keepdim: true });
      return [mul(div(isExtreme, ties), restored(d as Tensor, x.shape, attrs))];
    },
  });
  return (x, dimOr, options) => {
    const reduced = reducedBy(name, x, optionsOf(dimOr, options));
    if (x.numel() === 0 && countOf(x.shape, reduced.dims) === 0) {
      throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
    }
    return run([x], reduced);
  };
};

/** The largest element; NaN wins. @grad shared evenly between ties @source torch.amax */
export const amax = defineExtremum("amax");
/** The smallest element; NaN wins. @grad shared evenly between ties @source torch.amin */
export const amin = defineExtremum("amin");

const defineTest = (name: "all" | "any") => {
  const run = defineOp<Reduced>({
    name,
    shape: ([x], attrs) => ({
      shape: reducedShape((x as Tensor).shape, attrs),
      dtype: (x as Tensor).dtype === "uint8" ? "uint8" : "bool",
    }),
    forward: (k, [y], [x], { dims }) => k.reduce(name, y as Tensor, x as Tensor, dims),
  });
  return (x: Tensor, dimOr?: DimOr<ReduceOptions>, options?: ReduceOptions): Tensor =>
    run([x], reducedBy(name, x, optionsOf(dimOr, options)));
};

/** Whether no element is 0. @source torch.all */
export const all = defineTest("all");
/** Whether an element is not 0. @source torch.any */
export const any = defineTest("any");

const defineArg = (name: "argmax" | "argmin") => {
  const run = defineOp<{ dim: number; keepdim: boolean }>({
    name,
    shape: ([x], { dim, keepdim }) => ({
      shape: reducedShape((x as Tensor).shape, { dims: (x as Tensor).ndim === 0 ? [] : [dim], keepdim }),
      dtype: "int32",
    }),
    forward: (k, [y], [x], { dim }) => k.argReduce(name, y as Tensor, x as Tensor, dim),
  });
  return (x: Tensor, dimOr?: DimOr<ReduceOptions>, options?: ReduceOptions): Tensor => {
    const { dim, keepdim = false } = optionsOf(dimOr, options);
    if (dim === null || dim === undefined) {
      if (x.numel() === 0)
        throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
      const whole = run([reshape(x, [-1])], { dim: 0, keepdim: false });
      return keepdim
        ? reshape(
            whole,
            x.shape.map(() => 1),
          )
        : whole;
    }
    if (typeof dim !== "number") throw new ValueError({ op: name, problem: "one dimension at most can be given" });
    const d = normalizeDim(name, dim, x.ndim);
    if (x.ndim === 0) return run([reshape(x, [1])], { dim: 0, keepdim: false });
    if (x.shape[d] === 0)
      throw new ShapeError({ op: name, problem: "there is no element to choose from", args: { x: x.shape } });
    return run([x], { dim: d, keepdim });
  };
};

/** Index of the first largest element, int32; NaN wins. @source torch.argmax */
export const argmax = defineArg("argmax");
/** Index of the first smallest element, int32; NaN wins. @source torch.argmin */
export const argmin = defineArg("argmin");

export interface VarOptions extends ReduceOptions {
  /** Taken off the number of elements in the divisor. Default 1. */
  correction?: number | undefined;
}

/** The variance, in two passes. @grad 2 · dY · (x − mean) / (n − correction) @source torch.var */
export const variance = (x: Tensor, dimOr?: DimOr<VarOptions>, options?: VarOptions): Tensor => {
  const o = optionsOf(dimOr, options);
  requireFloat("var", x);
  const reduced = reducedBy("var", x, o);
  return variance_([x], { ...reduced, divisor: Math.max(0, countOf(x.shape, reduced.dims) - (o.correction ?? 1)) });
};

const variance_ = defineOp<Reduced & { divisor: number }>({
  name: "var",
  shape: ([x], attrs) => ({ shape: reducedShape((x as Tensor).shape, attrs), dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x_], { dims, divisor }) => {
    const x = x_ as Tensor;
    const centre = Tensor.empty(reducedShape(x.shape, { dims, keepdim: true }), x.dtype);
    const squares = Tensor.empty(x.shape, x.dtype);
    k.reduce("mean", centre, x, dims);
    k.binary("sub", squares, x, centre);
    k.unary("square", squares, squares);
    k.reduce("sum", y as Tensor, squares, dims);
    k.binary("div", y as Tensor, y as Tensor, divisor);
    centre.storage.release("var");
    squares.storage.release("var");
  },
  savesInputs: [0],
  // The mean moves too, but its share sums to zero.
  backward: ([d], { input, attrs }) => {
    const x = input(0);
    const slope = mul(sub(x, mean(x, { dim: attrs.dims, keepdim: true })), 2 / attrs.divisor);
    return [mul(slope, restored(d as Tensor, x.shape, attrs))];
  },
});

/** √variance, with slope 0 where the variance is 0, as in PyTorch. */
const rootOfVariance = defineOp({
  name: "std",
  shape: ([v]) => v as Tensor,
  forward: (k, [y], [v]) => k.unary("sqrt", y as Tensor, v as Tensor),
  savesOutputs: [0],
  backward: ([d], { output }) => [where(eq(output(0), 0), 0, div(d as Tensor, mul(output(0), 2)))],
});

/** The standard deviation. @source torch.std */
export const std = (x: Tensor, dimOr?: DimOr<VarOptions>, options?: VarOptions): Tensor =>
  rootOfVariance([variance(x, dimOr, options)], undefined);

/** ln Σ eˣ without overflow. @grad dY · softmax(x) @source torch.logsumexp */
export const logsumexp = (
  input: Tensor,
  dim: Dim,
  { keepdim = false }: { keepdim?: boolean | undefined } = {},
): Tensor => {
  const x = to(input, floatType(input.dtype));
  const dims = normalizeDims("logsumexp", dim, x.ndim);
  if (countOf(x.shape, dims) === 0) return log(sum(exp(x), { dim: dims, keepdim }));
  const largest = amax(x, { dim: dims, keepdim: true }).detach();
  const shift = where(ne(mul(largest, 0), 0), 0, largest);
  const total = log(sum(exp(sub(x, shift)), { dim: dims, keepdim }));
  return add(total, keepdim ? shift : dims.length === 0 ? shift : squeeze(shift, dims));
};
