// Convolution where each channel of the image is a group of its own: a plane under windows, without a product of matrices.
//
// A plane is copied with zeros around it; under a window that moves by steps, its rows and columns are dealt to as many copies, so that
// what lies under an element of the window at neighbouring positions lies side by side. LAYOUT says how the window moves (image.ts).
import { addTotal } from "./convWeight";
import { copyLine, copyRun, fillZeros, IMAGE, PADDING, POSITION, SPACING, STEP, taps, WINDOW, word } from "./image";
import { packing } from "./memory";
import { at, fma, lanes, loadPart } from "./simd";

/** Bytes of the table of offsets; the copies lie behind it. */
const TABLE: i32 = 16 * 1024;

/** Columns and rows of a copy. */
@inline
function columnsOf(): i32 {
  return word(POSITION, 2) + (word(WINDOW, 2) - 1) * word(SPACING, 2) / word(STEP, 2);
}

@inline
function rowsOf(): i32 {
  return word(POSITION, 1) + (word(WINDOW, 1) - 1) * word(SPACING, 1) / word(STEP, 1);
}

/** Offsets in bytes, from a position's place in the first copy, of what lies under each element of the window. */
function writeOffsets<T>(to: usize, rows: i32, columns: i32): void {
  const stepH = word(STEP, 1), stepW = word(STEP, 2);
  for (let kh = 0; kh < word(WINDOW, 1); kh++) {
    for (let kw = 0; kw < word(WINDOW, 2); kw++) {
      const y = kh * word(SPACING, 1), x = kw * word(SPACING, 2);
      const place = ((y % stepH * stepW + x % stepW) * rows + y / stepH) * columns + x / stepW;
      store<i32>(to, place * <i32>sizeof<T>());
      to += 4;
    }
  }
}

function copyPlane<T>(to: usize, plane: usize, rows: i32, columns: i32): void {
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2), stepH = word(STEP, 1), stepW = word(STEP, 2);
  for (let a = 0; a < stepH; a++) {
    for (let b = 0; b < stepW; b++) {
      let y = a - word(PADDING, 1);
      for (let i = 0; i < rows; i++) {
        // Outside of the plane a line has no elements.
        const isThere = y >= 0 && y < IH;
        copyLine<T>(to, isThere ? at<T>(plane, y * IW) : plane, b - word(PADDING, 2), columns, stepW, 1, isThere ? IW : 0);
        to = at<T>(to, columns);
        y += stepH;
      }
    }
  }
}

/** The same of a window that moves by 1, where zeros are around the place of the plane already. */
@inline
function copyInside<T>(to: usize, plane: usize, rows: i32, columns: i32): void {
  const IW = word(IMAGE, 2), above = word(PADDING, 1), left = word(PADDING, 2);
  const width = min(IW, columns - left), height = min(word(IMAGE, 1), rows - above);
  to = at<T>(to, above * columns + left);
  for (let i = 0; i < height; i++) {
    copyRun<T>(to, plane, width);
    to = at<T>(to, columns);
    plane = at<T>(plane, IW);
  }
}

/** A plane of results under a window of 3 × 3 that moves by 1: the weights stay in registers. */
function threeByThree<T>(out: usize, from: usize, columns: i32, w: usize, isTurned: bool, bias: v128): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), last = OW - lanes<T>(), size = sizeof<T>();
  const first: usize = isTurned ? w + 8 * size : w, step: usize = isTurned ? <usize>0 - size : size;
  const w0 = v128.load_splat<T>(first), w1 = v128.load_splat<T>(first + step), w2 = v128.load_splat<T>(first + 2 * step);
  const w3 = v128.load_splat<T>(first + 3 * step), w4 = v128.load_splat<T>(first + 4 * step), w5 = v128.load_splat<T>(first + 5 * step);
  const w6 = v128.load_splat<T>(first + 6 * step), w7 = v128.load_splat<T>(first + 7 * step), w8 = v128.load_splat<T>(first + 8 * step);
  for (let i = 0; i < OH; i++) {
    for (let j = 0; j < OW; j += lanes<T>()) {
      // The last register begins early enough to fit.
      const place = min(j, last), p = at<T>(from, place), q = at<T>(p, columns), r = at<T>(q, columns);
      let sum = fma<T>(v128.load(p), w0, bias);
      sum = fma<T>(v128.load(p, sizeof<T>()), w1, sum);
      sum = fma<T>(v128.load(p, 2 * sizeof<T>()), w2, sum);
      sum = fma<T>(v128.load(q), w3, sum);
      sum = fma<T>(v128.load(q, sizeof<T>()), w4, sum);
      sum = fma<T>(v128.load(q, 2 * sizeof<T>()), w5, sum);
      sum = fma<T>(v128.load(r), w6, sum);
      sum = fma<T>(v128.load(r, sizeof<T>()), w7, sum);
      sum = fma<T>(v128.load(r, 2 * sizeof<T>()), w8, sum);
      v128.store(at<T>(out, place), sum);
    }
    out = at<T>(out, OW);
    from = at<T>(from, columns);
  }
}

