import { sigmoid, tanh } from "../../ops/activation/sigmoid.js";
import { add, mul } from "../../ops/elementwise/arithmetic.js";
import { linear, matmul } from "../../ops/linalg/matmul.js";
import { cat, t } from "../../ops/movement/reshape.js";
import { narrow } from "../../ops/movement/slice.js";
import { chunk, copiedParts } from "../../ops/movement/split.js";
import type { Sequences } from "../../ops/recurrent/steps.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { CellWeights, Side, State } from "./recurrentCell.js";

/** i, f, g, o; c′ = f · c + i · g; h′ = o · tanh(c′) · Wᵀ. @source Sak et al., 2014 */
const step = (gates: Tensor, [h, c]: State, { hh }: CellWeights, hr: Tensor): State => {
  const [i, f, g, o] = chunk(add(gates, linear(h, hh)), 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
  return [matmul(mul(sigmoid(o), tanh(cell)), t(hr)), cell];
};

/**
 * An LSTM in one direction whose hidden state is projected, of plain ops. Forward, sequences end one after the other; in reverse
 * they begin so.
 */
export const projectedSequence = (
  gates: Tensor,
  start: State,
  weights: CellWeights,
  hr: Tensor,
  { batchSizes, isReverse }: Sequences,
): Side => {
  const inputs = copiedParts(gates, batchSizes, 0);
  const T = batchSizes.length;
  const rows = (state: State, from: number, to: number): State => {
    const part = (h: Tensor): Tensor => (from === 0 && to === h.shape[0] ? h : narrow(h, 0, from, to - from));
    return [part(state[0]), part(state[1])];
  };
  const joined = (first: State, second: State): State => [cat([first[0], second[0]]), cat([first[1], second[1]])];
  const outputs = new Array<Tensor>(T);
  const ended: State[] = [];
  let active = (isReverse ? batchSizes[T - 1] : batchSizes[0]) as number;
  let state = rows(start, 0, active);
  for (let i = 0; i < T; i++) {
    const at = isReverse ? T - 1 - i : i;
    const size = batchSizes[at] as number;
    if (size < active) {
      ended.push(rows(state, size, active));
      state = rows(state, 0, size);
    } else if (size > active) state = joined(state, rows(start, active, size));
    active = size;
    state = step(inputs[at] as Tensor, state, weights, hr);
    outputs[at] = state[0];
  }
  // The shortest ended first.
  const [h, c] = ended.reverse().reduce(joined, state);
  return { y: cat(outputs), h, c };
};
