// out [outer, inner] ← the middle of x [outer, R, inner], contiguous, R > 0. Every sum runs in one fixed order.
import { at, lanes, select } from "./simd";

/** The two lanes of a register of f64, added. */
@inline
function total(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Adds four floats to two registers of f64. */
@inline
function lowHalf(v: v128): v128 { return f64x2.promote_low_f32x4(v); }
@inline
function highHalf(v: v128): v128 { return f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 0)); }

/** Sum of n floats in f64: exact to far below f32's rounding. */
function rowSum32(x: usize, n: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n >= 8; n -= 8) {
    const a = v128.load(x), b = v128.load(x, 16);
    s0 = f64x2.add(s0, lowHalf(a));
    s1 = f64x2.add(s1, highHalf(a));
    s2 = f64x2.add(s2, lowHalf(b));
    s3 = f64x2.add(s3, highHalf(b));
    x += 32;
  }
  let sum = total(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  for (; n > 0; n--) {
    sum += <f64>load<f32>(x);
    x += 4;
  }
  return sum;
}

/** Numbers that f64 sums are first taken over before those are summed: the error grows with √n rather than n. */
const BLOCK: i32 = 256;

function rowSum64(x: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (; n > 0; n -= BLOCK) {
    let left = min(n, BLOCK);
    let s0 = f64x2.splat(0), s1 = s0;
    for (; left >= 4; left -= 4) {
      s0 = f64x2.add(s0, v128.load(x));
      s1 = f64x2.add(s1, v128.load(x, 16));
      x += 32;
    }
    let part = total(f64x2.add(s0, s1));
    for (; left > 0; left--) {
      part += load<f64>(x);
      x += 8;
    }
    sum += part;
  }
  return sum;
}

/** Eight columns of f32 at once, or one. */
function columnSums32(out: usize, x: usize, R: i32, inner: i32, divisor: f64): void {
  const step = (<usize>inner) * 4;
  const by = f64x2.splat(divisor);
  let j = 0;
  for (; j + 8 <= inner; j += 8) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let p = at<f32>(x, j);
    for (let r = R; r > 0; r--) {
      const a = v128.load(p), b = v128.load(p, 16);
      s0 = f64x2.add(s0, lowHalf(a));
      s1 = f64x2.add(s1, highHalf(a));
      s2 = f64x2.add(s2, lowHalf(b));
      s3 = f64x2.add(s3, highHalf(b));
      p += step;
    }
    v128.store64_lane(at<f32>(out, j), f32x4.demote_f64x2_zero(f64x2.div(s0, by)), 0);
    v128.store64_lane(at<f32>(out, j), f32x4.demote_f64x2_zero(f64x2.div(s1, by)), 0, 8);
    v128.store64_lane(at<f32>(out, j), f32x4.demote_f64x2_zero(f64x2.div(s2, by)), 0, 16);
    v128.store64_lane(at<f32>(out, j), f32x4.demote_f64x2_zero(f64x2.div(s3, by)), 0, 24);
  }
  for (; j < inner; j++) {
    let sum: f64 = 0;
    let p = at<f32>(x, j);
    for (let r = R; r > 0; r--) {
      sum += <f64>load<f32>(p);
      p += step;
    }
    store<f32>(at<f32>(out, j), <f32>(sum / divisor));
  }
}

function columnSums64(out: usize, x: usize, R: i32, inner: i32, divisor: f64): void {
  const step = (<usize>inner) * 8;
  for (let j = 0; j < inner; j++) {
    let sum: f64 = 0;
    let p = at<f64>(x, j);
    for (let r = R; r > 0; r -= BLOCK) {
      let part: f64 = 0;
      for (let i = min(r, BLOCK); i > 0; i--) {
        part += load<f64>(p);
        p += step;
      }
      sum += part;
    }
    store<f64>(at<f64>(out, j), sum / divisor);
  }
}

