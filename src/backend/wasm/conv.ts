import type { ConvSpec, Operand, Triple } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import type { Machine } from "./machine.js";
import { LAYOUT, PACKING } from "./memory.js";

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

/** Calls `run` with the addresses of sample n's and group g's part of each operand [N, groups · channels, …]. */
const eachPart = (
  parts: readonly Operand[],
  groups: number,
  run: (addresses: readonly number[], g: number, n: number) => void,
): void => {
  const bytes = parts.map((x) => (count(x.shape.slice(1)) / groups) * itemSize[x.dtype]);
  const N = (parts[0] as Operand).shape[0] as number;
  for (let n = 0; n < N; n++)
    for (let g = 0; g < groups; g++)
      run(
        parts.map(({ address }, i) => address + (n * groups + g) * (bytes[i] as number)),
        g,
        n,
      );
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
  const M = (w.shape[0] as number) / groups;
  const [P, K] = [count(out.shape.slice(2)), count(w.shape.slice(1))];
  const bytes = itemSize[out.dtype];
  write(m, {
    image: x.shape.slice(2),
    positions: out.shape.slice(2),
    window: w.shape.slice(2),
    step: stride,
    padding,
    spacing: dilation,
    apart: ONE,
  });
  eachPart([out, x], groups, ([to, image], g) =>
    kernel(
      to as number,
      w.address + g * M * K * bytes,
      image as number,
      bias === 0 ? 0 : bias + g * M * bytes,
      M,
      P,
      K,
      PACKING,
    ),
  );
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
  const M = w.shape[1] as number;
  const [P, K] = [count(dX.shape.slice(2)), ((w.shape[0] as number) / groups) * count(window)];
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
  eachPart([dX, dOut], groups, ([to, image], g) =>
    kernel(to as number, turned.address + g * M * K * itemSize[w.dtype], image as number, 0, M, P, K, PACKING),
  );
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
  eachPart([dOut, x], groups, ([d, image], g, n) =>
    kernel(dW.address + g * M * K * itemSize[dW.dtype], d as number, image as number, M, K, P, Number(n > 0), PACKING),
  );
  return true;
};
