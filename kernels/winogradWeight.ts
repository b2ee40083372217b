// The gradient of the weights of Winograd's convolution. See winogradTiles.ts.
import { multiplyBand, tileEnd, tilesOf } from "./conv";
import { IMAGE, PADDING, partsOf, POSITION, word } from "./image";
import { packing } from "./memory";
import { at } from "./simd";
import { EDGE, LINES, OFFSETS, ROOM, clearRows, copyRows, isFinite, spreadGradient, spreadImage, storeTiles, strideOf } from "./winogradTiles";

/** Output channels of an item of winogradWeight, and of a block of them at most. */
const GROUP: i32 = 16;
const BLOCK: i32 = 128;

/**
 * dU [16, O, C] ← for each of the points sums over all tiles of N samples, `lines` lines of tiles at a time. Items first …
 * first + count − 1: half of the points, of 16 output channels.
 */
export function winogradWeight_f32(
  dU: usize, dOut: usize, image: usize, N: i32, dStride: i32, imageStride: i32, O: i32, C: i32, lines: i32, first: i32, count: i32,
): void {
  const groups = partsOf(O, GROUP);
  for (let i = first; i < first + count; ) {
    const half = i / groups, group = i % groups, many = min(min(groups - group, first + count - i), BLOCK / GROUP);
    const o = group * GROUP, some = min(O - o, many * GROUP);
    sumTiles(at<f32>(dU, (8 * half * O + o) * C), at<f32>(0, O * C), dOut, image, N, dStride, imageStride, o, some, C, lines, half);
    i += many;
  }
}

/** Points 8 half … 8 half + 7 of output channels o … o + some − 1. */
function sumTiles(
  dU: usize, outPoint: usize, dOut: usize, image: usize, N: i32, dStride: i32, imageStride: i32, o: i32, some: i32, C: i32, lines: i32, half: i32,
): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = (OH + 1) >> 1, TW = (OW + 1) >> 1;
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2), V = IH * IW, P = OH * OW, most = lines * TW, stride = strideOf(TW);
  const n = tilesOf(some), all = N * TH;
  const offsets = packing() + OFFSETS, edge = packing() + EDGE;
  // Tiles [T, C] of the image, panels of tiles of the gradient, and sums [some, C].
  const tiles = packing() + ROOM, inPoint = at<f32>(0, most * C);
  const panels = tiles + 8 * inPoint, dPoint = at<f32>(0, most * some), sums = panels + 8 * dPoint;
  for (let t = 0; t < most; t++) store<i32>(offsets + (<usize>t << 2), t * C * 4);
  for (let start = 0; start < all; start += lines) {
    const end = min(start + lines, all), T = (end - start) * TW;
    clearRows();
    for (let l = start; l < end; ) {
      const sample = l / TH, y = l % TH, many = min(min(TH - y, end - l), LINES);
      for (let c = 0; c < C; c++) {
        const plane = at<f32>(image, sample * imageStride + c * V);
        copyRows(plane, IH, IW, 2 * y - word(PADDING, 1), 2 * many + 2, word(PADDING, 2), stride);
        for (let j = 0; j < many; j++) {
          const to = at<f32>(tiles, (l - start + j) * TW * C + c), from = packing() + <usize>(2 * j) * stride;
          if (half == 0) {
            spreadImage(0, to, inPoint, from, stride, TW, true, at<f32>(0, C));
            spreadImage(1, to + 4 * inPoint, inPoint, from, stride, TW, true, at<f32>(0, C));
          } else {
            spreadImage(2, to, inPoint, from, stride, TW, true, at<f32>(0, C));
            spreadImage(3, to + 4 * inPoint, inPoint, from, stride, TW, true, at<f32>(0, C));
          }
        }
      }
      l += many;
    }
    clearRows();
    for (let l = start; l < end; ) {
      const sample = l / TH, y = l % TH, many = min(min(TH - y, end - l), LINES);
      for (let i = 0, begin = 0; i < n; i++) {
        const stop = tileEnd(i, n, some), height = stop - begin;
        for (let c = begin; c < stop; c++) {
          const plane = at<f32>(dOut, sample * dStride + (o + c) * P);
          // Whole tiles are read where they are.
          const isWhole = 2 * TW == OW && 2 * (y + many) <= OH, down = isWhole ? at<f32>(0, OW) : stride;
          let from = isWhole ? at<f32>(plane, 2 * y * OW) : packing();
          if (!isWhole) copyRows(plane, OH, OW, 2 * y, 2 * many, 0, stride);
          for (let j = 0; j < many; j++) {
            const to = at<f32>(panels, begin * T + (l - start + j) * TW * height + c - begin);
            if (half == 0) {
              spreadGradient(0, to, dPoint, from, down, TW, true, at<f32>(0, height));
              spreadGradient(1, to + 4 * dPoint, dPoint, from, down, TW, true, at<f32>(0, height));
            } else {
              spreadGradient(2, to, dPoint, from, down, TW, true, at<f32>(0, height));
              spreadGradient(3, to + 4 * dPoint, dPoint, from, down, TW, true, at<f32>(0, height));
            }
            from += 2 * down;
          }
        }
        begin = stop;
      }
      l += many;
    }
    for (let p = 0; p < 8; p++) {
      const to = dU + <usize>p * outPoint, isFirst = start == 0;
      multiplyBand<f32>(isFirst ? to : sums, at<f32>(0, C), panels + <usize>p * dPoint, some, T, T, 0, false, tiles + <usize>p * inPoint, offsets, C, edge);
      if (!isFirst) addTo(to, sums, some * C);
    }
  }
}

