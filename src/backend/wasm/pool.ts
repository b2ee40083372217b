import type { Heap } from "../heap.js";
import { askedThreads, node, whyAlone } from "../threads.js";
import { source } from "./generated/worker.js";
import { SCRATCH_BYTES } from "./memory.js";
import { type Kernel, layout, made, openQueue, QUEUE_BYTES, type Queue } from "./queue.js";
import type { WorkerStart } from "./worker.js";

/** How a call falls into items that know nothing of each other, so that any thread may do any of them. */
export interface Items {
  readonly count: number;
  /** What each argument grows by from item to item. */
  readonly steps: readonly number[];
  /** The argument that says how many items a call does; without one, each item is a call. */
  readonly counter?: number;
  /** A part is a multiple of so many items: whole registers, cache lines, tiles. 1 if left out. */
  readonly tile?: number;
  /** Nanoseconds that one item takes on one thread, roughly; and those that each part takes besides, 0 if left out. */
  readonly cost: number;
  readonly overhead?: number;
  /** Items are elements: what has a step is an operand's, read or written at that element only; what has none is the same number for all. */
  readonly isElementwise?: boolean;
}

export interface PoolOptions {
  /** Threads to use, the caller included; asked before each job. */
  readonly threads: () => number;
  /** Nanoseconds of work from which on a call is shared out, and that a part should have at least. */
  readonly worth: number;
  /** How often a caller that waits looks up (every 100 ms) without a part done, before it gives a thread up. */
  readonly patience: number;
  /** Whether the caller leaves all parts to the others, so that a test knows who did them. */
  readonly isCallerIdle: boolean;
}

/** Raised when a thread failed or died in the middle of an op, whose result is then incomplete. */
export class ThreadError extends Error {
  override readonly name = "ThreadError";
}

/** What holds where nothing else is said. `worth`: a fork and join takes 1 to 3 µs where the workers are awake, and some 10 µs where one has to be woken. */
export const poolDefaults: PoolOptions = { threads: askedThreads, worth: 25_000, patience: 100, isCallerIdle: false };
/** Parts for each thread at most: one that was held up then takes fewer. */
const ROUNDS = 3;
/** What a thread has, that fewer rounds may leave it with: rounds are given up for no less. */
const LESS = 0.95;
/** A part's own work is at least so many times what is done besides. */
const OVERHEAD = 20;
/** How long workers and the caller look for news before they sleep. */
const WORKER_SPIN_MS = 0.2;
const CALLER_SPIN_MS = 0.05;
const LOOK_UP_MS = 100;

/** The word in front of a scratch that says that a worker has it. */
const LABEL_BYTES = 64;

/** A thread, as Node and pages have it. */
interface Thread {
  onFailure(tell: (error: Error) => void): void;
}

const startThread = (data: WorkerStart): Thread => {
  const threads = node?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    // Options of the process (loaders, inspectors) are not for a program of a few lines.
    const worker = new threads.Worker(source, { eval: true, workerData: data, execArgv: [], env: {} });
    worker.unref();
    return {
      onFailure: (tell) => {
        worker.on("error", tell);
        worker.on("exit", () => tell(new Error("it ended")));
      },
    };
  }
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.postMessage(data, []);
  return {
    onFailure: (tell) => {
      worker.addEventListener("error", ({ message }) => tell(new Error(message || "this page does not let it start")));
    },
  };
};

let isSaid = false;
/** In Node beside the output, in a page without alarm: most pages are not isolated, and compute well. */
const sayOnce = (text: string): void => {
  const say = node ? console.warn : console.info;
  if (!isSaid) say(`mytorch: computing on 1 thread: ${text}`);
  isSaid = true;
};

/**
 * Threads that work on one memory together with the caller.
 *
 * A job is a kernel, the arguments of its first item, and what they grow by. It falls into parts, which threads take as they come;
 * the caller takes parts like everyone, so nobody waits for a thread that has not started or was not woken. Threads are started by
 * the first job, kept until their number is changed, and never keep a process alive.
 */
export class Pool {
  /** Parts that workers did so far. */
  helped = 0;
  readonly #options: PoolOptions;
  readonly #heap: Heap;
  readonly #module: WebAssembly.Module;
  readonly #kernels: readonly Kernel[];
  readonly #indices = new Map<Kernel, number>();
  /** Addresses of all scratches that were ever made. */
  readonly #scratches: number[] = [];
  #queue: Queue | null = null;
  #workers = 0;
  #failure: string | null = null;

