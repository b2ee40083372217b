/** Batches from workers, on the built package: a worker's program is a file of it. */
import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { data, Generator, manualSeed, randint, type Tensor, tensor } from "../../dist/src/index.js";
import { torchData } from "./torchData.js";

const sets = new URL("./sets/pngs.mjs", import.meta.url);
const pngs = (await import(sets.href)) as Readonly<Record<string, unknown>>;
type Image = [image: Tensor, label: number];
/** The sample's number, and the worker's: its own, how many there are, its seed, and what greeted it. */
type Told = [sample: number, what: string];

const images = (options: object = {}): Promise<data.WorkerDataset<Image>> => data.workerDataset(sets, options);
const toldBy = (names: data.WorkerDatasetNames = {}): Promise<data.WorkerDataset<Told>> =>
  data.workerDataset(sets, undefined, { make: "told", ...names });

/** All batches as arrays. */
const read = async (loader: AsyncIterable<unknown>): Promise<unknown[]> => {
  const plain = (x: unknown): unknown =>
    typeof x === "object" && x !== null && "toArray" in x
      ? [(x as Tensor).dtype, (x as Tensor).toArray()]
      : Array.isArray(x)
        ? x.map(plain)
        : typeof x === "object" && x !== null
          ? Object.fromEntries(Object.entries(x).map(([name, part]) => [name, plain(part)]))
          : x;
  const batches: unknown[] = [];
  for await (const batch of loader) batches.push(plain(batch));
  return batches;
};

/** The error that a loop over the loader ends with, and the labels of the batches before it. */
const failure = async (loader: data.DataLoader<Image>): Promise<[data.WorkerError, unknown[]]> => {
  const before: unknown[] = [];
  try {
    for await (const [, labels] of loader) before.push(labels.toArray());
  } catch (error) {
    return [error as data.WorkerError, before];
  }
  throw new Error("nothing was thrown");
};

/** Runs a program on the built package, and waits until its process has ended by itself. */
const program = (body: string): string => {
  const library = JSON.stringify(new URL("../../dist/src/index.js", import.meta.url).href);
  const text = `import { data, memoryStats } from ${library};
    const sets = new URL(${JSON.stringify(sets.href)});
    ${body}`;
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", text], {
    encoding: "utf8",
    timeout: 50_000,
  });
  expect([stderr, status, signal]).toEqual(["", 0, null]);
  return stdout;
};

afterEach(() => {
  manualSeed(0);
});

describe("the batches of workers", () => {
  it("are those of one thread, in order, for any number of workers", async () => {
    const set = await images();
    const epochs = async (numWorkers: number, more: object): Promise<unknown> => {
      manualSeed(3);
      const loader = new data.DataLoader(set, { batchSize: 7, shuffle: true, numWorkers, ...more });
      const both = [await read(loader), await read(loader)];
      return [loader.length, both, randint(0, 1000, [3]).toArray()];
    };
    expect(await epochs(1, { prefetchFactor: 1 })).toEqual(await epochs(0, {}));
    const more = (): object => ({ dropLast: true, generator: new Generator(5) });
    expect(await epochs(3, { persistentWorkers: true, ...more() })).toEqual(await epochs(0, more()));
  });

  it("can come from workers that a file of one's own starts", async () => {
    const started: Worker[] = [];
    const worker = (): Worker => {
      started.push(new Worker(new URL("./sets/pngs.worker.mjs", import.meta.url)));
      return started.at(-1) as Worker;
    };
    const packed = await data.workerDataset<Image>({ exports: pngs, worker }, { length: 12 }, { collateFn: "summed" });
    const apart = await data.workerDataset<Image>(sets, { length: 12 }, { collateFn: "summed" });
    const loader = (set: data.WorkerDataset<Image>, numWorkers: number): data.DataLoader<Image> =>
      new data.DataLoader(set, { batchSize: 5, numWorkers });
    expect(await read(loader(packed, 2))).toEqual(await read(loader(apart, 0)));
    expect(started.length).toBe(2);
    await expect(data.serveWorker(pngs)).rejects.toThrow("serveWorker: this is no worker");
  });

  it("can be of a part, of a batchSampler, and collated by the module", async () => {
    const set = await images();
    const [, part] = data.randomSplit(set, [30, 10]);
    const summed = await data.workerDataset<Image>(sets, {}, { collateFn: "summed" });
    const inWorkers = (numWorkers: number): Promise<unknown[]> =>
      Promise.all([
        read(new data.DataLoader(part as data.Subset<Image>, { batchSize: 4, numWorkers })),
        read(new data.DataLoader(set, { batchSampler: [[5], [3, -1, 3]], numWorkers })),
        read(new data.DataLoader(summed, { batchSize: 20, numWorkers })),
      ]);
    expect(await inWorkers(2)).toEqual(await inWorkers(0));
  });

  it("keep dtypes, texts and names; tensors cross among the options", async () => {
    const table = tensor([1, 0, 1, 1], { dtype: "bool" });
    const set = await data.workerDataset<[Tensor]>(sets, { table }, { make: "rows" });
    expect(await read(new data.DataLoader(set, { batchSize: 3, numWorkers: 1 }))).toEqual([
      [["bool", [true, false, true]]],
      [["bool", [true]]],
    ]);
    const [first] = await read(new data.DataLoader(await toldBy(), { batchSize: 2, numWorkers: 1 }));
    expect(first).toEqual([
      ["int32", [0, 1]],
      [expect.stringMatching(/^0,1,\d+,nobody$/), expect.any(String)],
    ]);
  });
});

