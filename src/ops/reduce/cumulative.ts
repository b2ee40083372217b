import { defineMultiOp, defineOp, type Op } from "../../autograd/defineOp.js";
import { type DType, isFloating } from "../../backend/dtype.js";
import type { CumulativeOp } from "../../backend/ops.js";
import { arange, fullLike } from "../../tensor/create.js";
import { floatType } from "../../tensor/promotion.js";
import { normalizeDim } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul, sub } from "../elementwise/arithmetic.js";
import { clone, to } from "../elementwise/cast.js";
import { eq } from "../elementwise/compare.js";
import { exp } from "../elementwise/exponential.js";
import { where } from "../elementwise/where.js";
import { gather, indexSelect } from "../indexing/gather.js";
import { cat } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import type { ValuesAndIndices } from "./extremum.js";

export interface CumulativeOptions {
  /** dtype of the result; bool and uint8 give int32. */
  dtype?: DType | undefined;
}

const resultDType = (x: Tensor, dtype: DType | undefined): DType => dtype ?? (isFloating(x.dtype) ? x.dtype : "int32");

const defineCumulative = (
  kernel: CumulativeOp,
  backward: (d: Tensor, dim: number, x: () => Tensor, y: () => Tensor) => Tensor,
  saves: { input?: true; output?: true },
): Op<number> =>
  defineOp<number>({
    name: kernel,
    shape: ([x]) => x as Tensor,
    forward: (k, [y], [x], dim) => k.cumulative(kernel, y as Tensor, x as Tensor, dim),
    ...(saves.input && { savesInputs: [0] }),
    ...(saves.output && { savesOutputs: [0] }),
    backward: ([d], { attrs: dim, input, output }) => [
      backward(
        d as Tensor,
        dim,
        () => input(0),
        () => output(0),
      ),
    ],
  });

/** The elements of a dimension from the last to the first. */
const reversed = (x: Tensor, dim: number): Tensor => {
  const size = x.shape[dim] as number;
  return indexSelect(x, dim, sub(size - 1, arange(size, { dtype: "int32" })));
};

/** Runs a cumulative op on a scalar as on a vector of one. */
const along = (op: string, x: Tensor, dim: number, run: (x: Tensor, dim: number) => Tensor): Tensor => {
  const d = normalizeDim(op, dim, x.ndim);
  return x.ndim === 0 ? clone(x) : run(x, d);
};

const cumsum_: Op<number> = defineCumulative("cumsum", (d, dim) => reversed(cumsum_([reversed(d, dim)], dim), dim), {});

/** Sums of everything so far. @grad dY summed from the end @source torch.cumsum */
export const cumsum = (x: Tensor, dim: number, { dtype }: CumulativeOptions = {}): Tensor =>
  along("cumsum", to(x, resultDType(x, dtype)), dim, (y, d) => cumsum_([y], d));

interface Recurrence {
  readonly dim: number;
  readonly isReverse: boolean;
}

/** y[i] = x[i] + a[i] · y[i−1], or · y[i+1] in reverse. */
const recurrence: Op<Recurrence> = defineOp<Recurrence>({
  name: "recurrence",
  shape: ([x]) => x as Tensor,
  forward: (k, [y], [x, a], { dim, isReverse }) => k.recurrence(y as Tensor, x as Tensor, a as Tensor, dim, isReverse),
  savesInputs: [1],
  savesOutputs: [0],
  backward: ([d], { attrs: { dim, isReverse }, input, output }) => {
    // The adjoint runs the other way, with each factor one place on.
    const dX = recurrence([d as Tensor, shifted(input(1), dim, isReverse ? 1 : -1)], { dim, isReverse: !isReverse });
    return [dX, mul(dX, shifted(output(0), dim, isReverse ? -1 : 1))];
  },
});

/** Elements moved by one place along a dimension, to later (1) or earlier (−1) ones; `filler` comes in. */
const shifted = (x: Tensor, dim: number, by: 1 | -1, filler = 0): Tensor => {
  const size = x.shape[dim] as number;
  if (size === 0) return x;
  const edge = fullLike(narrow(x, dim, 0, 1), filler);
  return by === 1 ? cat([edge, narrow(x, dim, 0, size - 1)], dim) : cat([narrow(x, dim, 1, size - 1), edge], dim);
};

const cumprod_: Op<number> = defineCumulative(
  "cumprod",
  // dX[i] = (product before i) · (d[i] + x[i+1] · (d[i+1] + x[i+2] · (…))): no division, so zeros are no exception.
  (d, dim, x) =>
    mul(cumprod_([shifted(x(), dim, 1, 1)], dim), recurrence([d, shifted(x(), dim, -1)], { dim, isReverse: true })),
  { input: true },
);

/** Products of everything so far. @grad exact beside zeros too @source torch.cumprod */
export const cumprod = (x: Tensor, dim: number, { dtype }: CumulativeOptions = {}): Tensor =>
  along("cumprod", to(x, resultDType(x, dtype)), dim, (y, d) => cumprod_([y], d));

/** For each element the product of all others along its dimension: no division, so zeros are no exception. */
export const productOfOthers = (x: Tensor, dim: number): Tensor => {
  const after = reversed(cumprod_([shifted(reversed(x, dim), dim, 1, 1)], dim), dim);
  return mul(cumprod_([shifted(x, dim, 1, 1)], dim), after);
};

const logcumsumexp_: Op<number> = defineCumulative(
  "logcumsumexp",
  // dX[i] = exp(x[i] − y[i]) · s[i] with s[i] = d[i] + exp(y[i] − y[i+1]) · s[i+1]: y never falls, so no exponent is above 0.
  (d, dim, x, y) => {
    const next = shifted(y(), dim, -1);
    // Beside itself an infinity is not a number.
    const decay = exp(where(eq(y(), next), 0, sub(y(), next)));
    return mul(exp(sub(x(), y())), recurrence([d, decay], { dim, isReverse: true }));
  },
  { input: true, output: true },
);

/** ln of the sums of eˣ so far, without overflow. @source torch.logcumsumexp */
export const logcumsumexp = (x: Tensor, dim: number): Tensor =>
  along("logcumsumexp", to(x, floatType(x.dtype)), dim, (y, d) => logcumsumexp_([y], d));

const defineRunning = (name: "cummax" | "cummin"): ((x: Tensor, dim: number) => ValuesAndIndices) => {
  const run = defineMultiOp<number>({
    name,
    shape: ([x]) => [x as Tensor, { shape: (x as Tensor).shape, dtype: "int32" }],
    forward: (k, [values, indices], [x], dim) =>
      k.cumulativeExtremum(name, values as Tensor, indices as Tensor, x as Tensor, dim),
  });
  return (x, dim) => {
    const d = normalizeDim(name, dim, x.ndim);
    if (x.ndim === 0) return { values: clone(x), indices: to(fullLike(x, 0), "int32") };
    const [values, indices] = run([x.detach()], d) as [Tensor, Tensor];
    return { values: x.requiresGrad ? gather(x, d, indices) : values, indices };
  };
};

/** The largest so far, and its last place; NaN wins. @grad to that place @source torch.cummax */
export const cummax = defineRunning("cummax");
/** The smallest so far, and its last place; NaN wins. @grad to that place @source torch.cummin */
export const cummin = defineRunning("cummin");