/** to [count] ← to + from. */
@inline
function addTo(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at<f32>(to, i), f32x4.add(v128.load(at<f32>(to, i)), v128.load(at<f32>(from, i))));
  for (; i < count; i++) store<f32>(at<f32>(to, i), load<f32>(at<f32>(to, i)) + load<f32>(at<f32>(from, i)));
}

/** dW ← Gᵀ dU G for rows of C · 9 elements of `count` output channels of O. @returns the first row that is not finite, or −1 */
export function winogradUnpack2_f32(dW: usize, dU: usize, O: i32, C: i32, count: i32): i32 {
  const point = at<f32>(0, O * C), half = f32x4.splat(0.5), zero = f32x4.splat(0), last = C - 4;
  for (let o = 0; o < count; o++) {
    let checked = zero;
    for (let i = 0; i < C; i += 4) {
      const c = min(i, last), from = at<f32>(dU, o * C + c), to = at<f32>(dW, (o * C + c) * 9);
      // The rows of Gᵀ dU, a column at a time, then their products with G.
      for (let row = 0; row < 3; row++) {
        let s = zero, d = zero, p = from, v0 = zero, v3 = zero;
        for (let j = 0; j < 4; j++) {
          const m1 = v128.load(p + 4 * point), m2 = v128.load(p + 8 * point);
          let v = row == 1 ? f32x4.mul(f32x4.sub(m1, m2), half) : f32x4.mul(f32x4.add(m1, m2), half);
          if (row == 0) v = f32x4.add(v, v128.load(p));
          if (row == 2) v = f32x4.add(v, v128.load(p + 12 * point));
          if (j == 0) v0 = v;
          else if (j == 3) v3 = v;
          else {
            s = f32x4.add(s, v);
            d = j == 1 ? v : f32x4.sub(d, v);
          }
          p += point;
        }
        const middle = f32x4.mul(s, half), left = f32x4.add(v0, middle), right = f32x4.add(middle, v3), center = f32x4.mul(d, half);
        checked = f32x4.add(checked, f32x4.mul(f32x4.add(f32x4.add(left, center), right), zero));
        storeTiles(at<f32>(to, 3 * row), left, true, 36);
        storeTiles(at<f32>(to, 3 * row + 1), center, true, 36);
        storeTiles(at<f32>(to, 3 * row + 2), right, true, 36);
      }
    }
    if (!isFinite(checked)) return o;
  }
  return -1;
}
