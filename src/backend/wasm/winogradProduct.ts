import type { ConvSpec, Operand } from "../backend.js";
import type { Machine } from "./machine.js";
import type { Moving } from "./winograd.js";
import * as winograd from "./winograd.js";
import { weightGradient } from "./winogradWeight.js";

// Winograd's products by the system's BLAS. Each function returns whether it was done: what becomes infinite or NaN is convolved
// otherwise, which keeps it where it belongs.

/** Puts at LAYOUT how the window moves. */
const layOut = (m: Machine, { image, positions, window, padding }: Moving): void =>
  m.layOut([...image, ...positions, ...window, 1, 1, 1, ...padding, 1, 1, 1, 1, 1, 1]);

const movingOf = (
  image: Operand,
  positions: Operand,
  window: readonly number[],
  spec: ConvSpec,
  padding: readonly number[],
): Moving => ({
  image: image.shape.slice(2),
  positions: positions.shape.slice(2),
  window,
  padding,
  others: [spec.stride, spec.dilation],
});

/** out ← image under w [rows, outer, 1, 3, 3], or with `isTurned` under w [outer, rows, …] turned round. */
const convolve = (
  m: Machine,
  out: Operand,
  image: Operand,
  w: Operand,
  bias: Operand | null,
  isTurned: boolean,
  groups: number,
  moving: Moving,
): boolean => {
  const { gemm } = m;
  if (out.dtype !== "float32" || !winograd.isStep(moving) || !gemm?.isThere()) return false;
  const [x, weights] = [m.contiguous(image), m.contiguous(w)];
  const addend = bias === null ? null : m.contiguous(bias);
  const [C, O] = [(image.shape[1] as number) / groups, (out.shape[1] as number) / groups];
  const [rowStride, outerStride] = isTurned ? [9, O * 9] : [C * 9, 9];
  layOut(m, moving);
  const matrix = { address: weights.address, rows: O, outer: C, rowStride, outerStride, isTurned };
  return winograd.convolve(m, gemm, out, x, matrix, addend, groups, moving);
};

/** out ← x under w, plus bias. */
export const conv = (m: Machine, out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): boolean =>
  convolve(m, out, x, w, bias, false, spec.groups, movingOf(x, out, w.shape.slice(2), spec, spec.padding));

/** dX is the convolution of dOut with the window turned round and channels exchanged. */
export const convBackwardInput = (m: Machine, dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): boolean => {
  const padding = spec.padding.map((p, i) => (w.shape[i + 2] as number) - 1 - p);
  return convolve(m, dX, dOut, w, null, true, spec.groups, movingOf(dOut, dX, w.shape.slice(2), spec, padding));
};

/** dW from dOut and x. */
export const convBackwardWeight = (m: Machine, dW: Operand, dOut_: Operand, x_: Operand, spec: ConvSpec): boolean => {
  const moving = movingOf(x_, dOut_, dW.shape.slice(2), spec, spec.padding);
  const { gemm } = m;
  if (dW.dtype !== "float32" || !winograd.isStep(moving) || !gemm?.isThere()) return false;
  const [dOut, x] = [m.contiguous(dOut_), m.contiguous(x_)];
  layOut(m, moving);
  return weightGradient(m, gemm, dW, dOut, x, spec.groups, moving);
};
