import type { Tensor } from "../../../src/index.js";
import * as mt from "../../../src/index.js";
import { type Corner, d, d0, inf, nan, slope, slope2 } from "./corner.js";

export const reduce: readonly Corner[] = [
  ["sum of nothing", () => mt.sum(mt.zeros(0)), [], [0]],
  ["sum beside NaN", () => mt.sum(d(1, nan, 2)), [], [nan]],
  ["sum of a scalar", () => mt.sum(d0(3)), [], [3]],
  ["prod of nothing", () => mt.prod(mt.zeros(0)), [], [1]],
  ["prod beside NaN", () => mt.prod(d(1, nan, 2)), [], [nan]],
  ["prod of a scalar", () => mt.prod(d0(3)), [], [3]],
  ["mean of nothing", () => mt.mean(mt.zeros(0)), [], [nan]],
  ["mean beside NaN", () => mt.mean(d(1, nan, 2)), [], [nan]],
  ["mean of a scalar", () => mt.mean(d0(3)), [], [3]],
  ["var of nothing", () => mt.var(mt.zeros(0)), [], [nan]],
  ["var beside NaN", () => mt.var(d(1, nan, 2)), [], [nan]],
  ["var of a scalar", () => mt.var(d0(3)), [], [nan]],
  ["std of nothing", () => mt.std(mt.zeros(0)), [], [nan]],
  ["std beside NaN", () => mt.std(d(1, nan, 2)), [], [nan]],
  ["std of a scalar", () => mt.std(d0(3)), [], [nan]],
  ["all of nothing", () => mt.all(mt.zeros(0)), [], [1]],
  ["all beside NaN", () => mt.all(d(1, nan, 2)), [], [1]],
  ["all of a scalar", () => mt.all(d0(3)), [], [1]],
  ["any of nothing", () => mt.any(mt.zeros(0)), [], [0]],
  ["any beside NaN", () => mt.any(d(1, nan, 2)), [], [1]],
  ["any of a scalar", () => mt.any(d0(3)), [], [1]],
  ["nansum of nothing", () => mt.nansum(mt.zeros(0)), [], [0]],
  ["nansum beside NaN", () => mt.nansum(d(1, nan, 2)), [], [3]],
  ["nansum of a scalar", () => mt.nansum(d0(3)), [], [3]],
  ["median beside NaN", () => mt.median(d(1, nan, 2)), [], [nan]],
  ["median of a scalar", () => mt.median(d0(3)), [], [3]],
  ["sum over a dimension of size 0", () => mt.sum(mt.zeros(2, 0), 1), [2], [0, 0]],
  ["mean over a dimension of size 0", () => mt.mean(mt.zeros(2, 0), 1), [2], [nan, nan]],
  ["amax over none of size 0", () => mt.amax(mt.zeros(0, 2), 1), [0], []],
  ["logsumexp of −∞", () => mt.logsumexp(d(-inf, -inf), 0), [], [-inf]],
  ["logsumexp of ∞", () => mt.logsumexp(d(inf, 1), 0), [], [inf]],
  ["logsumexp of huge numbers", () => mt.logsumexp(d(1e4, 1e4), 0), [], [10000.6931]],
  ["sum of ∞ and −∞", () => mt.sum(d(inf, -inf)), [], [nan]],
  ["argmax of ties, and of NaN", () => mt.argmax(mt.stack([d(1, 3, 3), d(1, nan, 3)]), 1), [2], [1, 1]],
  ["argmin of ties, and of NaN", () => mt.argmin(mt.stack([d(1, 1, 3), d(1, nan, nan)]), 1), [2], [0, 1]],
  ["the slope of amax at ties", () => slope((x) => mt.amax(x), d(2, 2, 1, 1)), [4], [0.5, 0.5, 0, 0]],
  ["amax beside NaN", () => mt.amax(d(1, nan, 2)), [], [nan]],
  ["the slope of amin at ties", () => slope((x) => mt.amin(x), d(2, 2, 1, 1)), [4], [0, 0, 0.5, 0.5]],
  ["amin beside NaN", () => mt.amin(d(1, nan, 2)), [], [nan]],
  ["the slope of max at ties", () => slope((x) => mt.max(x), d(2, 2, 1, 1)), [4], [0.5, 0.5, 0, 0]],
  ["max beside NaN", () => mt.max(d(1, nan, 2)), [], [nan]],
  ["the slope of min at ties", () => slope((x) => mt.min(x), d(2, 2, 1, 1)), [4], [0, 0, 0.5, 0.5]],
  ["min beside NaN", () => mt.min(d(1, nan, 2)), [], [nan]],
  ["the slope of max along a dimension, at ties", () => slope((x) => mt.max(x, 0).values, d(2, 2, 1)), [3], [1, 0, 0]],
  ["the slope of median of an even count", () => slope((x) => mt.median(x), d(4, 1, 3, 2)), [4], [0, 0, 0, 1]],
  ["the slope of prod beside one zero", () => slope((x) => mt.prod(x), d(2, 0, 3)), [3], [0, 6, 0]],
  ["the second slope of prod beside one zero", () => slope2((x) => mt.prod(x), d(2, 0, 3)), [3], [3, 5, 2]],
  ["the slope of cumprod beside zeros", () => slope((x) => mt.cumprod(x, 0), d(2, 0, 3, 0)), [4], [1, 8, 0, 0]],
  [
    "the slope of logcumsumexp beside infinities",
    () => slope((x) => mt.logcumsumexp(x, 0), d(-inf, 1, 2)),
    [3],
    [nan, 1.26894142, 0.731058579],
  ],
  ["the slope of logcumsumexp beside ∞", () => slope((x) => mt.logcumsumexp(x, 0), d(1, inf, 2)), [3], [1, nan, 0]],
  ["the slope of the norm of order 1 at 0", () => slope((x) => mt.norm(x, 1), d(0, 0)), [2], [0, 0]],
  ["the slope of the norm of order 2 at 0", () => slope((x) => mt.norm(x, 2), d(0, 0)), [2], [0, 0]],
  ["the slope of the norm of order 3 at 0", () => slope((x) => mt.norm(x, 3), d(0, 0)), [2], [0, 0]],
  ["the slope of the norm of order inf at 0", () => slope((x) => mt.norm(x, inf), d(0, 0)), [2], [0, 0]],
  ["the slope of the norm of order -inf at 0", () => slope((x) => mt.norm(x, -inf), d(0, 0)), [2], [0, 0]],
  ["the norm of nothing", () => mt.norm(mt.zeros(0)), [], [0]],
  ["the slope of std of equal numbers", () => slope((x) => mt.std(x, { correction: 0 }), d(1, 1)), [2], [0, 0]],
  ["cummax past NaN", () => mt.cummax(d(1, 3, nan, 5), 0).values, [4], [1, 3, nan, nan]],
  ["cummax takes the last of ties", () => mt.cummax(d(1, 3, 3, 2), 0).indices, [4], [0, 1, 2, 2]],
  ["quantile beside NaN", () => mt.quantile(d(1, nan, 2), 0.5), [], [nan]],
  ["nanquantile beside NaN", () => mt.nanquantile(d(1, nan, 2), 0.5), [], [1.5]],
  ["nanmean of NaN alone", () => mt.nanmean(d(nan, nan)), [], [nan]],
  ["countNonzero counts NaN", () => mt.countNonzero(d(0, nan, 1, -0)), [], [2]],
  [
    "histc with a value on the last edge",
    () => mt.histc(d(0, 1, 2, 3, nan), { bins: 3, min: 0, max: 3 }),
    [3],
    [1, 1, 2],
  ],
];

