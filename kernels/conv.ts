// Convolutions as products with an image that is unrolled on the way into the packed blocks of matmul.ts, never in whole.
//
// Row k of the unrolled image [K, P] holds, for each output position p, the image's element under weight k = (channel, kd, kh, kw),
// or 0 outside of it. The words at LAYOUT say how: sizes of the image, of the positions and of the window, then step, padding and
// spacing of the window, and the spacing of the image's own elements (a backward pass moves over outputs that lie apart).
import { LAYOUT, packing } from "./memory";
import { addToColumns, blockK, columns, copyTile, EDGE, PACKED_A, PACKED_B, ROWS, tileSums } from "./matmul";
import { packPanels } from "./pack";
import { at, lanes } from "./simd";

/** Positions of a block at most: one row of them is unrolled at a time, behind the packed blocks. */
const POSITIONS: i32 = 4096;

/** Word i of group g of three (depth, height, width). */
@inline
function word(g: i32, i: i32): i32 {
  return load<i32>(LAYOUT + ((g * 3 + i) << 2));
}
const IMAGE: i32 = 0, POSITION: i32 = 1, WINDOW: i32 = 2, STEP: i32 = 3, PADDING: i32 = 4, SPACING: i32 = 5, APART: i32 = 6;

/** Index of the element at `place` of a line whose elements lie `apart`, or −1 where there is none. */
@inline
function elementAt(place: i32, apart: i32, size: i32): i32 {
  if (place < 0) return -1;
  if (apart > 1) {
    if (place % apart != 0) return -1;
    place /= apart;
  }
  return place < size ? place : -1;
}

@inline
function fillZeros<T>(to: usize, count: i32): void {
  let i = 0;
  for (; i + lanes<T>() <= count; i += lanes<T>()) v128.store(at<T>(to, i), i32x4.splat(0));
  for (; i < count; i++) store<T>(at<T>(to, i), <T>0);
}

@inline
function copyRun<T>(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + lanes<T>() <= count; i += lanes<T>()) v128.store(at<T>(to, i), v128.load(at<T>(from, i)));
  for (; i < count; i++) store<T>(at<T>(to, i), load<T>(at<T>(from, i)));
}

/** `count` elements of row k of the unrolled image, from position p on. */
function unroll<T>(to: usize, image: usize, k: i32, p: i32, count: i32): void {
  const IW = word(IMAGE, 2), IH = word(IMAGE, 1), OW = word(POSITION, 2), OH = word(POSITION, 1);
  const KW = word(WINDOW, 2), KH = word(WINDOW, 1), KD = word(WINDOW, 0);
  const kw = k % KW, kh = (k / KW) % KH, kd = (k / (KW * KH)) % KD, c = k / (KW * KH * KD);
  const plane = at<T>(image, c * word(IMAGE, 0) * IH * IW);
  const stepW = word(STEP, 2), apartW = word(APART, 2), firstW = kw * word(SPACING, 2) - word(PADDING, 2);
  const firstH = kh * word(SPACING, 1) - word(PADDING, 1), firstD = kd * word(SPACING, 0) - word(PADDING, 0);
  let ow = p % OW, oh = (p / OW) % OH, od = p / (OW * OH);
  while (count > 0) {
    const run = min(count, OW - ow);
    const z = elementAt(od * word(STEP, 0) + firstD, word(APART, 0), word(IMAGE, 0));
    const y = elementAt(oh * word(STEP, 1) + firstH, word(APART, 1), IH);
    if (z < 0 || y < 0) fillZeros<T>(to, run);
    else {
      const row = at<T>(plane, (z * IH + y) * IW);
      const x = ow * stepW + firstW;
      if (stepW == 1 && apartW == 1) {
        const start = min(max(-x, 0), run), end = max(min(IW - x, run), start);
        fillZeros<T>(to, start);
        copyRun<T>(at<T>(to, start), at<T>(row, x + start), end - start);
        fillZeros<T>(at<T>(to, end), run - end);
      } else {
        for (let i = 0; i < run; i++) {
          const j = elementAt(x + i * stepW, apartW, IW);
          store<T>(at<T>(to, i), j < 0 ? <T>0 : load<T>(at<T>(row, j)));
        }
      }
    }
    to = at<T>(to, run);
    count -= run;
    ow = 0;
    if (++oh == OH) {
      oh = 0;
      od++;
    }
  }
}

