import type { WindowsOf3 } from "../backend.js";
import type { TypedArray } from "../dtype.js";

/** An array from an element on. */
interface Elements {
  readonly data: TypedArray;
  readonly start: number;
}

/** Calls `visit` with each plane's and each output's first element, and the bounds of its window. */
const eachWindow = (
  planes: number,
  image: readonly number[],
  windows: WindowsOf3,
  visit: (out: number, plane: number, d: number, h: number, w: number) => void,
): void => {
  const [d, h, w] = windows.map(({ starts }) => starts.length) as [number, number, number];
  const size = image.reduce((a, b) => a * b, 1);
  let out = 0;
  for (let p = 0; p < planes; p++)
    for (let i = 0; i < d; i++) for (let j = 0; j < h; j++) for (let k = 0; k < w; k++) visit(out++, p * size, i, j, k);
};

/** @param image depth, height and width of a plane */
export const maxPool = (
  out: Elements,
  places: Elements,
  x: Elements,
  planes: number,
  image: readonly number[],
  windows: WindowsOf3,
): void => {
  const [D, H, W] = windows;
  const [, height, width] = image as [number, number, number];
  eachWindow(planes, image, windows, (to, plane, i, j, k) => {
    let best = Number.NEGATIVE_INFINITY;
    let place = -1;
    for (let d = D.starts[i] as number; d < (D.ends[i] as number); d += D.step)
      for (let h = H.starts[j] as number; h < (H.ends[j] as number); h += H.step) {
        const row = (d * height + h) * width;
        for (let w = W.starts[k] as number; w < (W.ends[k] as number); w += W.step) {
          const v = x.data[x.start + plane + row + w] as number;
          if (v > best || place < 0 || (Number.isNaN(v) && !Number.isNaN(best))) {
            best = v;
            place = row + w;
          }
        }
      }
    out.data[out.start + to] = best;
    places.data[places.start + to] = place;
  });
};

/** dX, which holds zeros, gets the `outputs` of each plane at their places among its `size` elements. */
export const maxPoolBackward = (
  dX: Elements,
  dOut: Elements,
  places: Elements,
  planes: number,
  size: number,
  outputs: number,
): void => {
  for (let p = 0; p < planes; p++)
    for (let i = p * outputs; i < (p + 1) * outputs; i++) {
      const to = dX.start + p * size + (places.data[places.start + i] as number);
      dX.data[to] = (dX.data[to] as number) + (dOut.data[dOut.start + i] as number);
    }
};

const divisorAt = ([D, H, W]: WindowsOf3, i: number, j: number, k: number): number =>
  (D.counts[i] as number) * (H.counts[j] as number) * (W.counts[k] as number);

export const avgPool = (
  out: Elements,
  x: Elements,
  planes: number,
  image: readonly number[],
  windows: WindowsOf3,
  divisor: number | null,
): void => {
  const [D, H, W] = windows;
  const [, height, width] = image as [number, number, number];
  eachWindow(planes, image, windows, (to, plane, i, j, k) => {
    let sum = 0;
    for (let d = D.starts[i] as number; d < (D.ends[i] as number); d++)
      for (let h = H.starts[j] as number; h < (H.ends[j] as number); h++) {
        const row = x.start + plane + (d * height + h) * width;
        for (let w = W.starts[k] as number; w < (W.ends[k] as number); w++) sum += x.data[row + w] as number;
      }
    out.data[out.start + to] = sum / (divisor ?? divisorAt(windows, i, j, k));
  });
};

/** dX, which holds zeros, gets each output's share at every element of its window. */
export const avgPoolBackward = (
  dX: Elements,
  dOut: Elements,
  planes: number,
  image: readonly number[],
  windows: WindowsOf3,
  divisor: number | null,
): void => {
  const [D, H, W] = windows;
  const [, height, width] = image as [number, number, number];
  eachWindow(planes, image, windows, (from, plane, i, j, k) => {
    const share = (dOut.data[dOut.start + from] as number) / (divisor ?? divisorAt(windows, i, j, k));
    for (let d = D.starts[i] as number; d < (D.ends[i] as number); d++)
      for (let h = H.starts[j] as number; h < (H.ends[j] as number); h++) {
        const row = dX.start + plane + (d * height + h) * width;
        for (let w = W.starts[k] as number; w < (W.ends[k] as number); w++)
          dX.data[row + w] = (dX.data[row + w] as number) + share;
      }
  });
};
