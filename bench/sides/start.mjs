// The numbers that peers without PyTorch's generator start from: run.mjs writes them to a file in the order of their names here.
import { readFileSync } from "node:fs";
import { workloads } from "../workloads/index.mjs";

/** Reads the MLP's start. @returns x [batch, 784], w1 [128, 784], b1 [128], w2 [10, 128], b2 [10], labels [batch] */
export const readMlp = (index, file) => {
  const { batch } = workloads.mlp.cases[index];
  const { buffer } = new Uint8Array(readFileSync(file));
  let at = 0;
  const take = (Kind, length) => {
    const part = new Kind(buffer, at, length);
    at += 4 * length;
    return part;
  };
  const [x, w1, b1, w2, b2] = [batch * 784, 100352, 128, 1280, 10].map((length) => take(Float32Array, length));
  return { batch, x, w1, b1, w2, b2, labels: take(Int32Array, batch) };
};

/** [rows, columns] → [columns, rows] */
export const transposed = (values, rows, columns) =>
  Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
