import type { NodeProcess } from "../threads.js";

/**
 * Where the words and numbers of a queue lie, from its address on. Words that different threads write lie in cache lines of
 * their own.
 */
export interface QueueLayout {
  /** i32 words. */
  readonly words: {
    /** Counts the jobs: workers wait for it to change. */
    readonly job: number;
    /** 1 where workers shall leave. */
    readonly stop: number;
    /** Parts that nobody has taken; below 0 when late workers have looked for one. */
    readonly left: number;
    /** Parts that are not done. */
    readonly pending: number;
    /** Workers that sleep. */
    readonly asleep: number;
    /** 1 where the caller sleeps until no part is pending. */
    readonly callerSleeps: number;
    /** The least item that a kernel refused. */
    readonly refused: number;
    /** Characters of the message of a kernel that failed, 0 where none did. */
    readonly failed: number;
    // The job: which kernel, how many arguments, which of them counts items (−1: none), items in all, items in a
    // part, and parts: the last has what is left.
    readonly kernel: number;
    readonly arity: number;
    readonly counter: number;
    readonly items: number;
    readonly size: number;
    readonly parts: number;
    /** The message, one character a word. */
    readonly message: number;
  };
  /** f64 numbers: the arguments of item 0, and what each grows by from item to item. */
  readonly args: number;
  readonly steps: number;
  readonly maxArgs: number;
  readonly maxMessage: number;
}

/** What a worker starts from. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: QueueLayout;
  /** Addresses of the queue and of this worker's scratch. */
  readonly queue: number;
  readonly scratch: number;
  /** The word that says that the scratch is taken, an index of i32. */
  readonly taken: number;
  readonly spinMs: number;
}

type AnyKernel = (...numbers: number[]) => number | undefined;

/** All that threads do with a queue. */
export interface Queue {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  /** Takes parts of the job, and works on them, until none is left. @returns how many it took */
  takeParts(): number;
  /** What a worker does until it is told to stop. */
  serve(spinMs: number): void;
}

/**
 * The queue of a pool, as each of its threads sees it. A part is taken before anything of the job is read: as long as a part is
 * pending, the caller writes no other job.
 *
 * Workers are made from this function's source, so it refers to nothing outside of itself.
 */
export const openQueue = (
  buffer: ArrayBufferLike,
  address: number,
  layout: QueueLayout,
  kernels: readonly AnyKernel[],
): Queue => {
  const at = layout.words;
  const words = new Int32Array(buffer, address, at.message + layout.maxMessage);
  const numbers = new Float64Array(buffer, address, layout.steps + layout.maxArgs);

  const refuse = (item: number): void => {
    let least = Atomics.load(words, at.refused);
    while (item < least) {
      const held = Atomics.compareExchange(words, at.refused, least, item);
      if (held === least) return;
      least = held;
    }
  };

  const run = (part: number): void => {
    const kernel = kernels[words[at.kernel] as number] as AnyKernel;
    const size = words[at.size] as number;
    const arity = words[at.arity] as number;
    const counter = words[at.counter] as number;
    const first = part * size;
    const end = part === (words[at.parts] as number) - 1 ? (words[at.items] as number) : first + size;
    const args: number[] = [];
    for (let i = 0; i < arity; i++)
      args.push((numbers[layout.args + i] as number) + first * (numbers[layout.steps + i] as number));
    if (counter >= 0) {
      args[counter] = end - first;
      const refused = kernel(...args);
      if (refused !== undefined && refused >= 0) refuse(first + refused);
      return;
    }
    for (let item = first; item < end; item++) {
      kernel(...args);
      for (let i = 0; i < arity; i++) args[i] = (args[i] as number) + (numbers[layout.steps + i] as number);
    }
  };

  const report = (error: unknown): void => {
    const text = String(error).slice(0, layout.maxMessage);
    for (let i = 0; i < text.length; i++) words[at.message + i] = text.charCodeAt(i);
    Atomics.store(words, at.failed, text.length);
  };

  const takeParts = (): number => {
    for (let taken = 0; ; taken++) {
      const part = Atomics.sub(words, at.left, 1) - 1;
      if (part < 0) return taken;
      try {
        run(part);
      } catch (error) {
        report(error);
      }
      const isLast = Atomics.sub(words, at.pending, 1) === 1;
      if (isLast && Atomics.load(words, at.callerSleeps) === 1) Atomics.notify(words, at.pending);
    }
  };

  /** Waits for another job than `seen`: awake for a while, since most jobs follow each other closely, then asleep. */
  const waitForJob = (seen: number, spinMs: number): void => {
    const until = performance.now() + spinMs;
    for (let turn = 1; Atomics.load(words, at.job) === seen; turn++) {
      if (turn % 64 !== 0 || performance.now() < until) continue;
      Atomics.add(words, at.asleep, 1);
      Atomics.wait(words, at.job, seen);
      Atomics.sub(words, at.asleep, 1);
    }
  };

  const serve = (spinMs: number): void => {
    while (Atomics.load(words, at.stop) === 0) {
      const seen = Atomics.load(words, at.job);
      takeParts();
      waitForJob(seen, spinMs);
    }
  };

  return { words, numbers, takeParts, serve };
};

/** A worker's program, a script of its own. */
const startWorker = (open: typeof openQueue): void => {
  const start = ({ module, memory, layout, queue, scratch, taken, spinMs }: WorkerStart): void => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    (exports["useScratch"] as AnyKernel)(scratch);
    const kernels = Object.values(exports).filter((value) => typeof value === "function") as AnyKernel[];
    open(memory.buffer, queue, layout, kernels).serve(spinMs);
    Atomics.store(new Int32Array(memory.buffer), taken, 0);
  };
  // Not by `require`: bundlers put a function of their own in its place.
  const threads = (globalThis.process as NodeProcess | undefined)?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    start(threads.workerData as WorkerStart);
    return;
  }
  addEventListener("message", ({ data }: MessageEvent<WorkerStart>) => {
    start(data);
    close();
  });
};

/** The program as text: Node and pages make workers of it, and no bundler has to know of a file. */
export const workerSource = (): string => `"use strict"; (${String(startWorker)})(${String(openQueue)});`;