/** Sums divided by `divisor`: 1 for a sum, R for a mean. */
export function sum_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32, divisor: f64): void {
  for (let i = 0; i < outer; i++) {
    if (inner == 1) store<f32>(out, <f32>(rowSum32(x, R) / divisor));
    else columnSums32(out, x, R, inner, divisor);
    out = at<f32>(out, inner);
    x = at<f32>(x, R * inner);
  }
}

export function sum_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32, divisor: f64): void {
  for (let i = 0; i < outer; i++) {
    if (inner == 1) store<f64>(out, rowSum64(x, R) / divisor);
    else columnSums64(out, x, R, inner, divisor);
    out = at<f64>(out, inner);
    x = at<f64>(x, R * inner);
  }
}

// The largest and the smallest.

/** Whether b takes the place of a: it is beyond it, or NaN. */
@unmanaged class Larger {
  @inline mask<T>(a: v128, b: v128): v128 { return v128.or(v128.gt<T>(b, a), v128.ne<T>(b, b)); }
  @inline one<T>(a: T, b: T): bool { return b > a || b != b; }
}
@unmanaged class Smaller {
  @inline mask<T>(a: v128, b: v128): v128 { return v128.or(v128.lt<T>(b, a), v128.ne<T>(b, b)); }
  @inline one<T>(a: T, b: T): bool { return b < a || b != b; }
}

@inline
function extremeOfRow<T, Op>(x: usize, n: i32): T {
  const op = changetype<Op>(0);
  let best = load<T>(x);
  if (isFloat<T>() && n >= 2 * lanes<T>()) {
    let v = v128.load(x);
    for (; n >= lanes<T>(); n -= lanes<T>()) {
      const next = v128.load(x);
      v = select(op.mask<T>(v, next), next, v);
      x += 16;
    }
    best = v128.extract_lane<T>(v, 0);
    const second = v128.extract_lane<T>(v, 1);
    if (op.one<T>(best, second)) best = second;
    if (sizeof<T>() == 4) {
      const third = <T>f32x4.extract_lane(v, 2), fourth = <T>f32x4.extract_lane(v, 3);
      if (op.one<T>(best, third)) best = third;
      if (op.one<T>(best, fourth)) best = fourth;
    }
  }
  for (; n > 0; n--) {
    const next = load<T>(x);
    if (op.one<T>(best, next)) best = next;
    x += sizeof<T>();
  }
  return best;
}

@inline
function extreme<T, Op>(out: usize, x: usize, outer: i32, R: i32, inner: i32): void {
  const op = changetype<Op>(0);
  for (let i = 0; i < outer; i++) {
    if (inner == 1) {
      store<T>(out, extremeOfRow<T, Op>(x, R));
    } else {
      memory.copy(out, x, (<usize>inner) * sizeof<T>());
      for (let r = 1; r < R; r++) {
        const row = at<T>(x, r * inner);
        let j = 0;
        if (isFloat<T>()) {
          for (; j + lanes<T>() <= inner; j += lanes<T>()) {
            const held = v128.load(at<T>(out, j)), next = v128.load(at<T>(row, j));
            v128.store(at<T>(out, j), select(op.mask<T>(held, next), next, held));
          }
        }
        for (; j < inner; j++) {
          const next = load<T>(at<T>(row, j));
          if (op.one<T>(load<T>(at<T>(out, j)), next)) store<T>(at<T>(out, j), next);
        }
      }
    }
    out = at<T>(out, inner);
    x = at<T>(x, R * inner);
  }
}

export function amax_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<f32, Larger>(out, x, outer, R, inner); }
export function amax_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<f64, Larger>(out, x, outer, R, inner); }
export function amax_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<i32, Larger>(out, x, outer, R, inner); }
export function amax_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<u8, Larger>(out, x, outer, R, inner); }
export function amin_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<f32, Smaller>(out, x, outer, R, inner); }
export function amin_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<f64, Smaller>(out, x, outer, R, inner); }
export function amin_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<i32, Smaller>(out, x, outer, R, inner); }
export function amin_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { extreme<u8, Smaller>(out, x, outer, R, inner); }
