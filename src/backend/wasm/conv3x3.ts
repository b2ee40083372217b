import type { Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import type { Unrolling, Weights } from "./conv.js";
import { count } from "./layout.js";
import type { Machine, Runnable } from "./machine.js";

// Convolutions of 3 × 3 that move step by step over few channels: kernels/conv3x3.ts.

/** Output channels of a tile. */
const HEIGHT = 4;
/** Input channels up to which this is faster than the copies of the other kernels, or the points of Winograd's, are. */
const FEW = 8;
/** Nanoseconds for each byte of an element: a multiplication, and an element that is packed. */
const MULTIPLICATION_COST = 0.009;
const PACKING_COST = 0.2;
/** Elements of a line of the image, and bytes of a register of positions. */
const LONGEST = 2000;
const REGISTER = 16;

/** Whether planes are flat, and their lines fill a register and have room in a band. */
const fits = (bytes: number, { image, positions, window, step, padding, spacing, apart }: Unrolling): boolean => {
  const isStep = [step, spacing, apart].every((triple) => triple.every((v) => v === 1));
  const isFlat = window.join() === "1,3,3" && image[0] === 1 && positions[0] === 1;
  const width = positions[2] as number;
  return isStep && isFlat && padding.every((v) => v >= 0) && width * bytes >= REGISTER && width <= LONGEST;
};

/** out [N, rows, …] ← weights · image [N, outer, …], plus bias; LAYOUT is written. @returns whether the kernel takes it */
export const convolve = (
  m: Machine,
  out: Operand,
  image: Operand,
  { address, rows, outer, rowStride, outerStride, isTurned }: Weights,
  bias: Operand | null,
  groups: number,
  unrolling: Unrolling,
): boolean => {
  const bytes = itemSize[out.dtype];
  if (groups > 1 || outer > FEW || rows % HEIGHT !== 0 || !fits(bytes, unrolling)) return false;
  const K = outer * 9;
  const [N, P, V] = [image.shape[0] as number, count(out.shape.slice(2)), count(image.shape.slice(2))];
  const panels = m.temporary(out.dtype, [rows * K]).address;
  m.run(
    m.kernel("convPack", out.dtype) as Runnable,
    [panels, address, HEIGHT, outer, 9, rowStride, outerStride, Number(isTurned), 0, outer],
    {
      count: rows / HEIGHT,
      steps: [HEIGHT * K * bytes, HEIGHT * rowStride * bytes],
      cost: HEIGHT * K * bytes * PACKING_COST,
    },
  );
  const bands = N * (m.ask("conv3x3Bands", out.dtype, outer) as number);
  const args = [out.address, panels, image.address, bias?.address ?? 0, 0, bands, rows * P, outer * V, rows, outer];
  m.run(m.kernel("conv3x3", out.dtype) as Runnable, args, {
    count: bands,
    steps: [0, 0, 0, 0, 1],
    counter: 5,
    cost: (N * P * rows * K * bytes * MULTIPLICATION_COST) / bands,
  });
  return true;
};