  constructor(heap: Heap, module: WebAssembly.Module, kernels: Readonly<Record<string, Kernel>>, options: PoolOptions) {
    this.#heap = heap;
    this.#module = module;
    this.#options = options;
    this.#kernels = Object.values(kernels);
    for (const [i, kernel] of this.#kernels.entries()) this.#indices.set(kernel, i);
  }

  /** Why there is one thread only, however many are asked for, or null where there can be more. */
  get whyAlone(): string | null {
    return this.#heap.isShared ? this.#failure : (whyAlone ?? "there is no room for a shared memory");
  }

  /** Threads that may take parts of a job, the caller included. */
  get threads(): number {
    return this.whyAlone === null ? this.#options.threads() : 1;
  }

  /** Runs a kernel over all items. @returns the first item that the kernel refused, or −1 where it took all */
  run(kernel: Kernel, args: number[], items: Items): number {
    const threads = this.isWorthSharing(items) ? this.#ready() : 1;
    if (threads === 1) return alone(kernel, args, items);
    // Rounds of one part a thread, as many as leave parts worth having.
    const least = Math.max(this.#options.worth, OVERHEAD * (items.overhead ?? 0));
    const rounds = Math.max(1, Math.min(ROUNDS, Math.floor((items.count * items.cost) / least / threads)));
    const tile = items.tile ?? 1;
    const size = sizeOf(items.count, tile, threads, rounds);
    // A last part of less than a tile is no part: kernels choose their ways by sizes, and the way must not depend on threads.
    const parts = Math.ceil((items.count - tile + 1) / size);
    if (parts < 2) return alone(kernel, args, items);
    return this.#share(this.#queue as Queue, kernel, args, items, size, parts);
  }

  /** A kernel's place in the table of kernels, which is the same on every thread. */
  placeOf(kernel: Kernel): number {
    return 1 + (this.#indices.get(kernel) as number);
  }

  /** Whether a call has work for more than one thread, however many there are. */
  isWorthSharing({ count, cost }: Items): boolean {
    return count > 1 && !this.isSmall(count * cost);
  }

  /** Whether so many nanoseconds of work are not worth a second thread. */
  isSmall(work: number): boolean {
    return work < this.#options.worth;
  }

  /** Starts and stops workers as the number of threads asks. @returns the number of threads */
  #ready(): number {
    const threads = this.#options.threads();
    if (threads - 1 === this.#workers) return threads;
    const why = this.whyAlone;
    if (why !== null) {
      if (threads > 1) sayOnce(why);
      return 1;
    }
    this.#stop();
    if (threads > 1) this.#start(threads - 1);
    return this.#workers + 1;
  }

  #start(count: number): void {
    try {
      const address = this.#heap.reserve(QUEUE_BYTES);
      const scratches = Array.from({ length: count }, () => this.#takeScratch());
      const { memory } = this.#heap;
      const queue = openQueue(memory.buffer, address, this.#kernels);
      queue.words.fill(0);
      this.#queue = queue;
      for (const [i, scratch] of scratches.entries()) {
        const thread = startThread({
          module: this.#module,
          memory,
          queue: address,
          scratch: scratch + LABEL_BYTES,
          taken: scratch / 4,
          spinMs: WORKER_SPIN_MS,
          index: i + 1,
          from: import.meta.url,
        });
        thread.onFailure((error) => {
          if (this.#queue === queue) this.#break(error.message);
        });
      }
      this.#workers = count;
    } catch (error) {
      this.#break(String(error));
    }
  }

  /** A scratch whose worker has left, or another. */
  #takeScratch(): number {
    const { i32 } = this.#heap;
    const free = this.#scratches.find((scratch) => Atomics.load(i32, scratch / 4) === 0);
    const scratch = free ?? this.#heap.reserve(LABEL_BYTES + SCRATCH_BYTES);
    if (free === undefined) this.#scratches.push(scratch);
    Atomics.store(this.#heap.i32, scratch / 4, 1);
    return scratch;
  }

  /** Tells the workers to leave. */
  #stop(): void {
    if (this.#queue) {
      const { words } = this.#queue;
      Atomics.store(words, layout.words.stop, 1);
      Atomics.add(words, layout.words.job, 1);
      Atomics.notify(words, layout.words.job);
    }
    this.#queue = null;
    this.#workers = 0;
  }

  /** Goes on with one thread for good. */
  #break(why: string): void {
    this.#stop();
    this.#failure = `a thread failed (${why})`;
    sayOnce(this.#failure);
  }

  #share(
    { words, numbers, takeParts }: Queue,
    kernel: Kernel,
    args: number[],
    items: Items,
    size: number,
    parts: number,
  ): number {
    if (args.length > layout.maxArgs)
      throw new ThreadError(`a kernel takes ${args.length} arguments; threads take ${layout.maxArgs} at most`);
    const at = layout.words;
    words[at.kernel] = this.#indices.get(kernel) as number;
    words[at.arity] = args.length;
    words[at.counter] = items.counter ?? -1;
    words[at.items] = items.count;
    words[at.size] = size;
    words[at.parts] = parts;
    words[at.refused] = items.count;
    words[at.failed] = 0;
    for (let i = 0; i < args.length; i++) {
      numbers[layout.args + i] = args[i] as number;
      numbers[layout.steps + i] = items.steps[i] ?? 0;
    }
    Atomics.store(words, at.pending, parts);
    Atomics.store(words, at.left, parts);
    Atomics.add(words, at.job, 1);
    if (Atomics.load(words, at.asleep) > 0) Atomics.notify(words, at.job, parts - 1);
    const start = performance.now();
    this.helped += parts - (this.#options.isCallerIdle ? 0 : takeParts());
    this.#join(words, performance.now() - start);
    if (words[at.failed] !== 0) throw new ThreadError(`a kernel failed: ${messageOf(words)}`);
    const refused = words[at.refused] as number;
    return refused < items.count ? refused : -1;
  }

  /** Waits until no part is pending: awake at first, then asleep where this thread may. `ownMs` is what the caller's parts took. */
  #join(words: Int32Array, ownMs: number): void {
    const { pending, callerSleeps } = layout.words;
    const until = performance.now() + CALLER_SPIN_MS;
    for (let turn = 1; Atomics.load(words, pending) > 0; turn++) {
      if (turn % 64 === 0 && performance.now() > until) break;
    }
    if (Atomics.load(words, pending) === 0) return;
    const patience = Math.max(this.#options.patience, (20 * ownMs) / LOOK_UP_MS);
    Atomics.store(words, callerSleeps, 1);
    let last = 0;
    for (let looks = 0, now = Atomics.load(words, pending); now > 0; now = Atomics.load(words, pending)) {
      if (now !== last) looks = 0;
      // Looks are counted, not time: a process that was stopped for a while has not waited.
      else if (++looks > patience) {
        this.#break("it no longer answers");
        throw new ThreadError(
          "a thread died in the middle of an op, whose result is incomplete; further ops run on one thread",
        );
      }
      last = now;
      wait(words, pending, now);
    }
    Atomics.store(words, callerSleeps, 0);
  }
}

/**
 * Items of a part, in up to so many rounds of one part a thread: in fewer of them where that leaves the thread with most a good deal
 * less, as 16 items on 2 threads do in 2 rounds of 4, for in 3 rounds of 3 one thread would have 9.
 */
const sizeOf = (count: number, tile: number, threads: number, most: number): number => {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let rounds = most; rounds > 0; rounds--) {
    const size = Math.ceil(count / (rounds * threads) / tile) * tile;
    const load = size * Math.ceil(count / size / threads);
    if (load < LESS * least) [best, least] = [size, load];
  }
  return best;
};

/** All items on this thread. */
export const alone = (kernel: Kernel, args: number[], { count, steps, counter }: Items): number => {
  if (counter !== undefined) return made(kernel, args) ?? -1;
  for (let item = 0; item < count; item++) {
    made(kernel, args);
    for (let i = 0; i < steps.length; i++) args[i] = (args[i] as number) + (steps[i] as number);
  }
  for (let i = 0; i < steps.length; i++) args[i] = (args[i] as number) - count * (steps[i] as number);
  return -1;
};

/** Sleeps until the word is no longer `value`, or for a moment. A page's main thread must not sleep: it looks again and again. */
const wait = (words: Int32Array, index: number, value: number): void => {
  if (canSleep) {
    Atomics.wait(words, index, value, LOOK_UP_MS);
    return;
  }
  const until = performance.now() + LOOK_UP_MS;
  while (Atomics.load(words, index) === value && performance.now() < until);
};

const canSleep = ((): boolean => {
  if (whyAlone !== null) return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
})();

const messageOf = (words: Int32Array): string =>
  String.fromCharCode(
    ...words.subarray(layout.words.message, layout.words.message + (words[layout.words.failed] as number)),
  );
