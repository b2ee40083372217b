import type { Tensor } from "../../tensor/tensor.js";
import type { Collated } from "../collate.js";
import { type Dataset, placeIn } from "../dataset.js";
import type { StartThread } from "./port.js";
import { type Exports, follow, importModule, type Made, type Recipe } from "./recipe.js";

/** Names of functions that the module exports. */
export interface WorkerDatasetNames {
  /** Makes the data set, or a promise of it, of the options. Default "default". */
  make?: string | undefined;
  /** Makes a batch of an array of samples, as DataLoader's `collateFn` does, which cannot cross to a worker. */
  collateFn?: string | undefined;
  /** Is called with a worker's number in each worker, after its generator was seeded and before its first sample. */
  workerInitFn?: string | undefined;
}

/** A module that a bundler has packed, and a worker's program that has it too. */
export interface WorkerModule {
  /** The module, as `import * as` gives it. */
  exports: Exports;
  /** Starts a worker whose file calls `data.serveWorker` with the same module. */
  worker: StartThread;
}

/** A data set that workers make for themselves; here it is the one that this thread made. */
export class WorkerDataset<Sample> implements Dataset<Sample> {
  /** @internal */
  readonly recipe: Recipe;
  /** @internal */
  readonly startThread: StartThread | null;
  /** The module's own way to make a batch. */
  readonly collateFn: ((samples: Sample[]) => unknown) | undefined;
  readonly gather?: (indices: Tensor) => Collated<Sample> | Promise<Collated<Sample>>;
  readonly #set: Dataset<Sample>;

  /** @internal */
  constructor(recipe: Recipe, startThread: StartThread | null, made: Made) {
    this.recipe = recipe;
    this.startThread = startThread;
    this.collateFn = made.collateFn;
    const set = made.dataset as Dataset<Sample>;
    this.#set = set;
    if (set.gather !== undefined) this.gather = (indices) => (set.gather as NonNullable<typeof set.gather>)(indices);
  }

  get length(): number {
    return this.#set.length;
  }

  get(index: number): Sample | Promise<Sample> {
    return this.#set.get(placeIn("WorkerDataset.get", index, this.length));
  }
}

/**
 * A data set for DataLoader's `numWorkers`: a function that a module exports makes it, here and in each worker. PyTorch sends the data
 * set itself to its workers; functions, and so data sets, cannot cross from thread to thread in JavaScript.
 *
 * @param module where the module is: a URL, so usually `new URL("./mySet.js", import.meta.url)`; or, in what a bundler packs, the
 *   module and what starts a worker that has it
 * @param options what the function is called with: anything that `postMessage` clones, and tensors
 * @throws what the module throws, and ValueError where it has no such function
 * @example
 * // pets.js: export default ({ dir }) => ({ length: 7390, get: async (i) => decode(await readFile(`${dir}/${i}.png`)) });
 * const pets = await data.workerDataset(new URL("./pets.js", import.meta.url), { dir: "pets" });
 * const loader = new data.DataLoader(pets, { batchSize: 32, shuffle: true, numWorkers: 2, persistentWorkers: true });
 * @example
 * import * as exports from "./pets.js"; // pets.worker.js: void data.serveWorker(the same)
 * const worker = () => new Worker(new URL("./pets.worker.js", import.meta.url), { type: "module" });
 * const pets = await data.workerDataset({ exports, worker }, { dir: "pets" });
 */
export const workerDataset = async <Sample = Tensor[]>(
  module: URL | string | WorkerModule,
  options?: unknown,
  { make = "default", collateFn, workerInitFn }: WorkerDatasetNames = {},
): Promise<WorkerDataset<Sample>> => {
  const names = { make, options, collateFn, workerInitFn };
  if (typeof module === "object" && "exports" in module) {
    const recipe = { module: null, ...names };
    return new WorkerDataset<Sample>(recipe, module.worker, await follow(recipe, module.exports));
  }
  const recipe = { module: String(module), ...names };
  return new WorkerDataset<Sample>(recipe, null, await follow(recipe, await importModule(recipe)));
};
