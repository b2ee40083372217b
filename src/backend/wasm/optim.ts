import type { Operand, OptimizerOp, StepScalars } from "../backend.js";
import { count, isWhole } from "./layout.js";
import type { Machine } from "./machine.js";

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
  if (op === "sgd") {
    const flags = (first === undefined ? 0 : 1) + (c.isFirstStep ? 2 : 0) + (c.nesterov ? 4 : 0) + (c.maximize ? 8 : 0);
    kernel(param.address, g, first ?? 0, n, of("lr"), of("momentum"), of("dampening"), of("weightDecay"), flags);
    return true;
  }
  kernel(
    param.address,
    g,
    first as number,
    second as number,
    third ?? 0,
    n,
    of("stepSize"),
    of("beta1"),
    of("beta2"),
    of("eps"),
    of("correction"),
    of("decay"),
    of("shrink"),
    of("maximize"),
  );
  return true;
};
