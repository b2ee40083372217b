import type { ConvSpec, Operand, Triple } from "../backend.js";
import { itemSize } from "../dtype.js";
import * as depthwise from "./depthwise.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";
import * as winograd from "./winograd.js";
import * as winogradWeight from "./winogradWeight.js";

/** Nanoseconds for each byte of an element: a multiplication, an element that is packed, and one that is copied in lines. */
const MULTIPLICATION_COST = 0.012;
const PACKING_COST = 0.2;
const COPY_COST = 0.05;

/** What kernels/conv.ts reads at LAYOUT. */
export interface Unrolling {
  readonly image: readonly number[];
  readonly positions: readonly number[];
  readonly window: readonly number[];
  readonly step: Triple;
  readonly padding: Triple;
  readonly spacing: Triple;
  readonly apart: Triple;
}

const ONE: Triple = [1, 1, 1];
const isAll = (triple: readonly number[], value: number): boolean => triple.every((v) => v === value);

/** What decides whether fewer multiplications will do. */
const movingOf = ({ image, positions, window, padding, step, spacing, apart }: Unrolling) => ({
  image,
  positions,
  window,
  padding,
  others: [step, spacing, apart],
});

const write = (m: Machine, unrolling: Unrolling): void => {
  const { window, step, padding, spacing, apart } = unrolling;
  let { image, positions } = unrolling;
  // Under a window of one element an image is one long line, unless the positions reach beyond it.
  const isWhole = image.every((size, i) => size === positions[i]);
  if (isWhole && isAll(window, 1) && isAll(step, 1) && isAll(padding, 0) && isAll(apart, 1)) {
    image = [1, 1, count(image)];
    positions = [1, 1, count(positions)];
  }
  m.layOut([...image, ...positions, ...window, ...step, ...padding, ...spacing, ...apart]);
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
  if (m.kernel("conv", out.dtype) === undefined) return false;
  const [x, w] = [m.contiguous(x_), m.contiguous(w_)];
  const bias = bias_ === null ? null : m.contiguous(bias_);
  const [O, C, size] = [(w.shape[0] as number) / groups, w.shape[1] as number, count(w.shape.slice(2))];
  const weights = { w, size, rows: O, outer: C, rowStride: C * size, outerStride: size, isTurned: false };
  convolve(m, out, x, weights, bias, groups, {
    image: x.shape.slice(2),
    positions: out.shape.slice(2),
    window: w.shape.slice(2),
    step: stride,
    padding,
    spacing: dilation,
    apart: ONE,
  });
  return true;
};

/** dX is the convolution of dOut, its elements `stride` apart, with the window turned round and channels exchanged. */
export const convBackwardInput = (m: Machine, dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): boolean => {
  if (m.kernel("conv", dX.dtype) === undefined) return false;
  const { stride, padding, dilation, groups } = spec;
  const d = m.contiguous(dOut);
  if (isAll(stride, 1) || !isAll(dilation, 1)) {
    const far = (i: 0 | 1 | 2): number => dilation[i] * ((w.shape[i + 2] as number) - 1) - padding[i];
    turned(m, dX, d, w, groups, { padding: [far(0), far(1), far(2)], spacing: dilation, apart: stride });
    return true;
  }
  // Every stride-th element of dX sees every stride-th of the window only: as many small convolutions, without the gaps.
  for (let rd = 0; rd < stride[0]; rd++)
    for (let rh = 0; rh < stride[1]; rh++)
      for (let rw = 0; rw < stride[2]; rw++) phaseOf(m, dX, d, w, spec, [rd, rh, rw]);
  return true;
};

/** The elements of dX at r, r + stride, … along each dimension. */
const phaseOf = (m: Machine, dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec, r: Triple): void => {
  const { stride, padding, groups } = spec;
  const dims = [0, 1, 2] as const;
  const first = dims.map((i) => (r[i] + padding[i]) % stride[i]);
  const part = every(dX, r, stride);
  if (count(part.shape) === 0) return;
  const weights = every(w, first, stride);
  if (count(weights.shape) === 0) {
    m.copy(part, { dtype: dX.dtype, address: m.scalar(0, dX.dtype, 0), shape: [], strides: [] });
    return;
  }
  const far = (i: 0 | 1 | 2): number =>
    (weights.shape[i + 2] as number) - 1 - (r[i] + padding[i] - (first[i] as number)) / stride[i];
  const whole = m.temporary(dX.dtype, part.shape);
  turned(m, whole, dOut, weights, groups, { padding: [far(0), far(1), far(2)], spacing: ONE, apart: ONE });
  m.copy(part, whole);
};

/** x [·, ·, D, H, W] at first, first + step, … along the last three dimensions. */
const every = (x: Operand, first: readonly number[], step: Triple): Operand => {
  const strides = [...x.strides];
  const shape = [...x.shape];
  let address = x.address;
  for (let i = 0; i < 3; i++) {
    const [start, by] = [first[i] as number, step[i] as number];
    address += start * (x.strides[i + 2] as number) * itemSize[x.dtype];
    shape[i + 2] = Math.max(0, Math.ceil(((x.shape[i + 2] as number) - start) / by));
    strides[i + 2] = (x.strides[i + 2] as number) * by;
  }
  return { dtype: x.dtype, address, shape, strides };
};

