import { defineMultiOp } from "../../autograd/defineOp.js";
import { isGradEnabled } from "../../autograd/mode.js";
import type { CellOp } from "../../backend/ops.js";
import { tensor } from "../../tensor/create.js";
import { DTypeError } from "../../tensor/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { contiguous } from "../elementwise/cast.js";
import { indexSelect } from "../indexing/gather.js";
import { matmul } from "../linalg/matmul.js";
import { t } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { sum } from "../reduce/reduce.js";
import { composedBackward } from "./sequenceBackward.js";
import { type Sequences, type Slopes, type Step, stepsOf } from "./steps.js";

/** Parts of H columns: gates, and what is saved of a step for backward, the hidden state before it at the end. */
const widths: Readonly<Record<CellOp, { readonly gates: number; readonly saved: number }>> = {
  rnnTanh: { gates: 1, saved: 2 },
  rnnRelu: { gates: 1, saved: 2 },
  lstm: { gates: 4, saved: 7 },
  gru: { gates: 3, saved: 5 },
};

/** Buffers only: a view outside of the graph. */
const rowsOf = (x: Tensor, { first, size }: Step): Tensor =>
  new Tensor(x.storage, [size, ...x.shape.slice(1)], x.strides, x.offset + first * (x.strides[0] as number));

/**
 * Inputs gates, weight, h0, an LSTM's c0, and perhaps a bias. Outputs y, an LSTM's cells, and what only backward sees.
 *
 * A state holds all N sequences; a step changes those that it has rows of. So, forward, a sequence that has ended keeps its last
 * state, and in reverse one that has not begun its first.
 */
const defineSequence = (states: 1 | 2) =>
  defineMultiOp<Sequences>({
    name: "recurrentSequence",
    shape: ([gates, , h0], { op }) => {
      const { dtype, shape } = gates as Tensor;
      const [R, H] = [shape[0] as number, (h0 as Tensor).shape[1] as number];
      const each = { shape: [R, H], dtype };
      return [...(op === "lstm" ? [each, each] : [each]), { shape: [R, widths[op].saved * H], dtype }];
    },
    forward: (k, outputs, inputs, attrs) => {
      const [gates, weight] = inputs as [Tensor, Tensor];
      const count = outputs.length - 1;
      const given = inputs.slice(2, 2 + count);
      const states = given.map((x) => Tensor.empty(x.shape, x.dtype));
      states.forEach((state, i) => {
        k.copy(state, given[i] as Tensor);
      });
      const hidden = Tensor.empty([given[0]?.shape[0] as number, weight.shape[0] as number], gates.dtype);
      const [saved, ...copies] = [outputs[count], ...outputs.slice(0, count)] as [Tensor, ...Tensor[]];
      for (const step of stepsOf(attrs)) {
        const active = { first: 0, size: step.size };
        const now = states.map((state) => rowsOf(state, active));
        const own = rowsOf(hidden, active);
        k.linear(own, now[0] as Tensor, weight, inputs[2 + count] ?? null);
        const written = [saved, ...copies].map((x) => rowsOf(x, step));
        k.recurrentCell(attrs.op, written, now, rowsOf(gates, step), own);
      }
      for (const { storage } of [...states, hidden]) storage.release("recurrentSequence");
    },
    hidden: 1,
    savesInputs: (needs) => needs.map((_, i) => i),
    savesOutputs: states === 1 ? [0, 1] : [0, 1, 2],
    backward: (grads, { input, output, inputMeta, needs, arrived, attrs }) => {
      const isLstm = attrs.op === "lstm";
      const weight = input(1);
      const states = isLstm ? [input(2), input(3)] : [input(2)];
      const bias = inputMeta.length > 2 + states.length ? input(2 + states.length) : null;
      const dY = grads[0] as Tensor;
      const dCells = isLstm && arrived(1) ? (grads[1] as Tensor) : null;
      const slopes = isGradEnabled()
        ? composedBackward(
            attrs,
            [dY, dCells],
            input(0),
            weight,
            bias,
            states,
            isLstm ? [output(0), output(1)] : [output(0)],
          )
        : fusedBackward(attrs, dY, dCells, output(isLstm ? 2 : 1), weight);
      const { dGates, dHidden, dStates, before } = slopes;
      return [
        dGates,
        // Of all steps at once.
        needs[1] ? matmul(t(dHidden), before) : null,
        ...dStates,
        ...(bias === null ? [] : [sum(dHidden, 0)]),
      ];
    },
  });
const ofOneState = defineSequence(1);
const ofTwoStates = defineSequence(2);

const fusedBackward = (attrs: Sequences, dY: Tensor, dCells: Tensor | null, saved: Tensor, weight: Tensor): Slopes => {
  const given = [contiguous(dY), ...(dCells === null ? [] : [contiguous(dCells)])];
  const [dGates, ...rest] = slopes_([saved, weight, ...given], attrs) as [Tensor, ...Tensor[]];
  const H = dY.shape[1] as number;
  return {
    dGates,
    dHidden: attrs.op === "gru" ? (rest.shift() as Tensor) : dGates,
    dStates: rest,
    // As buffers: a view of what is saved would have to outlive it.
    before: new Tensor(saved.storage, dY.shape, saved.strides, saved.offset + (widths[attrs.op].saved - 1) * H),
  };
};

