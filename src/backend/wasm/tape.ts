import { type DType, itemSize } from "../dtype.js";
import type { Heap } from "../heap.js";
import type { Tape } from "../tape.js";
import { argumentsOf, isLink, type Link, mayFollow, written } from "./chain.js";
import type { Items, Pool } from "./pool.js";
import type { Kernel } from "./queue.js";

/**
 * Where memory lies that has no place yet: below 0, so far from every size and so far apart that each number of a call says of itself
 * which memory it means, if any.
 */
const FAR = -(2 ** 40);
const CONSTANTS = FAR;
const TEMPORARIES = 2 * FAR;
const FIRST_ARGUMENT = 3 * FAR;
/** Constants and temporaries start at multiples of this, as blocks of the heap. */
const ALIGN = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** Thrown where JavaScript is about to touch elements while calls are noted: what it reads there is not what a later run has there. */
export class TouchesElements extends Error {}

/** A kernel call: `make` makes it on its numbers as they were at the last `renew`. */
interface Call {
  readonly numbers: number[];
  readonly make: () => unknown;
  readonly renew: () => void;
}

/** A call that may be one of a chain. */
interface Part {
  readonly call: Call;
  readonly link: Link;
  readonly cost: number;
}

/** A number of a call that means memory which may move. */
interface Place {
  readonly call: Call;
  readonly position: number;
  readonly offset: number;
}

/** Kernel calls with their final numbers, noted in the place of being made: see the contract. */
export class CallTape implements Tape {
  readonly #heap: Heap;
  readonly #pool: Pool;
  readonly #chain: Kernel;
  /** Has `run` note its calls here. */
  readonly #noting: (tape: CallTape, run: () => void) => void;
  readonly #calls: Call[] = [];
  /** Calls that may be made tile by tile, by what makes them. */
  readonly #parts = new Map<() => unknown, Part>();
  readonly #constants: { readonly dtype: DType; readonly values: readonly number[]; readonly offset: number }[] = [];
  readonly #places = new Map<number, Place[]>();
  readonly #addresses = new Map<number, number>();
  readonly #conditions = new Map<object, () => boolean>();
  #constantBytes = 0;
  /** Bytes of temporaries: of the call that is noted now, and of the one that needs most. They share their memory. */
  #taken = 0;
  #temporaryBytes = 0;

  constructor(heap: Heap, pool: Pool, chain: Kernel, noting: (tape: CallTape, run: () => void) => void) {
    this.#heap = heap;
    this.#pool = pool;
    this.#chain = chain;
    this.#noting = noting;
  }

  note(run: () => void): readonly (() => unknown)[] | null {
    const first = this.#calls.length;
    try {
      this.#noting(this, run);
    } catch (error) {
      if (!(error instanceof TouchesElements)) throw error;
      this.#calls.length = first;
      return null;
    }
    return this.#calls.slice(first).map(({ make }) => make);
  }

