import type { Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { CellOp } from "../ops.js";
import type { Machine } from "./machine.js";

// Each function returns whether there was a kernel for the dtype.

/** Nanoseconds of a feature: each gate goes through a polynomial, there and not on the way back. */
const GATE_COST = 1.3;
const SLOPE_COST = 0.5;

/** Runs a kernel over the rows of operands [N, …], which are counted by the argument after them. */
const byRows = (m: Machine, name: string, rows: readonly (Operand | null)[], H: number, cost: number): boolean => {
  const first = rows[0] as Operand;
  const kernel = m.kernel(name, first.dtype);
  if (kernel === undefined) return false;
  const N = first.shape[0] as number;
  m.run(kernel, [...rows.map((x) => (x === null ? 0 : m.contiguous(x).address)), N, H], {
    count: N,
    steps: rows.map((x) => (x === null ? 0 : (x.shape[1] as number) * itemSize[x.dtype])),
    counter: rows.length,
    cost: H * cost,
  });
  return true;
};

export const recurrentCell = (
  m: Machine,
  op: CellOp,
  outputs: readonly Operand[],
  states: readonly Operand[],
  gates: Operand,
  hidden: Operand,
): boolean => {
  const H = (states[0] as Operand).shape[1] as number;
  const count = (gates.shape[1] as number) / H;
  return byRows(m, op, [...outputs, ...states, gates, hidden], H, count * GATE_COST);
};

export const recurrentCellBackward = (
  m: Machine,
  op: CellOp,
  outputs: readonly Operand[],
  dH: Operand,
  dY: Operand,
  dCells: Operand | null,
  saved: Operand,
): boolean => {
  const H = dH.shape[1] as number;
  const count = ((outputs[0] as Operand).shape[1] as number) / H;
  const given = op === "lstm" ? [dH, dY, dCells, saved] : [dH, dY, saved];
  return byRows(m, `${op}Backward`, [...outputs, ...given], H, count * SLOPE_COST);
};
