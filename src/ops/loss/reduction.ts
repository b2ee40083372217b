import { ShapeError, ValueError } from "../../tensor/errors.js";
import { sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mean, sum } from "../reduce/reduce.js";

export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** "mean" averages, "sum" adds up, "none" leaves the losses as they are. Default "mean". */
  reduction?: Reduction | undefined;
}

export const reduced = (op: string, losses: Tensor, reduction: Reduction = "mean"): Tensor => {
  if (reduction === "mean") return mean(losses);
  if (reduction === "sum") return sum(losses);
  if (reduction === "none") return losses;
  throw new ValueError({ op, problem: `reduction ${String(reduction)} is not known`, rule: '"mean", "sum" or "none"' });
};

/** @throws ShapeError when the shapes differ: [N, 1] against [N] would silently become [N, N] */
export const requireSameShape = (op: string, input: Tensor, target: Tensor): void => {
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError({
    op,
    problem: "input and target have different shapes",
    rule: "input [...S], target [...S]",
    args: { input: input.shape, target: target.shape },
    hint: "reshape one of them: broadcasting here would compare every element with every other",
  });
};