/** out [M, P] ← w [M, K] · unrolled image [K, P] (+ bias [M]). */
function forward<T>(out: usize, w: usize, image: usize, bias: usize, M: i32, P: i32, K: i32): void {
  const cols = columns<T>();
  const blocksK = (K + blockK<T>() - 1) / blockK<T>();
  const KC = (K + blocksK - 1) / blocksK;
  const NC = min(PACKED_B / (KC * <i32>sizeof<T>()) / cols * cols, POSITIONS);
  const MC = PACKED_A / (KC * <i32>sizeof<T>()) / ROWS * ROWS;
  const packedA = packing(), packedB = packedA + PACKED_A, edge = packedB + PACKED_B, zeros = edge + EDGE, line = zeros + 32;
  memory.fill(zeros, 0, 32);
  for (let n0 = 0; n0 < P; n0 += NC) {
    const nc = min(NC, P - n0);
    const wide = (nc + cols - 1) / cols * cols;
    for (let k0 = 0; k0 < K; k0 += KC) {
      const kc = min(KC, K - k0);
      for (let k = 0; k < kc; k++) {
        unroll<T>(line, image, k0 + k, n0, nc);
        fillZeros<T>(at<T>(line, nc), wide - nc);
        let to = at<T>(packedB, k * cols);
        for (let n = 0; n < wide; n += cols) {
          v128.store(to, v128.load(at<T>(line, n)));
          v128.store(to, v128.load(at<T>(line, n), 16), 16);
          to = at<T>(to, kc * cols);
        }
      }
      for (let m0 = 0; m0 < M; m0 += MC) {
        const mc = min(MC, M - m0);
        packPanels<T>(packedA, at<T>(w, m0 * K + k0), K, 1, mc, kc, ROWS);
        multiply<T>(at<T>(out, m0 * P + n0), P, packedA, packedB, mc, nc, kc, k0 == 0, edge, zeros);
        if (bias != 0 && k0 + kc == K) addToColumns<T>(at<T>(out, m0 * P + n0), P, at<T>(bias, m0), mc, nc);
      }
    }
  }
}

/**
 * Columns first … first + count of dW [M, K] ← the sum over images of dOut [M, P] · unrolled image transposed [P, K]. From one
 * image to the next, dOut and image move by `dOutStep` and `imageStep` elements; the sum runs in the order of the images.
 */
function backwardWeight<T>(
  out: usize, dOut: usize, image: usize, images: i32, dOutStep: i32, imageStep: i32, M: i32, K: i32, P: i32, first: i32, count: i32,
): void {
  const cols = columns<T>();
  const blocksP = (P + blockK<T>() - 1) / blockK<T>();
  const PC = (P + blocksP - 1) / blocksP;
  const NC = PACKED_B / (PC * <i32>sizeof<T>()) / cols * cols;
  const MC = PACKED_A / (PC * <i32>sizeof<T>()) / ROWS * ROWS;
  const packedA = packing(), packedB = packedA + PACKED_A, edge = packedB + PACKED_B, zeros = edge + EDGE, lines = zeros + 32;
  memory.fill(zeros, 0, 32);
  for (let i = 0; i < images; i++) {
    for (let n0 = first; n0 < first + count; n0 += NC) {
      const nc = min(NC, first + count - n0);
      for (let p0 = 0; p0 < P; p0 += PC) {
        const pc = min(PC, P - p0);
        for (let n = 0; n < nc; n += cols) {
          const width = min(cols, nc - n);
          for (let j = 0; j < width; j++) unroll<T>(at<T>(lines, j * pc), image, n0 + n + j, p0, pc);
          packPanels<T>(at<T>(packedB, n * pc), lines, pc, 1, width, pc, cols);
        }
        for (let m0 = 0; m0 < M; m0 += MC) {
          const mc = min(MC, M - m0);
          packPanels<T>(packedA, at<T>(dOut, m0 * P + p0), P, 1, mc, pc, ROWS);
          multiply<T>(at<T>(out, m0 * K + n0), K, packedA, packedB, mc, nc, pc, i == 0 && p0 == 0, edge, zeros);
        }
      }
    }
    dOut = at<T>(dOut, dOutStep);
    image = at<T>(image, imageStep);
  }
}

/** A block of out, row stride rs, from packed panels; from zeros where it is the first along K. */
function multiply<T>(
  out: usize, rs: i32, packedA: usize, packedB: usize, mc: i32, nc: i32, kc: i32, isFirst: bool, edge: usize, zeros: usize,
): void {
  const cols = columns<T>();
  for (let n = 0; n < nc; n += cols) {
    const width = min(cols, nc - n);
    const panelB = at<T>(packedB, n * kc);
    for (let m = 0; m < mc; m += ROWS) {
      const height = min(ROWS, mc - m);
      const panelA = at<T>(packedA, m * kc);
      const tile = at<T>(out, m * rs + n);
      if (height == ROWS && width == cols) {
        tileSums<T>(tile, rs, isFirst ? zeros : tile, isFirst ? 0 : rs, panelA, panelB, kc);
      } else {
        if (!isFirst) copyTile<T>(edge, cols, tile, rs, height, width);
        tileSums<T>(edge, cols, isFirst ? zeros : edge, isFirst ? 0 : cols, panelA, panelB, kc);
        copyTile<T>(tile, rs, edge, cols, height, width);
      }
    }
  }
}

export function conv_f32(out: usize, w: usize, image: usize, bias: usize, M: i32, P: i32, K: i32): void {
  forward<f32>(out, w, image, bias, M, P, K);
}

export function conv_f64(out: usize, w: usize, image: usize, bias: usize, M: i32, P: i32, K: i32): void {
  forward<f64>(out, w, image, bias, M, P, K);
}

export function convWeight_f32(
  out: usize, dOut: usize, image: usize, images: i32, dOutStep: i32, imageStep: i32, M: i32, K: i32, P: i32, first: i32, count: i32,
): void {
  backwardWeight<f32>(out, dOut, image, images, dOutStep, imageStep, M, K, P, first, count);
}

export function convWeight_f64(
  out: usize, dOut: usize, image: usize, images: i32, dOutStep: i32, imageStep: i32, M: i32, K: i32, P: i32, first: i32, count: i32,
): void {
  backwardWeight<f64>(out, dOut, image, images, dOutStep, imageStep, M, K, P, first, count);
}
