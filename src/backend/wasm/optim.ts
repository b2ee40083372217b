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
  const words = new Int32Array(ENTRY * params.length);
  // What has gaps is stepped as a copy, and copied back.
  const copies: { from: Operand; to: Operand }[] = [];
  const addressOf = (x: Operand, shape: readonly number[]): number => {
    const whole = m.contiguous(x, shape);
    if (whole !== x) copies.push({ from: whole, to: x });
    return whole.address;
  };
  let tiles = 0;
  params.forEach((param, i) => {
    const { shape } = param;
    const held = states[i] as readonly Operand[];
    const n = count(shape);
    const entry = ENTRY * i;
    words[entry] = addressOf(param, shape);
    words[entry + 1] = m.contiguous(grads[i] as Operand, shape).address;
    for (let k = 0; k < held.length; k++) words[entry + 2 + k] = addressOf(held[k] as Operand, shape);
    words[entry + 5] = n;
    words[entry + 6] = Math.ceil(n / TILE);
    tiles += Math.ceil(n / TILE);
  });
  // Written last: copies may make the heap grow, which renews its views.
  const { f64, i32 } = m.heap;
  f64[table / 8] = scalars.maximize ? -1 : 1;
  numbers[op].forEach((name, i) => {
    f64[table / 8 + 1 + i] = scalars[name] as number;
  });
  i32.set(words, (table + NUMBERS) / 4);
  m.run(kernel, [table, 0, tiles], { count: tiles, steps: [0, 1], counter: 2, cost: TILE * COST });
  for (const { from, to } of copies) m.copy(to, from);
  return true;
};
