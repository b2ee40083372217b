import { type Kernel, made } from "./queue.js";

/**
 * Elementwise kernels that go over the same elements, run tile by tile: what one writes is still in the first-level cache when the next
 * reads it. A chain lies in the heap, as float64 numbers, so that every thread finds it: how many calls, elements of a tile, then
 * for each call its kernel's place in the list of kernels, how many arguments, which of them counts elements, the arguments, and
 * what they grow by from element to element.
 */
const HEAD = 2;
const CALL_HEAD = 3;
const MOST_ARGS = 14;
const CALL = CALL_HEAD + 2 * MOST_ARGS;

/** Bytes of a tile of one operand: those of a few calls fit in the first-level cache together. */
const TILE_BYTES = 8192;
/** Operands of fewer bytes stay in the cache anyway. */
const LEAST_BYTES = 4 * TILE_BYTES;
/** Calls of a chain at most. */
export const MOST_CALLS = 16;

/** One of the calls of a chain, over so many elements. */
export interface Link {
  /** Its place in the list of kernels. */
  readonly kernel: number;
  readonly args: readonly number[];
  readonly steps: readonly number[];
  readonly counter: number;
  readonly count: number;
}

const widest = ({ steps }: Link): number => Math.max(...steps);

/** Whether a call can be one of a chain, and its operands are large enough for that to save time. */
export const isLink = (link: Link): boolean =>
  link.args.length <= MOST_ARGS && link.count * widest(link) >= LEAST_BYTES;

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
  const calls = chain.flatMap(({ kernel, args, steps, counter }) => {
    const pad = (values: readonly number[]): number[] => [...values, ...new Array(MOST_ARGS - values.length).fill(0)];
    return [kernel, args.length, counter, ...pad([]), ...pad(steps)];
  });
  return [chain.length, tile, ...calls];
};

/** Bytes from a chain's start to the arguments of its i-th call. */
export const argumentsOf = (i: number): number => 8 * (HEAD + i * CALL + CALL_HEAD);

/** The kernel chain(address, first, count) over a thread's kernels: runs elements from `first` on. */
export const chainKernel = (kernels: readonly Kernel[], memory: WebAssembly.Memory): Kernel => {
  let numbers = new Float64Array(memory.buffer);
  const args: number[] = [];
  const call = (at: number, first: number, count: number): void => {
    const arity = numbers[at + 1] as number;
    args.length = arity;
    for (let i = 0; i < arity; i++) {
      const own = at + CALL_HEAD + i;
      args[i] = (numbers[own] as number) + first * (numbers[own + MOST_ARGS] as number);
    }
    args[numbers[at + 2] as number] = count;
    made(kernels[numbers[at] as number] as Kernel, args);
  };
  return (address, first, count) => {
    // A memory that is not shared has another buffer when it has grown.
    if (numbers.buffer !== memory.buffer) numbers = new Float64Array(memory.buffer);
    const at = (address as number) / 8;
    const calls = numbers[at] as number;
    const tile = numbers[at + 1] as number;
    const end = (first as number) + (count as number);
    for (let from = first as number; from < end; ) {
      // A last tile of less than another is no tile: kernels choose their ways by sizes.
      const size = end - from < 2 * tile ? end - from : tile;
      for (let i = 0; i < calls; i++) call(at + HEAD + i * CALL, from, size);
      from += size;
    }
    return -1;
  };
};
