import { defaultGenerator, type Generator } from "../random/generator.js";
import { ValueError } from "../tensor/errors.js";
import { memoryStats } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Collated, defaultCollate } from "./collate.js";
import { asDataset, type Dataset } from "./dataset.js";
import { fetchBatch } from "./fetchBatch.js";
import { nextTask } from "./nextTask.js";
import { BatchSampler, checkInteger, RandomSampler, type Sampler, SequentialSampler } from "./samplers.js";
import { LoaderWorkers } from "./workers/loaderWorkers.js";
import { WorkerDataset } from "./workers/workerDataset.js";

export interface DataLoaderOptions<Sample = Tensor[], Batch = Collated<Sample>> {
  /** Samples a batch. Default 1. */
  batchSize?: number | undefined;
  /** A new random order each time through. Default false. */
  shuffle?: boolean | undefined;
  /** The numbers of samples in the order that is wanted, in the place of `shuffle`. */
  sampler?: Sampler | (Iterable<number> & { readonly length: number }) | undefined;
  /** The numbers of each batch, in the place of batchSize, shuffle, sampler and dropLast. */
  batchSampler?: (Iterable<readonly number[]> & { readonly length: number }) | undefined;
  /** Makes a batch of samples, one by one from `get`. Default: `gather` where the data set has it, else defaultCollate. */
  collateFn?: ((samples: Sample[]) => Batch | Promise<Batch>) | undefined;
  /** Leave out the last batch when it is smaller. Default false. */
  dropLast?: boolean | undefined;
  /**
   * Workers that make the batches, in the place of this thread. The data set must be one that they can make for themselves: see
   * `workerDataset`. The order of batches does not depend on their number. Default 0: none.
   */
  numWorkers?: number | undefined;
  /**
   * Batches that are prepared ahead while one is worked on. Without workers that helps where samples are waited for (files, the
   * network); work on them takes the time that it takes: default 0. With workers, so many for each: default 2.
   */
  prefetchFactor?: number | undefined;
  /** Keep the workers, with the data sets that they made, from one time through to the next. Default false. */
  persistentWorkers?: boolean | undefined;
  /** How long to wait for a batch of the workers at most. 0, the default, is for as long as it takes. @units s */
  timeout?: number | undefined;
  /** Default: the one that manualSeed seeds. */
  generator?: Generator | undefined;
}

/** Samples one after the other, of which nobody knows the numbers: lines of a file, say. @source torch.utils.data.IterableDataset */
export type IterableDataset<Sample> = Iterable<Sample> | AsyncIterable<Sample>;

/** When tensors take so many bytes more, it is time for the event loop, which gives back the memory of those that are dead. */
const YIELD_BYTES = 4 * 2 ** 20;

/**
 * Batches of a data set, in PyTorch's order for the same seed. Data sets are those with `get` and a length, arrays of samples, and
 * whatever `for await` walks.
 *
 * @throws ValueError for options that exclude each other
 * @source torch.utils.data.DataLoader
 */
export class DataLoader<Sample, Batch = Collated<Sample>> {
  readonly dataset: Dataset<Sample> | readonly Sample[] | IterableDataset<Sample>;
  readonly batchSize: number;
  readonly #options: DataLoaderOptions<Sample, Batch>;
  /** The numbers of each batch; null where samples have none. */
  readonly #batchSampler: (Iterable<readonly number[]> & { readonly length: number }) | null;
  readonly #workers: LoaderWorkers | null;

  constructor(
    dataset: Dataset<Sample> | readonly Sample[] | IterableDataset<Sample>,
    options: DataLoaderOptions<Sample, Batch> = {},
  ) {
    const { batchSize = 1, numWorkers = 0, prefetchFactor = numWorkers > 0 ? 2 : 0 } = options;
    checkInteger("DataLoader", "batchSize", batchSize, 1);
    checkInteger("DataLoader", "numWorkers", numWorkers, 0);
    checkInteger("DataLoader", "prefetchFactor", prefetchFactor, numWorkers > 0 ? 1 : 0);
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#options = options;
    this.#batchSampler = samplerOf(dataset, options);
    this.#workers = numWorkers === 0 ? null : new LoaderWorkers(dataset, { ...options, numWorkers, prefetchFactor });
    if (numWorkers === 0 && (options.persistentWorkers === true || options.timeout !== undefined))
      refuse("persistentWorkers and timeout are for workers", "say how many: { numWorkers: 2 }");
    if (numWorkers > 0 && options.collateFn !== undefined)
      refuse(
        "a collateFn does not cross to workers",
        "export it from the module of the data set, and name it: workerDataset(module, options, { collateFn: 'myCollate' })",
      );
  }

