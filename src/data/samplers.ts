import { multinomial } from "../ops/random/draw.js";
import { fillRandint, randomPermutation } from "../random/distributions.js";
import { defaultGenerator, Generator } from "../random/generator.js";
import { tensor } from "../tensor/create.js";
import { ValueError } from "../tensor/errors.js";

/** Gives the numbers of samples in an order of its own, anew each time it is walked. */
export interface Sampler<T = number> extends Iterable<T> {
  /** How many it gives. */
  readonly length: number;
}

/** Anything whose length is known. */
export interface Sized {
  readonly length: number;
}

/** @throws ValueError unless `value` is an integer from `low` up */
export const checkInteger = (op: string, name: string, value: number, low: number): void => {
  if (Number.isInteger(value) && value >= low) return;
  throw new ValueError({ op, problem: `${name} is ${value}`, rule: `an integer from ${low} up` });
};

type Numbers = globalThis.Generator<number, void>;

/** 0, 1, 2, … @source torch.utils.data.SequentialSampler */
export class SequentialSampler implements Sampler {
  readonly #source: Sized;

  constructor(source: Sized) {
    this.#source = source;
  }

  get length(): number {
    return this.#source.length;
  }

  *[Symbol.iterator](): Numbers {
    for (let i = 0; i < this.length; i++) yield i;
  }
}

export interface RandomSamplerOptions {
  /** A sample may come again before all others came. Default false. */
  replacement?: boolean | undefined;
  /** How many to give. Default: as many as there are. */
  numSamples?: number | undefined;
  /** Default: a new one each time, seeded from the one that manualSeed seeds. */
  generator?: Generator | undefined;
}

/** A random order, drawn as PyTorch draws it. @source torch.utils.data.RandomSampler */
export class RandomSampler implements Sampler {
  readonly #source: Sized;
  readonly #options: RandomSamplerOptions;

  constructor(source: Sized, options: RandomSamplerOptions = {}) {
    if (source.length === 0) throw new ValueError({ op: "RandomSampler", problem: "there is nothing to draw from" });
    if (options.numSamples !== undefined) checkInteger("RandomSampler", "numSamples", options.numSamples, 1);
    this.#source = source;
    this.#options = options;
  }

  get length(): number {
    return this.#options.numSamples ?? this.#source.length;
  }

  *[Symbol.iterator](): Numbers {
    const n = this.#source.length;
    const { replacement = false, generator = freshGenerator() } = this.#options;
    // With replacement PyTorch draws 32 at a time; without it, a whole order, and once more for what is left, even for nothing.
    const round = replacement ? 32 : n;
    for (let left = this.length; left >= 0; left -= round) {
      const count = Math.min(round, left);
      if (replacement) {
        const drawn = new Int32Array(count);
        fillRandint(drawn, generator, 0, n);
        yield* drawn;
      } else yield* randomPermutation(n, generator).subarray(0, count);
    }
  }
}

/** Seeded by two words of the default generator, of which the low one counts. */
const freshGenerator = (): Generator => new Generator(Number(BigInt.asUintN(32, defaultGenerator.nextUint64())));

/** Some of the samples in a random order. @source torch.utils.data.SubsetRandomSampler */
export class SubsetRandomSampler implements Sampler {
  readonly indices: ArrayLike<number>;
  readonly #generator: Generator;

  constructor(
    indices: ArrayLike<number>,
    { generator = defaultGenerator }: { generator?: Generator | undefined } = {},
  ) {
    this.indices = indices;
    this.#generator = generator;
  }

  get length(): number {
    return this.indices.length;
  }

