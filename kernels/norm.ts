// Rows summed, and brought to mean 0 and variance 1. A row is `count` runs of `length` neighbours, `apart` elements from run to
// run: one run for a layer norm, one a sample for a channel of a batch.
import { at, lanes } from "./simd";
import { squaresOf, sumOf } from "./sums";

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
