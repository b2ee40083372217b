// Gradient of a convolution's weights: dW [O, K] ← Σ over samples and positions of dOut [O, P] · what lies under each window [K, P].
//
// Positions run along the lanes: a tile holds the sums of up to HEIGHT output channels × 3 elements of the window, each in a register
// whose lanes are added at the end. A band of the image is copied as for the forward pass (image.ts).
import { channelOf, copyBand, IMAGE, POSITION, rowsOf, taps, widthOf, word, writeOffsets } from "./image";
import { packing } from "./memory";
import { at, fma, lanes, loadPart } from "./simd";

/** Bytes of the table of offsets; the band lies behind it. */
const TABLE: i32 = 64 * 1024;
const BAND: i32 = 256 * 1024;
/** Output channels of a tile: a product that needs a register of its own leaves fewer for sums. */
const HEIGHT: i32 = ASC_FEATURE_RELAXED_SIMD ? 3 : 2;

/** Adds the lanes of a register to a number. */
@inline
export function addTotal<T>(to: usize, v: v128): void {
  if (sizeof<T>() == 8) {
    store<f64>(to, load<f64>(to) + (f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)));
    return;
  }
  const pairs = f32x4.add(v, v128.shuffle<f64>(v, v, 1, 0));
  store<f32>(to, load<f32>(to) + (f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)));
}

/**
 * dW ← dW + a tile: `height` output channels, whose planes lie dPlane bytes apart, × `across` places under the window, at offsets
 * o0 … in a band. `samples` runs of P positions, dSample and xSample bytes apart.
 */