  /** Number of batches. @throws ValueError for a data set of unknown length */
  get length(): number {
    if (this.#batchSampler !== null) return this.#batchSampler.length;
    throw new ValueError({ op: "DataLoader.length", problem: "nobody knows how many samples an iterable gives" });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void> {
    // PyTorch draws a seed for workers at each start, used or not.
    const seed = (this.#options.generator ?? defaultGenerator).nextUint64();
    let before = memoryStats().inUse;
    for await (const batch of this.#source(Number(BigInt.asUintN(32, seed)))) {
      yield batch;
      if (memoryStats().inUse < before + YIELD_BYTES) continue;
      await nextTask();
      before = memoryStats().inUse;
    }
  }

  /** @param seed what workers start from */
  #source(seed: number): AsyncGenerator<Batch, void> {
    if (this.#workers === null) return this.#prefetched();
    const order = this.#batchSampler as Iterable<readonly number[]>;
    return this.#workers.batches(order, seed) as AsyncGenerator<Batch, void>;
  }

  async *#prefetched(): AsyncGenerator<Batch, void> {
    const source = this.#batches();
    const ahead: Promise<IteratorResult<Batch, void>>[] = [];
    try {
      for (;;) {
        while (ahead.length <= (this.#options.prefetchFactor ?? 0)) {
          const next = source.next();
          // Whoever comes to this batch sees its error; nobody has to.
          next.catch(() => undefined);
          ahead.push(next);
        }
        const { done, value } = (await ahead.shift()) as IteratorResult<Batch, void>;
        if (done) return;
        yield value;
      }
    } finally {
      await source.return();
    }
  }

  async *#batches(): AsyncGenerator<Batch, void> {
    if (this.#batchSampler !== null) {
      for (const indices of this.#batchSampler) yield await this.#fetch(indices);
      return;
    }
    let samples: Sample[] = [];
    for await (const sample of this.dataset as IterableDataset<Sample>) {
      samples.push(sample);
      if (samples.length < this.batchSize) continue;
      yield await this.#collated(samples);
      samples = [];
    }
    if (samples.length > 0 && this.#options.dropLast !== true) yield await this.#collated(samples);
  }

  async #fetch(indices: readonly number[]): Promise<Batch> {
    const set = asDataset(this.dataset as Dataset<Sample> | readonly Sample[]);
    const ownCollate = set instanceof WorkerDataset ? set.collateFn : undefined;
    return (await fetchBatch(set, this.#options.collateFn ?? ownCollate, indices)) as Batch;
  }

  #collated(samples: Sample[]): Batch | Promise<Batch> {
    const { collateFn } = this.#options;
    return collateFn === undefined ? (defaultCollate(samples) as Batch) : collateFn(samples);
  }
}

const refuse = (problem: string, hint?: string): never => {
  throw new ValueError({ op: "DataLoader", problem, hint });
};

/** What gives the numbers of each batch. @throws ValueError for options that exclude each other */
const samplerOf = <Sample, Batch>(
  dataset: Dataset<Sample> | readonly Sample[] | IterableDataset<Sample>,
  {
    batchSize = 1,
    shuffle = false,
    sampler,
    batchSampler,
    dropLast = false,
    generator,
  }: DataLoaderOptions<Sample, Batch>,
): (Iterable<readonly number[]> & { readonly length: number }) | null => {
  const hasNumbers = Array.isArray(dataset) || "get" in dataset;
  if (!hasNumbers) {
    if (!(Symbol.asyncIterator in dataset) && !(Symbol.iterator in dataset))
      refuse("this is no data set", "give what has get(index) and a length, an array, or an iterable");
    if (shuffle || sampler !== undefined || batchSampler !== undefined)
      refuse("an iterable comes in its own order", "shuffle, sampler and batchSampler are for data sets with numbers");
    return null;
  }
  if (batchSampler !== undefined) {
    if (batchSize !== 1 || shuffle || sampler !== undefined || dropLast)
      refuse("batchSampler decides alone", "leave out batchSize, shuffle, sampler and dropLast");
    return batchSampler;
  }
  if (sampler !== undefined && shuffle) refuse("sampler and shuffle both say the order", "give one of them");
  const set = dataset as Dataset<Sample> | readonly Sample[];
  if (set.length === 0) refuse("the data set is empty");
  const order = sampler ?? (shuffle ? new RandomSampler(set, { generator }) : new SequentialSampler(set));
  return new BatchSampler(order, batchSize, { dropLast });
};
