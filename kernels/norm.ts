// Rows summed, and brought to mean 0 and variance 1. A row is `count` runs of `length` neighbours, `apart` elements from run to
// run: one run for a layer norm, one a sample for a channel of a batch.
import { at, lanes } from "./simd";

/** Sum of n elements, in f64 lanes. */
@inline
export function sumOf<T>(x: usize, n: i32): f64 {
  let i = 0;
  let sum: f64 = 0;
  if (sizeof<T>() == 4) {
    let low = f64x2.splat(0), high = f64x2.splat(0);
    for (; i + 4 <= n; i += 4) {
      const v = v128.load(at<T>(x, i));
      low = f64x2.add(low, f64x2.promote_low_f32x4(v));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)));
    }
    const both = f64x2.add(low, high);
    sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  }
  for (; i < n; i++) sum += <f64>load<T>(at<T>(x, i));
  return sum;
}

/** out ← the sum of each row. */
@inline
function rowSums<T>(out: usize, x: usize, rows: i32, rowStride: i32, count: i32, apart: i32, length: i32, divisor: f64): void {
  for (let r = 0; r < rows; r++) {
    let sum: f64 = 0;
    for (let c = 0; c < count; c++) sum += sumOf<T>(at<T>(x, r * rowStride + c * apart), length);
    store<T>(at<T>(out, r), <T>(sum / divisor));
  }
}

export function rowSums_f32(out: usize, x: usize, rows: i32, rowStride: i32, count: i32, apart: i32, length: i32, divisor: f64): void {
  rowSums<f32>(out, x, rows, rowStride, count, apart, length, divisor);
}

export function rowSums_f64(out: usize, x: usize, rows: i32, rowStride: i32, count: i32, apart: i32, length: i32, divisor: f64): void {
  rowSums<f64>(out, x, rows, rowStride, count, apart, length, divisor);
}

/** Sum of squared distances from the mean, in f64 lanes. */
@inline
export function squaresOf<T>(x: usize, n: i32, mean: f64): f64 {
  let i = 0;
  let sum: f64 = 0;
  if (sizeof<T>() == 4) {
    const middle = f64x2.splat(mean);
    let low = f64x2.splat(0), high = f64x2.splat(0);
    for (; i + 4 <= n; i += 4) {
      const v = v128.load(at<T>(x, i));
      const a = f64x2.sub(f64x2.promote_low_f32x4(v), middle);
      const b = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)), middle);
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    const both = f64x2.add(low, high);
    sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  }
  for (; i < n; i++) {
    const gap = <f64>load<T>(at<T>(x, i)) - mean;
    sum += gap * gap;
  }
  return sum;
}

@inline
function standardize<T>(
  y: usize, mean: usize, variance: usize, x: usize, rows: i32, rowStride: i32, count: i32, apart: i32, length: i32, eps: f64,
): void {
  const n = <f64>count * <f64>length;
  for (let r = 0; r < rows; r++) {
    const from = at<T>(x, r * rowStride), to = at<T>(y, r * rowStride);
    let sum: f64 = 0;
    for (let c = 0; c < count; c++) sum += sumOf<T>(at<T>(from, c * apart), length);
    const middle = sum / n;
    let squares: f64 = 0;
    for (let c = 0; c < count; c++) squares += squaresOf<T>(at<T>(from, c * apart), length, middle);
    const spread = squares / n;
    store<T>(at<T>(mean, r), <T>middle);
    store<T>(at<T>(variance, r), <T>spread);
    const scale = <T>(1 / Math.sqrt(spread + eps)), shift = <T>middle;
    const scales = v128.splat<T>(scale), shifts = v128.splat<T>(shift);
    for (let c = 0; c < count; c++) {
      const a = at<T>(from, c * apart), b = at<T>(to, c * apart);
      let i = 0;
      for (; i + lanes<T>() <= length; i += lanes<T>())
        v128.store(at<T>(b, i), v128.mul<T>(v128.sub<T>(v128.load(at<T>(a, i)), shifts), scales));
      for (; i < length; i++) store<T>(at<T>(b, i), (load<T>(at<T>(a, i)) - shift) * scale);
    }
  }
}

export function standardize_f32(
  y: usize, mean: usize, variance: usize, x: usize, rows: i32, rowStride: i32, count: i32, apart: i32, length: i32, eps: f64,
): void {
  standardize<f32>(y, mean, variance, x, rows, rowStride, count, apart, length, eps);
}

export function standardize_f64(
  y: usize, mean: usize, variance: usize, x: usize, rows: i32, rowStride: i32, count: i32, apart: i32, length: i32, eps: f64,
): void {
  standardize<f64>(y, mean, variance, x, rows, rowStride, count, apart, length, eps);
}
