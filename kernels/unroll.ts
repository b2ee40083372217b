// An image unrolled for a product by the system's BLAS, some lines of positions at a time, and its way back. LAYOUT says how a window
// moves, as in image.ts; the image's own elements lie side by side here.
//
// Row k = (channel, kd, kh, kw) of an unrolled tile [K, lines · OW] holds what lies under that element of the window at each position.
import { copyLine, fillZeros, IMAGE, PADDING, POSITION, SPACING, STEP, taps, WINDOW, word } from "./image";
import { at, lanes } from "./simd";

/** Place along dimension `i` of what lies under element `k` of the window at position `o`. */
@inline
function placeOf(i: i32, o: i32, k: i32): i32 {
  return o * word(STEP, i) + k * word(SPACING, i) - word(PADDING, i);
}

/** The image's row that output line `line` sees under (kd, kh), or −1 outside of the image. */
@inline
function rowUnder(line: i32, kd: i32, kh: i32): i32 {
  const OH = word(POSITION, 1), D = word(IMAGE, 0), H = word(IMAGE, 1);
  const z = placeOf(0, line / OH, kd), y = placeOf(1, line % OH, kh);
  return z < 0 || z >= D || y < 0 || y >= H ? -1 : z * H + y;
}

/** Rows k … k + count − 1 of lines first … first + lines − 1. */
function unroll<T>(to: usize, image: usize, k: i32, count: i32, first: i32, lines: i32): void {
  const IW = word(IMAGE, 2), OW = word(POSITION, 2), KH = word(WINDOW, 1), KW = word(WINDOW, 2);
  const channel = word(IMAGE, 0) * word(IMAGE, 1) * IW, size = taps();
  const end = k + count;
  for (; k < end; k++) {
    const kw = k % KW, kh = k / KW % KH, kd = k % size / (KW * KH);
    const plane = at<T>(image, k / size * channel), x = placeOf(2, 0, kw);
    for (let line = first; line < first + lines; line++) {
      const row = rowUnder(line, kd, kh);
      if (row < 0) fillZeros<T>(to, OW);
      else copyLine<T>(to, at<T>(plane, row * IW), x, OW, word(STEP, 2), 1, IW);
      to = at<T>(to, OW);
    }
  }
}

/** Adds rows of an unrolled tile back to channels c … c + count − 1 of the image. */
function fold<T>(image: usize, from: usize, c: i32, count: i32, first: i32, lines: i32): void {
  const IW = word(IMAGE, 2), OW = word(POSITION, 2), step = word(STEP, 2);
  const channel = word(IMAGE, 0) * word(IMAGE, 1) * IW;
  const end = c + count;
  for (; c < end; c++) {
    const plane = at<T>(image, c * channel);
    for (let kd = 0; kd < word(WINDOW, 0); kd++) {
      for (let kh = 0; kh < word(WINDOW, 1); kh++) {
        for (let kw = 0; kw < word(WINDOW, 2); kw++) {
          const x = placeOf(2, 0, kw);
          for (let line = first; line < first + lines; line++) {
            const row = rowUnder(line, kd, kh);
            if (row >= 0) addLine<T>(at<T>(plane, row * IW), from, x, OW, step, IW);
            from = at<T>(from, OW);
          }
        }
      }
    }
  }
}

/** row[x + i · step] += from[i], where that is in the row. */
function addLine<T>(row: usize, from: usize, x: i32, count: i32, step: i32, size: i32): void {
  let i = x < 0 ? (step - 1 - x) / step : 0;
  const end = min(count, size > x ? (size - x + step - 1) / step : 0);
  if (step == 1) {
    for (; i + lanes<T>() <= end; i += lanes<T>()) {
      const to = at<T>(row, x + i);
      v128.store(to, v128.add<T>(v128.load(to), v128.load(at<T>(from, i))));
    }
  }
  for (; i < end; i++) {
    const to = at<T>(row, x + i * step);
    store<T>(to, load<T>(to) + load<T>(at<T>(from, i)));
  }
}

export function convUnroll_f32(to: usize, image: usize, k: i32, count: i32, first: i32, lines: i32): void {
  unroll<f32>(to, image, k, count, first, lines);
}

export function convUnroll_f64(to: usize, image: usize, k: i32, count: i32, first: i32, lines: i32): void {
  unroll<f64>(to, image, k, count, first, lines);
}

export function convFold_f32(image: usize, from: usize, c: i32, count: i32, first: i32, lines: i32): void {
  fold<f32>(image, from, c, count, first, lines);
}

export function convFold_f64(image: usize, from: usize, c: i32, count: i32, first: i32, lines: i32): void {
  fold<f64>(image, from, c, count, first, lines);
}
