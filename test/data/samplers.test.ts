import { describe, expect, it } from "vitest";
import { arange, data, Generator, manualSeed, multinomial, randint, tensor } from "../../src/index.js";
import { torchData } from "./torchData.js";

const sized = (length: number): { length: number } => ({ length });
const next = (): unknown => randint(0, 1000, [3]).toArray();

describe("samplers draw what PyTorch's draw", () => {
  it("one after the other from the default generator", () => {
    const { samplers } = torchData;
    const weights = [0.1, 5, 0, 2, 1.5];
    manualSeed(3);
    expect([...new data.WeightedRandomSampler(weights, 12)]).toEqual(samplers.weighted);
    expect([...new data.WeightedRandomSampler(weights, 4, { replacement: false })]).toEqual(samplers.weightedOnce);
    expect([...new data.RandomSampler(sized(10), { replacement: true, numSamples: 40 })]).toEqual(samplers.replacement);
    expect([...new data.RandomSampler(sized(4), { numSamples: 10 })]).toEqual(samplers.rounds);
    expect([...new data.SubsetRandomSampler([5, 8, 2, 9])]).toEqual(samplers.subset);
    expect([...new data.BatchSampler(new data.RandomSampler(sized(5)), 2)]).toEqual(samplers.batches);
    expect(next()).toEqual(samplers.next);
  });

  it("multinomial too", () => {
    const rows = tensor(
      [
        [1, 2, 3, 4],
        [4, 0, 0, 1],
      ],
      { dtype: "float32" },
    );
    manualSeed(1);
    expect(multinomial(rows, 2).toArray()).toEqual(torchData.multinomial.once);
    expect(multinomial(rows, 6, { replacement: true }).toArray()).toEqual(torchData.multinomial.replacement);
    expect(multinomial(rows, 1).toArray()).toEqual(torchData.multinomial.one);
    expect(next()).toEqual(torchData.multinomial.next);
  });

  it.each([
    ["padded", 10, { numReplicas: 4, seed: 7 }],
    ["dropped", 10, { numReplicas: 4, seed: 7, dropLast: true }],
    ["plain", 10, { numReplicas: 4, shuffle: false }],
    ["short", 2, { numReplicas: 5 }],
  ] as const)("distributed, %s", (name, n, options) => {
    const shares = Array.from({ length: options.numReplicas }, (_, rank) => {
      const sampler = new data.DistributedSampler(sized(n), { ...options, rank });
      sampler.setEpoch(2);
      const share = [...sampler];
      expect(sampler.length).toBe(share.length);
      return share;
    });
    expect(shares).toEqual(torchData.distributed[name]);
  });

  it("give a new order each time, and the same from the same generator", () => {
    const sampler = new data.RandomSampler(sized(20));
    expect([...sampler]).not.toEqual([...sampler]);
    const seeded = (): number[] => [...new data.RandomSampler(sized(20), { generator: new Generator(1) })];
    expect(seeded()).toEqual(seeded());
  });

  it.each([
    ["no samples to draw", () => new data.RandomSampler(sized(0)), /nothing to draw from/],
    ["numSamples 0", () => new data.RandomSampler(sized(3), { numSamples: 0 }), /numSamples is 0/],
    ["half a weighted draw", () => new data.WeightedRandomSampler([1], 0.5), /numSamples is 0.5/],
    ["negative weights", () => [...new data.WeightedRandomSampler([1, -1], 2)], /finite and from 0 up/],
    [
      "more than there are",
      () => [...new data.WeightedRandomSampler([1, 0], 2, { replacement: false })],
      /fewer than 2/,
    ],
    ["batches of nothing", () => new data.BatchSampler([1], 0), /batchSize is 0/],
    [
      "a rank too high",
      () => new data.DistributedSampler(sized(3), { numReplicas: 2, rank: 2 }),
      /rank is 2[\s\S]*0 to 1/,
    ],
    ["no replicas", () => new data.DistributedSampler(sized(3), { numReplicas: 0, rank: 0 }), /numReplicas is 0/],
  ])("refuse %s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("parts of data sets", () => {
  const set = new data.TensorDataset(arange(10), arange(10).mul(2));
  const numbers = (part: data.Subset<unknown>): unknown => part.indices.toArray();

  it("randomSplit draws PyTorch's parts, by counts and by shares", () => {
    manualSeed(42);
    expect(data.randomSplit(set, [3, 7]).map(numbers)).toEqual(torchData.split.counts);
    expect(data.randomSplit(set, [0.45, 0.3, 0.25]).map(numbers)).toEqual(torchData.split.shares);
    expect(data.randomSplit(set, [3, 7], { generator: new Generator(42) }).map(numbers)).toEqual(
      torchData.split.counts,
    );
  });

  it("a subset of a subset gives the samples and the batches of its numbers", async () => {
    const part = new data.Subset(new data.Subset(set, [9, 4, 5, -1]), [1, 3]);
    const [x, y] = await part.get(-1);
    expect([x.item(), y.item()]).toEqual([9, 18]);
    for await (const [a, b] of new data.DataLoader(part, { batchSize: 2 })) {
      expect(a.toArray()).toEqual([4, 9]);
      expect(b.toArray()).toEqual([8, 18]);
    }
  });

  it("a data set without gather works as a subset and joined to another", async () => {
    const joined = new data.ConcatDataset<number>([
      { length: 2, get: (i) => i },
      new data.Subset<number>({ length: 5, get: (i) => 10 * i }, [4, 2]),
    ]);
    expect(joined.length).toBe(4);
    for await (const x of new data.DataLoader(joined, { batchSize: 9 })) expect(x.toArray()).toEqual([0, 1, 40, 20]);
    expect(await joined.get(-1)).toBe(20);
  });

  it.each([
    ["lengths that do not fit", () => data.randomSplit(set, [3, 3]), /add up to 6, the data set has 10/],
    ["a negative length", () => data.randomSplit(set, [12, -2]), /whole numbers/],
    ["a share above 1", () => data.randomSplit(set, [1.5, -0.5]), /1.5 is not from 0 to 1/],
    ["a number that is not there", () => new data.Subset(set, [0, 10]), /no sample 10[\s\S]*-10 to 9/],
    ["the 11th sample", () => new data.ConcatDataset([set]).get(10), /no sample 10/],
    ["no data set", () => new data.ConcatDataset([]), /there is no data set/],
  ])("refuse %s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