@inline
function tile<T>(
  height: i32, across: i32, dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize,
  x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  const zero = i32x4.splat(0);
  let c00 = zero, c01 = zero, c02 = zero, c10 = zero, c11 = zero, c12 = zero, c20 = zero, c21 = zero, c22 = zero;
  const far = dPlane + dPlane;
  for (; samples > 0; samples--) {
    let p0 = d, p1 = x + o0, p2 = x + o1, p3 = x + o2;
    let left = P;
    for (; left >= lanes<T>(); left -= lanes<T>()) {
      const d0 = v128.load(p0);
      const d1 = height > 1 ? v128.load(p0 + dPlane) : zero;
      const d2 = height > 2 ? v128.load(p0 + far) : zero;
      const x0 = v128.load(p1);
      c00 = fma<T>(d0, x0, c00);
      if (height > 1) c10 = fma<T>(d1, x0, c10);
      if (height > 2) c20 = fma<T>(d2, x0, c20);
      if (across > 1) {
        const x1 = v128.load(p2);
        c01 = fma<T>(d0, x1, c01);
        if (height > 1) c11 = fma<T>(d1, x1, c11);
        if (height > 2) c21 = fma<T>(d2, x1, c21);
      }
      if (across > 2) {
        const x2 = v128.load(p3);
        c02 = fma<T>(d0, x2, c02);
        if (height > 1) c12 = fma<T>(d1, x2, c12);
        if (height > 2) c22 = fma<T>(d2, x2, c22);
      }
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
    if (left > 0) {
      const d0 = loadPart<T>(p0, left);
      const d1 = height > 1 ? loadPart<T>(p0 + dPlane, left) : zero;
      const d2 = height > 2 ? loadPart<T>(p0 + far, left) : zero;
      const x0 = loadPart<T>(p1, left);
      c00 = fma<T>(d0, x0, c00);
      if (height > 1) c10 = fma<T>(d1, x0, c10);
      if (height > 2) c20 = fma<T>(d2, x0, c20);
      if (across > 1) {
        const x1 = loadPart<T>(p2, left);
        c01 = fma<T>(d0, x1, c01);
        if (height > 1) c11 = fma<T>(d1, x1, c11);
        if (height > 2) c21 = fma<T>(d2, x1, c21);
      }
      if (across > 2) {
        const x2 = loadPart<T>(p3, left);
        c02 = fma<T>(d0, x2, c02);
        if (height > 1) c12 = fma<T>(d1, x2, c12);
        if (height > 2) c22 = fma<T>(d2, x2, c22);
      }
    }
    d += dSample;
    x += xSample;
  }
  const size = sizeof<T>();
  addTotal<T>(dW, c00);
  if (across > 1) addTotal<T>(dW + size, c01);
  if (across > 2) addTotal<T>(dW + 2 * size, c02);
  dW += dRow;
  if (height > 1) {
    addTotal<T>(dW, c10);
    if (across > 1) addTotal<T>(dW + size, c11);
    if (across > 2) addTotal<T>(dW + 2 * size, c12);
    dW += dRow;
  }
  if (height > 2) {
    addTotal<T>(dW, c20);
    if (across > 1) addTotal<T>(dW + size, c21);
    if (across > 2) addTotal<T>(dW + 2 * size, c22);
  }
}

// One function for each size, so that each has the registers to itself.
function tile33<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(3, 3, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile23<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(2, 3, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile13<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(1, 3, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile32<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(3, 2, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile22<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(2, 2, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile12<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(1, 2, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile31<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(3, 1, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile21<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(2, 1, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}
function tile11<T>(
  dW: usize, dRow: usize, d: usize, dPlane: usize, dSample: usize, x: usize, o0: usize, o1: usize, o2: usize, xSample: usize, samples: i32, P: i32,
): void {
  tile<T>(1, 1, dW, dRow, d, dPlane, dSample, x, o0, o1, o2, xSample, samples, P);
}

/** All tiles of a band: columns k … k + K − 1 of dW, whose rows lie dRow bytes apart. */
function sumBand<T>(
  dW: usize, dRow: usize, O: i32, K: i32, d: usize, dPlane: usize, dSample: usize, band: usize, xSample: usize, offsets: usize, samples: i32, P: i32,
): void {
  for (let o = 0; o < O; ) {
    // 4 as 2 + 2.
    const height = O - o == 4 ? 2 : min(HEIGHT, O - o);
    for (let k = 0; k < K; k += 3) {
      const table = offsets + (<usize>k << 2), across = min(3, K - k);
      const to = at<T>(dW, k), o0 = <usize>load<u32>(table), o1 = across > 1 ? <usize>load<u32>(table, 4) : 0, o2 = across > 2 ? <usize>load<u32>(table, 8) : 0;
      if (across == 3) {
        if (HEIGHT > 2 && height == 3) tile33<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
        else if (height == 2) tile23<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
        else tile13<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
      } else if (across == 2) {
        if (HEIGHT > 2 && height == 3) tile32<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
        else if (height == 2) tile22<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
        else tile12<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
      } else {
        if (HEIGHT > 2 && height == 3) tile31<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
        else if (height == 2) tile21<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
        else tile11<T>(to, dRow, d, dPlane, dSample, band, o0, o1, o2, xSample, samples, P);
      }
    }
    dW += height * dRow;
    d += height * dPlane;
    o += height;
  }
}

/**
 * Channels first … first + count of dW [O, C · window] += the products of N samples, dStride and imageStride elements apart. In
 * which order they are added depends on C, not on where a part begins.
 */
@inline
function convWeight<T>(
  dW: usize, dOut: usize, image: usize, N: i32, dStride: i32, imageStride: i32, O: i32, C: i32, first: i32, count: i32,
): void {
  const OD = word(POSITION, 0), OH = word(POSITION, 1), OW = word(POSITION, 2), window = taps();
  const size = <i32>sizeof<T>(), volume = word(IMAGE, 0) * word(IMAGE, 1) * word(IMAGE, 2);
  const offsets = packing(), band = offsets + TABLE;
  // Channels are apart in dW, so they come in blocks before the rows do: each pass over dW then sums as much as can be.
  const rows = rowsOf<T>(1, BAND), width = widthOf<T>(1, rows, BAND);
  const CB = max(1, min(C, min(BAND / (channelOf<T>(rows, width) * size), TABLE / (4 * window))));
  // Samples share a turn, so that lanes are added less often.
  const xSample = CB * channelOf<T>(rows, width), NB = max(1, min(N, BAND / (xSample * size)));
  writeOffsets<T>(offsets, CB, rows, width);
  const dRow = at<T>(0, C * window), dPlane = at<T>(0, OD * OH * OW), dSample = at<T>(0, dStride);
  for (let c = first; c < first + count; c += CB) {
    const deep = min(CB, first + count - c);
    for (let n = 0; n < N; n += NB) {
      const samples = min(NB, N - n);
      for (let od = 0; od < OD; od++) {
        for (let oh = 0; oh < OH; oh += rows) {
          for (let ow = 0; ow < OW; ow += width) {
            const d = at<T>(dOut, n * dStride + (od * OH + oh) * OW + ow), P = min(rows, OH - oh) * min(width, OW - ow);
            for (let s = 0; s < samples; s++)
              copyBand<T>(at<T>(band, s * xSample), at<T>(image, (n + s) * imageStride + c * volume), deep, od, oh, rows, ow, width);
            sumBand<T>(at<T>(dW, c * window), dRow, O, deep * window, d, dPlane, dSample, band, at<T>(0, xSample), offsets, samples, P);
          }
        }
      }
    }
  }
}

export function convWeight_f32(dW: usize, dOut: usize, image: usize, N: i32, dStride: i32, imageStride: i32, O: i32, C: i32, first: i32, count: i32): void {
  convWeight<f32>(dW, dOut, image, N, dStride, imageStride, O, C, first, count);
}

export function convWeight_f64(dW: usize, dOut: usize, image: usize, N: i32, dStride: i32, imageStride: i32, O: i32, C: i32, first: i32, count: i32): void {
  convWeight<f64>(dW, dOut, image, N, dStride, imageStride, O, C, first, count);
}
