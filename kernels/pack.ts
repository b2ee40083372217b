import { at, lanes } from "./simd";

// A panel holds `width` lines of a matrix side by side: for each k in turn, one element of every line.
// Lines past the end are zeros, so the micro-kernel needs no edges; what it makes of them is never stored.

/**
 * Packs `lines` lines of `depth` elements into panels of `width` lines.
 * Line i's element k lies at src[i · lineStride + k · kStride].
 */
export function packPanels<T>(
  to: usize, src: usize, lineStride: i32, kStride: i32, lines: i32, depth: i32, width: i32,
): void {
  for (let first = 0; first < lines; first += width) {
    const count = min(width, lines - first);
    const from = at<T>(src, first * lineStride);
    if (kStride == 1) alongK<T>(to, from, lineStride, count, depth, width);
    else if (lineStride == 1 && count == width) acrossLines<T>(to, from, kStride, depth, width);
    else strided<T>(to, from, lineStride, kStride, 0, count, depth, width);
    if (count < width) padWithZeros<T>(to, count, depth, width);
    to = at<T>(to, width * depth);
  }
}

/** Neighbours in memory are neighbours in the panel: whole registers move. */
function acrossLines<T>(to: usize, from: usize, kStride: i32, depth: i32, width: i32): void {
  const vectors = width & ~(lanes<T>() - 1);
  const step = (<usize>kStride) * sizeof<T>();
  for (let k = 0; k < depth; k++) {
    let i = 0;
    for (; i < vectors; i += lanes<T>()) v128.store(at<T>(to, i), v128.load(at<T>(from, i)));
    for (; i < width; i++) store<T>(at<T>(to, i), load<T>(at<T>(from, i)));
    from += step;
    to = at<T>(to, width);
  }
}

/** Neighbours in memory follow each other along k: squares of lanes × lanes are transposed in registers. */
function alongK<T>(to: usize, from: usize, lineStride: i32, count: i32, depth: i32, width: i32): void {
  let line = 0;
  for (; line + lanes<T>() <= count; line += lanes<T>()) {
    const src = at<T>(from, line * lineStride);
    if (sizeof<T>() == 4) transpose4(at<T>(to, line), src, lineStride, depth, width);
    else transpose2(at<T>(to, line), src, lineStride, depth, width);
  }
  if (sizeof<T>() == 4 && line + 2 <= count) {
    transposePair(at<T>(to, line), at<T>(from, line * lineStride), lineStride, depth, width);
    line += 2;
  }
  if (line < count) strided<T>(to, from, lineStride, 1, line, count, depth, width);
}

/** Four lines of 4-byte elements. */
function transpose4(to: usize, from: usize, lineStride: i32, depth: i32, width: i32): void {
  const line1 = at<f32>(from, lineStride), line2 = at<f32>(line1, lineStride), line3 = at<f32>(line2, lineStride);
  const step = (<usize>width) * 4;
  let k: usize = 0;
  const whole = <usize>(depth & ~3) * 4;
  for (; k < whole; k += 16) {
    const r0 = v128.load(from + k), r1 = v128.load(line1 + k), r2 = v128.load(line2 + k), r3 = v128.load(line3 + k);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    to += step;
    v128.store(to, v128.shuffle<f64>(low01, low23, 1, 3));
    to += step;
    v128.store(to, v128.shuffle<f64>(high01, high23, 0, 2));
    to += step;
    v128.store(to, v128.shuffle<f64>(high01, high23, 1, 3));
    to += step;
  }
  for (; k < (<usize>depth) * 4; k += 4) {
    store<f32>(to, load<f32>(from + k));
    store<f32>(to, load<f32>(line1 + k), 4);
    store<f32>(to, load<f32>(line2 + k), 8);
    store<f32>(to, load<f32>(line3 + k), 12);
    to += step;
  }
}

/** Two lines of 4-byte elements: what a panel of six leaves behind its first four. */
function transposePair(to: usize, from: usize, lineStride: i32, depth: i32, width: i32): void {
  const line1 = at<f32>(from, lineStride);
  const step = (<usize>width) * 4;
  let k: usize = 0;
  const whole = <usize>(depth & ~3) * 4;
  for (; k < whole; k += 16) {
    const r0 = v128.load(from + k), r1 = v128.load(line1 + k);
    const low = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    v128.store_lane<f64>(to, low, 0);
    to += step;
    v128.store_lane<f64>(to, low, 1);
    to += step;
    v128.store_lane<f64>(to, high, 0);
    to += step;
    v128.store_lane<f64>(to, high, 1);
    to += step;
  }
  for (; k < (<usize>depth) * 4; k += 4) {
    store<f32>(to, load<f32>(from + k));
    store<f32>(to, load<f32>(line1 + k), 4);
    to += step;
  }
}

/** Two lines of 8-byte elements. */
function transpose2(to: usize, from: usize, lineStride: i32, depth: i32, width: i32): void {
  const line1 = at<f64>(from, lineStride);
  const step = (<usize>width) * 8;
  let k: usize = 0;
  const whole = <usize>(depth & ~1) * 8;
  for (; k < whole; k += 16) {
    const r0 = v128.load(from + k), r1 = v128.load(line1 + k);
    v128.store(to, v128.shuffle<f64>(r0, r1, 0, 2));
    to += step;
    v128.store(to, v128.shuffle<f64>(r0, r1, 1, 3));
    to += step;
  }
  if (depth & 1) {
    store<f64>(to, load<f64>(from + k));
    store<f64>(to, load<f64>(line1 + k), 8);
  }
}

/** Lines first … count − 1, element by element. */
function strided<T>(
  to: usize, from: usize, lineStride: i32, kStride: i32, first: i32, count: i32, depth: i32, width: i32,
): void {
  const step = (<usize>kStride) * sizeof<T>();
  for (let i = first; i < count; i++) {
    let src = at<T>(from, i * lineStride);
    let dst = at<T>(to, i);
    for (let k = 0; k < depth; k++) {
      store<T>(dst, load<T>(src));
      src += step;
      dst = at<T>(dst, width);
    }
  }
}

function padWithZeros<T>(to: usize, count: i32, depth: i32, width: i32): void {
  for (let k = 0; k < depth; k++) {
    for (let i = count; i < width; i++) store<T>(at<T>(to, i), <T>0);
    to = at<T>(to, width);
  }
}
