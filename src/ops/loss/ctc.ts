import { tensor, zeros } from "../../tensor/create.js";
import { ShapeError, ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, div } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { clampMin } from "../elementwise/clamp.js";
import { gt } from "../elementwise/compare.js";
import { neg } from "../elementwise/unary.js";
import { where } from "../elementwise/where.js";
import { gather } from "../indexing/gather.js";
import { cat, stack } from "../movement/reshape.js";
import { narrow, select } from "../movement/slice.js";
import { logsumexp } from "../reduce/reduce.js";
import { type LossOptions, reduced } from "./reduction.js";

export interface CtcOptions extends LossOptions {
  /** The class of "nothing". Default 0. */
  blank?: number | undefined;
  /** 0 where no path fits the target. Default false. */
  zeroInfinity?: boolean | undefined;
}

/** ln 0 for sums of paths: finite, so that gradients stay numbers. */
const NEVER = -1e30;

const lengthsOf = (x: Tensor | readonly number[]): number[] =>
  "storage" in x ? Array.from(x.toTypedArray(), Number) : [...x];

/** −ln of all paths through one sequence that spell the target, blanks and repeats left out. */
const sequenceLoss = (logProbs: Tensor, target: readonly number[], blank: number): Tensor => {
  const labels = [blank, ...target.flatMap((label) => [label, blank])];
  const S = labels.length;
  const T = logProbs.shape[0] as number;
  const places = tensor(Int32Array.from(labels));
  // A label may follow the one before its blank, unless they are equal.
  const skips = tensor(
    Float64Array.from(labels, (label, i) => (i >= 2 && label !== blank && label !== labels[i - 2] ? 0 : NEVER)),
    { dtype: logProbs.dtype },
  );
  const starts = tensor(
    Float64Array.from(labels, (_, i) => (i < 2 ? 0 : NEVER)),
    { dtype: logProbs.dtype },
  );
  const never = (n: number): Tensor => add(zeros([Math.min(n, S)], { dtype: logProbs.dtype }), NEVER);
  if (T === 0) return target.length === 0 ? zeros([], { dtype: logProbs.dtype }) : neg(select(never(1), 0, 0));
  let paths = add(gather(select(logProbs, 0, 0), 0, places), starts);
  for (let t = 1; t < T; t++) {
    const one = cat([never(1), narrow(paths, 0, 0, S - 1)], 0);
    const two = S > 1 ? add(cat([never(2), narrow(paths, 0, 0, S - 2)], 0), skips) : never(1);
    paths = add(logsumexp(stack([paths, one, two]), 0), gather(select(logProbs, 0, t), 0, places));
  }
  return neg(logsumexp(narrow(paths, 0, Math.max(S - 2, 0), Math.min(2, S)), 0));
};

/**
 * −ln of the probability of a label sequence without an alignment.
 *
 * @shape logProbs [T, N, C] (or [T, C]), targets [N, S] or all in one row, lengths [N]
 * @source torch.nn.functional.ctc_loss; Graves et al., 2006
 */
export const ctcLoss = (
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Tensor | readonly number[],
  targetLengths: Tensor | readonly number[],
  { blank = 0, reduction = "mean", zeroInfinity = false }: CtcOptions = {},
): Tensor => {
  const isSingle = logProbs.ndim === 2;
  if (!isSingle && logProbs.ndim !== 3)
    throw new ShapeError({
      op: "ctcLoss",
      problem: "logProbs do not fit",
      rule: "[T, N, C]",
      args: { logProbs: logProbs.shape },
    });
  const [T, C] = [logProbs.shape[0] as number, logProbs.shape.at(-1) as number];
  const N = isSingle ? 1 : (logProbs.shape[1] as number);
  const [times, sizes] = [lengthsOf(inputLengths), lengthsOf(targetLengths)];
  if (times.length !== N || sizes.length !== N)
    throw new ShapeError({ op: "ctcLoss", problem: `${times.length} and ${sizes.length} lengths for ${N} sequences` });
  if (blank < 0 || blank >= C) throw new ValueError({ op: "ctcLoss", problem: `blank ${blank} is not a class` });
  const labels = Array.from(targets.toTypedArray(), Number);
  const isPadded = targets.ndim === 2;
  let next = 0;
  const losses = times.map((time, n) => {
    const size = sizes[n] as number;
    if (time > T) throw new ValueError({ op: "ctcLoss", problem: `an input length is ${time}, there are ${T} steps` });
    const start = isPadded ? n * (targets.shape[1] as number) : next;
    next += size;
    const rows = isSingle ? logProbs : select(logProbs, 1, n);
    return sequenceLoss(narrow(rows, 0, 0, time), labels.slice(start, start + size), blank);
  });
  const raw = isSingle ? (losses[0] as Tensor) : stack(losses);
  const isImpossible = gt(raw.detach(), -NEVER / 2);
  const all = where(isImpossible, zeroInfinity ? 0 : Number.POSITIVE_INFINITY, raw);
  if (reduction !== "mean") return reduced("ctcLoss", all, reduction);
  const counts = to(tensor(Int32Array.from(sizes)), logProbs.dtype);
  return reduced("ctcLoss", div(all, clampMin(isSingle ? select(counts, 0, 0) : counts, 1)), "mean");
};
