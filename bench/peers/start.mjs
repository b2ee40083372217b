// Where everyone starts, and how everyone answers: read by the contestants that are written in JavaScript.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Reads the numbers that step.mjs wrote: x [100, 784], w1 [128, 784], b1 [128], w2 [10, 128], b2 [10], labels [100]. */
export const readStart = () => {
  const bytes = readFileSync(process.argv[2]);
  let at = 0;
  const take = (Kind, length) => {
    const part = new Kind(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + 4 * length));
    at += 4 * length;
    return part;
  };
  const [x, w1, b1, w2, b2] = [78400, 100352, 128, 1280, 10].map((length) => take(Float32Array, length));
  return { x, w1, b1, w2, b2, labels: take(Int32Array, 100) };
};

/** [rows, columns] → [columns, rows] */
export const transposed = (values, rows, columns) =>
  Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);

/**
 * Says who it is, then answers each line "n" by n steps.
 *
 * @param run makes n steps, and resolves to the loss of the last one when all of them are done
 */
export const answer = async (about, run) => {
  console.log(JSON.stringify(about));
  for await (const line of createInterface({ input: process.stdin })) {
    const n = Number(line);
    const start = performance.now();
    const loss = await run(n);
    console.log(JSON.stringify({ ms: (performance.now() - start) / n, loss }));
  }
};
