import { checkIndex } from "../ops/indexing/checkIndex.js";
import { indexSelect } from "../ops/indexing/gather.js";
import { randomPermutation } from "../random/distributions.js";
import { defaultGenerator, type Generator } from "../random/generator.js";
import { tensor } from "../tensor/create.js";
import { IndexError, ValueError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Collated } from "./collate.js";
import { asDataset, type Dataset, placeIn } from "./dataset.js";

/** The samples of a data set at some numbers. @source torch.utils.data.Subset */
export class Subset<Sample = Tensor[]> implements Dataset<Sample> {
  readonly dataset: Dataset<Sample>;
  /** int32 [length] */
  readonly indices: Tensor;
  readonly length: number;
  readonly gather?: (indices: Tensor) => Collated<Sample> | Promise<Collated<Sample>>;

  /** @throws IndexError for a number that the data set does not have */
  constructor(source: Dataset<Sample> | readonly Sample[], indices: ArrayLike<number>) {
    const dataset = asDataset(source);
    const places = Int32Array.from(indices, (i) => placeIn("Subset", i, dataset.length));
    this.dataset = dataset;
    this.indices = tensor(places);
    this.length = places.length;
    if (dataset.gather !== undefined)
      this.gather = (rows) =>
        (dataset.gather as NonNullable<typeof dataset.gather>)(
          indexSelect(this.indices, 0, checkIndex("Subset", rows, { size: this.length, countsFromEnd: true })),
        );
  }

  get(index: number): Sample | Promise<Sample> {
    return this.dataset.get(this.indices.select(0, placeIn("Subset", index, this.length)).item());
  }
}

/** Several data sets one after the other. @source torch.utils.data.ConcatDataset */
export class ConcatDataset<Sample = Tensor[]> implements Dataset<Sample> {
  readonly datasets: readonly Dataset<Sample>[];
  readonly length: number;

  constructor(sources: readonly (Dataset<Sample> | readonly Sample[])[]) {
    if (sources.length === 0) throw new ValueError({ op: "ConcatDataset", problem: "there is no data set" });
    this.datasets = sources.map((source) => asDataset(source));
    this.length = this.datasets.reduce((n, set) => n + set.length, 0);
  }

  get(index: number): Sample | Promise<Sample> {
    let place = placeIn("ConcatDataset", index, this.length);
    for (const set of this.datasets) {
      if (place < set.length) return set.get(place);
      place -= set.length;
    }
    throw new IndexError({ op: "ConcatDataset", problem: "a data set became shorter than it was" });
  }
}

/** How many samples each share is. */
const lengthsOf = (n: number, lengths: readonly number[]): number[] => {
  const sum = lengths.reduce((a, b) => a + b, 0);
  // As PyTorch's math.isclose(sum, 1) and sum <= 1.
  if (!(Math.abs(sum - 1) <= 1e-9 && sum <= 1)) return [...lengths];
  const bad = lengths.find((share) => !(share >= 0 && share <= 1));
  if (bad !== undefined)
    throw new ValueError({
      op: "randomSplit",
      problem: `the share ${bad} is not from 0 to 1`,
      rule: "shares that add up to 1",
    });
  const counts = lengths.map((share) => Math.floor(n * share));
  const rest = n - counts.reduce((a, b) => a + b, 0);
  for (let i = 0; i < rest; i++) counts[i % counts.length] = (counts[i % counts.length] as number) + 1;
  return counts;
};

/**
 * Parts of a data set, drawn at random without a sample in common: PyTorch's for the same seed.
 *
 * @param lengths samples of each part, or shares that add up to 1 (rounded down; what is left goes round)
 * @throws ValueError when the lengths do not add up to the data set's
 * @source torch.utils.data.random_split
 * @example const [train, validation] = data.randomSplit(all, [55_000, 5_000]);
 */
export const randomSplit = <Sample>(
  source: Dataset<Sample> | readonly Sample[],
  lengths: readonly number[],
  { generator = defaultGenerator }: { generator?: Generator | undefined } = {},
): Subset<Sample>[] => {
  const dataset = asDataset(source);
  const counts = lengthsOf(dataset.length, lengths);
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum !== dataset.length || counts.some((n) => !Number.isInteger(n) || n < 0))
    throw new ValueError({
      op: "randomSplit",
      problem: `the lengths add up to ${sum}, the data set has ${dataset.length} samples`,
      rule: "whole numbers that add up to its length, or shares that add up to 1",
      args: { lengths: counts },
    });
  const order = randomPermutation(dataset.length, generator);
  let end = 0;
  return counts.map((count) => {
    end += count;
    return new Subset(dataset, order.subarray(end - count, end));
  });
};