  *[Symbol.iterator](): Numbers {
    for (const i of randomPermutation(this.length, this.#generator)) yield this.indices[i] as number;
  }
}

export interface WeightedRandomSamplerOptions {
  /** A sample may come again. Default true. */
  replacement?: boolean | undefined;
  /** Default: the one that manualSeed seeds. */
  generator?: Generator | undefined;
}

/**
 * Samples in proportion to weights, which need not add up to 1.
 *
 * @throws ValueError for weights that are negative or not finite, and for more draws without replacement than weights above 0
 * @source torch.utils.data.WeightedRandomSampler
 */
export class WeightedRandomSampler implements Sampler {
  readonly weights: Float64Array;
  readonly length: number;
  readonly #options: WeightedRandomSamplerOptions;

  constructor(weights: ArrayLike<number>, numSamples: number, options: WeightedRandomSamplerOptions = {}) {
    checkInteger("WeightedRandomSampler", "numSamples", numSamples, 1);
    this.weights = Float64Array.from(weights);
    this.length = numSamples;
    this.#options = options;
  }

  *[Symbol.iterator](): Numbers {
    const { replacement = true, generator } = this.#options;
    yield* multinomial(tensor(this.weights), this.length, { replacement, generator }).toTypedArray();
  }
}

/** Groups of the numbers that another sampler gives. @source torch.utils.data.BatchSampler */
export class BatchSampler implements Sampler<number[]> {
  readonly sampler: Iterable<number> & Sized;
  readonly batchSize: number;
  readonly dropLast: boolean;

  /** @param options.dropLast leave out a last group that is smaller; default false */
  constructor(
    sampler: Iterable<number> & Sized,
    batchSize: number,
    { dropLast = false }: { dropLast?: boolean | undefined } = {},
  ) {
    checkInteger("BatchSampler", "batchSize", batchSize, 1);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  get length(): number {
    const groups = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(groups) : Math.ceil(groups);
  }

  *[Symbol.iterator](): globalThis.Generator<number[], void> {
    let batch: number[] = [];
    for (const i of this.sampler) {
      batch.push(i);
      if (batch.length < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}

export interface DistributedSamplerOptions {
  /** How many processes share the samples. */
  numReplicas: number;
  /** Which of them this is, from 0. */
  rank: number;
  /** Default true. */
  shuffle?: boolean | undefined;
  /** The same in every process. Default 0. */
  seed?: number | undefined;
  /** Leave out what does not divide evenly, in the place of giving some samples twice. Default false. */
  dropLast?: boolean | undefined;
}

/**
 * One process's share of the samples; all shares are of one length and, without padding, have no sample in common.
 *
 * Call `setEpoch` before each walk, or every one has the order of the first.
 *
 * @source torch.utils.data.DistributedSampler
 */
export class DistributedSampler implements Sampler {
  readonly length: number;
  readonly #source: Sized;
  readonly #options: DistributedSamplerOptions;
  #epoch = 0;

  constructor(source: Sized, options: DistributedSamplerOptions) {
    const { numReplicas, rank, dropLast = false } = options;
    checkInteger("DistributedSampler", "numReplicas", numReplicas, 1);
    if (!Number.isInteger(rank) || rank < 0 || rank >= numReplicas)
      throw new ValueError({
        op: "DistributedSampler",
        problem: `rank is ${rank}`,
        rule: `an integer from 0 to ${numReplicas - 1}`,
      });
    const share = source.length / numReplicas;
    this.length = dropLast ? Math.floor(share) : Math.ceil(share);
    this.#source = source;
    this.#options = options;
  }

  /** The order that the next walk has. */
  setEpoch(epoch: number): void {
    checkInteger("DistributedSampler.setEpoch", "epoch", epoch, 0);
    this.#epoch = epoch;
  }

  *[Symbol.iterator](): Numbers {
    const n = this.#source.length;
    const { numReplicas, rank, shuffle = true, seed = 0 } = this.#options;
    const order = shuffle ? randomPermutation(n, new Generator(seed + this.#epoch)) : null;
    for (let k = 0; k < this.length; k++) {
      // Past the end the first ones come again.
      const place = (rank + k * numReplicas) % n;
      yield order === null ? place : (order[place] as number);
    }
  }
}
