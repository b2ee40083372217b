import { manualSeed } from "../../random/generator.js";
import { MytorchError } from "../../tensor/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { setNumThreads } from "../../tensor/threads.js";
import type { Dataset } from "../dataset.js";
import { fetchBatch } from "../fetchBatch.js";
import { nextTask } from "../nextTask.js";
import type { FromWorker, PlainError, ToWorker } from "./messages.js";
import { pack, unpack } from "./parcel.js";
import { type Exports, follow, type Made, type Recipe } from "./recipe.js";
import { setWorkerInfo } from "./workerInfo.js";

type Send = (message: FromWorker, moved: ArrayBuffer[]) => void;

/** An error at a sample. */
class SampleFailure extends Error {
  readonly index: number;
  constructor(index: number, cause: unknown) {
    super("", { cause });
    this.index = index;
  }
}

/** The same data set, whose errors say the sample. */
const watched = (set: Dataset<unknown>): Dataset<unknown> => ({
  length: set.length,
  get: async (index) => {
    try {
      return await set.get(index);
    } catch (error) {
      throw new SampleFailure(index, error);
    }
  },
  ...(set.gather === undefined ? {} : { gather: (indices) => (set.gather as NonNullable<typeof set.gather>)(indices) }),
});

const plain = (error: unknown): PlainError =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: "Error", message: String(error), stack: undefined };

/** Gives back the memory of a batch that was packed. */
const dispose = (value: unknown): void => {
  if (value instanceof Tensor) value.dispose();
  else if (Array.isArray(value)) for (const part of value) dispose(part);
  else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) dispose(part);
};

/** Where a worker finds the module that a recipe means. */
type Load = (recipe: Recipe) => Exports | Promise<Exports>;

const makeSet = async (load: Load, { recipe, id, numWorkers, seed }: ToWorker & { kind: "start" }): Promise<Made> => {
  setNumThreads(1);
  manualSeed(seed);
  const made = await follow({ ...recipe, options: unpack(recipe.options) }, await load(recipe));
  setWorkerInfo({ id, numWorkers, seed, dataset: made.dataset });
  // Whatever making it drew: samples draw from the seed on.
  manualSeed(seed);
  await made.workerInitFn?.(id);
  return { ...made, dataset: watched(made.dataset) };
};

/** One batch after the other is made of what is asked for, until `end` ends this thread. */
const serve = (load: Load, send: Send, end: () => void): ((message: ToWorker) => void) => {
  let asked: (ToWorker & { kind: "fetch" })[] = [];
  let made: Promise<Made> | undefined;
  let isBusy = false;

  const fail = (batch: number | null, failure: unknown): void => {
    const isAtSample = failure instanceof SampleFailure;
    const error = plain(isAtSample ? failure.cause : failure);
    send({ kind: "failed", batch, index: isAtSample ? failure.index : null, error }, []);
  };

  const makeBatch = async ({ batch, indices }: ToWorker & { kind: "fetch" }): Promise<void> => {
    try {
      const { dataset, collateFn } = await (made as Promise<Made>);
      const value = await fetchBatch(dataset, collateFn, indices);
      const moved: ArrayBuffer[] = [];
      send({ kind: "batch", batch, packed: pack(value, moved) }, moved);
      dispose(value);
    } catch (error) {
      fail(batch, error);
    }
  };

  const work = async (): Promise<void> => {
    isBusy = true;
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      await makeBatch(next);
      // Messages come in between, and memory that is dead is given back.
      await nextTask();
    }
    isBusy = false;
  };

  return (message) => {
    if (message.kind === "end") end();
    else if (message.kind === "forget") asked = [];
    else if (message.kind === "fetch") {
      asked.push(message);
      if (!isBusy) void work();
    } else {
      made = makeSet(load, message);
      made.catch((error: unknown) => fail(null, error));
    }
  };
};

type NodeThreads = typeof import("node:worker_threads");

/** What a worker of a page is to itself. The compiler knows globalThis as a page's own or as Node's, never as a worker's. */
interface PageWorker {
  postMessage(message: FromWorker, moved: ArrayBuffer[]): void;
  close(): void;
}

const noWorker = (): MytorchError =>
  new MytorchError({
    op: "serveWorker",
    problem: "this is no worker",
    hint: "call it in a file of its own, which the `worker` of workerDataset() starts",
  });

/** Makes this thread a worker of a DataLoader, until it is ended. @throws MytorchError in a thread that is no worker */
export const serveFrom = async (load: Load): Promise<void> => {
  if (globalThis.process?.versions?.node !== undefined) {
    // Bundlers for pages do not follow a name that is no text.
    const name = "node:worker_threads";
    const { parentPort } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as NodeThreads;
    if (parentPort === null) throw noWorker();
    parentPort.on(
      "message",
      serve(
        load,
        (message, moved) => parentPort.postMessage(message, moved),
        () => process.exit(0),
      ),
    );
    return;
  }
  if ("document" in globalThis) throw noWorker();
  const page = globalThis as unknown as PageWorker;
  const receive = serve(
    load,
    (message, moved) => page.postMessage(message, moved),
    () => page.close(),
  );
  addEventListener("message", ({ data }: MessageEvent<ToWorker>) => receive(data));
  // A page is not told when a worker ends.
  const close = page.close.bind(page);
  page.close = () => {
    page.postMessage({ kind: "closed" }, []);
    close();
  };
};

/**
 * The program of a worker that a bundler packs: makes the data sets of a module, which a DataLoader asks for. Called once, in the
 * worker's own file.
 *
 * @param exported the module, as `import * as` gives it: the one that workerDataset() was given
 * @throws MytorchError (as a promise) in a thread that is no worker
 * @example
 * // pets.worker.js
 * import { data } from "mytorch";
 * import * as pets from "./pets.js";
 * void data.serveWorker(pets);
 */
export const serveWorker = (exported: Exports): Promise<void> => serveFrom(() => exported);
