import { randomPermutation } from "../random/distributions.js";
import { defaultGenerator, Generator } from "../random/generator.js";
import { tensor } from "../tensor/create.js";
import { ValueError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Dataset } from "./dataset.js";

export interface DataLoaderOptions {
  /** Samples a batch. Default 1. */
  batchSize?: number | undefined;
  /** A new random order each time through. Default false. */
  shuffle?: boolean | undefined;
  /** Leave out the last batch when it is smaller. Default false. */
  dropLast?: boolean | undefined;
  /** Default: the one that manualSeed seeds. */
  generator?: Generator | undefined;
}

/** Yield to the event loop after so many bytes of batches, so that the memory of old ones comes back. */
const YIELD_BYTES = 4 * 2 ** 20;

/** Batches of a data set, in PyTorch's order for the same seed. @source torch.utils.data.DataLoader */
export class DataLoader {
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly #options: DataLoaderOptions;

  constructor(dataset: Dataset, options: DataLoaderOptions = {}) {
    const { batchSize = 1 } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new ValueError({ op: "DataLoader", problem: `batchSize is ${batchSize}`, rule: "an integer from 1 up" });
    if (dataset.length === 0) throw new ValueError({ op: "DataLoader", problem: "the data set is empty" });
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#options = options;
  }

  /** Number of batches. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.#options.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[Tensor, Tensor, ...Tensor[]]> {
    const order = this.#order();
    let bytes = 0;
    for (let i = 0; i < this.length; i++) {
      const batch = this.dataset.gather(tensor(order.slice(i * this.batchSize, (i + 1) * this.batchSize)));
      yield batch as [Tensor, Tensor, ...Tensor[]];
      bytes += batch.reduce((n, x) => n + x.storage.bytes, 0);
      if (bytes < YIELD_BYTES) continue;
      bytes = 0;
      await nextTask();
    }
  }

  #order(): Int32Array {
    const { shuffle = false, generator = defaultGenerator } = this.#options;
    // PyTorch draws a seed for workers at each start, used or not, then one for the order.
    generator.nextUint64();
    if (!shuffle) return Int32Array.from({ length: this.dataset.length }, (_, i) => i);
    if (this.#options.generator) return randomPermutation(this.dataset.length, generator);
    const seed = BigInt.asUintN(32, generator.nextUint64());
    return randomPermutation(this.dataset.length, new Generator(Number(seed)));
  }
}

const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
