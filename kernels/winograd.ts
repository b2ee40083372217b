// A convolution of 3 × 3 that moves step by step, with 36 multiplications in the place of 144: Winograd's F(4 × 4, 3 × 3), see Lavin and
// Gray, 2015. A tile of 4 × 4 positions sees 6 × 6 elements d of the image: out = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ d B)] A. The 36 points of the
// bracket are a product of matrices each, over the channels. Forward, and for the gradient of the image with the weights turned.
//
// The matrices interpolate at 0, ±a, ±b and infinity. With a = ¾ and b = 3⁄2, whose powers here are exact, errors are half of what 1 and
// 2, the points of the paper, give: of the results' standard deviation 5e−7 with 16 channels and 1.5e−6 with 256 (root of the mean
// square), 2 to 3 times those of a sum of one product after the other.
//
//     Bᵀ = a²b²   0   −a²−b²    0    1  0     G = 1 ⁄ a²b²  0  0                       Aᵀ = 1  1  1   1  1   0
//          0  −ab²  −b²    a    1  0         (1   a  a²) ⁄ 2a²(a²−b²)                  0  a −a   b −b   0
//          0   ab²  −b²   −a    1  0         (1  −a  a²) ⁄ 2a²(a²−b²)                  0  a² a²  b² b²  0
//          0  −a²b  −a²    b    1  0         (1   b  b²) ⁄ 2b²(b²−a²)                  0  a³ −a³ b³ −b³ 1
//          0   a²b  −a²   −b    1  0         (1  −b  b²) ⁄ 2b²(b²−a²)
//          0  a²b²   0  −a²−b²  0  1          0   0  1
//
// Each adds what is far apart, so what is not finite spreads: then a kernel refuses, and the image is convolved directly.
// LAYOUT says how the window moves, as in image.ts. Letters: O, C as in conv.ts, TW tiles of a line; lines of tiles are counted through
// all samples. Points lie `point` bytes from each other; a row of a point has T tiles and room for three more, which groups of four
// tiles may write and read.
import { multiplyBand, tileEnd } from "./conv";
import { copyRun, fillZeros, IMAGE, PADDING, POSITION, word } from "./image";
import { packing } from "./memory";
import { at, fma, splat } from "./simd";
import { isFinite, storeTiles } from "./winogradTiles";

export const A: f64 = 0.75, B: f64 = 1.5;
export const A2: f64 = A * A, B2: f64 = B * B;

/** Tiles of four rows of the result, counted in lines and along a line; groups of four tiles. */
@inline
export function quarter(size: i32): i32 {
  return (size + 3) >> 2;
}

/** a, b, c, d as columns → as rows: where = 0 … 3. */
@inline
export function transposed(a: v128, b: v128, c: v128, d: v128, where: i32): v128 {
  const left = where < 2 ? v128.shuffle<f32>(a, b, 0, 4, 1, 5) : v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const right = where < 2 ? v128.shuffle<f32>(c, d, 0, 4, 1, 5) : v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  return (where & 1) == 0 ? v128.shuffle<f64>(left, right, 0, 2) : v128.shuffle<f64>(left, right, 1, 3);
}

/** G g: six vectors, `step` bytes from each other, whose lanes may lie `apart`. */
@inline
function spreadWindow(to: usize, step: usize, g0: v128, g1: v128, g2: v128, areApart: bool, apart: usize): void {
  storeTiles(to, f32x4.mul(g0, splat<f32>(1 / (A2 * B2))), areApart, apart);
  spreadWindowPair(to + step, step, g0, g1, g2, A, 1 / (2 * A2 * (A2 - B2)), areApart, apart);
  spreadWindowPair(to + 3 * step, step, g0, g1, g2, B, 1 / (2 * B2 * (B2 - A2)), areApart, apart);
  storeTiles(to + 5 * step, g2, areApart, apart);
}

@inline
function spreadWindowPair(to: usize, step: usize, g0: v128, g1: v128, g2: v128, p: f64, scale: f64, areApart: bool, apart: usize): void {
  const even = f32x4.mul(fma<f32>(g2, splat<f32>(p * p), g0), splat<f32>(scale)), odd = f32x4.mul(g1, splat<f32>(p * scale));
  storeTiles(to, f32x4.add(even, odd), areApart, apart);
  storeTiles(to + step, f32x4.sub(even, odd), areApart, apart);
}

/** Bᵀ d: six vectors, `step` bytes from each other. */
@inline
function spreadImage(to: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128): void {
  const both = splat<f32>(-A2 - B2), product = splat<f32>(A2 * B2);
  v128.store(to, fma<f32>(d0, product, fma<f32>(d2, both, d4)));
  spreadImagePair(to + step, step, d1, d2, d3, d4, A, -B2);
  spreadImagePair(to + 3 * step, step, d1, d2, d3, d4, B, -A2);
  v128.store(to + 5 * step, fma<f32>(d1, product, fma<f32>(d3, both, d5)));
}

