import type { Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { Unrolling } from "./conv.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";

// Convolutions in which each channel of the image is a group of its own: kernels/depthwise.ts. Each function returns whether the kernel
// takes it; LAYOUT is written.

/** Nanoseconds for each byte of an element: a multiplication, and an element that is copied. */
const MULTIPLICATION_COST = 0.015;
const COPY_COST = 0.05;
/** Elements of the copies of a plane, and of a window, that a thread has room for. */
const COPIES = 96 * 1024;
const TAPS = 4096;

/** Whether planes are flat, lines of results fill a register, and a thread has room for a plane. */
const fits = ({ image, positions, window, step, spacing, apart }: Unrolling): boolean => {
  if (image[0] !== 1 || positions[0] !== 1 || window[0] !== 1 || apart.some((v) => v !== 1)) return false;
  const copied = (i: 1 | 2): number =>
    step[i] * ((positions[i] as number) + Math.floor((((window[i] as number) - 1) * spacing[i]) / step[i]));
  return (positions[2] as number) >= 4 && copied(1) * copied(2) <= COPIES && count(window) <= TAPS;
};

const costOf = (x: Operand, many: number, { image, positions, window }: Unrolling): number =>
  itemSize[x.dtype] * (many * count(window) * count(positions) * MULTIPLICATION_COST + count(image) * COPY_COST);

/** out [N, groups · rows, …] ← weights · image [N, groups, …], plus bias. */
export const convolve = (
  m: Machine,
  out: Operand,
  image: Operand,
  { address, rows, isTurned }: { readonly address: number; readonly rows: number; readonly isTurned: boolean },
  bias: Operand | null,
  groups: number,
  unrolling: Unrolling,
): boolean => {
  if (!fits(unrolling)) return false;
  const planes = (image.shape[0] as number) * groups;
  const args = [out.address, image.address, address, bias?.address ?? 0, 0, planes, groups, rows, Number(isTurned)];
  m.run(m.kernel("depthwise", out.dtype) as Runnable, args, {
    count: planes,
    steps: [0, 0, 0, 0, 1],
    counter: 5,
    cost: costOf(out, rows, unrolling),
  });
  return true;
};

/** dW [groups · rows, 1, …] += the gradient from dOut and the image, under windows of 3 × 3 that move by 1. */
export const weightGradient = (
  m: Machine,
  dW: Operand,
  dOut: Operand,
  image: Operand,
  groups: number,
  unrolling: Unrolling,
): boolean => {
  const { window, padding, step, spacing } = unrolling;
  const isPlain = window.join() === "1,3,3" && [...step, ...spacing].every((v) => v === 1);
  if (!isPlain || padding.some((v) => v < 0) || !fits(unrolling)) return false;
  const N = image.shape[0] as number;
  const many = (dW.shape[0] as number) / groups;
  const args = [dW.address, dOut.address, image.address, N, groups, many, 0, groups];
  m.run(m.kernel("depthwiseWeight", dW.dtype) as Runnable, args, {
    count: groups,
    steps: [0, 0, 0, 0, 0, 0, 1],
    counter: 7,
    cost: N * costOf(dW, many, unrolling),
  });
  return true;
};