describe("a worker", () => {
  it("draws what PyTorch's draws", async () => {
    manualSeed(0);
    const set = await data.workerDataset<Tensor>(sets, undefined, { make: "drawing" });
    const loader = new data.DataLoader(set, { batchSize: 2, numWorkers: 2 });
    const epoch = async (): Promise<number[][]> => {
      const drawn: number[][] = [];
      for await (const batch of loader) drawn.push([...batch.toTypedArray()]);
      return drawn;
    };
    expect([await epoch(), await epoch()]).toEqual(torchData.workers.epochs);
    expect(randint(0, 1000, [3]).toArray()).toEqual(torchData.workers.next);
  });

  it("knows who it is, is greeted, and takes its turn", async () => {
    const loader = new data.DataLoader(await toldBy({ workerInitFn: "greet" }), { numWorkers: 2 });
    const seen: [sample: number, id: string, of: string, seed: string, greeted: string][] = [];
    for await (const [sample, [what = ""]] of loader)
      seen.push([sample.item(), ...(what.split(",") as [string, string, string, string])]);
    expect(seen.map(([sample]) => sample)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(seen.map(([, id]) => Number(id))).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(seen.every(([, id, of, , greeted]) => of === "2" && greeted === `worker ${id}`)).toBe(true);
    const seeds = seen.map(([, , , seed]) => Number(seed));
    expect(seeds).toEqual(seeds.map((_, i) => (seeds[0] as number) + (i % 2)));
    expect(data.getWorkerInfo()).toBeNull();
  });

  it("stays from epoch to epoch where it is persistent, also after a loop that was left", async () => {
    const set = await images();
    const loader = new data.DataLoader(set, { batchSize: 4, numWorkers: 2, persistentWorkers: true });
    for await (const _ of loader) break;
    expect(await read(loader)).toEqual(await read(new data.DataLoader(set, { batchSize: 4 })));
    const seeds = async (persistentWorkers: boolean): Promise<unknown[]> => {
      const told = new data.DataLoader(await toldBy(), { batchSize: 8, numWorkers: 1, persistentWorkers });
      return [...(await read(told)), ...(await read(told))];
    };
    const [first, second] = await seeds(true);
    expect(second).toEqual(first);
    const [third, fourth] = await seeds(false);
    expect(fourth).not.toEqual(third);
  });
});

describe("an error in a worker", () => {
  it("comes where its batch would, and names the worker, the sample and the line", async () => {
    const set = await images({ badSample: 9 });
    const [error, before] = await failure(new data.DataLoader(set, { batchSize: 4, numWorkers: 2 }));
    expect(before).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect(error).toBeInstanceOf(data.WorkerError);
    expect([error.worker, error.sample]).toEqual([0, 9]);
    expect(error.message).toContain("worker 0 failed at sample 9: RangeError: image 9 is torn");
    expect((error.cause as Error).stack).toMatch(/pngs\.mjs:\d+/);
  });

  it("is the end of a worker that dies, even at once", async () => {
    const [error] = await failure(
      new data.DataLoader(await images({ deadly: 9 }), { batchSize: 4, numWorkers: 2, persistentWorkers: true }),
    );
    expect(error.message).toContain("worker 0 ended with exit code 7");
    const [atOnce] = await failure(new data.DataLoader(await images({ deadly: 0 }), { numWorkers: 1 }));
    expect(atOnce.message).toContain("ended with exit code 7");
  });

  it("is a batch that does not come in time", async () => {
    const set = await images({ endless: 0 });
    const [error] = await failure(new data.DataLoader(set, { numWorkers: 2, timeout: 0.2 }));
    expect(error.message).toContain("no batch for 0.2 s");
  });

  it("is what the module cannot make there", async () => {
    const set = await images({ inWorker: "gone" });
    const [error] = await failure(new data.DataLoader(set, { numWorkers: 1 }));
    expect(error.message).toContain("could not make the data set: Error: no disk here");
  });
});

describe("refused is", () => {
  it("what a worker cannot make", async () => {
    const set = await images();
    const of = (dataset: unknown, more: object = {}) =>
      new data.DataLoader(dataset as never, { numWorkers: 1, ...more });
    expect(() => of([tensor([1])])).toThrow(/cannot make this data set.*workerDataset/s);
    expect(() => of(set, { collateFn: () => 1 })).toThrow(/collateFn does not cross.*myCollate/s);
    expect(() => of(set, { numWorkers: -1 })).toThrow(/numWorkers is -1/);
    expect(() => of(set, { prefetchFactor: 0 })).toThrow(/prefetchFactor is 0/);
    expect(() => of(set, { numWorkers: 0, persistentWorkers: true })).toThrow(/are for workers/);
  });

  it("a module without the function, or whose function makes no data set", async () => {
    await expect(data.workerDataset(sets, {}, { make: "gone" })).rejects.toThrow(/exports no function gone.*summed/s);
    await expect(data.workerDataset(sets, {}, { make: "nothing" })).rejects.toThrow(/nothing gave no data set/);
  });

  it("options that cannot cross", async () => {
    const set = await images({ now: () => 3 });
    await expect(read(new data.DataLoader(set, { numWorkers: 1 }))).rejects.toThrow(/options.*cannot cross/s);
  });
});

describe("a process with workers", () => {
  it("ends by itself after a loop that was left, with workers that rest, and waits for batches", () => {
    expect(
      program(`
        const set = await data.workerDataset(sets);
        for (const persistentWorkers of [false, true]) {
          const loader = new data.DataLoader(set, { numWorkers: 2, persistentWorkers });
          for await (const [, label] of loader) if (label.toArray()[0] === 5) break;
          let n = 0;
          for await (const _ of loader) n++;
          console.log(n);
        }
        const it = new data.DataLoader(set, { numWorkers: 1 })[Symbol.asyncIterator]();
        await it.next();`),
    ).toBe("40\n40\n");
  });

  it("keeps its memory over epochs", () => {
    const grown = program(`
        const set = await data.workerDataset(sets, { length: 2000 });
        const loader = new data.DataLoader(set, { batchSize: 100, numWorkers: 2, persistentWorkers: true });
        let early = 0;
        for (let epoch = 0; epoch < 24; epoch++) {
          for await (const _ of loader);
          if (epoch === 9) early = process.memoryUsage().rss;
        }
        console.log((process.memoryUsage().rss - early) / 1e6, memoryStats().inUse / 1e6);`);
    const [rss, inUse] = grown.split(" ").map(Number) as [number, number];
    // 14 epochs are 88 MB of batches, and some 300 MB with what they are made of.
    expect(rss).toBeLessThan(60);
    expect(inUse).toBeLessThan(40);
  });
});
