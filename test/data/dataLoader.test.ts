import { describe, expect, expectTypeOf, it } from "vitest";
import {
  arange,
  data,
  Generator,
  manualSeed,
  memoryStats,
  noGrad,
  randint,
  setMemoryLimit,
  type Tensor,
  tensor,
} from "../../src/index.js";
import { torchData } from "./torchData.js";

const seven = new data.TensorDataset(arange(7));

/** Every batch of every part, as arrays. */
const readAll = async <S, B>(loader: data.DataLoader<S, B>): Promise<B[]> => {
  const batches: B[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
};
const firsts = async (loader: data.DataLoader<[Tensor]>): Promise<unknown[]> =>
  (await readAll(loader)).map(([x]) => x.toArray());
const next = (generator?: Generator): unknown => randint(0, 1000, [3], { generator }).toArray();

describe("a DataLoader draws what PyTorch's draws", () => {
  it("with the default generator, epoch after epoch", async () => {
    manualSeed(0);
    const loader = new data.DataLoader(seven, { batchSize: 3, shuffle: true });
    expect([await firsts(loader), await firsts(loader)]).toEqual(torchData.shuffle.epochs);
    expect(next()).toEqual(torchData.shuffle.next);
  });

  it.each([
    ["shuffleGenerator", false],
    ["shuffleDropLast", true],
  ] as const)("with a generator of its own: %s", async (name, dropLast) => {
    const generator = new Generator(5);
    const loader = new data.DataLoader(seven, { batchSize: 3, shuffle: true, generator, dropLast });
    expect([await firsts(loader), await firsts(loader)]).toEqual(torchData[name].epochs);
    expect(next(generator)).toEqual(torchData[name].next);
  });

  it("while the model draws in between", async () => {
    manualSeed(0);
    const read: unknown[] = [];
    for await (const [x] of new data.DataLoader(seven, { batchSize: 3, shuffle: true })) {
      read.push(x.toArray());
      randint(0, 9, [5]);
    }
    expect(read).toEqual(torchData.shuffle.epochs[0]);
  });
});

describe("a DataLoader", () => {
  it("takes the order of a sampler, or the batches of a batchSampler", async () => {
    const sampler = [6, 0, 3];
    expect(await firsts(new data.DataLoader(seven, { batchSize: 2, sampler }))).toEqual([[6, 0], [3]]);
    const batches = new data.DataLoader(seven, { batchSampler: [[1], [2, 3, 4]] });
    expect(batches.length).toBe(2);
    expect(await firsts(batches)).toEqual([[1], [2, 3, 4]]);
  });

  it("collates samples of any form, and types say which", async () => {
    const set = [
      { pixels: tensor([1, 2]), label: 0, name: "a", box: [0.5, 1] as [number, number] },
      { pixels: tensor([3, 4]), label: 1, name: "b", box: [2, 3] as [number, number] },
    ];
    const [batch] = await readAll(new data.DataLoader(set, { batchSize: 2 }));
    expectTypeOf(batch?.box).toEqualTypeOf<[Tensor, Tensor] | undefined>();
    expect(batch?.pixels.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect([batch?.label.dtype, batch?.label.toArray()]).toEqual(["int32", [0, 1]]);
    expect(batch?.name).toEqual(["a", "b"]);
    expect(batch?.box.map((x) => [x.dtype, x.toArray()])).toEqual([
      ["float32", [0.5, 2]],
      ["int32", [1, 3]],
    ]);
  });

  it("gives samples one by one to collateFn, which decides alone", async () => {
    const loader = new data.DataLoader(seven, {
      batchSize: 3,
      collateFn: (samples) => samples.map(([x]) => x.item()).join("+"),
    });
    expect(await readAll(loader)).toEqual(["0+1+2", "3+4+5", "6"]);
  });

  it("waits for samples that are promises", async () => {
    const slow = { length: 4, get: async (i: number): Promise<[number]> => [10 * i] };
    const batches = await readAll(new data.DataLoader(slow, { batchSize: 4 }));
    expect(batches.map(([x]) => x.toArray())).toEqual([[0, 10, 20, 30]]);
  });

  it("walks iterables, sync and async", async () => {
    async function* lines(): AsyncGenerator<string> {
      for (const line of ["a", "b", "c"]) yield line;
    }
    expect(await readAll(new data.DataLoader(lines(), { batchSize: 2 }))).toEqual([["a", "b"], ["c"]]);
    const numbers = new Set([1, 2, 3]);
    const loader = new data.DataLoader(numbers, { batchSize: 2, dropLast: true });
    expect((await readAll(loader)).map((x) => x.toArray())).toEqual([[1, 2]]);
    expect(() => loader.length).toThrow(/nobody knows how many/);
  });

  it("ends a source that is left early", async () => {
    let isOpen = false;
    async function* file(): AsyncGenerator<number> {
      isOpen = true;
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        isOpen = false;
      }
    }
    for await (const batch of new data.DataLoader(file(), { batchSize: 4, prefetchFactor: 2 }))
      if (batch.sum().item() > 10) break;
    expect(isOpen).toBe(false);
  });

  it("lets the memory of what a loop drops come back, however small its batches are", async () => {
    const { limit, inUse } = memoryStats();
    setMemoryLimit(inUse + 600 * 2 ** 20);
    try {
      const set = new data.TensorDataset(arange(200));
      // 200 times 16 MB.
      for await (const [x] of new data.DataLoader(set))
        noGrad(() =>
          x
            .to("float32")
            .expand(4 * 2 ** 20)
            .add(1),
        );
    } finally {
      setMemoryLimit(limit);
    }
    expect(memoryStats().limit).toBe(limit);
  });

  it("asks for so many batches ahead, in the same order and with the same draws", async () => {
    const asked: number[] = [];
    const set = {
      length: 6,
      get: async (i: number): Promise<number> => {
        asked.push(i);
        return i;
      },
    };
    const read: unknown[] = [];
    const askedBefore: number[] = [];
    for await (const x of new data.DataLoader(set, { prefetchFactor: 2 })) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      read.push(x.item());
      askedBefore.push(asked.length);
    }
    expect(read).toEqual([0, 1, 2, 3, 4, 5]);
    expect(askedBefore).toEqual([3, 4, 5, 6, 6, 6]);
    manualSeed(0);
    const loader = new data.DataLoader(seven, { batchSize: 3, shuffle: true, prefetchFactor: 3 });
    expect([await firsts(loader), await firsts(loader)]).toEqual(torchData.shuffle.epochs);
  });

  it("passes on the error of a sample, also of one that was prepared ahead and is not waited for", async () => {
    const set = {
      length: 9,
      get: (i: number): number => {
        if (i > 1) throw new Error(`sample ${i} is broken`);
        return i;
      },
    };
    await expect(readAll(new data.DataLoader(set, { prefetchFactor: 4 }))).rejects.toThrow(/sample 2 is broken/);
    const read: number[] = [];
    for await (const x of new data.DataLoader(set, { prefetchFactor: 4 })) {
      read.push(x.item());
      break;
    }
    expect(read).toEqual([0]);
  });

  it.each([
    ["a batch size of 0", () => new data.DataLoader(seven, { batchSize: 0 }), /batchSize is 0/],
    ["half a batch ahead", () => new data.DataLoader(seven, { prefetchFactor: 0.5 }), /prefetchFactor is 0.5/],
    ["two orders", () => new data.DataLoader(seven, { sampler: [0], shuffle: true }), /sampler and shuffle both/],
    [
      "two batchings",
      () => new data.DataLoader(seven, { batchSampler: [[0]], batchSize: 2 }),
      /batchSampler decides alone/,
    ],
    [
      "to shuffle an iterable",
      () => new data.DataLoader(new Set([1]), { shuffle: true }),
      /iterable comes in its own order/,
    ],
    ["an empty data set", () => new data.DataLoader([]), /the data set is empty/],
    ["what is no data set", () => new data.DataLoader({} as never), /this is no data set/],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("names a number that the data set does not have", async () => {
    const { train } = { train: new data.ImageDataset(tensor(new Uint8Array(8), { shape: [2, 4] }), tensor([3, 4])) };
    for (const set of [train, seven])
      await expect(readAll(new data.DataLoader<unknown, unknown>(set, { sampler: [0, 99] }))).rejects.toThrow(/99/);
    await expect(readAll(new data.DataLoader([1, 2], { sampler: [5] }))).rejects.toThrow(/there is no sample 5/);
  });
});

describe("collating", () => {
  it.each([
    ["shapes", [tensor([1]), tensor([1, 2])], /another shape in sample 1[\s\S]*\[1\][\s\S]*\[2\][\s\S]*padCollate/],
    ["kinds", [1, "a"], /is number and string/],
    ["numbers of elements", [[1], [1, 2]], /has 2 elements in sample 1, and 1 in the first/],
    ["names", [{ a: 1 }, { b: 1 }], /has no a in sample 1/],
    ["shapes inside", [{ a: [tensor([1])] }, { a: [tensor(1)] }], /the sample\.a\[0\] has another shape/],
    ["nothing at all", [], /there is no sample/],
    ["dates", [new Date(), new Date()], /collateFn/],
  ])("names samples that differ in %s", (_, samples, message) => {
    expect(() => data.defaultCollate<unknown>(samples)).toThrow(message);
  });

  it("pads sequences, keeps labels and gives lengths", () => {
    const samples = [
      [tensor([1, 2, 3]), 0],
      [tensor([4]), 1],
    ] as const;
    const [x, y, lengths] = data.padCollate({ paddingValue: -1 })(samples);
    expect(x?.toArray()).toEqual([
      [1, 2, 3],
      [4, -1, -1],
    ]);
    expect([y?.toArray(), lengths?.toArray()]).toEqual([
      [0, 1],
      [3, 1],
    ]);
    expect(data.padCollate({ batchFirst: false })(samples)[0]?.shape).toEqual([3, 2]);
    expect(() => data.padCollate()([[1, 2]])).toThrow(/sample 0 does not start with a sequence/);
    expect(() => data.padCollate()([[tensor([[1, 2]])], [tensor([[1]])]])).toThrow(/differ in more than their lengths/);
  });
});
