import type { Operand } from "../backend.js";
import { itemSize } from "../dtype.js";
import { count } from "./layout.js";
import { type Machine, permuted } from "./machine.js";

// Each function returns whether there was a kernel for the dtype. Letters: N samples, C channels, L positions.

/** Nanoseconds for each byte of an element. */
const COST = 0.15;
/** Runs of neighbours that are shorter than this are put together, channel by channel, before the kernel reads them. */
const SHORT = 8;

/** How the kernel finds the channels of operands [N, C, …]: where they are, or in copies that have them in front. */
class Channels {
  readonly C: number;
  readonly N: number;
  readonly L: number;
  /** Elements from a channel's run in one sample to that in the next. */
  readonly apart: number;
  readonly #m: Machine;
  readonly #isTurned: boolean;

  constructor(m: Machine, { shape }: Operand) {
    const [N, C] = shape as readonly [number, number];
    const L = count(shape.slice(2));
    this.#m = m;
    this.#isTurned = L < SHORT && N > 1;
    this.C = C;
    this.N = this.#isTurned ? 1 : N;
    this.L = this.#isTurned ? N * L : L;
    this.apart = this.N === 1 ? 0 : C * L;
  }

  read(x: Operand): number {
    return this.#m.contiguous(this.#isTurned ? channelsFirst(x) : x).address;
  }

  /** Calls `run` with where a result is to be written. */
  write(out: Operand, run: (address: number) => void): void {
    if (!this.#isTurned) {
      run(out.address);
      return;
    }
    const turned = channelsFirst(out);
    const rows = this.#m.temporary(out.dtype, turned.shape);
    run(rows.address);
    this.#m.copy(turned, rows);
  }
}

const channelsFirst = (x: Operand): Operand => permuted(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

const addressOf = (m: Machine, part: Operand | null): number => (part === null ? 0 : m.contiguous(part).address);

export const batchNorm = (
  m: Machine,
  y: Operand,
  means: Operand,
  variances: Operand,
  x: Operand,
  w: Operand | null,
  b: Operand | null,
  eps: number,
): boolean => {
  const kernel = m.kernel("batchNorm", y.dtype);
  if (kernel === undefined) return false;
  const channels = new Channels(m, x);
  const { C, N, L, apart } = channels;
  const bytes = itemSize[y.dtype];
  const [from, weight, bias] = [channels.read(x), addressOf(m, w), addressOf(m, b)];
  const [ofWeight, ofBias] = [w === null ? 0 : bytes, b === null ? 0 : bytes];
  channels.write(y, (to) => {
    m.run(kernel, [to, means.address, variances.address, from, weight, bias, C, N, L, apart, eps], {
      count: C,
      steps: [L * bytes, bytes, bytes, L * bytes, ofWeight, ofBias],
      counter: 6,
      cost: N * L * bytes * COST,
    });
  });
  return true;
};

export const batchNormBackward = (
  m: Machine,
  [dX, dW, dB]: readonly [Operand, Operand, Operand],
  dY: Operand,
  x: Operand,
  means: Operand,
  variances: Operand,
  w: Operand | null,
  eps: number,
): boolean => {
  const kernel = m.kernel("batchNormBackward", dX.dtype);
  if (kernel === undefined) return false;
  const channels = new Channels(m, x);
  const { C, N, L, apart } = channels;
  const bytes = itemSize[dX.dtype];
  const [d, from, weight] = [channels.read(dY), channels.read(x), addressOf(m, w)];
  channels.write(dX, (to) => {
    const args = [to, dW.address, dB.address, d, from, means.address, variances.address, weight, C, N, L, apart, eps];
    m.run(kernel, args, {
      count: C,
      steps: [L * bytes, bytes, bytes, L * bytes, L * bytes, bytes, bytes, w === null ? 0 : bytes],
      counter: 8,
      cost: 2 * N * L * bytes * COST,
    });
  });
  return true;
};
