// The gradient of the weights of Winograd's F(4 × 4, 3 × 3): dW = Gᵀ [Σ (A dOut Aᵀ) ⊙ (Bᵀ d B)] G over all tiles. The 36 points of the
// bracket are a product of matrices each, over the tiles. Matrices, letters and where points lie as in winograd.ts.
import { fillZeros, POSITION, word } from "./image";
import { product } from "./matmul";
import { packing } from "./memory";
import { at, fma, splat } from "./simd";
import { A, A2, B, B2, quarter, transposed } from "./winograd";
import { isFinite, storeTiles } from "./winogradTiles";

/** A y: six vectors, `step` bytes from each other. */
@inline
function spreadGradient(to: usize, step: usize, y0: v128, y1: v128, y2: v128, y3: v128): void {
  v128.store(to, y0);
  spreadPair(to + step, step, y0, y1, y2, y3, A);
  spreadPair(to + 3 * step, step, y0, y1, y2, y3, B);
  v128.store(to + 5 * step, y3);
}

@inline
function spreadPair(to: usize, step: usize, y0: v128, y1: v128, y2: v128, y3: v128, p: f64): void {
  const even = fma<f32>(y2, splat<f32>(p * p), y0), odd = f32x4.mul(fma<f32>(y3, splat<f32>(p * p), y1), splat<f32>(p));
  v128.store(to, f32x4.add(even, odd));
  v128.store(to + step, f32x4.sub(even, odd));
}

/** As winogradSpread4 does, of the gradient of results. */
export function winogradSpreadGradient_f32(
  to: usize, point: usize, dOut: usize, first: i32, count: i32, row: i32, start: i32, end: i32, dStride: i32,
): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = quarter(OH), TW = quarter(OW), groups = quarter(TW);
  // Six lines of A y with zeros right of the results, and a row of zeros for what lies below them.
  const width = 16 * groups, lines = packing(), line = at<f32>(0, width), zeros = lines + 6 * line;
  fillZeros<f32>(lines, 6 * width + OW);
  for (let o = first; o < first + count; o++) {
    for (let l = start; l < end; l++) {
      const y = 4 * (l % TH), r0 = at<f32>(dOut, l / TH * dStride + (o * OH + y) * OW);
      const r1 = y + 1 < OH ? at<f32>(r0, OW) : zeros, r2 = y + 2 < OH ? at<f32>(r0, 2 * OW) : zeros, r3 = y + 3 < OH ? at<f32>(r0, 3 * OW) : zeros;
      for (let i = 0; i < OW; i += 4) {
        const x = at<f32>(0, min(i, OW - 4));
        spreadGradient(lines + x, line, v128.load(r0 + x), v128.load(r1 + x), v128.load(r2 + x), v128.load(r3 + x));
      }
      let place = at<f32>(to, o * row + (l - start) * TW);
      for (let r = 0; r < 6; r++) {
        let from = lines + <usize>r * line, tiles = place;
        for (let g = 0; g < groups; g++) {
          const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
          spreadGradient(tiles, point, transposed(a, b, c, d, 0), transposed(a, b, c, d, 1), transposed(a, b, c, d, 2), transposed(a, b, c, d, 3));
          from += 64;
          tiles += 16;
        }
        place += 6 * point;
      }
    }
  }
}

/** Points first … first + count − 1: sums [O, C] ← gradients [O, row] · tiles [C, row] transposed, T of each row; with isSum added to them. */
export function winogradSum_f32(
  sums: usize, sumPoint: usize, gradients: usize, outPoint: usize, tiles: usize, inPoint: usize, first: i32, count: i32,
  O: i32, C: i32, T: i32, row: i32, isSum: bool,
): void {
  for (let p = first; p < first + count; p++) {
    const i = <usize>p;
    product<f32>(sums + i * sumPoint, gradients + i * outPoint, tiles + i * inPoint, 0, O, C, T, C, row, 1, 1, row, isSum);
  }
}

/** Gᵀ u: three vectors, `step` bytes from each other, whose lanes may lie 36 bytes apart, of six, `down` bytes from each other. */
@inline
function takeWindow(to: usize, step: usize, from: usize, down: usize, areApart: bool): void {
  const u1 = v128.load(from + down), u2 = v128.load(from + 2 * down), u3 = v128.load(from + 3 * down), u4 = v128.load(from + 4 * down);
  const scaleA = splat<f32>(1 / (2 * A2 * (A2 - B2))), scaleB = splat<f32>(1 / (2 * B2 * (B2 - A2)));
  const evenA = f32x4.mul(f32x4.add(u1, u2), scaleA), oddA = f32x4.mul(f32x4.sub(u1, u2), scaleA);
  const evenB = f32x4.mul(f32x4.add(u3, u4), scaleB), oddB = f32x4.mul(f32x4.sub(u3, u4), scaleB);
  storeTiles(to, fma<f32>(v128.load(from), splat<f32>(1 / (A2 * B2)), f32x4.add(evenA, evenB)), areApart, 36);
  storeTiles(to + step, fma<f32>(oddA, splat<f32>(A), f32x4.mul(oddB, splat<f32>(B))), areApart, 36);
  const last = v128.load(from + 5 * down);
  storeTiles(to + 2 * step, fma<f32>(evenA, splat<f32>(A2), fma<f32>(evenB, splat<f32>(B2), last)), areApart, 36);
}

/** dW [O, C, 3, 3] of rows first … first + count − 1 from sums [O, C]; C is 4 at least. @returns the first row that is not finite, or −1 */
export function winogradUnpack4_f32(dW: usize, sums: usize, point: usize, first: i32, count: i32, C: i32): i32 {
  const columns = packing(), zero = f32x4.splat(0);
  for (let o = first; o < first + count; o++) {
    let checked = zero;
    for (let i = 0; i < C; i += 4) {
      const at0 = o * C + min(i, C - 4), from = at<f32>(sums, at0), to = at<f32>(dW, at0 * 9);
      for (let j = 0; j < 6; j++) takeWindow(columns + j * 16, 6 * 16, from + <usize>j * point, 6 * point, false);
      for (let r = 0; r < 3; r++) takeWindow(to + r * 12, 4, columns + r * 6 * 16, 16, true);
    }
    const row = at<f32>(dW, o * C * 9), n = C * 9;
    for (let i = 0; i < n; i += 4) checked = fma<f32>(v128.load(at<f32>(row, min(i, n - 4))), zero, checked);
    if (!isFinite(checked)) return o - first;
  }
  return -1;
}