  chained(steps: readonly (() => unknown)[]): (() => unknown)[] {
    const result: (() => unknown)[] = [];
    let chain: Part[] = [];
    const close = (): void => {
      result.push(...(chain.length > 1 ? [this.#joined(chain)] : chain.map(({ call }) => call.make)));
      chain = [];
    };
    for (const step of steps) {
      const part = this.#parts.get(step);
      const follows =
        part !== undefined &&
        mayFollow(
          chain.map(({ link }) => link),
          part.link,
        );
      if (!follows) close();
      if (part === undefined) result.push(step);
      else chain.push(part);
    }
    close();
    return result;
  }

  argument(i: number): number {
    return FIRST_ARGUMENT + i * FAR;
  }

  get bytes(): number {
    return aligned(this.#constantBytes) + this.#temporaryBytes;
  }

  place(address: number): void {
    for (const call of this.#calls)
      call.numbers.forEach((number, position) => {
        if (number > FAR / 2) return;
        const memory = Math.round(number / FAR) * FAR;
        const places = this.#places.get(memory) ?? [];
        places.push({ call, position, offset: number - memory });
        this.#places.set(memory, places);
      });
    this.#move(CONSTANTS, address);
    this.#move(TEMPORARIES, address + aligned(this.#constantBytes));
    for (const { dtype, values, offset } of this.#constants)
      this.#heap.array(dtype).set(values, (address + offset) / itemSize[dtype]);
    for (const { renew } of this.#calls) renew();
  }

  bind(i: number, address: number): void {
    this.#move(FIRST_ARGUMENT + i * FAR, address);
  }

  holds(): boolean {
    for (const isSo of this.#conditions.values()) if (!isSo()) return false;
    return true;
  }

  #move(memory: number, address: number): void {
    if (this.#addresses.get(memory) === address) return;
    this.#addresses.set(memory, address);
    const places = this.#places.get(memory) ?? [];
    for (const { call, position, offset } of places) call.numbers[position] = address + offset;
    for (const { call } of places) call.renew();
  }

  // --- what the machine notes ---------------------------------------------------------------------------------

  /** A kernel call over items. */
  add(kernel: Kernel, args: readonly number[], items: Items): void {
    const call = this.#added(kernel, args, items);
    const { count, steps, cost, isElementwise } = items;
    if (isElementwise !== true) return;
    const link = { kernel: this.#pool.placeOf(kernel), args: call.numbers, steps, count };
    if (isLink(link)) this.#parts.set(call.make, { link, call, cost });
  }

  #added(kernel: Kernel, args: readonly number[], items: Items): Call {
    const numbers = [...args];
    const isOne = items.counter !== undefined || items.count === 1;
    const call =
      isOne && !this.#pool.isWorthSharing(items)
        ? directCall(kernel, numbers)
        : otherCall(numbers, () => this.#pool.run(kernel, numbers, items));
    this.#calls.push(call);
    return call;
  }

  /** Calls that may be made tile by tile as one, which finds their numbers in the heap. */
  #joined(parts: readonly Part[]): () => unknown {
    const [{ link }] = parts as readonly [Part];
    const cost = parts.reduce((sum, part) => sum + part.cost, 0);
    const numbers = [this.constant("int32", written(parts.map((part) => part.link))), 0, link.count];
    const chain = this.#added(this.#chain, numbers, { count: link.count, steps: [0, 1], counter: 2, tile: 64, cost });
    for (const [i, { call }] of parts.entries()) {
      const renew = (): void =>
        this.#heap.i32.set(call.numbers, ((chain.numbers[0] as number) + argumentsOf(i)) / itemSize.int32);
      this.#calls[this.#calls.indexOf(call)] = { ...call, renew };
    }
    return chain.make;
  }

  /** A call of something else than a kernel alone. */
  addCall(args: readonly number[], make: (numbers: number[]) => unknown): void {
    const numbers = [...args];
    this.#calls.push(otherCall(numbers, () => make(numbers)));
  }

  /** Numbers that a kernel reads as elements, the same each time. @returns their address */
  constant(dtype: DType, values: readonly number[]): number {
    const offset = this.#constantBytes;
    this.#constants.push({ dtype, values, offset });
    this.#constantBytes = aligned(offset + values.length * itemSize[dtype]);
    return CONSTANTS + offset;
  }

  /** Room for a result in between, until `release`. @returns its address */
  temporary(bytes: number): number {
    const offset = this.#taken;
    this.#taken = aligned(offset + bytes);
    this.#temporaryBytes = Math.max(this.#temporaryBytes, this.#taken);
    return TEMPORARIES + offset;
  }

  release(): void {
    this.#taken = 0;
  }

  /** The calls are right only while this holds of `subject`; one condition of each is enough. */
  assumes(subject: object, isSo: () => boolean): void {
    this.#conditions.set(subject, isSo);
  }
}

const otherCall = (numbers: number[], make: () => unknown): Call => ({ numbers, make, renew: () => undefined });

type Four = [number, number, number, number];
type Nine = [...Four, ...Four, number];
type Fourteen = [...Nine, ...Four, number];

/** Written out by length: calling with a list costs more than some kernels. A kernel does not mind arguments beyond its own. */
const directCall = (kernel: Kernel, numbers: number[]): Call => {
  if (numbers.length <= 4) {
    let [a, b, c, d] = numbers as Four;
    const renew = (): void => {
      [a, b, c, d] = numbers as Four;
    };
    return { numbers, make: () => kernel(a, b, c, d), renew };
  }
  if (numbers.length <= 9) {
    let [a, b, c, d, e, f, g, h, i] = numbers as Nine;
    const renew = (): void => {
      [a, b, c, d, e, f, g, h, i] = numbers as Nine;
    };
    return { numbers, make: () => kernel(a, b, c, d, e, f, g, h, i), renew };
  }
  if (numbers.length <= 14) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = numbers as Fourteen;
    const renew = (): void => {
      [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = numbers as Fourteen;
    };
    return { numbers, make: () => kernel(a, b, c, d, e, f, g, h, i, j, k, l, m, n), renew };
  }
  return { numbers, make: () => kernel(...numbers), renew: () => undefined };
};
