import type { Operand } from "../backend.js";
import type { DrawOp } from "../ops.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import { TWISTER } from "./memory.js";

/** Uniform numbers: the lowest, and the range. Else the two words of the limit that 53 bits must be below, and what stands for yes. */
const numbersOf = (op: DrawOp, { dtype }: Operand, a: number, b: number): readonly number[] => {
  if (op === "uniform") return dtype === "float32" ? [Math.fround(a), Math.fround(b - a)] : [a, b - a];
  const limit = Math.ceil(a * 2 ** 53);
  return [Math.floor(limit / 2 ** 32), limit % 2 ** 32, b];
};

/** The contract's `draw`. Each draw follows from the one before: there is nothing to share out. */
export const draw = (
  m: Machine,
  op: DrawOp,
  out: Operand,
  words: Uint32Array,
  next: number,
  a: number,
  b: number,
): void => {
  const state = new Uint32Array(m.heap.u8.buffer, TWISTER, words.length);
  state.set(words);
  const args = [out.address, count(out.shape), TWISTER, next, ...numbersOf(op, out, a, b)];
  m.run(m.kernel(op, out.dtype) as Runnable, args, { count: 1, steps: [], cost: 0 });
  words.set(state);
};
