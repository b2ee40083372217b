// Batch norm of x [N, C, L]: each channel brought to mean 0 and variance 1 over samples and positions, times w, plus b. A channel is a
// run of L neighbours for each of N samples, `apart` elements from run to run. `w` and `b` [C], or 0; variances are divided by N · L.
import { at, lanes } from "./simd";
import { addLanes, squaresOf, sumOf, total } from "./sums";

/** Channels 0 … C − 1: y ← (x − mean) / √(variance + eps) · w + b. */
@inline
function batchNorm<T>(
  y: usize, means: usize, variances: usize, x: usize, w: usize, b: usize, C: i32, N: i32, L: i32, apart: i32, eps: f64,
): void {
  const n = <f64>N * <f64>L;
  for (let c = 0; c < C; c++) {
    let sum: f64 = 0, squares: f64 = 0;
    for (let i = 0; i < N; i++) sum += sumOf<T>(at<T>(x, i * apart), L);
    const mean = sum / n;
    for (let i = 0; i < N; i++) squares += squaresOf<T>(at<T>(x, i * apart), L, mean);
    const variance = squares / n;
    store<T>(at<T>(means, c), <T>mean);
    store<T>(at<T>(variances, c), <T>variance);
    const weight = w != 0 ? <f64>load<T>(at<T>(w, c)) : 1, bias: T = b != 0 ? load<T>(at<T>(b, c)) : 0;
    const shift: T = <T>mean, scale: T = <T>(weight / Math.sqrt(variance + eps));
    const shifts = v128.splat<T>(shift), scales = v128.splat<T>(scale), biases = v128.splat<T>(bias);
    for (let i = 0; i < N; i++) {
      const from = at<T>(x, i * apart), to = at<T>(y, i * apart);
      let j = 0;
      for (; j + lanes<T>() <= L; j += lanes<T>()) {
        const v = v128.mul<T>(v128.sub<T>(v128.load(at<T>(from, j)), shifts), scales);
        v128.store(at<T>(to, j), v128.add<T>(v, biases));
      }
      for (; j < L; j++) store<T>(at<T>(to, j), (load<T>(at<T>(from, j)) - shift) * scale + bias);
    }
    x = at<T>(x, L);
    y = at<T>(y, L);
  }
}

export function batchNorm_f32(y: usize, means: usize, variances: usize, x: usize, w: usize, b: usize, C: i32, N: i32, L: i32, apart: i32, eps: f64): void { batchNorm<f32>(y, means, variances, x, w, b, C, N, L, apart, eps); }
export function batchNorm_f64(y: usize, means: usize, variances: usize, x: usize, w: usize, b: usize, C: i32, N: i32, L: i32, apart: i32, eps: f64): void { batchNorm<f64>(y, means, variances, x, w, b, C, N, L, apart, eps); }

/** Σ d · (x − shift) over n neighbours; four registers at a time are added in their own type. */
@inline
function productSum<T>(d: usize, x: usize, n: i32, shift: T): f64 {
  const shifts = v128.splat<T>(shift), size = lanes<T>();
  let sums = f64x2.splat(0), i = 0;
  for (; i + 4 * size <= n; i += 4 * size) {
    const p = at<T>(d, i), q = at<T>(x, i);
    const a = v128.mul<T>(v128.load(p), v128.sub<T>(v128.load(q), shifts));
    const b = v128.mul<T>(v128.load(p, 16), v128.sub<T>(v128.load(q, 16), shifts));
    const c = v128.mul<T>(v128.load(p, 32), v128.sub<T>(v128.load(q, 32), shifts));
    const e = v128.mul<T>(v128.load(p, 48), v128.sub<T>(v128.load(q, 48), shifts));
    sums = addLanes<T>(sums, v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, e)));
  }
  let sum = total(sums);
  for (; i < n; i++) sum += <f64>load<T>(at<T>(d, i)) * <f64>(load<T>(at<T>(x, i)) - shift);
  return sum;
}

/**
 * With n = (x − mean) · rstd: dX ← w · rstd · (dY − average of dY − n · average of dY · n), dW ← Σ dY · n, dB ← Σ dY, channel by channel.
 */
@inline
function batchNormBackward<T>(
  dX: usize, dW: usize, dB: usize, dY: usize, x: usize, means: usize, variances: usize, w: usize, C: i32, N: i32, L: i32, apart: i32, eps: f64,
): void {
  const n = <f64>N * <f64>L;
  for (let c = 0; c < C; c++) {
    const mean: T = load<T>(at<T>(means, c)), rstd = 1 / Math.sqrt(<f64>load<T>(at<T>(variances, c)) + eps);
    let plain: f64 = 0, weighted: f64 = 0;
    for (let i = 0; i < N; i++) {
      plain += sumOf<T>(at<T>(dY, i * apart), L);
      weighted += productSum<T>(at<T>(dY, i * apart), at<T>(x, i * apart), L, mean);
    }
    store<T>(at<T>(dB, c), <T>plain);
    store<T>(at<T>(dW, c), <T>(weighted * rstd));
    const scale: T = <T>(w != 0 ? <f64>load<T>(at<T>(w, c)) * rstd : rstd), slope: T = <T>(weighted * rstd * rstd / n), level: T = <T>(plain / n);
    const shifts = v128.splat<T>(mean), scales = v128.splat<T>(scale), slopes = v128.splat<T>(slope), levels = v128.splat<T>(level);
    for (let i = 0; i < N; i++) {
      const d = at<T>(dY, i * apart), from = at<T>(x, i * apart), to = at<T>(dX, i * apart);
      let j = 0;
      for (; j + lanes<T>() <= L; j += lanes<T>()) {
        const bent = v128.mul<T>(v128.sub<T>(v128.load(at<T>(from, j)), shifts), slopes);
        const rest = v128.sub<T>(v128.sub<T>(v128.load(at<T>(d, j)), levels), bent);
        v128.store(at<T>(to, j), v128.mul<T>(rest, scales));
      }
      for (; j < L; j++)
        store<T>(at<T>(to, j), ((load<T>(at<T>(d, j)) - level) - (load<T>(at<T>(from, j)) - mean) * slope) * scale);
    }
    dX = at<T>(dX, L);
    dY = at<T>(dY, L);
    x = at<T>(x, L);
  }
}

export function batchNormBackward_f32(dX: usize, dW: usize, dB: usize, dY: usize, x: usize, means: usize, variances: usize, w: usize, C: i32, N: i32, L: i32, apart: i32, eps: f64): void { batchNormBackward<f32>(dX, dW, dB, dY, x, means, variances, w, C, N, L, apart, eps); }
export function batchNormBackward_f64(dX: usize, dW: usize, dB: usize, dY: usize, x: usize, means: usize, variances: usize, w: usize, C: i32, N: i32, L: i32, apart: i32, eps: f64): void { batchNormBackward<f64>(dX, dW, dB, dY, x, means, variances, w, C, N, L, apart, eps); }