/** A plane of results under any window: four registers of positions at a time. */
function anyWindow<T>(out: usize, from: usize, columns: i32, w: usize, isTurned: bool, bias: v128, offsets: usize): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), K = taps(), L = lanes<T>(), last = OW - L;
  const first = isTurned ? at<T>(w, K - 1) : w, step: usize = isTurned ? <usize>0 - sizeof<T>() : sizeof<T>();
  for (let i = 0; i < OH; i++) {
    for (let j = 0; j < OW; j += 4 * L) {
      const p0 = min(j, last), p1 = min(j + L, last), p2 = min(j + 2 * L, last), p3 = min(j + 3 * L, last);
      const from0 = at<T>(from, p0), from1 = at<T>(from, p1), from2 = at<T>(from, p2), from3 = at<T>(from, p3);
      let s0 = bias, s1 = bias, s2 = bias, s3 = bias, weight = first, table = offsets;
      for (let k = K; k > 0; k--) {
        const v = v128.load_splat<T>(weight), offset = <usize>load<u32>(table);
        s0 = fma<T>(v128.load(from0 + offset), v, s0);
        s1 = fma<T>(v128.load(from1 + offset), v, s1);
        s2 = fma<T>(v128.load(from2 + offset), v, s2);
        s3 = fma<T>(v128.load(from3 + offset), v, s3);
        weight += step;
        table += 4;
      }
      v128.store(at<T>(out, p0), s0);
      v128.store(at<T>(out, p1), s1);
      v128.store(at<T>(out, p2), s2);
      v128.store(at<T>(out, p3), s3);
    }
    out = at<T>(out, OW);
    from = at<T>(from, columns);
  }
}

/**
 * Planes first … first + count − 1 of an image [N, C, H, W], each of which gives `many` planes of out, under weights [C · many, window],
 * turned round where asked; `bias` has an element for each plane of a sample's out, or is 0.
 */
@inline
function depthwise<T>(out: usize, image: usize, w: usize, bias: usize, first: i32, count: i32, C: i32, many: i32, isTurned: bool): void {
  const window = taps(), P = word(POSITION, 1) * word(POSITION, 2), V = word(IMAGE, 1) * word(IMAGE, 2);
  const rows = rowsOf(), columns = columnsOf(), offsets = packing(), copy = offsets + TABLE;
  const isStep = word(STEP, 1) == 1 && word(STEP, 2) == 1;
  const isThree = isStep && word(WINDOW, 1) == 3 && word(WINDOW, 2) == 3 && word(SPACING, 1) == 1 && word(SPACING, 2) == 1;
  const isInside = isStep && word(PADDING, 1) >= 0 && word(PADDING, 2) >= 0;
  if (isInside) fillZeros<T>(copy, rows * columns);
  writeOffsets<T>(offsets, rows, columns);
  for (let plane = first; plane < first + count; plane++) {
    if (isInside) copyInside<T>(copy, at<T>(image, plane * V), rows, columns);
    else copyPlane<T>(copy, at<T>(image, plane * V), rows, columns);
    for (let m = 0; m < many; m++) {
      const o = plane % C * many + m, to = at<T>(out, (plane * many + m) * P), weights = at<T>(w, o * window);
      const added = bias == 0 ? i32x4.splat(0) : v128.load_splat<T>(at<T>(bias, o));
      if (isThree) threeByThree<T>(to, copy, columns, weights, isTurned, added);
      else anyWindow<T>(to, copy, columns, weights, isTurned, added, offsets);
    }
  }
}

export function depthwise_f32(out: usize, image: usize, w: usize, bias: usize, first: i32, count: i32, C: i32, many: i32, isTurned: bool): void { depthwise<f32>(out, image, w, bias, first, count, C, many, isTurned); }
export function depthwise_f64(out: usize, image: usize, w: usize, bias: usize, first: i32, count: i32, C: i32, many: i32, isTurned: bool): void { depthwise<f64>(out, image, w, bias, first, count, C, many, isTurned); }

