import type { Operand, OptimizerOp, StepScalars } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count, isWhole } from "./layout.js";
import type { Machine } from "./machine.js";

/** Nanoseconds that an element takes. */
const COST = 0.5;

/** @returns false where there is no kernel for this optimizer */
export const optimizerStep = (
  m: Machine,
  op: OptimizerOp,
  param: Operand,
  grad: Operand,
  states: readonly Operand[],
  c: StepScalars,
): boolean => {
  const kernel = m.kernel(op, param.dtype);
  if (kernel === undefined || !isWhole(param, param.shape)) return false;
  const n = count(param.shape);
  const g = m.contiguous(grad, param.shape).address;
  const [first, second, third] = states.map(({ address }) => address);
  const of = (name: string): number => c[name] as number;
  const bytes = itemSize[param.dtype];
  if (op === "sgd") {
    const flags = (first === undefined ? 0 : 1) + (c.isFirstStep ? 2 : 0) + (c.nesterov ? 4 : 0) + (c.maximize ? 8 : 0);
    const rates = [of("lr"), of("momentum"), of("dampening"), of("weightDecay")];
    m.run(kernel, [param.address, g, first ?? 0, n, ...rates, flags], {
      count: n,
      steps: [bytes, bytes, first === undefined ? 0 : bytes],
      counter: 3,
      tile: 64,
      cost: COST,
    });
    return true;
  }
  const rates = ["stepSize", "beta1", "beta2", "eps", "correction", "decay", "shrink", "maximize"].map(of);
  m.run(kernel, [param.address, g, first as number, second as number, third ?? 0, n, ...rates], {
    count: n,
    steps: [bytes, bytes, bytes, bytes, third === undefined ? 0 : bytes],
    counter: 5,
    tile: 64,
    cost: COST,
  });
  return true;
};