/** Inputs saved, weight, dY and perhaps an LSTM's dCells. Outputs dGates, a GRU's dHidden, dH0 and an LSTM's dC0. */
const slopes_ = defineMultiOp<Sequences>({
  name: "recurrentSequenceBackward",
  shape: ([, weight_, dY_], { op, batchSizes }) => {
    const [weight, dY] = [weight_ as Tensor, dY_ as Tensor];
    const { dtype } = dY;
    const gates = { shape: [dY.shape[0] as number, weight.shape[0] as number], dtype };
    const state = { shape: [batchSizes[0] as number, dY.shape[1] as number], dtype };
    if (op === "lstm") return [gates, state, state];
    return op === "gru" ? [gates, gates, state] : [gates, state];
  },
  forward: (k, outputs, [saved, weight, dY, dCells], attrs) => {
    const { op } = attrs;
    const dGates = outputs[0] as Tensor;
    const dHidden = op === "gru" ? (outputs[1] as Tensor) : null;
    const dH = outputs[op === "gru" ? 2 : 1] as Tensor;
    k.fill(dH, 0);
    // What passes by the gates: an LSTM's cell, a GRU's share of the state before.
    const carry = op === "lstm" ? (outputs[2] as Tensor) : op === "gru" ? Tensor.empty(dH.shape, dH.dtype) : null;
    if (carry !== null) k.fill(carry, 0);
    for (const step of stepsOf(attrs).reverse()) {
      const active = { first: 0, size: step.size };
      const now = rowsOf(dH, active);
      const written = [rowsOf(dGates, step)];
      if (carry !== null) written.push(rowsOf(carry, active));
      if (dHidden !== null) written.push(rowsOf(dHidden, step));
      const cells = dCells === undefined ? null : rowsOf(dCells, step);
      k.recurrentCellBackward(op, written, now, rowsOf(dY as Tensor, step), cells, rowsOf(saved as Tensor, step));
      k.matmul(now, rowsOf(dHidden ?? dGates, step), weight as Tensor);
    }
    if (op !== "gru" || carry === null) return;
    k.binary("add", dH, dH, carry);
    carry.storage.release("recurrentSequence");
  },
});

/** Weights between a state and its gates, and the states at the start. */
export interface Recurrence {
  /** [G·H, H] */
  readonly weight: Tensor;
  /** [G·H] */
  readonly bias: Tensor | null;
  readonly h0: Tensor;
  /** An LSTM's. */
  readonly c0: Tensor | null;
}

/** @throws DTypeError unless all parts have one dtype */
const checkTypes = (parts: Readonly<Record<string, Tensor | null>>): void => {
  const given = Object.entries(parts).filter((part): part is [string, Tensor] => part[1] !== null);
  if (new Set(given.map(([, { dtype }]) => dtype)).size === 1) return;
  throw new DTypeError({
    op: "recurrentSequence",
    problem: `the dtypes differ (${given.map(([name, { dtype }]) => `${name} ${dtype}`).join(", ")})`,
    rule: "input, weights and states have one dtype",
    args: Object.fromEntries(given.map(([name, { shape }]) => [name, shape])),
    hint: "convert the states with to()",
  });
};

/**
 * @internal A recurrent layer in one direction, with the input's shares of the gates of all steps given.
 *
 * @shape gates [R, G·H], h0 and c0 [N, H] → y [R, H], an LSTM's cells [R, H], and the last states [N, H]
 * @source torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN
 */
export const recurrentSequence = (
  gates: Tensor,
  { weight, bias, h0, c0 }: Recurrence,
  attrs: Sequences,
): { y: Tensor; h: Tensor; c: Tensor | null } => {
  checkTypes({ gates, weight, bias, h0, c0 });
  const states = c0 === null ? [h0] : [h0, c0];
  const run = c0 === null ? ofOneState : ofTwoStates;
  const outputs = run([contiguous(gates), weight, ...states, ...(bias === null ? [] : [bias])], attrs);
  // Outside of a graph nobody will ask for what was saved.
  if (outputs[0]?.edge === null) outputs.at(-1)?.storage.release("recurrentSequence");
  const [h, c] = outputs.slice(0, states.length).map((x) => lastRows(x, attrs));
  return { y: outputs[0] as Tensor, h: h as Tensor, c: c ?? null };
};

/** The last row of each sequence. */
const lastRows = (x: Tensor, attrs: Sequences): Tensor => {
  const steps = stepsOf(attrs);
  const { first, size } = steps.at(-1) as Step;
  const N = attrs.batchSizes[0] as number;
  if (size === N) return narrow(x, 0, first, N);
  const rows = Array.from({ length: N }, (_, n) => n + (steps.findLast((step) => step.size > n)?.first as number));
  return indexSelect(x, 0, tensor(rows, { dtype: "int32" }));
};
