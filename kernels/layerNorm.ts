// Layer norm of rows x [R, C]: y ← (x − mean) · rstd · w + b, rstd = 1 / √(variance + eps). `w` and `b` [C], or 0.
import { at, fma, lanes } from "./simd";
import { addLanes, squaresOf, sumOf, total } from "./sums";

/** y ← (x − mean) · rstd · w + b, whole registers of a row. @returns how many elements are done */
@inline
function normalized<T>(y: usize, x: usize, w: usize, b: usize, C: i32, mean: T, rstd: T, hasWeight: bool, hasBias: bool): i32 {
  const shift = v128.splat<T>(mean), scale = v128.splat<T>(rstd);
  let c = 0;
  for (; c + lanes<T>() <= C; c += lanes<T>()) {
    let v = v128.mul<T>(v128.sub<T>(v128.load(at<T>(x, c)), shift), scale);
    if (hasWeight) v = v128.mul<T>(v, v128.load(at<T>(w, c)));
    if (hasBias) v = v128.add<T>(v, v128.load(at<T>(b, c)));
    v128.store(at<T>(y, c), v);
  }
  return c;
}

@inline
function layerNorm<T>(y: usize, means: usize, rstds: usize, x: usize, w: usize, b: usize, R: i32, C: i32, eps: f64): void {
  for (let r = 0; r < R; r++) {
    const mean = sumOf<T>(x, C) / <f64>C;
    const rstd = 1 / Math.sqrt(squaresOf<T>(x, C, mean) / <f64>C + eps);
    store<T>(at<T>(means, r), <T>mean);
    store<T>(at<T>(rstds, r), <T>rstd);
    let c = 0;
    if (w == 0 && b == 0) c = normalized<T>(y, x, w, b, C, <T>mean, <T>rstd, false, false);
    else if (b == 0) c = normalized<T>(y, x, w, b, C, <T>mean, <T>rstd, true, false);
    else if (w != 0) c = normalized<T>(y, x, w, b, C, <T>mean, <T>rstd, true, true);
    for (; c < C; c++) {
      let v: T = (load<T>(at<T>(x, c)) - <T>mean) * <T>rstd;
      if (w != 0) v *= load<T>(at<T>(w, c));
      if (b != 0) v += load<T>(at<T>(b, c));
      store<T>(at<T>(y, c), v);
    }
    x = at<T>(x, C);
    y = at<T>(y, C);
  }
}

export function layerNorm_f32(y: usize, means: usize, rstds: usize, x: usize, w: usize, b: usize, R: i32, C: i32, eps: f64): void { layerNorm<f32>(y, means, rstds, x, w, b, R, C, eps); }
export function layerNorm_f64(y: usize, means: usize, rstds: usize, x: usize, w: usize, b: usize, R: i32, C: i32, eps: f64): void { layerNorm<f64>(y, means, rstds, x, w, b, R, C, eps); }

/** With g = dY · w and n = (x − mean) · rstd: dX ← rstd · (g − average of g − n · average of g · n), row by row. */
@inline
function layerNormBackward<T>(dX: usize, dY: usize, x: usize, means: usize, rstds: usize, w: usize, R: i32, C: i32): void {
  for (let r = 0; r < R; r++) {
    const mean: T = load<T>(at<T>(means, r)), rstd: T = load<T>(at<T>(rstds, r));
    const shift = v128.splat<T>(mean), scale = v128.splat<T>(rstd);
    let plain = f64x2.splat(0), weighted = f64x2.splat(0);
    let c = 0;
    for (; c + lanes<T>() <= C; c += lanes<T>()) {
      let g = v128.load(at<T>(dY, c));
      if (w != 0) g = v128.mul<T>(g, v128.load(at<T>(w, c)));
      plain = addLanes<T>(plain, g);
      weighted = addLanes<T>(weighted, v128.mul<T>(g, v128.mul<T>(v128.sub<T>(v128.load(at<T>(x, c)), shift), scale)));
    }
    let a = total(plain);
    let b = total(weighted);
    for (; c < C; c++) {
      const g: T = w != 0 ? load<T>(at<T>(dY, c)) * load<T>(at<T>(w, c)) : load<T>(at<T>(dY, c));
      a += <f64>g;
      b += <f64>(g * ((load<T>(at<T>(x, c)) - mean) * rstd));
    }
    const A: T = <T>(a / <f64>C), B: T = <T>(b / <f64>C);
    const first = v128.splat<T>(A), second = v128.splat<T>(B);
    for (c = 0; c + lanes<T>() <= C; c += lanes<T>()) {
      let g = v128.load(at<T>(dY, c));
      if (w != 0) g = v128.mul<T>(g, v128.load(at<T>(w, c)));
      const n = v128.mul<T>(v128.sub<T>(v128.load(at<T>(x, c)), shift), scale);
      v128.store(at<T>(dX, c), v128.mul<T>(scale, v128.sub<T>(v128.sub<T>(g, first), v128.mul<T>(n, second))));
    }
    for (; c < C; c++) {
      const g: T = w != 0 ? load<T>(at<T>(dY, c)) * load<T>(at<T>(w, c)) : load<T>(at<T>(dY, c));
      store<T>(at<T>(dX, c), rstd * (g - A - (load<T>(at<T>(x, c)) - mean) * rstd * B));
    }
    dX = at<T>(dX, C);
    dY = at<T>(dY, C);
    x = at<T>(x, C);
  }
}

