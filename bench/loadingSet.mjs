// Images that have to be decoded: the packed rows of PNG files, 64 × 64 in three colours, and labels. Made anew by each worker.
import { deflateSync, inflateSync } from "node:zlib";
import { tensor } from "../dist/src/index.js";

const SIZE = 64;
const ROW = 3 * SIZE;

/** Each row behind its filter's number 1: every byte is the difference to that of the pixel on its left. */
const packed = (i) => {
  const rows = Buffer.alloc(SIZE * (ROW + 1));
  let state = i + 1;
  for (let y = 0; y < SIZE; y++) {
    rows[y * (ROW + 1)] = 1;
    for (let x = 0; x < ROW; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      rows[y * (ROW + 1) + 1 + x] = state >>> 30;
    }
  }
  return deflateSync(rows);
};

const decode = (bytes) => {
  const rows = inflateSync(bytes);
  const pixels = new Uint8Array(3 * SIZE * SIZE);
  for (let y = 0; y < SIZE; y++) {
    const left = [0, 0, 0];
    for (let x = 0; x < ROW; x++) {
      left[x % 3] = (left[x % 3] + rows[y * (ROW + 1) + 1 + x]) & 255;
      pixels[(x % 3) * SIZE * SIZE + y * SIZE + ((x / 3) | 0)] = left[x % 3];
    }
  }
  return tensor(pixels, { shape: [3, SIZE, SIZE] })
    .to("float32")
    .div(255);
};

export default ({ length }) => {
  const files = Array.from({ length }, (_, i) => packed(i));
  return { length, get: (i) => [decode(files[i]), i % 10] };
};
