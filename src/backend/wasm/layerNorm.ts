import type { Operand } from "../backend.js";
import { count } from "./layout.js";
import type { Kernel, Machine } from "./machine.js";

// Each function returns whether there was a kernel for the dtype.

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
  const [from, weight, bias] = [m.contiguous(x).address, addressOf(m, w), addressOf(m, b)];
  kernel(y.address, means.address, rstds.address, from, weight, bias, R, count(x.shape) / R, eps);
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
  const [d, from] = [m.contiguous(dY).address, m.contiguous(x).address];
  kernel(dX.address, d, from, means.address, rstds.address, addressOf(m, w), R, C);
  const weights = m.kernel("layerNormWeights", dX.dtype) as Kernel;
  weights(dW.address, dB.address, d, from, means.address, rstds.address, R, C, C);
  return true;
};