export function layerNormBackward_f32(dX: usize, dY: usize, x: usize, means: usize, rstds: usize, w: usize, R: i32, C: i32): void { layerNormBackward<f32>(dX, dY, x, means, rstds, w, R, C); }
export function layerNormBackward_f64(dX: usize, dY: usize, x: usize, means: usize, rstds: usize, w: usize, R: i32, C: i32): void { layerNormBackward<f64>(dX, dY, x, means, rstds, w, R, C); }

/** Columns 0 … n − 1 of rows C apart: dW ← Σ dY · (x − mean) · rstd and dB ← Σ dY over R rows, each taken in f64. */
@inline
function layerNormWeights<T>(dW: usize, dB: usize, dY: usize, x: usize, means: usize, rstds: usize, R: i32, C: i32, n: i32): void {
  const half = 8 / <i32>sizeof<T>();
  let c = 0;
  for (; c + lanes<T>() <= n; c += lanes<T>()) {
    let w0 = f64x2.splat(0), w1 = f64x2.splat(0), b0 = f64x2.splat(0), b1 = f64x2.splat(0);
    let pd = at<T>(dY, c), px = at<T>(x, c);
    for (let r = 0; r < R; r++) {
      const d = v128.load(pd);
      const v = v128.mul<T>(v128.sub<T>(v128.load(px), v128.load_splat<T>(at<T>(means, r))), v128.load_splat<T>(at<T>(rstds, r)));
      if (sizeof<T>() == 4) {
        const d0 = f64x2.promote_low_f32x4(d), d1 = f64x2.promote_low_f32x4(v128.shuffle<f64>(d, d, 1, 0));
        b0 = f64x2.add(b0, d0);
        b1 = f64x2.add(b1, d1);
        w0 = fma<f64>(d0, f64x2.promote_low_f32x4(v), w0);
        w1 = fma<f64>(d1, f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 0)), w1);
      } else {
        b0 = f64x2.add(b0, d);
        w0 = fma<f64>(d, v, w0);
      }
      pd = at<T>(pd, C);
      px = at<T>(px, C);
    }
    if (sizeof<T>() == 4) {
      v128.store64_lane(at<T>(dW, c), f32x4.demote_f64x2_zero(w0), 0);
      v128.store64_lane(at<T>(dW, c + half), f32x4.demote_f64x2_zero(w1), 0);
      v128.store64_lane(at<T>(dB, c), f32x4.demote_f64x2_zero(b0), 0);
      v128.store64_lane(at<T>(dB, c + half), f32x4.demote_f64x2_zero(b1), 0);
    } else {
      v128.store(at<T>(dW, c), w0);
      v128.store(at<T>(dB, c), b0);
    }
  }
  for (; c < n; c++) {
    let w: f64 = 0, b: f64 = 0;
    for (let r = 0; r < R; r++) {
      const d = load<T>(at<T>(dY, r * C + c));
      b += <f64>d;
      w += <f64>d * <f64>((load<T>(at<T>(x, r * C + c)) - load<T>(at<T>(means, r))) * load<T>(at<T>(rstds, r)));
    }
    store<T>(at<T>(dW, c), <T>w);
    store<T>(at<T>(dB, c), <T>b);
  }
}

export function layerNormWeights_f32(dW: usize, dB: usize, dY: usize, x: usize, means: usize, rstds: usize, R: i32, C: i32, n: i32): void { layerNormWeights<f32>(dW, dB, dY, x, means, rstds, R, C, n); }
export function layerNormWeights_f64(dW: usize, dB: usize, dY: usize, x: usize, means: usize, rstds: usize, R: i32, C: i32, n: i32): void { layerNormWeights<f64>(dW, dB, dY, x, means, rstds, R, C, n); }
