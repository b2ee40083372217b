import type { Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";

// Each function returns whether there was a kernel for the dtype.

/** Nanoseconds for each byte of an element. */
const COST = 0.1;

const addressOf = (m: Machine, x: Operand | null): number => (x === null ? 0 : m.contiguous(x).address);

export const layerNorm = (
  m: Machine,
  y: Operand,
  means: Operand,
  rstds: Operand,
  x: Operand,
  w: Operand | null,
  b: Operand | null,
  eps: number,
): boolean => {
  const kernel = m.kernel("layerNorm", y.dtype);
  if (kernel === undefined) return false;
  const R = count(means.shape);
  const C = count(x.shape) / R;
  const bytes = itemSize[y.dtype];
  const [from, weight, bias] = [m.contiguous(x).address, addressOf(m, w), addressOf(m, b)];
  m.run(kernel, [y.address, means.address, rstds.address, from, weight, bias, R, C, eps], {
    count: R,
    steps: [C * bytes, bytes, bytes, C * bytes],
    counter: 6,
    cost: C * bytes * COST,
  });
  return true;
};

export const layerNormBackward = (
  m: Machine,
  dX: Operand,
  dW: Operand,
  dB: Operand,
  dY: Operand,
  x: Operand,
  means: Operand,
  rstds: Operand,
  w: Operand | null,
): boolean => {
  const kernel = m.kernel("layerNormBackward", dX.dtype);
  if (kernel === undefined) return false;
  const R = count(means.shape);
  const C = count(x.shape) / R;
  const bytes = itemSize[dX.dtype];
  const [d, from] = [m.contiguous(dY).address, m.contiguous(x).address];
  m.run(kernel, [dX.address, d, from, means.address, rstds.address, addressOf(m, w), R, C], {
    count: R,
    steps: [C * bytes, C * bytes, C * bytes, bytes, bytes],
    counter: 6,
    cost: C * bytes * COST,
  });
  const weights = m.kernel("layerNormWeights", dX.dtype) as Runnable;
  m.run(weights, [dW.address, dB.address, d, from, means.address, rstds.address, R, C, C], {
    count: C,
    steps: [bytes, bytes, bytes, bytes],
    counter: 8,
    tile: 16,
    cost: R * bytes * COST,
  });
  return true;
};
