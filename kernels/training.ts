// What a training step spends its time on beside products: float32, contiguous.
import { fma } from "./fma";

/** out[rows, length] ← scale · source[·, length] (bytes) at the given rows. */
export function gatherBytes(out: usize, source: usize, rows: usize, count: i32, length: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (let r = 0; r < count; r++) {
    const from = source + <usize>load<i32>(rows + <usize>r * 4) * <usize>length;
    let i = 0;
    for (; i + 8 <= length; i += 8) {
      const words = v128.load_ext<u8>(from + <usize>i);
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words)), factor));
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words)), factor), 16);
      out += 32;
    }
    for (; i < length; i++) {
      store<f32>(out, <f32>load<u8>(from + <usize>i) * scale);
      out += 4;
    }
  }
}

/** One step of SGD in place: sign is −1 to climb. `buffer` 0 means no momentum. */
export function sgdF32(
  param: usize, grad: usize, buffer: usize, n: i32,
  lr: f32, momentum: f32, dampening: f32, weightDecay: f32, nesterov: i32, isFirst: i32, sign: f32,
): void {
  const keep: f32 = 1 - dampening;
  let i = 0;
  if (buffer == 0 && weightDecay == 0) {
    const rate = f32x4.splat(-lr * sign);
    for (; i + 4 <= n; i += 4) {
      const at = <usize>i * 4;
      v128.store(param + at, fma<f32>(rate, v128.load(grad + at), v128.load(param + at)));
    }
  }
  for (; i < n; i++) {
    const at = <usize>i * 4;
    const p = load<f32>(param + at);
    let g = sign * load<f32>(grad + at) + weightDecay * p;
    if (buffer != 0) {
      const v = isFirst ? g : momentum * load<f32>(buffer + at) + keep * g;
      store<f32>(buffer + at, v);
      g = nesterov ? g + momentum * v : v;
    }
    store<f32>(param + at, p - lr * g);
  }
}

/**
 * Sum over the middle of [outer, R, inner] into [outer, inner], in float64 and in one order. Along rows (inner > 1) a block of
 * columns is summed at a time, so that memory is read in lines.
 */
export function sumF32(out: usize, x: usize, outer: i32, R: i32, inner: i32, divisor: f64): void {
  for (let o = 0; o < outer; o++) {
    const block = x + <usize>(o * R * inner) * 4;
    let j = 0;
    for (; j + 4 <= inner; j += 4) {
      let low = f64x2.splat(0);
      let high = f64x2.splat(0);
      for (let r = 0; r < R; r++) {
        const v = v128.load(block + <usize>(r * inner + j) * 4);
        low = f64x2.add(low, f64x2.promote_low_f32x4(v));
        high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3)));
      }
      const place = out + <usize>(o * inner + j) * 4;
      store<f32>(place, <f32>(f64x2.extract_lane(low, 0) / divisor));
      store<f32>(place, <f32>(f64x2.extract_lane(low, 1) / divisor), 4);
      store<f32>(place, <f32>(f64x2.extract_lane(high, 0) / divisor), 8);
      store<f32>(place, <f32>(f64x2.extract_lane(high, 1) / divisor), 12);
    }
    for (; j < inner; j++) {
      let sum: f64 = 0;
      for (let r = 0; r < R; r++) sum += <f64>load<f32>(block + <usize>(r * inner + j) * 4);
      store<f32>(out + <usize>(o * inner + j) * 4, <f32>(sum / divisor));
    }
  }
}

/** losses[N] and probabilities[N, C] of logits[N, C]; the first row with a label that is no class, or −1. */
export function crossEntropyF32(losses: usize, probabilities: usize, logits: usize, target: usize, N: i32, C: i32, ignoreIndex: i32): i32 {
  for (let n = 0; n < N; n++) {
    const row = logits + <usize>(n * C) * 4;
    const p = probabilities + <usize>(n * C) * 4;
    const label = load<i32>(target + <usize>n * 4);
    if (label != ignoreIndex && <u32>label >= <u32>C) return n;
    let largest: f32 = -Infinity;
    for (let c = 0; c < C; c++) largest = max<f32>(largest, load<f32>(row + <usize>c * 4));
    let sum: f64 = 0;
    for (let c = 0; c < C; c++) {
      const e = Math.exp(<f64>(load<f32>(row + <usize>c * 4)) - <f64>largest);
      store<f32>(p + <usize>c * 4, <f32>e);
      sum += e;
    }
    const scale = <f32>(1 / sum);
    for (let c = 0; c < C; c++) store<f32>(p + <usize>c * 4, load<f32>(p + <usize>c * 4) * scale);
    const loss = label == ignoreIndex ? 0 : Math.log(sum) - (<f64>load<f32>(row + <usize>label * 4) - <f64>largest);
    store<f32>(losses + <usize>n * 4, <f32>loss);
  }
  return -1;
}

/** dLogits[N, C] ← (probabilities − onehot(target)) · dLosses[N], which steps by `step` elements. */
export function crossEntropyBackwardF32(dLogits: usize, probabilities: usize, target: usize, dLosses: usize, step: i32, N: i32, C: i32, ignoreIndex: i32): void {
  for (let n = 0; n < N; n++) {
    const label = load<i32>(target + <usize>n * 4);
    const d = load<f32>(dLosses + <usize>(n * step) * 4);
    for (let c = 0; c < C; c++) {
      const at = <usize>(n * C + c) * 4;
      const hit: f32 = c == label ? 1 : 0;
      store<f32>(dLogits + at, label == ignoreIndex ? 0 : (load<f32>(probabilities + at) - hit) * d);
    }
  }
}