@inline
function spreadImagePair(to: usize, step: usize, d1: v128, d2: v128, d3: v128, d4: v128, p: f64, other: f64): void {
  const even = fma<f32>(d2, splat<f32>(other), d4), odd = f32x4.mul(fma<f32>(d1, splat<f32>(other), d3), splat<f32>(p));
  v128.store(to, f32x4.add(even, odd));
  v128.store(to + step, f32x4.sub(even, odd));
}

/** Aᵀ m + added: four vectors, `step` bytes from each other, of six, `down` bytes from each other. */
@inline
function takePoints(to: usize, step: usize, from: usize, down: usize, added: v128): void {
  const m1 = v128.load(from + down), m2 = v128.load(from + 2 * down), m3 = v128.load(from + 3 * down), m4 = v128.load(from + 4 * down);
  const evenA = f32x4.add(m1, m2), oddA = f32x4.sub(m1, m2), evenB = f32x4.add(m3, m4), oddB = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(f32x4.add(v128.load(from), evenA), evenB), added));
  v128.store(to + step, fma<f32>(oddB, splat<f32>(B), fma<f32>(oddA, splat<f32>(A), added)));
  v128.store(to + 2 * step, fma<f32>(evenB, splat<f32>(B2), fma<f32>(evenA, splat<f32>(A2), added)));
  const last = f32x4.add(v128.load(from + 5 * down), added);
  v128.store(to + 3 * step, fma<f32>(oddB, splat<f32>(B2 * B), fma<f32>(oddA, splat<f32>(A2 * A), last)));
}

/**
 * The points of weights whose row o and outer index c lie rowStride and outerStride apart: each point has what convPack makes of a
 * matrix [O, C] in n tiles of rows, in tiles of one row the matrix itself. Tiles of rows first … first + count − 1; C is 4 at least.
 */
export function winogradPack4_f32(
  to: usize, point: usize, w: usize, O: i32, C: i32, rowStride: i32, outerStride: i32, isTurned: bool, n: i32, first: i32, count: i32,
): void {
  for (let i = first; i < first + count; i++) {
    const start = tileEnd(i - 1, n, O), height = tileEnd(i, n, O) - start;
    for (let i = 0; i < C; i += 4) {
      const c = min(i, C - 4);
      for (let o = 0; o < height; o++) {
        const from = at<f32>(w, (start + o) * rowStride + c * outerStride);
        const place = at<f32>(to, start * C + c * height + o);
        if (height == 1) packWindows(place, point, from, outerStride, isTurned, false, 4);
        else packWindows(place, point, from, outerStride, isTurned, true, at<f32>(0, height));
      }
    }
  }
}

/** Four windows. */
@inline
function packWindows(to: usize, point: usize, w: usize, outerStride: i32, isTurned: bool, areApart: bool, apart: usize): void {
  const w1 = at<f32>(w, outerStride), w2 = at<f32>(w1, outerStride), w3 = at<f32>(w2, outerStride), columns = packing();
  let last = v128.load32_zero(w, 32);
  last = v128.load32_lane(w1, last, 1, 32);
  last = v128.load32_lane(w2, last, 2, 32);
  last = v128.load32_lane(w3, last, 3, 32);
  // The elements of the windows, in reverse where they are turned, then G w column by column.
  const elements = columns + 18 * 16;
  const first = elements + (isTurned ? 8 * 16 : 0), step: usize = isTurned ? -16 : 16;
  storeColumns(first, step, v128.load(w), v128.load(w1), v128.load(w2), v128.load(w3));
  storeColumns(first + 4 * step, step, v128.load(w, 16), v128.load(w1, 16), v128.load(w2, 16), v128.load(w3, 16));
  v128.store(first + 8 * step, last);
  for (let j = 0; j < 3; j++) {
    const e = elements + j * 16;
    spreadWindow(columns + j * 16, 3 * 16, v128.load(e), v128.load(e + 3 * 16), v128.load(e + 6 * 16), false, 0);
  }
  for (let i = 0; i < 6; i++) {
    const row = columns + i * 3 * 16;
    spreadWindow(to + 6 * i * point, point, v128.load(row), v128.load(row + 16), v128.load(row + 32), areApart, apart);
  }
}

@inline
function storeColumns(to: usize, step: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, transposed(a, b, c, d, 0));
  v128.store(to + step, transposed(a, b, c, d, 1));
  v128.store(to + 2 * step, transposed(a, b, c, d, 2));
  v128.store(to + 3 * step, transposed(a, b, c, d, 3));
}

