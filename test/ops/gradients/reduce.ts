import * as mt from "../../../src/index.js";
import { distinct, doubles, fixed, type Row, real } from "./row.js";

const sums: Row[] = [
  { name: "gradient", fn: (x) => mt.gradient(x), inputs: [real(3, 4)] },
  {
    name: "gradient, at given places",
    fn: (x) => mt.gradient(x, { spacing: [doubles(0, 1, 3, 3.5)], dim: 1, edgeOrder: 2 }),
    inputs: [real(2, 4)],
  },
  { name: "sum", fn: (x) => mt.sum(x, 1), inputs: [real(2, 3)] },
  { name: "sum, of all", fn: (x) => mt.sum(x.mul(x)), inputs: [real(2, 3)] },
  { name: "mean", fn: (x) => mt.mean(x, [0, 2], { keepdim: true }), inputs: [real(2, 2, 2)] },
  { name: "nansum", fn: (x) => mt.nansum(x, 1), inputs: [real(2, 3)] },
  { name: "nanmean", fn: (x) => mt.nanmean(x, 1), inputs: [real(2, 3)] },
  { name: "prod", fn: (x) => mt.prod(x, 1), inputs: [real(2, 3)] },
  { name: "prod, of all", fn: (x) => mt.prod(x), inputs: [real(4)] },
  { name: "prod, beside zeros", fn: (x) => mt.prod(x.reshape(2, 3), 1), inputs: [fixed(0.7, 0, -1.2, 1.5, 2, 0)] },
  { name: "prod, beside two zeros", fn: (x) => mt.prod(x), inputs: [fixed(0.7, 0, 0)] },
  { name: "var", fn: (x) => mt.var(x, 1), inputs: [real(2, 3)] },
  { name: "std", fn: (x) => mt.std(x, 1, { correction: 0 }), inputs: [distinct(2, 3)] },
  { name: "varMean", fn: (x) => mt.varMean(x, 1), inputs: [real(2, 3)] },
  { name: "stdMean", fn: (x) => mt.stdMean(x, 1), inputs: [distinct(2, 3)] },
  { name: "cov", fn: (x) => mt.cov(x), inputs: [real(2, 3)] },
  { name: "corrcoef", fn: mt.corrcoef, inputs: [distinct(2, 3)] },
  { name: "logsumexp", fn: (x) => mt.logsumexp(x, 1), inputs: [real(2, 3)] },
  { name: "norm", fn: (x) => mt.norm(x), inputs: [real(2, 3)] },
  { name: "norm, of order 3", fn: (x) => mt.norm(x, 3, { dim: 1 }), inputs: [real(2, 3)] },
  { name: "dist", fn: (a, b) => mt.dist(a, b), inputs: [real(2, 3), distinct(2, 3)] },
  { name: "renorm", fn: (x) => mt.renorm(x, 2, 0, 0.5), inputs: [real(2, 3)] },
  { name: "cumsum", fn: (x) => mt.cumsum(x, 1), inputs: [real(2, 3)] },
  { name: "cumprod", fn: (x) => mt.cumprod(x, 1), inputs: [real(2, 3)] },
  {
    name: "cumprod, beside zeros",
    fn: (x) => mt.cumprod(x.reshape(2, 3), 1),
    inputs: [fixed(0.7, 0, -1.2, 1.5, 0, 0)],
  },
  { name: "logcumsumexp", fn: (x) => mt.logcumsumexp(x, 1), inputs: [real(2, 3)] },
  { name: "cummax", fn: (x) => mt.cummax(x, 1).values, inputs: [distinct(2, 3)] },
  { name: "cummin", fn: (x) => mt.cummin(x, 1).values, inputs: [distinct(2, 3)] },
  { name: "diff", fn: (x, y) => mt.diff(x, { n: 2, dim: 1, prepend: y }), inputs: [real(2, 3), real(2, 1)] },
  { name: "trapezoid", fn: (y, x) => mt.trapezoid(y, x), inputs: [real(2, 3), distinct(3)] },
  { name: "cumulativeTrapezoid", fn: (y) => mt.cumulativeTrapezoid(y, { dx: 0.5 }), inputs: [real(2, 3)] },
];

const choices: Row[] = [
  { name: "amax", fn: (x) => mt.amax(x, 1), inputs: [distinct(2, 3)] },
  { name: "amin", fn: (x) => mt.amin(x, [0, 1]), inputs: [distinct(2, 3)] },
  { name: "aminmax", fn: (x) => Object.values(mt.aminmax(x, { dim: 1 })), inputs: [distinct(2, 3)] },
  { name: "max", fn: (x) => mt.max(x, 1).values, inputs: [distinct(2, 3)] },
  { name: "max, of all", fn: (x) => mt.max(x), inputs: [distinct(2, 3)] },
  { name: "min", fn: (x) => mt.min(x, 1, { keepdim: true }).values, inputs: [distinct(2, 3)] },
  { name: "min, of two", fn: (a, b) => mt.min(a, b), inputs: [distinct(2, 3), real(2, 3)] },
  { name: "median", fn: (x) => mt.median(x, 1).values, inputs: [distinct(2, 4)] },
  { name: "median, of all", fn: (x) => mt.median(x), inputs: [distinct(2, 4)] },
  { name: "nanmedian", fn: (x) => mt.nanmedian(x, 1).values, inputs: [distinct(2, 4)] },
  { name: "mode", fn: (x) => mt.mode(x).values, inputs: [distinct(2, 3)] },
  { name: "quantile", fn: (x) => mt.quantile(x, 0.4, { dim: 1 }), inputs: [distinct(2, 4)] },
  { name: "quantile, several", fn: (x) => mt.quantile(x, doubles(0.1, 0.75)), inputs: [distinct(2, 4)] },
  { name: "nanquantile", fn: (x) => mt.nanquantile(x, 0.4, { dim: 1 }), inputs: [distinct(2, 4)] },
  { name: "sort", fn: (x) => mt.sort(x, { dim: 1, descending: true }).values, inputs: [distinct(2, 4)] },
  { name: "msort", fn: mt.msort, inputs: [distinct(4, 2)] },
  { name: "topk", fn: (x) => mt.topk(x, 2).values, inputs: [distinct(2, 4)] },
  { name: "kthvalue", fn: (x) => mt.kthvalue(x, 2).values, inputs: [distinct(2, 4)] },
];

const norms = [0.5, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
  (ord): Row => ({
    name: `linalg.vectorNorm, of order ${ord}`,
    fn: (x) => mt.linalg.vectorNorm(x, { ord, dim: 1 }),
    inputs: [distinct(2, 3)],
  }),
);

export const reduce: Row[] = [...sums, ...choices, ...norms];
