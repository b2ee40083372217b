import type { CellOp } from "../../backend/ops.js";
import type { Tensor } from "../../tensor/tensor.js";

/** How the rows of [R, …] belong to steps: batchSizes[t] rows for each step t, longest sequences first. */
export interface Sequences {
  readonly op: CellOp;
  readonly batchSizes: readonly number[];
  /** From the last step to the first. */
  readonly isReverse: boolean;
}

/** Rows of one step. */
export interface Step {
  readonly first: number;
  readonly size: number;
}

/** The steps in the order in which they are taken. */
export const stepsOf = ({ batchSizes, isReverse }: Sequences): Step[] => {
  let first = 0;
  const steps = batchSizes.map((size) => {
    const step = { first, size };
    first += size;
    return step;
  });
  return isReverse ? steps.reverse() : steps;
};

/** Gradients of the input's and of the state's shares of the gates, and of the first states; the state before each row. */
export interface Slopes {
  readonly dGates: Tensor;
  readonly dHidden: Tensor;
  readonly dStates: readonly Tensor[];
  readonly before: Tensor;
}
