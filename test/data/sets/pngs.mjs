// Data sets that workers make for themselves. Images are PNG files in memory, decoded sample by sample.
import { isMainThread } from "node:worker_threads";
import { deflateSync, inflateSync } from "node:zlib";
import { data, rand, stack, tensor } from "../../../dist/src/index.js";

const SIZE = 28;

/** The rows of image i, each behind its filter's number, as a PNG holds them: every pixel is the difference to its left one. */
const compressed = (i) => {
  const rows = Buffer.alloc(SIZE * (SIZE + 1));
  for (let y = 0; y < SIZE; y++) {
    rows[y * (SIZE + 1)] = 1;
    for (let x = 0; x < SIZE; x++) rows[y * (SIZE + 1) + 1 + x] = (i * 7 + x * y) & 255;
  }
  return deflateSync(rows);
};

const decode = (bytes) => {
  const rows = inflateSync(bytes);
  const pixels = new Uint8Array(SIZE * SIZE);
  for (let y = 0; y < SIZE; y++)
    for (let x = 0, left = 0; x < SIZE; x++) {
      left = (left + rows[y * (SIZE + 1) + 1 + x]) & 255;
      pixels[y * SIZE + x] = left;
    }
  return tensor(pixels, { shape: [1, SIZE, SIZE] });
};

/** Images and their numbers. At `badSample` it throws, at `deadly` the thread ends, `endless` never comes. */
export default ({ length = 40, badSample, deadly, endless, inWorker } = {}) => {
  if (inWorker === "gone" && !isMainThread) throw new Error("no disk here");
  const files = Array.from({ length }, (_, i) => compressed(i));
  return {
    length,
    get: async (i) => {
      if (i === badSample) throw new RangeError(`image ${i} is torn`);
      if (i === deadly && data.getWorkerInfo() !== null) process.exit(7);
      if (i === endless) await new Promise(() => {});
      return [decode(files[i]).to("float32").div(255), i];
    },
  };
};

/** Says which worker made a sample, and what it knows of itself. */
export const told = async () => ({
  length: 8,
  get: (i) => {
    const info = data.getWorkerInfo();
    return [i, [info.id, info.numWorkers, info.seed, greeted].join()];
  },
});
let greeted = "nobody";
export const greet = (id) => {
  greeted = `worker ${id}`;
};

/** Sums in the place of stacks. */
export const summed = (samples) => stack(samples.map(([image]) => image)).sum(0);

/** Each sample is what its worker draws. */
export const drawing = () => ({ length: 6, get: () => rand(2) });

/** A set of the rows of a tensor that crossed. */
export const rows = ({ table }) => new data.TensorDataset(table);

export const nothing = () => 3;