export const sort: readonly Corner[] = [
  ["sort puts NaN last", () => mt.sort(d(2, nan, -inf, inf)).values, [4], [-inf, 2, inf, nan]],
  [
    "sort, falling, puts NaN first",
    () => mt.sort(d(2, nan, -inf, inf), { descending: true }).values,
    [4],
    [nan, inf, 2, -inf],
  ],
  ["sort keeps ties in order", () => mt.sort(d(1, 0, 1, 0), { stable: true }).indices, [4], [1, 3, 0, 2]],
  [
    "sort, falling, keeps ties in order",
    () => mt.sort(d(1, 0, 1, 0), { stable: true, descending: true }).indices,
    [4],
    [0, 2, 1, 3],
  ],
  ["sort of a scalar", () => mt.sort(d0(3)).values, [], [3]],
  ["sort of nothing", () => mt.sort(mt.zeros(2, 0)).values, [2, 0], []],
  ["topk takes NaN as the largest", () => mt.topk(d(1, nan, 3), 2).values, [2], [nan, 3]],
  ["topk of none", () => mt.topk(d(1, 2), 0).values, [0], []],
  ["unique sorts", () => [mt.unique(d(2, 1, 2))].flat()[0] as Tensor, [2], [1, 2]],
  [
    "searchsorted on equal values, from the right",
    () => mt.searchsorted(d(1, 2, 2, 3), d(2, 0, 9), { right: true }),
    [3],
    [3, 0, 4],
  ],
];

export const linalg: readonly Corner[] = [
  ["matmul over nothing", () => mt.matmul(mt.zeros(2, 0), mt.zeros(0, 3)), [2, 3], [0, 0, 0, 0, 0, 0]],
  ["matmul to nothing", () => mt.matmul(mt.zeros(0, 2), mt.zeros(2, 3)), [0, 3], []],
  ["matmul keeps 0 · ∞", () => mt.matmul(d([[0, 1]]), d([[inf], [1]])), [1, 1], [nan]],
  ["dot of nothing", () => mt.dot(mt.zeros(0), mt.zeros(0)), [], [0]],
  ["addmm with beta 0 drops NaN", () => mt.addmm(d([[nan]]), d([[2]]), d([[3]]), { beta: 0 }), [1, 1], [6]],
  ["det of no matrix", () => mt.det(mt.zeros(0, 0)), [], [1]],
  [
    "det of a singular matrix",
    () =>
      mt.det(
        d([
          [1, 2],
          [2, 4],
        ]),
      ),
    [],
    [0],
  ],
  [
    "slogdet of a singular matrix",
    () =>
      Object.values(
        mt.slogdet(
          d([
            [1, 2],
            [2, 4],
          ]),
        ),
      )[1] as Tensor,
    [],
    [-inf],
  ],
  [
    "logdet of a negative determinant",
    () =>
      mt.logdet(
        d([
          [0, 1],
          [1, 0],
        ]),
      ),
    [],
    [nan],
  ],
  [
    "pinv of a singular matrix",
    () =>
      mt.linalg.pinv(
        d([
          [1, 2],
          [2, 4],
        ]),
      ),
    [2, 2],
    [0.04, 0.08, 0.08, 0.16],
  ],
  [
    "matrixPower to 0",
    () =>
      mt.linalg.matrixPower(
        d([
          [1, 2],
          [2, 4],
        ]),
        0,
      ),
    [2, 2],
    [1, 0, 0, 1],
  ],
  ["the slope of cdist at 0", () => slope((x) => mt.cdist(x, d([[1, 2]])), d([[1, 2]])), [1, 2], [0, 0]],
  ["cosineSimilarity of zeros", () => mt.cosineSimilarity(mt.zeros(1, 2), mt.ones(1, 2)), [1], [0]],
  ["the rank of zeros", () => mt.linalg.matrixRank(mt.zeros(2, 2)), [], [0]],
];
