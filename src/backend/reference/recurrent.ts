import type { CellOp } from "../ops.js";

/** One feature of one sequence. x and w are the shares of the input and of the state in its gates. */
interface Cell {
  readonly gates: number;
  /** Numbers that the backward pass reads; the last is the hidden state before the step. */
  readonly saves: number;
  step(x: readonly number[], w: readonly number[], h: number, c: number): { saved: number[]; h: number; c: number };
  /** From the gradient of the new hidden state, and of an LSTM's new cell. `carry` goes to the step before, past the gates. */
  slopes(
    dH: number,
    dCell: number,
    carry: number,
    saved: readonly number[],
  ): { dGates: number[]; dHidden: number[]; carry: number };
}

type Two = [number, number];
type Three = [number, number, number];
type Four = [number, number, number, number];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const sigmoidSlope = (a: number): number => a * (1 - a);
const tanhSlope = (a: number): number => 1 - a * a;

/** h′ = activation(x + w). */
const plain = (activation: (x: number) => number, slope: (y: number, d: number) => number): Cell => ({
  gates: 1,
  saves: 2,
  step: ([x], [w], h, c) => {
    const y = activation((x as number) + (w as number));
    return { saved: [y, h], h: y, c };
  },
  slopes: (dH, _dCell, carry, [y]) => {
    const d = [slope(y as number, dH)];
    return { dGates: d, dHidden: d, carry };
  },
});

/** Each kind of cell, feature by feature, in float64. */
export const cells: Readonly<Record<CellOp, Cell>> = {
  rnnTanh: plain(Math.tanh, (y, d) => d * tanhSlope(y)),
  rnnRelu: plain(
    (x) => Math.max(0, x),
    (y, d) => (y <= 0 ? 0 : d),
  ),
  lstm: {
    gates: 4,
    saves: 7,
    step: (x, w, h, c) => {
      const [a, b, e, k] = x.map((v, gate) => v + (w[gate] as number)) as Four;
      const [i, f, g, o] = [sigmoid(a), sigmoid(b), Math.tanh(e), sigmoid(k)];
      const cell = f * c + i * g;
      const t = Math.tanh(cell);
      return { saved: [i, f, g, o, t, c, h], h: o * t, c: cell };
    },
    slopes: (dH, dCell, carry, saved) => {
      const [i, f, g, o] = saved.slice(0, 4) as Four;
      const [t, c] = saved.slice(4) as Two;
      const d = dCell + carry + dH * o * tanhSlope(t);
      const dGates = [d * g * sigmoidSlope(i), d * c * sigmoidSlope(f), d * i * tanhSlope(g), dH * t * sigmoidSlope(o)];
      return { dGates, dHidden: dGates, carry: d * f };
    },
  },
  gru: {
    gates: 3,
    saves: 5,
    step: (x, w, h, c) => {
      const [xr, xz, xn] = x as Three;
      const [wr, wz, wn] = w as Three;
      const [r, z] = [sigmoid(xr + wr), sigmoid(xz + wz)];
      const n = Math.tanh(xn + r * wn);
      return { saved: [r, z, n, wn, h], h: (1 - z) * n + z * h, c };
    },
    slopes: (dH, _dCell, carry, saved) => {
      const [r, z, n] = saved.slice(0, 3) as Three;
      const [wn, h] = saved.slice(3) as Two;
      const d = dH + carry;
      const dN = d * (1 - z) * tanhSlope(n);
      const [dR, dZ] = [dN * wn * sigmoidSlope(r), d * (h - n) * sigmoidSlope(z)];
      return { dGates: [dR, dZ, dN], dHidden: [dR, dZ, dN * r], carry: d * z };
    },
  },
};

/** The numbers of feature j in a row of parts that are H wide each. */
const partsOf = (row: Float64Array, n: number, j: number, H: number, count: number): number[] =>
  Array.from({ length: count }, (_, part) => row[(n * count + part) * H + j] as number);

const putParts = (row: Float64Array, n: number, j: number, H: number, parts: readonly number[]): void => {
  parts.forEach((value, part) => {
    row[(n * parts.length + part) * H + j] = value;
  });
};

/** @returns saved, and the states, each one step on */
export const recurrentCell = (
  op: CellOp,
  states: readonly Float64Array[],
  gates: Float64Array,
  hidden: Float64Array,
  H: number,
): { saved: Float64Array; states: Float64Array[] } => {
  const cell = cells[op];
  const size = (states[0] as Float64Array).length;
  const [h, c] = [new Float64Array(size), new Float64Array(size)];
  const saved = new Float64Array(size * cell.saves);
  for (let i = 0; i < size; i++) {
    const [n, j] = [Math.floor(i / H), i % H];
    const [x, w] = [partsOf(gates, n, j, H, cell.gates), partsOf(hidden, n, j, H, cell.gates)];
    const next = cell.step(x, w, states[0]?.[i] as number, states[1]?.[i] ?? 0);
    putParts(saved, n, j, H, next.saved);
    h[i] = next.h;
    c[i] = next.c;
  }
  return { saved, states: [h, c].slice(0, states.length) };
};

/** @returns gradients of the input's and of the state's shares, and what is carried to the step before */
export const recurrentCellBackward = (
  op: CellOp,
  carry: Float64Array,
  dH: Float64Array,
  dY: Float64Array,
  dCells: Float64Array | null,
  saved: Float64Array,
  H: number,
): { dGates: Float64Array; carry: Float64Array; dHidden: Float64Array } => {
  const cell = cells[op];
  const dGates = new Float64Array(dH.length * cell.gates);
  const dHidden = new Float64Array(dH.length * cell.gates);
  const next = new Float64Array(dH.length);
  for (let i = 0; i < dH.length; i++) {
    const [n, j] = [Math.floor(i / H), i % H];
    const read = partsOf(saved, n, j, H, cell.saves);
    const d = cell.slopes((dY[i] as number) + (dH[i] as number), dCells?.[i] ?? 0, carry[i] ?? 0, read);
    putParts(dGates, n, j, H, d.dGates);
    putParts(dHidden, n, j, H, d.dHidden);
    next[i] = d.carry;
  }
  return { dGates, carry: next, dHidden };
};
