// An image unrolled for a product by the system's BLAS, some lines of positions at a time, and its way back. LAYOUT says how a window
// moves, as in image.ts; the image's own elements lie side by side here.
//
// Row k = (channel, kd, kh, kw) of an unrolled tile [K, lines · OW] holds what lies under that element of the window at each position.
import { copyEven, copyRun, fillZeros, IMAGE, PADDING, POSITION, SPACING, STEP, taps, WINDOW, word } from "./image";
import { at, lanes } from "./simd";

/** Place along dimension `i` of what lies under element `k` of the window at position 0. */
@inline
function placeOf(i: i32, k: i32): i32 {
  return k * word(SPACING, i) - word(PADDING, i);
}

/** The first of positions 0 … count − 1, `step` apart from `place` on, that lies at or behind `bound`; count where none does. */
@inline
function firstFrom(bound: i32, place: i32, step: i32, count: i32): i32 {
  if (bound <= place) return 0;
  return min(step == 1 ? bound - place : (bound - place + step - 1) / step, count);
}

/** Sets the elements before `start` and from `end` on of each of some lines to zero. */
function clearEnds<T>(to: usize, lines: i32, width: i32, start: i32, end: i32): void {
  if (start == 0 && end == width) return;
  for (let i = 0; i < lines; i++) {
    for (let j = 0; j < start; j++) store<T>(at<T>(to, j), <T>0);
    for (let j = end; j < width; j++) store<T>(at<T>(to, j), <T>0);
    to = at<T>(to, width);
  }
}

/** What lies under one element of the window at lines of positions, which all see rows of the plane, from row y on. */
function copyLines<T>(to: usize, plane: usize, y: i32, lines: i32, x: i32): void {
  const IW = word(IMAGE, 2), OW = word(POSITION, 2), stepH = word(STEP, 1), step = word(STEP, 2);
  const start = firstFrom(0, x, step, OW), end = max(firstFrom(IW, x, step, OW), start);
  if (start == end) {
    fillZeros<T>(to, lines * OW);
    return;
  }
  let from = at<T>(plane, y * IW + x + start * step);
  if (step == 1 && stepH == 1 && IW == OW) {
    // The lines follow each other as the rows do: one run, with the neighbour's elements where a line has none.
    copyRun<T>(at<T>(to, start), from, lines * OW - start - (OW - end));
    clearEnds<T>(to, lines, OW, start, end);
    return;
  }
  clearEnds<T>(to, lines, OW, start, end);
  const rowStep = <usize>(stepH * IW) * sizeof<T>();
  to = at<T>(to, start);
  for (let i = 0; i < lines; i++) {
    if (step == 1) copyRun<T>(to, from, end - start);
    else if (step == 2) copyEven<T>(to, from, end - start);
    else for (let j = 0; j < end - start; j++) store<T>(at<T>(to, j), load<T>(at<T>(from, j * step)));
    to = at<T>(to, OW);
    from += rowStep;
  }
}

/** Adds lines back to the rows that they were copied from. What lies under no element is lost, in `from` too. */
function addLines<T>(plane: usize, from: usize, y: i32, lines: i32, x: i32): void {
  const IW = word(IMAGE, 2), OW = word(POSITION, 2), stepH = word(STEP, 1), step = word(STEP, 2);
  const start = firstFrom(0, x, step, OW), end = max(firstFrom(IW, x, step, OW), start);
  if (start == end) return;
  let to = at<T>(plane, y * IW + x + start * step);
  if (step == 1 && stepH == 1 && IW == OW) {
    clearEnds<T>(from, lines, OW, start, end);
    addRun<T>(to, at<T>(from, start), lines * OW - start - (OW - end));
    return;
  }
  const rowStep = <usize>(stepH * IW) * sizeof<T>();
  from = at<T>(from, start);
  for (let i = 0; i < lines; i++) {
    if (step == 1) addRun<T>(to, from, end - start);
    else {
      for (let j = 0; j < end - start; j++) {
        const one = at<T>(to, j * step);
        store<T>(one, load<T>(one) + load<T>(at<T>(from, j)));
      }
    }
    from = at<T>(from, OW);
    to += rowStep;
  }
}

@inline
function addRun<T>(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + lanes<T>() <= count; i += lanes<T>()) {
    const p = at<T>(to, i);
    v128.store(p, v128.add<T>(v128.load(p), v128.load(at<T>(from, i))));
  }
  for (; i < count; i++) {
    const p = at<T>(to, i);
    store<T>(p, load<T>(p) + load<T>(at<T>(from, i)));
  }
}

/**
 * Moves lines first … first + lines − 1 of rows k … k + count − 1 of an unrolled tile: to it, zeros where there is no image, or, with
 * `isFold`, back from it.
 */
@inline
function moveRows<T>(tile: usize, image: usize, k: i32, count: i32, first: i32, lines: i32, isFold: bool): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), KH = word(WINDOW, 1), KW = word(WINDOW, 2);
  const D = word(IMAGE, 0), H = word(IMAGE, 1), plane = H * word(IMAGE, 2), stepH = word(STEP, 1);
  const end = first + lines;
  let kw = k % KW, kh = k / KW % KH, kd = k % taps() / (KW * KH);
  image = at<T>(image, k / taps() * D * plane);
  for (; count > 0; count--) {
    const x = placeOf(2, kw), y0 = placeOf(1, kh), z0 = placeOf(0, kd);
    for (let line = first; line < end; ) {
      // The lines of one depth, and those of them that see rows of the image.
      const od = line < OH ? 0 : line / OH, oh = line - od * OH;
      const here = min(OH - oh, end - line), z = od * word(STEP, 0) + z0, y = oh * stepH + y0;
      const isOutside = z < 0 || z >= D;
      const a = isOutside ? here : firstFrom(0, y, stepH, here);
      const b = max(isOutside ? here : firstFrom(H, y, stepH, here), a);
      const from = at<T>(image, z * plane), middle = at<T>(tile, a * OW);
      if (isFold) addLines<T>(from, middle, y + a * stepH, b - a, x);
      else {
        fillZeros<T>(tile, a * OW);
        copyLines<T>(middle, from, y + a * stepH, b - a, x);
        fillZeros<T>(at<T>(tile, b * OW), (here - b) * OW);
      }
      tile = at<T>(tile, here * OW);
      line += here;
    }
    if (++kw < KW) continue;
    kw = 0;
    if (++kh < KH) continue;
    kh = 0;
    if (++kd < word(WINDOW, 0)) continue;
    kd = 0;
    image = at<T>(image, D * plane);
  }
}

/** Rows k … k + count − 1 of lines first … first + lines − 1. */
function unroll<T>(to: usize, image: usize, k: i32, count: i32, first: i32, lines: i32): void {
  moveRows<T>(to, image, k, count, first, lines, false);
}

/** Adds rows of an unrolled tile back to channels c … c + count − 1 of the image. */
function fold<T>(image: usize, from: usize, c: i32, count: i32, first: i32, lines: i32): void {
  moveRows<T>(from, image, c * taps(), count * taps(), first, lines, true);
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
