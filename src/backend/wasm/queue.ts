/** A compiled kernel. Addresses are in bytes; sizes and strides in elements unless its source says otherwise. */
export type Kernel = (...numbers: number[]) => number;

type Four = readonly [number, number, number, number];
type Nine = readonly [...Four, ...Four, number];
type Twelve = readonly [...Four, ...Four, ...Four];

/** A call with its arguments written out: a list of them costs more than some kernels. A kernel does not mind more than its own. */
export const made = (kernel: Kernel, args: readonly number[]): number => {
  if (args.length <= 4) {
    const a = args as Four;
    return kernel(a[0], a[1], a[2], a[3]);
  }
  if (args.length <= 9) {
    const a = args as Nine;
    return kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
  }
  if (args.length <= 12) {
    const a = args as Twelve;
    return kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
  }
  return kernel(...args);
};

/**
 * Where the words and numbers of a queue lie, from its address on. Words that different threads write lie in cache lines of
 * their own, 16 words each.
 */
export const layout = {
  /** i32 words. */
  words: {
    /** Counts the jobs: workers wait for it to change. */
    job: 0,
    /** 1 where workers shall leave. */
    stop: 1,
    /** Parts that nobody has taken; below 0 when late workers have looked for one. */
    left: 16,
    /** Parts that are not done. */
    pending: 32,
    /** Workers that sleep. */
    asleep: 48,
    /** 1 where the caller sleeps until no part is pending. */
    callerSleeps: 64,
    /** The least item that a kernel refused. */
    refused: 80,
    /** Characters of the message of a kernel that failed, 0 where none did. */
    failed: 81,
    // The job: which kernel, how many arguments, which of them counts items (−1: none), items in all, items in a
    // part, and parts: the last has what is left.
    kernel: 96,
    arity: 97,
    counter: 98,
    items: 99,
    size: 100,
    parts: 101,
    /** The message, one character a word. */
    message: 112,
  },
  /** f64 numbers: the arguments of item 0, and what each grows by from item to item. */
  args: 256,
  steps: 296,
  maxArgs: 40,
  maxMessage: 200,
} as const;
export const QUEUE_BYTES = 8 * (layout.steps + layout.maxArgs);

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
 */
export const openQueue = (buffer: ArrayBufferLike, address: number, kernels: readonly Kernel[]): Queue => {
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
    const kernel = kernels[words[at.kernel] as number] as Kernel;
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
      const refused = made(kernel, args);
      if (refused !== undefined && refused >= 0) refuse(first + refused);
      return;
    }
    for (let item = first; item < end; item++) {
      made(kernel, args);
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