/** Channels first … first + count − 1 of the points [channels, row] of lines start … end − 1 of tiles of images, imageStride elements apart. */
export function winogradSpread4_f32(
  to: usize, point: usize, image: usize, first: i32, count: i32, row: i32, start: i32, end: i32, imageStride: i32,
): void {
  const TH = quarter(word(POSITION, 1)), TW = quarter(word(POSITION, 2)), groups = quarter(TW);
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2), right = word(PADDING, 2);
  // Six lines of Bᵀ d with zeros left and right of the image, and a row of zeros for what lies above and below it.
  const width = 16 * groups + 8, lines = packing(), line = at<f32>(0, width), zeros = lines + 6 * line;
  fillZeros<f32>(lines, 6 * width + IW);
  for (let c = first; c < first + count; c++) {
    for (let l = start; l < end; l++) {
      const plane = at<f32>(image, l / TH * imageStride + c * IH * IW), y = 4 * (l % TH) - word(PADDING, 1);
      const r0 = rowAt(plane, y, zeros), r1 = rowAt(plane, y + 1, zeros), r2 = rowAt(plane, y + 2, zeros);
      const r3 = rowAt(plane, y + 3, zeros), r4 = rowAt(plane, y + 4, zeros), r5 = rowAt(plane, y + 5, zeros);
      for (let i = 0; i < IW; i += 4) {
        const x = at<f32>(0, min(i, IW - 4));
        spreadImage(
          at<f32>(lines, right) + x, line,
          v128.load(r0 + x), v128.load(r1 + x), v128.load(r2 + x), v128.load(r3 + x), v128.load(r4 + x), v128.load(r5 + x),
        );
      }
      let place = at<f32>(to, c * row + (l - start) * TW);
      for (let r = 0; r < 6; r++) {
        let from = lines + <usize>r * line, tiles = place;
        for (let g = 0; g < groups; g++) {
          const a = v128.load(from), b = v128.load(from, 16), e = v128.load(from, 32), d = v128.load(from, 48), next = v128.load(from, 64);
          const d0 = transposed(a, b, e, d, 0), d1 = transposed(a, b, e, d, 1);
          const d4 = v128.shuffle<f32>(d0, next, 1, 2, 3, 4), d5 = v128.shuffle<f32>(d1, next, 1, 2, 3, 5);
          spreadImage(tiles, point, d0, d1, transposed(a, b, e, d, 2), transposed(a, b, e, d, 3), d4, d5);
          from += 64;
          tiles += 16;
        }
        place += 6 * point;
      }
    }
  }
}

@inline
function rowAt(plane: usize, y: i32, zeros: usize): usize {
  return y < 0 || y >= word(IMAGE, 1) ? zeros : at<f32>(plane, y * word(IMAGE, 2));
}

/** Points first … first + count − 1: sums [O, row] ← panels, of winogradPack4 or winogradPack2, · tiles [C, row], T tiles of each row. */
export function winogradMultiply_f32(
  sums: usize, outPoint: usize, panels: usize, panelPoint: usize, tiles: usize, inPoint: usize, first: i32, count: i32,
  O: i32, C: i32, T: i32, row: i32,
): void {
  const edge = packing(), offsets = edge + 512, down = at<f32>(0, row);
  for (let c = 0; c < C; c++) store<i32>(offsets + (<usize>c << 2), c * row * 4);
  for (let p = first; p < first + count; p++) {
    const i = <usize>p;
    multiplyBand<f32>(sums + i * outPoint, down, panels + i * panelPoint, O, C, C, 0, false, tiles + i * inPoint, offsets, T, edge);
  }
}

/**
 * Channels first … first + count − 1 of results, outStride elements apart, plus bias where it is not 0, from the sums of lines start …
 * end − 1 of tiles. @returns the first of the channels with a result that is not finite, or −1
 */
export function winogradTake4_f32(
  out: usize, sums: usize, point: usize, bias: usize, first: i32, count: i32, row: i32, start: i32, end: i32, outStride: i32,
): i32 {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), TH = quarter(OH), TW = quarter(OW), groups = quarter(TW);
  const columns = packing(), rows = columns + 24 * 16, edge = rows + 16 * 16, zero = f32x4.splat(0);
  for (let o = first; o < first + count; o++) {
    const added = bias == 0 ? zero : v128.load32_splat(at<f32>(bias, o));
    let checked = zero;
    for (let l = start; l < end; l++) {
      const y = 4 * (l % TH), many = min(4, OH - y);
      const to = at<f32>(out, l / TH * outStride + (o * OH + y) * OW);
      let from = at<f32>(sums, o * row + (l - start) * TW);
      for (let g = 0; g < groups; g++) {
        for (let j = 0; j < 6; j++) takePoints(columns + j * 16, 6 * 16, from + <usize>j * point, 6 * point, zero);
        for (let r = 0; r < 4; r++) takePoints(rows + r * 64, 16, columns + r * 6 * 16, 16, added);
        from += 16;
        const left = OW - 16 * g;
        let place = at<f32>(to, 16 * g);
        for (let r = 0; r < many; r++) {
          const s = rows + r * 64, a = v128.load(s), b = v128.load(s, 16), c = v128.load(s, 32), d = v128.load(s, 48);
          const line = left < 16 ? edge : place;
          storeColumns(line, 16, a, b, c, d);
          if (left < 16) copyRun<f32>(place, edge, left);
          place = at<f32>(place, OW);
        }
      }
      for (let i = 0, n = many * OW; i < n; i += 4) checked = fma<f32>(v128.load(at<f32>(to, min(i, n - 4))), zero, checked);
    }
    if (!isFinite(checked)) return o - first;
  }
  return -1;
}