/** out ← the convolution of image [N, groups · O, …] with w [groups · O, C, …] turned round, step by step. */
const turned = (
  m: Machine,
  out: Operand,
  image: Operand,
  w_: Operand,
  groups: number,
  how: Pick<Unrolling, "padding" | "spacing" | "apart">,
): void => {
  const w = m.contiguous(w_);
  const window = w.shape.slice(2);
  const [O, C, size] = [(w.shape[0] as number) / groups, w.shape[1] as number, count(window)];
  const weights = { w, size, rows: C, outer: O, rowStride: size, outerStride: C * size, isTurned: true };
  convolve(m, out, image, weights, null, groups, {
    image: image.shape.slice(2),
    positions: out.shape.slice(2),
    window,
    step: ONE,
    ...how,
  });
};

/** Weights of a group as a matrix [rows, outer · size]; the groups follow each other. */
interface Weights {
  readonly w: Operand;
  readonly size: number;
  readonly rows: number;
  readonly outer: number;
  readonly rowStride: number;
  readonly outerStride: number;
  readonly isTurned: boolean;
}

/** out [N, groups · rows, …] ← weights · image [N, groups · outer, …], both contiguous. */
const convolve = (
  m: Machine,
  out: Operand,
  image: Operand,
  { w, size, rows, outer, rowStride, outerStride, isTurned }: Weights,
  bias: Operand | null,
  groups: number,
  unrolling: Unrolling,
): void => {
  write(m, unrolling);
  const weights = { address: w.address, rows, outer, rowStride, outerStride, isTurned };
  if (outer === 1 && groups > 1 && depthwise.convolve(m, out, image, weights, bias, groups, unrolling)) return;
  if (winograd.convolve(m, null, out, image, weights, bias, groups, movingOf(unrolling))) return;
  const [kernel, pack] = [m.kernel("conv", out.dtype) as Runnable, m.kernel("convPack", out.dtype) as Runnable];
  const bytes = itemSize[out.dtype];
  const weightBytes = rows * outer * size * bytes;
  const panels = m.temporary(w.dtype, [groups * rows * outer * size]).address;
  const [N, P, V] = [image.shape[0] as number, count(out.shape.slice(2)), count(image.shape.slice(2))];
  const packed = [panels, w.address, rows, outer, size, rowStride, outerStride, Number(isTurned), 0, outer];
  const packing = weightBytes * PACKING_COST;
  if (groups > 1) m.run(pack, packed, { count: groups, steps: [weightBytes, weightBytes], cost: packing });
  else m.run(pack, packed, { count: outer, steps: [0, 0, 0, 0, 0, 0, 0, 0, 1], counter: 9, cost: packing / outer });
  const bands = N * (m.ask("convBands", out.dtype, outer) as number);
  const items = bands * Math.ceil(rows / m.tileRows);
  const args = [
    out.address,
    panels,
    image.address,
    bias?.address ?? 0,
    0,
    items,
    groups * rows * P,
    groups * outer * V,
  ];
  args.push(rows, outer);
  const steps = [rows * P * bytes, weightBytes, outer * V * bytes, bias === null ? 0 : rows * bytes];
  const cost = N * P * weightBytes * MULTIPLICATION_COST;
  if (groups > items) m.run(kernel, args, { count: groups, steps, cost });
  else {
    // Every part copies its bands, once for each column of the window.
    const overhead = ((N * outer * V) / bands) * (unrolling.window[2] as number) * bytes * COPY_COST;
    for (let g = 0; g < groups; g++) {
      const moved = args.map((v, i) => v + g * (steps[i] ?? 0));
      m.run(kernel, moved, { count: items, steps: [0, 0, 0, 0, 1], counter: 5, cost: cost / items, overhead });
    }
  }
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
  const bytes = itemSize[dW.dtype];
  const [O, C, size] = [(dW.shape[0] as number) / groups, dW.shape[1] as number, count(dW.shape.slice(2))];
  const [P, V] = [count(dOut.shape.slice(2)), count(x.shape.slice(2))];
  const unrolling = {
    image: x.shape.slice(2),
    positions: dOut.shape.slice(2),
    window: dW.shape.slice(2),
    step: stride,
    padding,
    spacing: dilation,
    apart: ONE,
  };
  write(m, unrolling);
  if (C === 1 && groups > 1 && depthwise.weightGradient(m, dW, dOut, x, groups, unrolling)) return true;
  if (winogradWeight.weightGradient(m, dW, dOut, x, groups, movingOf(unrolling))) return true;
  const N = x.shape[0] as number;
  const args = [dW.address, dOut.address, x.address, N, groups * O * P, groups * C * V, O, C, 0, C];
  const cost = N * P * O * C * size * bytes * MULTIPLICATION_COST;
  if (groups > 1)
    m.run(kernel, args, { count: groups, steps: [O * C * size * bytes, O * P * bytes, C * V * bytes], cost });
  // By channels of the image, of which a thread copies its own only; few of them are split by those of out.
  else if (C >= 8) m.run(kernel, args, { count: C, steps: [0, 0, 0, 0, 0, 0, 0, 0, 1], counter: 9, cost: cost / C });
  else {
    // Every part copies the images anew, once for each column of the window.
    const overhead = N * C * V * (dW.shape[4] as number) * bytes * COPY_COST;
    m.run(kernel, args, {
      count: O,
      steps: [C * size * bytes, P * bytes],
      counter: 6,
      tile: 4,
      cost: cost / O,
      overhead,
    });
  }
  return true;
};
