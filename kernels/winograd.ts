// A convolution of 3 × 3 that moves step by step, with 16 multiplications in the place of 36: Winograd's F(2 × 2, 3 × 3), see Lavin and
// Gray, 2015. A tile of 2 × 2 positions sees 4 × 4 elements d of the image: out = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ d B)] A. The 16 points of the
// bracket are a product of matrices each, over the channels forward, and over the tiles for the gradient of the weights.
//
//     Bᵀ = 1  0 −1  0     G =  1  0  0     Aᵀ = 1  1  1  0
//          0  1  1  0          ½  ½  ½          0  1 −1 −1
//          0 −1  1  0          ½ −½  ½
//          0  1  0 −1          0  0  1
//
// Each adds what is far apart, so what is not finite spreads: then the kernel refuses, and the image is convolved directly.
// LAYOUT says how the window moves, as in image.ts. Letters: O, C as in conv.ts, TW tiles of a line, T tiles of a block of lines.
import { multiplyBand, tileEnd, tilesOf } from "./conv";
import { copyRun, fillZeros, IMAGE, PADDING, partsOf, POSITION, word } from "./image";
import { packing } from "./memory";
import { at } from "./simd";

/** Places in the scratch: rows of a plane with zeros around them, two lines that go to a result, offsets, an edge; then what blocks need. */
const ROWS: i32 = 24 * 1024;
const LINE: i32 = 4096 + 64;
const OFFSETS: i32 = ROWS + 2 * LINE;
const EDGE: i32 = OFFSETS + LINE;
const ROOM: i32 = EDGE + 512;
/** Lines of tiles whose rows are copied at once. */
const LINES: i32 = 16;

@inline
function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

@inline
function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** Whether a register holds a number that is not finite, of those that were added to it times 0. */
@inline
function isFinite(zeros: v128): bool {
  return !v128.any_true(f32x4.ne(zeros, zeros));
}

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

/** Bytes from row to row of the copy of a plane that TW tiles read. */
@inline
function strideOf(TW: i32): usize {
  return at<f32>(0, (2 * TW + 7) & ~3);
}

/** Rows y … y + count − 1 of a plane [height, width], from column `shift` of the copy on; zeros where there is none. */
@inline
function copyRows(plane: usize, height: i32, width: i32, y: i32, count: i32, shift: i32, stride: usize): void {
  let to = at<f32>(packing(), shift);
  for (let end = y + count; y < end; y++) {
    if (y < 0 || y >= height) fillZeros<f32>(to, width);
    else copyRun<f32>(to, at<f32>(plane, y * width), width);
    to += stride;
  }
}

/** Clears the copy: what lies left and right of a plane stays zero. */
function clearRows(): void {
  fillZeros<f32>(packing(), ROWS / 4);
}

/** Four tiles of a point, side by side, or `apart` bytes from each other. */
@inline
function storeTiles(to: usize, v: v128, areApart: bool, apart: usize): void {
  if (!areApart) {
    v128.store(to, v);
    return;
  }
  v128.store32_lane(to, v, 0);
  v128.store32_lane(to + apart, v, 1);
  v128.store32_lane(to + 2 * apart, v, 2);
  v128.store32_lane(to + 3 * apart, v, 3);
}

/** a + b or a − b. */
@inline
function combine(a: usize, b: usize, isSum: bool): v128 {
  return isSum ? f32x4.add(v128.load(a), v128.load(b)) : f32x4.sub(v128.load(a), v128.load(b));
}

/** Line r of Bᵀ d B: of TW tiles four points, which lie `point` bytes from each other. `from` is the first of four rows. */
@inline
function spreadImage(r: i32, to: usize, point: usize, from: usize, stride: usize, TW: i32, areApart: bool, apart: usize): void {
  const last = TW - 4;
  const first = from + (r == 0 ? 0 : r == 2 ? 2 * stride : stride), second = from + (r == 2 ? stride : r == 3 ? 3 * stride : 2 * stride);
  for (let i = 0; i < TW; i += 4) {
    const t = min(i, last), p = first + (<usize>t << 3), q = second + (<usize>t << 3);
    const a = combine(p, q, r == 1), b = combine(p + 16, q + 16, r == 1);
    const c = combine(p + 8, q + 8, r == 1), d = combine(p + 24, q + 24, r == 1);
    const x0 = even(a, b), x1 = odd(a, b), x2 = even(c, d), x3 = odd(c, d);
    const place = to + (<usize>t) * apart;
    storeTiles(place, f32x4.sub(x0, x2), areApart, apart);
    storeTiles(place + point, f32x4.add(x1, x2), areApart, apart);
    storeTiles(place + 2 * point, f32x4.sub(x2, x1), areApart, apart);
    storeTiles(place + 3 * point, f32x4.sub(x1, x3), areApart, apart);
  }
}

/** Line r of A dOut Aᵀ, as spreadImage, of two rows of positions. */
@inline
function spreadGradient(r: i32, to: usize, point: usize, from: usize, stride: usize, TW: i32, areApart: bool, apart: usize): void {
  const last = TW - 4;
  for (let i = 0; i < TW; i += 4) {
    const t = min(i, last), p = from + (<usize>t << 3), q = p + stride;
    let a = v128.load(r == 3 ? q : p), b = v128.load(r == 3 ? q + 16 : p + 16);
    if (r == 1) {
      a = f32x4.add(a, v128.load(q));
      b = f32x4.add(b, v128.load(q + 16));
    } else if (r == 2) {
      a = f32x4.sub(a, v128.load(q));
      b = f32x4.sub(b, v128.load(q + 16));
    } else if (r == 3) {
      a = f32x4.neg(a);
      b = f32x4.neg(b);
    }
    const left = even(a, b), right = odd(a, b), place = to + (<usize>t) * apart;
    storeTiles(place, left, areApart, apart);
    storeTiles(place + point, f32x4.add(left, right), areApart, apart);
    storeTiles(place + 2 * point, f32x4.sub(left, right), areApart, apart);
    storeTiles(place + 3 * point, f32x4.neg(right), areApart, apart);
  }
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
export function winogradUnpack_f32(dW: usize, dU: usize, O: i32, C: i32, count: i32): i32 {
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
