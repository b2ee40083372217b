import { tensor, zerosLike } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sigmoid, tanh } from "../activation/sigmoid.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { le } from "../elementwise/compare.js";
import { where } from "../elementwise/where.js";
import { indexSelect } from "../indexing/gather.js";
import { linear, matmul } from "../linalg/matmul.js";
import { cat } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { chunk } from "../movement/split.js";
import { type Sequences, type Slopes, type Step, stepsOf } from "./steps.js";

/** Of some rows: the gradient of the new hidden state and what is carried → those of the gates' shares and what is carried on. */
type CellSlopes = (
  rows: (x: Tensor) => Tensor,
  dH: Tensor,
  carry: Tensor | null,
) => { dGates: Tensor; dHidden: Tensor; carry: Tensor | null };

const sigmoidSlope = (a: Tensor): Tensor => mul(a, sub(1, a));
const tanhSlope = (a: Tensor): Tensor => sub(1, mul(a, a));

/**
 * The backward pass of a sequence of plain ops, which have derivatives: all values from the outputs, which are in the graph, and
 * only the gradients step by step.
 */
export const composedBackward = (
  attrs: Sequences,
  [dY, dCells]: readonly [Tensor, Tensor | null],
  gates: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  states: readonly Tensor[],
  outputs: readonly Tensor[],
): Slopes => {
  const [h0, c0] = states as [Tensor, Tensor?];
  const [y, cells] = outputs as [Tensor, Tensor?];
  const before = rowsBefore(attrs, y, h0);
  const hidden = linear(before, weight, bias);
  const slopes =
    cells === undefined || c0 === undefined
      ? attrs.op === "gru"
        ? gruSlopes(gates, hidden, before)
        : plainSlopes(y, attrs.op === "rnnRelu")
      : lstmSlopes(add(gates, hidden), cells, rowsBefore(attrs, cells, c0), dCells);
  const N = attrs.batchSizes[0] as number;
  let dH = zerosLike(h0);
  let carry = attrs.op === "lstm" || attrs.op === "gru" ? zerosLike(h0) : null;
  const dGates: Tensor[] = [];
  const dHidden: Tensor[] = [];
  const kept = (now: Tensor, all: Tensor, { size }: Step): Tensor =>
    size === N ? now : cat([now, narrow(all, 0, size, N - size)]);
  for (const step of stepsOf(attrs).reverse()) {
    const rows = (x: Tensor): Tensor => narrow(x, 0, step.first, step.size);
    const active = (x: Tensor): Tensor => narrow(x, 0, 0, step.size);
    const d = slopes(rows, add(rows(dY), active(dH)), carry && active(carry));
    dGates.push(d.dGates);
    dHidden.push(d.dHidden);
    dH = kept(matmul(d.dHidden, weight), dH, step);
    if (carry !== null) carry = kept(d.carry as Tensor, carry, step);
  }
  const inOrder = (parts: Tensor[]): Tensor => cat(attrs.isReverse ? parts : parts.reverse());
  return {
    dGates: inOrder(dGates),
    dHidden: inOrder(dHidden),
    dStates: attrs.op === "lstm" ? [dH, carry as Tensor] : [carry === null ? dH : add(dH, carry)],
    before,
  };
};

/** Row by row, what the state was before the step. */
const rowsBefore = (attrs: Sequences, all: Tensor, first: Tensor): Tensor => {
  const N = attrs.batchSizes[0] as number;
  const places = new Array<number>(all.shape[0] as number);
  let last: Step = { first: 0, size: 0 };
  for (const step of stepsOf(attrs)) {
    for (let n = 0; n < step.size; n++) places[step.first + n] = n < last.size ? N + last.first + n : n;
    last = step;
  }
  return indexSelect(cat([first, all]), 0, tensor(places, { dtype: "int32" }));
};

const plainSlopes =
  (y: Tensor, isRelu: boolean): CellSlopes =>
  (rows, dH, carry) => {
    const d = isRelu ? where(le(rows(y), 0), 0, dH) : mul(dH, tanhSlope(rows(y)));
    return { dGates: d, dHidden: d, carry };
  };

const lstmSlopes = (gates: Tensor, cells: Tensor, before: Tensor, dCells: Tensor | null): CellSlopes => {
  const [gi, gf, gg, go] = chunk(gates, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const all = [sigmoid(gi), sigmoid(gf), tanh(gg), sigmoid(go), tanh(cells), before];
  return (rows, dH, carry) => {
    const [i, f, g, o, t, c] = all.map(rows) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const passed = add(carry as Tensor, mul(mul(dH, o), tanhSlope(t)));
    const d = dCells === null ? passed : add(passed, rows(dCells));
    const parts = [
      mul(mul(d, g), sigmoidSlope(i)),
      mul(mul(d, c), sigmoidSlope(f)),
      mul(mul(d, i), tanhSlope(g)),
      mul(mul(dH, t), sigmoidSlope(o)),
    ];
    const dGates = cat(parts, 1);
    return { dGates, dHidden: dGates, carry: mul(d, f) };
  };
};

const gruSlopes = (gates: Tensor, hidden: Tensor, before: Tensor): CellSlopes => {
  const [xr, xz, xn] = chunk(gates, 3, 1) as [Tensor, Tensor, Tensor];
  const [wr, wz, wn] = chunk(hidden, 3, 1) as [Tensor, Tensor, Tensor];
  const [r_, z_] = [sigmoid(add(xr, wr)), sigmoid(add(xz, wz))];
  const all = [r_, z_, tanh(add(xn, mul(r_, wn))), wn, before];
  return (rows, dH, carry) => {
    const [r, z, n, own, h] = all.map(rows) as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const d = add(dH, carry as Tensor);
    const dN = mul(mul(d, sub(1, z)), tanhSlope(n));
    const dR = mul(mul(dN, own), sigmoidSlope(r));
    const dZ = mul(mul(d, sub(h, n)), sigmoidSlope(z));
    return { dGates: cat([dR, dZ, dN], 1), dHidden: cat([dR, dZ, mul(dN, r)], 1), carry: mul(d, z) };
  };
};
