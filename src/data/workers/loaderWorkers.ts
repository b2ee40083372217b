import { ValueError } from "../../tensor/errors.js";
import { placeIn } from "../dataset.js";
import { Subset } from "../subset.js";
import type { StartThread } from "./port.js";
import type { Recipe } from "./recipe.js";
import { WorkerDataset } from "./workerDataset.js";
import { WorkerPool } from "./workerPool.js";

/** The data set that workers make, and where in it a sample lies. */
interface Source {
  readonly recipe: Recipe;
  readonly startThread: StartThread | null;
  place(index: number): number;
}

/** @throws ValueError for a data set that a worker cannot make */
const sourceOf = (dataset: unknown): Source => {
  if (dataset instanceof WorkerDataset)
    return {
      recipe: dataset.recipe,
      startThread: dataset.startThread,
      place: (i) => placeIn("DataLoader", i, dataset.length),
    };
  if (dataset instanceof Subset) {
    const { place, ...source } = sourceOf(dataset.dataset);
    const places = dataset.indices.toTypedArray();
    return { ...source, place: (i) => place(places[placeIn("DataLoader", i, places.length)] as number) };
  }
  throw new ValueError({
    op: "DataLoader",
    problem: "the workers cannot make this data set: functions do not cross from thread to thread",
    rule: "with numWorkers, a data set of workerDataset(), or a Subset of one",
    hint: "export a function that makes it from a module, and give that: await data.workerDataset(new URL('./mySet.js', import.meta.url))",
  });
};

export interface LoaderWorkersOptions {
  readonly numWorkers: number;
  readonly prefetchFactor: number;
  readonly persistentWorkers?: boolean | undefined;
  readonly timeout?: number | undefined;
}

/** Stops the workers of loaders that are garbage. */
const abandoned = new FinalizationRegistry<{ pool: WorkerPool | null }>(({ pool }) => void pool?.stop());

/** The workers of a DataLoader, from one time through to the next. */
export class LoaderWorkers {
  readonly #source: Source;
  readonly #options: LoaderWorkersOptions;
  /** Workers that rest until the next time through. */
  readonly #resting: { pool: WorkerPool | null } = { pool: null };

  /** @throws ValueError for a data set that a worker cannot make, or a timeout below 0 */
  constructor(dataset: unknown, options: LoaderWorkersOptions) {
    const { timeout = 0, persistentWorkers = false } = options;
    if (!(timeout >= 0)) throw new ValueError({ op: "DataLoader", problem: `timeout is ${timeout}`, rule: "seconds" });
    this.#source = sourceOf(dataset);
    this.#options = options;
    if (persistentWorkers) abandoned.register(this, this.#resting);
  }

  /**
   * The batches of these samples, in order. At most `prefetchFactor` for each worker are made or waiting at a time.
   *
   * @param seed of this start; workers that rest keep the generators that they have, as in PyTorch
   */
  async *batches(order: Iterable<readonly number[]>, seed: number): AsyncGenerator<unknown, void> {
    const { numWorkers, prefetchFactor, timeout = 0 } = this.#options;
    const { recipe, startThread, place } = this.#source;
    const pool = this.#takeResting() ?? (await WorkerPool.start(recipe, startThread, numWorkers, seed));
    const indices = order[Symbol.iterator]();
    const ahead: Promise<unknown>[] = [];
    const fill = (): void => {
      while (ahead.length < prefetchFactor * numWorkers) {
        const next = indices.next();
        if (next.done === true) return;
        const batch = pool.fetch(next.value.map(place));
        // Whoever comes to this batch sees its error; nobody has to.
        batch.catch(() => undefined);
        ahead.push(batch);
      }
    };
    try {
      fill();
      for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
        const batch = await pool.wait(next, timeout);
        fill();
        yield batch;
      }
    } finally {
      indices.return?.();
      await this.#release(pool);
    }
  }

  #takeResting(): WorkerPool | null {
    const { pool } = this.#resting;
    this.#resting.pool = null;
    if (pool?.isAlive === true) return pool;
    void pool?.stop();
    return null;
  }

  async #release(pool: WorkerPool): Promise<void> {
    if (this.#options.persistentWorkers === true && pool.isAlive && this.#resting.pool === null) {
      pool.park();
      this.#resting.pool = pool;
    } else await pool.stop();
  }
}
