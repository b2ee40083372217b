// The pieces of Winograd's F(2 × 2, 3 × 3), whose results round as those of a plain sum do: forward and for the gradient of the image where
// channels are few, and there is less to save. See winogradTiles.ts, and winograd.ts.
import { tileEnd } from "./conv";
import { copyRun, IMAGE, PADDING, POSITION, word } from "./image";
import { packing } from "./memory";
import { at } from "./simd";
import { clearRows, copyRows, isFinite, LINES, spreadImage, strideOf } from "./winogradTiles";

/** Bytes of a line on its way to a result. */
const LINE: i32 = 4096 + 64;

/** As winogradPack4 does, the 16 points. */
export function winogradPack2_f32(
  to: usize, point: usize, w: usize, O: i32, C: i32, rowStride: i32, outerStride: i32, isTurned: bool, n: i32, first: i32, count: i32,
): void {
  for (let i = first; i < first + count; i++) {
    const start = tileEnd(i - 1, n, O), height = tileEnd(i, n, O) - start;
    for (let c = 0; c < C; c++) {
      const from = at<f32>(w, start * rowStride + c * outerStride);
      packWindows(at<f32>(to, start * C + c * height), point, from, height, rowStride, isTurned);
    }
  }
}

/** The 16 points of the windows of a tile's rows. */
@inline
function packWindows(to: usize, point: usize, w: usize, height: i32, rowStride: i32, isTurned: bool): void {
  const half = f32x4.splat(0.5), one = f32x4(1, 0.5, 0.5, 0), two = f32x4(0, 0.5, -0.5, 0), three = f32x4(0, 0.5, 0.5, 1);
  const step: i32 = isTurned ? -4 : 4;
  for (let o = 0; o < height; o++) {
    let g = at<f32>(w, o * rowStride + (isTurned ? 8 : 0));
    // The columns of G w, then G w Gᵀ column by column: lane i of column j is point 4 i + j.
    let c0 = half, c1 = half, c2 = half;
    for (let j = 0; j < 3; j++) {
      const a = f32x4.mul(v128.load32_splat(g), one), b = f32x4.mul(v128.load32_splat(g + <usize>(3 * step)), two);
      const column = f32x4.add(f32x4.add(a, b), f32x4.mul(v128.load32_splat(g + <usize>(6 * step)), three));
      if (j == 0) c0 = column;
      else if (j == 1) c1 = column;
      else c2 = column;
      g += <usize>step;
    }
    const sum = f32x4.mul(f32x4.add(c0, c2), half), middle = f32x4.mul(c1, half);
    storeColumn(to, point, c0);
    storeColumn(to + point, point, f32x4.add(sum, middle));
    storeColumn(to + 2 * point, point, f32x4.sub(sum, middle));
    storeColumn(to + 3 * point, point, c2);
    to += 4;
  }
}

/** Lanes to points 0, 4, 8 and 12 from `to` on. */
@inline
function storeColumn(to: usize, point: usize, v: v128): void {
  v128.store32_lane(to, v, 0);
  v128.store32_lane(to + 4 * point, v, 1);
  v128.store32_lane(to + 8 * point, v, 2);
  v128.store32_lane(to + 12 * point, v, 3);
}

/** As winogradSpread4 does. */
export function winogradSpread2_f32(
  to: usize, point: usize, image: usize, first: i32, count: i32, row: i32, start: i32, end: i32, imageStride: i32,
): void {
  const TH = (word(POSITION, 1) + 1) >> 1, TW = (word(POSITION, 2) + 1) >> 1, stride = strideOf(TW);
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2);
  clearRows();
  for (let l = start; l < end; ) {
    // The lines of one sample share rows.
    const n = l / TH, y = l % TH, some = min(min(TH - y, end - l), LINES);
    for (let c = first; c < first + count; c++) {
      copyRows(at<f32>(image, n * imageStride + c * IH * IW), IH, IW, 2 * y - word(PADDING, 1), 2 * some + 2, word(PADDING, 2), stride);
      let tiles = at<f32>(to, c * row + (l - start) * TW), rows = packing();
      for (let j = 0; j < some; j++) {
        for (let r = 0; r < 4; r++) spreadImage(r, tiles + <usize>(4 * r) * point, point, rows, stride, TW, false, 4);
        tiles += <usize>TW << 2;
        rows += 2 * stride;
      }
    }
    l += some;
  }
}

/** As winogradTake4 does. */
export function winogradTake2_f32(
  out: usize, sums: usize, point: usize, bias: usize, first: i32, count: i32, row: i32, start: i32, end: i32, outStride: i32,
): i32 {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = (OH + 1) >> 1, TW = (OW + 1) >> 1;
  const line0 = packing(), line1 = line0 + LINE, isWhole = (OW & 1) == 0;
  for (let o = first; o < first + count; o++) {
    const added = bias == 0 ? f32x4.splat(0) : v128.load32_splat(at<f32>(bias, o));
    let checked = f32x4.splat(0);
    for (let l = start; l < end; l++) {
      const n = l / TH, y = 2 * (l % TH);
      const to = at<f32>(out, n * outStride + o * OH * OW + y * OW), isLast = y + 1 == OH;
      const to0 = isWhole ? to : line0, to1 = isWhole && !isLast ? at<f32>(to, OW) : line1;
      checked = takeTiles(to0, to1, at<f32>(sums, o * row + (l - start) * TW), point, TW, added, checked);
      if (isWhole) continue;
      copyRun<f32>(to, to0, OW);
      if (!isLast) copyRun<f32>(at<f32>(to, OW), to1, OW);
    }
    if (!isFinite(checked)) return o - first;
  }
  return -1;
}

/** Two lines of positions, 2 TW elements each, of the sums of 16 points. @returns not finite where one of them is not */
@inline
function takeTiles(to0: usize, to1: usize, from: usize, point: usize, TW: i32, bias: v128, checked: v128): v128 {
  const last = TW - 4, zero = f32x4.splat(0);
  for (let i = 0; i < TW; i += 4) {
    const t = min(i, last);
    let p = at<f32>(from, t);
    let y00 = bias, y01 = bias, y10 = bias, y11 = bias;
    for (let j = 0; j < 4; j++) {
      const m1 = v128.load(p + 4 * point), m2 = v128.load(p + 8 * point);
      const upper = f32x4.add(f32x4.add(v128.load(p), m1), m2), lower = f32x4.sub(f32x4.sub(m1, m2), v128.load(p + 12 * point));
      if (j < 3) {
        y00 = f32x4.add(y00, upper);
        y10 = f32x4.add(y10, lower);
      }
      if (j == 1) {
        y01 = f32x4.add(y01, upper);
        y11 = f32x4.add(y11, lower);
      }
      if (j > 1) {
        y01 = f32x4.sub(y01, upper);
        y11 = f32x4.sub(y11, lower);
      }
      p += point;
    }
    const place = (<usize>t) << 3;
    v128.store(to0 + place, v128.shuffle<f32>(y00, y01, 0, 4, 1, 5));
    v128.store(to0 + place, v128.shuffle<f32>(y00, y01, 2, 6, 3, 7), 16);
    v128.store(to1 + place, v128.shuffle<f32>(y10, y11, 0, 4, 1, 5));
    v128.store(to1 + place, v128.shuffle<f32>(y10, y11, 2, 6, 3, 7), 16);
    checked = f32x4.add(checked, f32x4.mul(f32x4.add(f32x4.add(y00, y01), f32x4.add(y10, y11)), zero));
  }
  return checked;
}
