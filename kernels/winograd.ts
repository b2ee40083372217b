// Winograd's convolution forward, and the gradient of its image, which is one with the weights turned. See winogradTiles.ts.
import { multiplyBand, tileEnd, tilesOf } from "./conv";
import { copyRun, IMAGE, PADDING, POSITION, word } from "./image";
import { packing } from "./memory";
import { at } from "./simd";
import { EDGE, LINE, LINES, OFFSETS, ROOM, ROWS, clearRows, copyRows, isFinite, spreadGradient, spreadImage, strideOf, takeTiles } from "./winogradTiles";

/** Weights of channels first … first + count − 1 of C: for each of the 16 points what convPack makes of a matrix [O, C]. */
export function winogradPack_f32(
  to: usize, w: usize, O: i32, C: i32, rowStride: i32, outerStride: i32, isTurned: bool, first: i32, count: i32,
): void {
  const point = at<f32>(0, O * C), n = tilesOf(O), areRowsNear = rowStride < outerStride;
  const outer = areRowsNear ? count : 1, inner = areRowsNear ? 1 : count;
  // What lies side by side is read first.
  for (let c = first; c < first + outer; c++) {
    for (let i = 0, start = 0; i < n; i++) {
      const end = tileEnd(i, n, O), height = end - start;
      for (let d = c; d < c + inner; d++) {
        const from = at<f32>(w, start * rowStride + d * outerStride);
        packWindows(at<f32>(to, start * C + d * height), point, from, height, rowStride, isTurned);
      }
      start = end;
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

/**
 * Lines start … end − 1 of tiles, counted through all samples, of C channels of the image: points 4 r … 4 r + 3 for each line r of
 * Bᵀ d B from `from` to `until` − 1, each [C, most], `point` bytes after each other.
 */
@inline
function spreadLines(
  to: usize, point: usize, image: usize, start: i32, end: i32, most: i32, imageStride: i32, C: i32, from: i32, until: i32,
): void {
  const TH = (word(POSITION, 1) + 1) >> 1, TW = (word(POSITION, 2) + 1) >> 1, stride = strideOf(TW);
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2);
  clearRows();
  for (let l = start; l < end; ) {
    // The lines of one sample share rows.
    const n = l / TH, y = l % TH, some = min(min(TH - y, end - l), LINES);
    for (let c = 0; c < C; c++) {
      copyRows(at<f32>(image, n * imageStride + c * IH * IW), IH, IW, 2 * y - word(PADDING, 1), 2 * some + 2, word(PADDING, 2), stride);
      let tiles = at<f32>(to, c * most + (l - start) * TW), rows = packing();
      for (let j = 0; j < some; j++) {
        for (let r = from; r < until; r++) spreadImage(r, tiles + <usize>(4 * (r - from)) * point, point, rows, stride, TW, false, 4);
        tiles += <usize>TW << 2;
        rows += 2 * stride;
      }
    }
    l += some;
  }
}

/** The results of O channels of sums, [O, most] for each point. @returns whether all are finite */
@inline
function takeLines(out: usize, sums: usize, point: usize, bias: usize, start: i32, end: i32, most: i32, outStride: i32, O: i32): bool {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = (OH + 1) >> 1, TW = (OW + 1) >> 1;
  const line0 = packing() + ROWS, line1 = line0 + LINE, isWhole = (OW & 1) == 0;
  let checked = f32x4.splat(0);
  for (let l = start; l < end; l++) {
    const n = l / TH, y = 2 * (l % TH);
    for (let c = 0; c < O; c++) {
      const to = at<f32>(out, n * outStride + c * OH * OW + y * OW), isLast = y + 1 == OH;
      const to0 = isWhole ? to : line0, to1 = isWhole && !isLast ? at<f32>(to, OW) : line1;
      const added = bias == 0 ? f32x4.splat(0) : v128.load32_splat(at<f32>(bias, c));
      checked = takeTiles(to0, to1, at<f32>(sums, c * most + (l - start) * TW), point, TW, added, checked);
      if (isWhole) continue;
      copyRun<f32>(to, to0, OW);
      if (!isLast) copyRun<f32>(at<f32>(to, OW), to1, OW);
    }
  }
  return isFinite(checked);
}

/**
 * Blocks first … first + count − 1 of `lines` lines of tiles, counted through all N samples, which lie `outStride` and `imageStride`
 * elements apart. `panels` come from winogradPack, in blocks of OB output channels; `bias` has O elements, or is 0.
 * @returns the first block, counted from `first`, with a result that is not finite, or −1
 */
export function winograd_f32(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
  N: i32, lines: i32, OB: i32,
): i32 {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = (OH + 1) >> 1, TW = (OW + 1) >> 1, P = OH * OW;
  // Rows of tiles begin with a cache line, and points an odd number of them apart, or they would share a few sets of the cache.
  const most = (lines * TW + 15) & ~15, inPoint = at<f32>(0, C * most + 16);
  const offsets = packing() + OFFSETS, edge = packing() + EDGE, tiles = packing() + ROOM, sums = tiles + 16 * inPoint;
  for (let c = 0; c < C; c++) store<i32>(offsets + (<usize>c << 2), c * most * 4);
  for (let i = first; i < first + count; i++) {
    const start = i * lines, end = min(start + lines, N * TH), T = (end - start) * TW;
    spreadLines(tiles, inPoint, image, start, end, most, imageStride, C, 0, 4);
    let areFinite = true;
    for (let o = 0; o < O; o += OB) {
      const some = min(OB, O - o), outPoint = at<f32>(0, some * most + 16);
      for (let p = 0; p < 16; p++) {
        const panel = at<f32>(panels, 16 * o * C + p * some * C);
        multiplyBand<f32>(sums + <usize>p * outPoint, at<f32>(0, most), panel, some, C, C, 0, false, tiles + <usize>p * inPoint, offsets, T, edge);
      }
      const added = bias == 0 ? 0 : at<f32>(bias, o);
      if (!takeLines(at<f32>(out, o * P), sums, outPoint, added, start, end, most, outStride, some)) areFinite = false;
    }
    if (!areFinite) return i - first;
  }
  return -1;
}

// The same in parts, between which a BLAS multiplies. The word at `spoiled` becomes 1 where a result is not finite.

export function winogradSpread_f32(
  to: usize, point: usize, image: usize, start: i32, end: i32, most: i32, imageStride: i32, C: i32, from: i32, until: i32,
): void {
  spreadLines(to, point, image, start, end, most, imageStride, C, from, until);
}

export function winogradTake_f32(
  out: usize, sums: usize, point: usize, bias: usize, start: i32, end: i32, most: i32, outStride: i32, O: i32, spoiled: usize,
): void {
  if (!takeLines(out, sums, point, bias, start, end, most, outStride, O)) store<i32>(spoiled, 1);
}

/** Lines start … end − 1 of tiles of O channels of the result's gradient: the four points of line r of A dOut Aᵀ, each [O, most]. */
export function winogradSpreadGradient_f32(
  to: usize, point: usize, dOut: usize, start: i32, end: i32, most: i32, dStride: i32, O: i32, r: i32,
): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = (OH + 1) >> 1, TW = (OW + 1) >> 1, stride = strideOf(TW);
  clearRows();
  for (let l = start; l < end; ) {
    const sample = l / TH, y = l % TH, many = min(min(TH - y, end - l), LINES);
    // Whole tiles are read where they are.
    const isWhole = 2 * TW == OW && 2 * (y + many) <= OH, down = isWhole ? at<f32>(0, OW) : stride;
    for (let o = 0; o < O; o++) {
      const plane = at<f32>(dOut, sample * dStride + o * OH * OW);
      let from = isWhole ? at<f32>(plane, 2 * y * OW) : packing();
      if (!isWhole) copyRows(plane, OH, OW, 2 * y, 2 * many, 0, stride);
      for (let j = 0; j < many; j++) {
        spreadGradient(r, at<f32>(to, o * most + (l - start + j) * TW), point, from, down, TW, false, 4);
        from += 2 * down;
      }
    }
    l += many;
  }
}
