import type { Backend, Operand } from "../../src/backend/backend.js";
import type { DType } from "../../src/backend/dtype.js";
import type { CellOp } from "../../src/backend/ops.js";
import { anyOf, make } from "./twins.js";

const parts: Readonly<Record<CellOp, { gates: number; saved: number; states: number }>> = {
  rnnTanh: { gates: 1, saved: 2, states: 1 },
  rnnRelu: { gates: 1, saved: 2, states: 1 },
  lstm: { gates: 4, saved: 7, states: 2 },
  gru: { gates: 3, saved: 5, states: 1 },
};

/** A step of a cell and its way back on operands of its own. The states start anew with each forward. */
export const cellCalls = (op: CellOp, dtype: DType, N: number, H: number, value = anyOf(dtype)) => {
  const { gates: G, saved: S, states: count } = parts[op];
  const of = (width: number): Operand => make(dtype, [N, width]);
  const any = (width: number): Operand => make(dtype, [N, width], value);
  const firsts = Array.from({ length: count }, () => any(H));
  const states = firsts.map(() => of(H));
  const copies = firsts.map(() => of(H));
  const [gates, hidden, saved] = [any(G * H), any(G * H), of(S * H)];
  const [dGates, dHidden, dH, dY] = [of(G * H), of(G * H), any(H), any(H)];
  const [firstCarry, carry, dCells] = [any(H), of(H), op === "lstm" ? any(H) : null];
  const slopes = op === "lstm" ? [dGates, carry] : op === "gru" ? [dGates, carry, dHidden] : [dGates];
  return {
    inputs: [...firsts, gates, hidden, dH, dY, firstCarry, ...(dCells === null ? [] : [dCells])],
    outputs: [...states, ...copies, saved, ...slopes],
    forward: (k: Backend): void => {
      states.forEach((state, i) => {
        k.copy(state, firsts[i] as Operand);
      });
      k.recurrentCell(op, [saved, ...copies], states, gates, hidden);
    },
    backward: (k: Backend): void => {
      k.copy(carry, firstCarry);
      k.recurrentCellBackward(op, slopes, dH, dY, dCells, saved);
    },
  };
};
