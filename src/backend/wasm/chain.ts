import { itemSize } from "../dtype.js";

// Chains of elementwise kernels over the same elements, run tile by tile by kernels/chain.ts: what one writes is still in the cache
// when the next reads it. A chain lies in the heap as i32 words, so that every thread finds it.

/** Words before the first call, of a call, and of a call before its arguments, of which there is room for nine. */
const HEAD = 2;
const CALL = 20;
const CALL_HEAD = 2;
const MOST_ARGS = 9;

/** Bytes of a tile of one operand: those of a few calls fit in the first-level cache together. */
const TILE_BYTES = 16384;
/** Operands of fewer bytes stay in the cache anyway. */
const LEAST_BYTES = 4 * TILE_BYTES;
/** Calls of a chain at most. */
export const MOST_CALLS = 16;

/** One of the calls of a chain, over so many elements. */
export interface Link {
  /** Its place in the table of kernels. */
  readonly kernel: number;
  readonly args: readonly number[];
  readonly steps: readonly number[];
  readonly count: number;
}

const widest = ({ steps }: Link): number => Math.max(...steps);

/** Whether a call can be one of a chain, and its operands are large enough for that to save time. */
export const isLink = (link: Link): boolean =>
  (link.args.length === 3 || link.args.length === 9) && link.count * widest(link) >= LEAST_BYTES;

/** Bytes from `at` on that a call reads or writes by one of its arguments. What has no step may be a number that lies there. */
interface Stretch {
  readonly at: number;
  readonly step: number;
  readonly bytes: number;
  readonly isWritten: boolean;
}

const stretchesOf = ({ args, steps, count }: Link): readonly Stretch[] =>
  args.map((at, i) => {
    const step = steps[i] ?? 0;
    return { at, step, bytes: step === 0 ? 8 : step * count, isWritten: i === 0 };
  });

/** Whether two calls may go tile by tile: what one writes, the other touches at the same element or not at all. */
const areInStep = (a: Link, b: Link): boolean =>
  stretchesOf(a).every((one) =>
    stretchesOf(b).every((other) => {
      if (!one.isWritten && !other.isWritten) return true;
      if (one.at + one.bytes <= other.at || other.at + other.bytes <= one.at) return true;
      return one.at === other.at && one.step === other.step;
    }),
  );

/** Whether a call may follow the others in their chain. */
export const mayFollow = (chain: readonly Link[], next: Link): boolean =>
  chain.length < MOST_CALLS && chain.every((link) => link.count === next.count && areInStep(link, next));

/** A chain as it lies in the heap, but for the arguments. */
export const written = (chain: readonly Link[]): number[] => {
  const tile = Math.floor(TILE_BYTES / Math.max(...chain.map(widest)) / 64) * 64;
  const steps = (link: Link): number[] => Array.from({ length: MOST_ARGS }, (_, i) => link.steps[i] ?? 0);
  const none = new Array<number>(MOST_ARGS).fill(0);
  return [chain.length, tile, ...chain.flatMap((link) => [link.kernel, link.args.length, ...none, ...steps(link)])];
};

/** Bytes from a chain's start to the arguments of its i-th call. */
export const argumentsOf = (i: number): number => itemSize.int32 * (HEAD + i * CALL + CALL_HEAD);
