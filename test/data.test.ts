import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { arange, data, FormatError, type Tensor, tensor } from "../src/index.js";

const idx = (rank: number, shape: number[], bytes: number[]): Uint8Array => {
  const out = new Uint8Array(4 + 4 * shape.length + bytes.length);
  out.set([0, 0, 8, rank]);
  shape.forEach((size, i) => {
    new DataView(out.buffer).setUint32(4 + 4 * i, size);
  });
  out.set(bytes, 4 + 4 * shape.length);
  return out;
};

describe("MNIST", () => {
  it("has 60,000 and 10,000 digits of 784 pixels from 0 to 1", async () => {
    const { train, test } = await data.mnist();
    expect([train.length, test.length]).toEqual([60_000, 10_000]);
    const [images, labels] = train.gather(tensor([0, 1]));
    expect(images?.shape).toEqual([2, 784]);
    expect(images?.amax().item()).toBe(1);
    expect(images?.amin().item()).toBe(0);
    expect(labels?.toArray()).toEqual([5, 0]);
  });

  /** A set of two images under `dir`. */
  const writeSmall = (dir: string): void => {
    mkdirSync(dir, { recursive: true });
    for (const part of ["train", "t10k"]) {
      writeFileSync(join(dir, `${part}-images-idx3-ubyte.gz`), gzipSync(idx(3, [2, 1, 1], [0, 255])));
      writeFileSync(join(dir, `${part}-labels-idx1-ubyte`), idx(1, [2], [7, 8]));
    }
  };

  it.each([
    ["itself", ""],
    ["of the set", "mnist"],
    ["that torchvision makes", join("MNIST", "raw")],
  ])("is read from the folder %s, packed or not", async (_, inside) => {
    const dir = mkdtempSync(join(tmpdir(), "mytorch-"));
    writeSmall(join(dir, inside));
    const { train } = await data.mnist({ dir });
    expect(train.get(1).map((x) => x.toArray())).toEqual([[1], 8]);
    if (inside !== "") await expect(data.fashionMnist({ dir })).rejects.toThrow(data.DataNotFoundError);
    rmSync(dir, { recursive: true });
  });

  it("is read from $MYTORCH_DATA, and from the cache only when the files have the right lengths", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mytorch-"));
    writeSmall(join(dir, "mnist"));
    vi.stubEnv("MYTORCH_DATA", dir);
    expect((await data.mnist()).train.length).toBe(2);
    vi.stubEnv("MYTORCH_DATA", "");
    vi.stubEnv("MYTORCH_CACHE", dir);
    expect((await data.mnist()).train.length).toBe(60_000);
    for (const [name, bytes] of Object.entries({
      "train-images-idx3-ubyte": 47_040_016,
      "train-labels-idx1-ubyte": 60_008,
      "t10k-images-idx3-ubyte": 7_840_016,
      "t10k-labels-idx1-ubyte": 10_008,
    })) {
      writeFileSync(join(dir, "mnist", name), "");
      truncateSync(join(dir, "mnist", name), bytes);
    }
    await expect(data.mnist()).rejects.toThrow(/magic number is 0x00000000[\s\S]*mnist\/t/);
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  it("that is not in the folder is an error that names the files", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mytorch-"));
    await expect(data.mnist({ dir })).rejects.toThrow(/train-images-idx3-ubyte/);
    rmSync(dir, { recursive: true });
  });

  it("that is damaged is an error that names the file", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mytorch-"));
    for (const name of [
      "train-images-idx3-ubyte",
      "train-labels-idx1-ubyte",
      "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte",
    ]) {
      writeFileSync(join(dir, name), idx(1, [1], [1]));
    }
    await expect(data.mnist({ dir })).rejects.toThrow(FormatError);
    rmSync(dir, { recursive: true });
  });
});

describe("a DataLoader", () => {
  it("gives every sample once, in order, the last batch smaller unless it is dropped", async () => {
    const set = new data.TensorDataset(arange(7));
    const read = async (options: data.DataLoaderOptions<[Tensor]>): Promise<unknown[]> => {
      const batches: unknown[] = [];
      for await (const [x] of new data.DataLoader(set, options)) batches.push(x.toArray());
      return batches;
    };
    expect(await read({ batchSize: 3 })).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await read({ batchSize: 3, dropLast: true })).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(
      (await read({ batchSize: 2, shuffle: true }))
        .flat()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("refuses a batch size that is none", () => {
    expect(() => new data.DataLoader(new data.TensorDataset(arange(3)), { batchSize: 0 })).toThrow(/batchSize is 0/);
  });
});
