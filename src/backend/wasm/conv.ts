import type { ConvSpec, Operand, Triple } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";
import { LAYOUT } from "./memory.js";
import type { Items, Kernel } from "./pool.js";

/** What kernels/conv.ts reads at LAYOUT. */
interface Unrolling {
  readonly image: readonly number[];
  readonly positions: readonly number[];
  readonly window: readonly number[];
  readonly step: Triple;
  readonly padding: Triple;
  readonly spacing: Triple;
  readonly apart: Triple;
}

const ONE: Triple = [1, 1, 1];

const write = (m: Machine, { image, positions, window, step, padding, spacing, apart }: Unrolling): void => {
  const words = [...image, ...positions, ...window, ...step, ...padding, ...spacing, ...apart];
  m.heap.i32.set(words, LAYOUT / 4);
};

/** Nanoseconds for each byte of an element: a multiplication, and an element that is unrolled and packed. */
const MULTIPLICATION_COST = 0.01;
const UNROLLING_COST = 0.2;

/**
 * Calls a kernel for each image and group: items are whichever there are more of, or the rows of out where there is one image
 * of one group.
 */
const eachPart = (
  m: Machine,
  kernel: Kernel,
  args: readonly number[],
  [N, groups]: readonly [number, number],
  perImage: readonly number[],
  perGroup: readonly number[],
  rows: Items,
): void => {
  if (N === 1 && groups === 1) {
    m.run(kernel, [...args], rows);
    return;
  }
  const isByImage = N >= groups;
  const cost = rows.count * rows.cost + (rows.overhead ?? 0);
  const items = { count: isByImage ? N : groups, steps: isByImage ? perImage : perGroup, cost };
  const steps = isByImage ? perGroup : perImage;
  const moved = [...args];
  for (let i = 0; i < (isByImage ? groups : N); i++) {
    m.run(kernel, [...moved], items);
    for (let k = 0; k < steps.length; k++) moved[k] = (moved[k] as number) + (steps[k] as number);
  }
};

/** out [N, groups · M, P] ← w [groups · M, K] · unrolled image [N, groups, …] (+ bias): sizes in kernels/conv.ts. */
const convolve = (
  m: Machine,
  kernel: Kernel,
  out: Operand,
  image: Operand,
  w: number,
  bias: number,
  groups: number,
  K: number,
): void => {
  const bytes = itemSize[out.dtype];
  const N = out.shape[0] as number;
  const M = (out.shape[1] as number) / groups;
  const P = count(out.shape.slice(2));
  const imageBytes = (count(image.shape.slice(1)) / groups) * bytes;
  const perGroup = [M * P * bytes, M * K * bytes, imageBytes, bias === 0 ? 0 : M * bytes];
  const perImage = [groups * M * P * bytes, 0, groups * imageBytes];
  eachPart(m, kernel, [out.address, w, image.address, bias, M, P, K], [N, groups], perImage, perGroup, {
    count: M,
    steps: [P * bytes, K * bytes, 0, bias === 0 ? 0 : bytes],
    counter: 4,
    tile: m.tileRows,
    cost: P * K * bytes * MULTIPLICATION_COST,
    overhead: P * K * bytes * UNROLLING_COST,
  });
};

/** @returns whether there is a kernel for the dtype */
export const conv = (
  m: Machine,
  out: Operand,
  x_: Operand,
  w_: Operand,
  bias_: Operand | null,
  { stride, padding, dilation, groups }: ConvSpec,
): boolean => {
  const kernel = m.kernel("conv", out.dtype);
  if (kernel === undefined) return false;
  const [x, w] = [m.contiguous(x_), m.contiguous(w_)];
  const bias = bias_ === null ? 0 : m.contiguous(bias_).address;
  write(m, {
    image: x.shape.slice(2),
    positions: out.shape.slice(2),
    window: w.shape.slice(2),
    step: stride,
    padding,
    spacing: dilation,
    apart: ONE,
  });
  convolve(m, kernel, out, x, w.address, bias, groups, count(w.shape.slice(1)));
  return true;
};

/** dX is the convolution of dOut, its elements `stride` apart, with the window turned round and channels exchanged. */
export const convBackwardInput = (
  m: Machine,
  dX: Operand,
  dOut_: Operand,
  w: Operand,
  { stride, padding, dilation, groups }: ConvSpec,
): boolean => {
  const kernel = m.kernel("conv", dX.dtype);
  if (kernel === undefined) return false;
  const dOut = m.contiguous(dOut_);
  const turned = turn(m, m.contiguous(w), groups);
  const window = w.shape.slice(2);
  const far = (i: 0 | 1 | 2): number => dilation[i] * ((window[i] as number) - 1) - padding[i];
  write(m, {
    image: dOut.shape.slice(2),
    positions: dX.shape.slice(2),
    window,
    step: ONE,
    padding: [far(0), far(1), far(2)],
    spacing: dilation,
    apart: stride,
  });
  convolve(m, kernel, dX, dOut, turned.address, 0, groups, ((w.shape[0] as number) / groups) * count(window));
  return true;
};

/** w [groups · O, C, window] → [groups · C, O, window turned round]. */
const turn = (m: Machine, w: Operand, groups: number): Operand => {
  const [O, C] = [(w.shape[0] as number) / groups, w.shape[1] as number];
  const size = count(w.shape.slice(2));
  const turned = m.temporary(w.dtype, [groups * C, O, ...w.shape.slice(2)]);
  const data = w.dtype === "float32" ? m.heap.f32 : m.heap.f64;
  const [from, to] = [w.address / itemSize[w.dtype], turned.address / itemSize[w.dtype]];
  for (let g = 0; g < groups; g++)
    for (let o = 0; o < O; o++)
      for (let c = 0; c < C; c++) {
        const row = from + ((g * O + o) * C + c) * size;
        const mirror = to + ((g * C + c) * O + o) * size + size - 1;
        for (let k = 0; k < size; k++) data[mirror - k] = data[row + k] as number;
      }
  return turned;
};

export const convBackwardWeight = (
  m: Machine,
  dW: Operand,
  dOut_: Operand,
  x_: Operand,
  { stride, padding, dilation, groups }: ConvSpec,
): boolean => {
  const kernel = m.kernel("convWeight", dW.dtype);
  if (kernel === undefined) return false;
  const [dOut, x] = [m.contiguous(dOut_), m.contiguous(x_)];
  const M = (dW.shape[0] as number) / groups;
  const [P, K] = [count(dOut.shape.slice(2)), count(dW.shape.slice(1))];
  write(m, {
    image: x.shape.slice(2),
    positions: dOut.shape.slice(2),
    window: dW.shape.slice(2),
    step: stride,
    padding,
    spacing: dilation,
    apart: ONE,
  });
  const bytes = itemSize[dW.dtype];
  const N = x.shape[0] as number;
  const [dOutSize, imageSize] = [M * P, count(x.shape.slice(1)) / groups];
  const args = [dW.address, dOut.address, x.address, N, groups * dOutSize, groups * imageSize, M, K, P, 0, K];
  const cost = N * P * bytes * (M * MULTIPLICATION_COST + UNROLLING_COST);
  if (groups > 1) {
    const steps = [M * K * bytes, dOutSize * bytes, imageSize * bytes];
    m.run(kernel, args, { count: groups, steps, cost: K * cost });
  } else {
    // By columns of dW: each thread unrolls what it needs of every image, and sums in the order of the images.
    const steps = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    m.run(kernel, args, { count: K, steps, counter: 10, tile: 32 / bytes, cost });
  }
  return true;
};