/** dW += the products of a plane of dOut with what lies under a window of 3 × 3 that moves by 1. */
function sumThreeByThree<T>(dW: usize, d: usize, from: usize, columns: i32): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), rest = OW % lanes<T>(), zero = i32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero, s8 = zero;
  for (let i = 0; i < OH; i++) {
    let p = from, q = at<T>(from, columns), r = at<T>(from, 2 * columns);
    for (let j = OW; j >= lanes<T>(); j -= lanes<T>()) {
      const v = v128.load(d);
      s0 = fma<T>(v, v128.load(p), s0);
      s1 = fma<T>(v, v128.load(p, sizeof<T>()), s1);
      s2 = fma<T>(v, v128.load(p, 2 * sizeof<T>()), s2);
      s3 = fma<T>(v, v128.load(q), s3);
      s4 = fma<T>(v, v128.load(q, sizeof<T>()), s4);
      s5 = fma<T>(v, v128.load(q, 2 * sizeof<T>()), s5);
      s6 = fma<T>(v, v128.load(r), s6);
      s7 = fma<T>(v, v128.load(r, sizeof<T>()), s7);
      s8 = fma<T>(v, v128.load(r, 2 * sizeof<T>()), s8);
      d += 16;
      p += 16;
      q += 16;
      r += 16;
    }
    if (rest > 0) {
      const v = loadPart<T>(d, rest);
      s0 = fma<T>(v, loadPart<T>(p, rest), s0);
      s1 = fma<T>(v, loadPart<T>(p + sizeof<T>(), rest), s1);
      s2 = fma<T>(v, loadPart<T>(p + 2 * sizeof<T>(), rest), s2);
      s3 = fma<T>(v, loadPart<T>(q, rest), s3);
      s4 = fma<T>(v, loadPart<T>(q + sizeof<T>(), rest), s4);
      s5 = fma<T>(v, loadPart<T>(q + 2 * sizeof<T>(), rest), s5);
      s6 = fma<T>(v, loadPart<T>(r, rest), s6);
      s7 = fma<T>(v, loadPart<T>(r + sizeof<T>(), rest), s7);
      s8 = fma<T>(v, loadPart<T>(r + 2 * sizeof<T>(), rest), s8);
      d = at<T>(d, rest);
    }
    from = at<T>(from, columns);
  }
  addTotal<T>(at<T>(dW, 0), s0);
  addTotal<T>(at<T>(dW, 1), s1);
  addTotal<T>(at<T>(dW, 2), s2);
  addTotal<T>(at<T>(dW, 3), s3);
  addTotal<T>(at<T>(dW, 4), s4);
  addTotal<T>(at<T>(dW, 5), s5);
  addTotal<T>(at<T>(dW, 6), s6);
  addTotal<T>(at<T>(dW, 7), s7);
  addTotal<T>(at<T>(dW, 8), s8);
}

/** Channels first … first + count − 1 of the gradient of depthwise's weights of 3 × 3 that move by 1: added to dW, sample by sample. */
@inline
function depthwiseWeight<T>(dW: usize, dOut: usize, image: usize, N: i32, C: i32, many: i32, first: i32, count: i32): void {
  const P = word(POSITION, 1) * word(POSITION, 2), V = word(IMAGE, 1) * word(IMAGE, 2);
  const rows = rowsOf(), columns = columnsOf(), copy = packing() + TABLE;
  fillZeros<T>(copy, rows * columns);
  for (let c = first; c < first + count; c++) {
    for (let n = 0; n < N; n++) {
      const plane = n * C + c;
      copyInside<T>(copy, at<T>(image, plane * V), rows, columns);
      for (let m = 0; m < many; m++)
        sumThreeByThree<T>(at<T>(dW, (c * many + m) * 9), at<T>(dOut, (plane * many + m) * P), copy, columns);
    }
  }
}

export function depthwiseWeight_f32(dW: usize, dOut: usize, image: usize, N: i32, C: i32, many: i32, first: i32, count: i32): void { depthwiseWeight<f32>(dW, dOut, image, N, C, many, first, count); }
export function depthwiseWeight_f64(dW: usize, dOut: usize, image: usize, N: i32, C: i32, many: i32, first: i32, count: i32): void { depthwiseWeight<f64>(dW, dOut, image, N, C, many, first, count); }
