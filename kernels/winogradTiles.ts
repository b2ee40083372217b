// The gradient of the weights of a convolution of 3 × 3 that moves step by step, with 16 multiplications in the place of 36: Winograd's
// F(2 × 2, 3 × 3), see Lavin and Gray, 2015. A tile of 2 × 2 positions sees 4 × 4 elements d of the image:
// dW = Σ Gᵀ [(A dOut Aᵀ) ⊙ (Bᵀ d B)] G. The 16 points of the bracket are a product of matrices each, over the tiles.
//
//     Bᵀ = 1  0 −1  0     G =  1  0  0     Aᵀ = 1  1  1  0
//          0  1  1  0          ½  ½  ½          0  1 −1 −1
//          0 −1  1  0          ½ −½  ½
//          0  1  0 −1          0  0  1
//
// Each adds what is far apart, so what is not finite spreads: then the kernel refuses, and the gradient is summed directly.
// LAYOUT says how the window moves, as in image.ts. Letters: O, C as in conv.ts, TW tiles of a line, T tiles of a block of lines.
import { copyRun, fillZeros } from "./image";
import { packing } from "./memory";
import { at } from "./simd";

/** Places in the scratch: rows of a plane with zeros around them, offsets, an edge; then what blocks need. */
const ROWS: i32 = 24 * 1024;
export const OFFSETS: i32 = ROWS;
export const EDGE: i32 = OFFSETS + 4096;
export const ROOM: i32 = EDGE + 512;
/** Lines of tiles whose rows are copied at once. */
export const LINES: i32 = 16;

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
export function isFinite(zeros: v128): bool {
  return !v128.any_true(f32x4.ne(zeros, zeros));
}

/** Bytes from row to row of the copy of a plane that TW tiles read. */
@inline
export function strideOf(TW: i32): usize {
  return at<f32>(0, (2 * TW + 7) & ~3);
}

/** Rows y … y + count − 1 of a plane [height, width], from column `shift` of the copy on; zeros where there is none. */
@inline
export function copyRows(plane: usize, height: i32, width: i32, y: i32, count: i32, shift: i32, stride: usize): void {
  let to = at<f32>(packing(), shift);
  for (let end = y + count; y < end; y++) {
    if (y < 0 || y >= height) fillZeros<f32>(to, width);
    else copyRun<f32>(to, at<f32>(plane, y * width), width);
    to += stride;
  }
}

/** Clears the copy: what lies left and right of a plane stays zero. */
export function clearRows(): void {
  fillZeros<f32>(packing(), ROWS / 4);
}

/** Four tiles of a point, side by side, or `apart` bytes from each other. */
@inline
export function storeTiles(to: usize, v: v128, areApart: bool, apart: usize): void {
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
export function spreadImage(r: i32, to: usize, point: usize, from: usize, stride: usize, TW: i32, areApart: bool, apart: usize): void {
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
export function spreadGradient(r: i32, to: usize, point: usize, from: usize, stride: usize, TW: i32, areApart: bool, apart: usize): void {
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
