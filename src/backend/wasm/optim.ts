import type { Operand } from "../backend.js";
import type { OptimizerOp, StepScalars } from "../ops.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";

/** Nanoseconds that an element takes. */
const COST = 0.5;

// The table that kernels/optim.ts describes: bytes of its numbers, words of an entry, elements of a tile.
const NUMBERS = 128;
const ENTRY = 8;
const TILE = 64;

/** What each kernel reads, in this order, after the sign of the gradient. */
const numbers: Readonly<Record<OptimizerOp, readonly string[]>> = {
  sgd: ["lr", "momentum", "dampening", "weightDecay", "nesterov", "isFirstStep"],
  adam: ["stepSize", "beta1", "beta2", "eps", "correction", "decay", "shrink"],
  nadam: ["gradSize", "averageSize", "beta1", "beta2", "eps", "correction", "decay", "shrink"],
  radam: ["stepSize", "beta1", "beta2", "eps", "isRectified", "rectifier", "decay", "shrink"],
  adamax: ["stepSize", "beta1", "beta2", "eps", "decay"],
  rmsprop: ["lr", "alpha", "eps", "momentum", "centered", "decay"],
  adagrad: ["stepSize", "eps", "decay"],
  adadelta: ["lr", "rho", "eps", "decay"],
  rprop: ["etaMinus", "etaPlus", "smallest", "largest"],
  asgd: ["lambd", "eta", "mu", "decay"],
};

/** What has gaps is stepped as a copy, and copied back. */
interface Copy {
  readonly from: Operand;
  readonly to: Operand;
}

const placeOf = (m: Machine, x: Operand, shape: readonly number[], copies: Copy[]): number => {
  const whole = m.contiguous(x, shape);
  if (whole !== x) copies.push({ from: whole, to: x });
  return whole.address;
};

/** The value comes first: a copy may make the heap grow, which renews its views. */
const write = (m: Machine, word: number, value: number): void => {
  m.heap.i32[word] = value;
};

/** @returns false where there is no kernel for the dtype */
export const optimizerStep = (
  m: Machine,
  op: OptimizerOp,
  params: readonly Operand[],
  grads: readonly Operand[],
  states: readonly (readonly Operand[])[],
  scalars: StepScalars,
): boolean => {
  const kernel = m.kernel(op, (params[0] as Operand).dtype);
  if (kernel === undefined) return false;
  const table = m.temporary("uint8", [NUMBERS + 4 * ENTRY * params.length]).address;
  const copies: Copy[] = [];
  let tiles = 0;
  for (let i = 0; i < params.length; i++) {
    const param = params[i] as Operand;
    const held = states[i] as readonly Operand[];
    const n = count(param.shape);
    const entry = (table + NUMBERS) / 4 + ENTRY * i;
    write(m, entry, placeOf(m, param, param.shape, copies));
    write(m, entry + 1, m.contiguous(grads[i] as Operand, param.shape).address);
    for (let k = 0; k < 3; k++) {
      const state = held[k];
      write(m, entry + 2 + k, state === undefined ? 0 : placeOf(m, state, param.shape, copies));
    }
    write(m, entry + 5, n);
    write(m, entry + 6, Math.ceil(n / TILE));
    tiles += Math.ceil(n / TILE);
  }
  const { f64 } = m.heap;
  const names = numbers[op];
  f64[table / 8] = scalars["maximize"] ? -1 : 1;
  for (let i = 0; i < names.length; i++) f64[table / 8 + 1 + i] = scalars[names[i] as string] as number;
  const args = [table, 0, tiles];
  if (!m.runSmall(kernel, args, tiles * TILE * COST))
    m.run(kernel, args, { count: tiles, steps: [0, 1], counter: 2, cost: TILE * COST });
  for (const { from, to } of copies) m.copy(to, from);
  return true;
};
