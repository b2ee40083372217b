// out [outer, inner] ← the middle of x [outer, R, inner], contiguous, R > 0. Every sum runs in one fixed order.
import { at, lanes, select } from "./simd";
import { columnSums, sumOf } from "./sums";

/** Sums divided by `divisor`: 1 for a sum, R for a mean. */
@inline
function sum<T>(out: usize, x: usize, outer: i32, R: i32, inner: i32, divisor: f64): void {
  for (let i = 0; i < outer; i++) {
    if (inner == 1) store<T>(out, <T>(sumOf<T>(x, R) / divisor));
    else columnSums<T>(out, x, inner, R, inner, divisor);
    out = at<T>(out, inner);
    x = at<T>(x, R * inner);
  }
}

export function sum_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32, divisor: f64): void { sum<f32>(out, x, outer, R, inner, divisor); }
export function sum_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32, divisor: f64): void { sum<f64>(out, x, outer, R, inner, divisor); }

// The largest and the smallest.

/** Whether b takes the place of a: it is beyond it, or NaN. */
@unmanaged class Larger {
  /** The one beyond, lane by lane, where there is no NaN. */
  @inline of<T>(a: v128, b: v128): v128 { return v128.pmax<T>(a, b); }
  @inline mask<T>(a: v128, b: v128): v128 { return v128.or(v128.gt<T>(b, a), v128.ne<T>(b, b)); }
  @inline one<T>(a: T, b: T): bool { return b > a || b != b; }
}
@unmanaged class Smaller {
  @inline of<T>(a: v128, b: v128): v128 { return v128.pmin<T>(a, b); }
  @inline mask<T>(a: v128, b: v128): v128 { return v128.or(v128.lt<T>(b, a), v128.ne<T>(b, b)); }
  @inline one<T>(a: T, b: T): bool { return b < a || b != b; }
}

@inline
function extremeOfRow<T, Op>(x: usize, n: i32): T {
  const op = changetype<Op>(0);
  let best = load<T>(x);
  if (isFloat<T>() && n >= 4 * lanes<T>()) {
    let v = v128.load(x), second = v128.load(x, 16), third = v128.load(x, 32), fourth = v128.load(x, 48);
    let isNaN = i32x4.splat(0);
    for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>()) {
      const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
      v = op.of<T>(v, a);
      second = op.of<T>(second, b);
      third = op.of<T>(third, c);
      fourth = op.of<T>(fourth, d);
      const first = v128.or(v128.ne<T>(a, a), v128.ne<T>(b, b)), last = v128.or(v128.ne<T>(c, c), v128.ne<T>(d, d));
      isNaN = v128.or(isNaN, v128.or(first, last));
      x += 64;
    }
    if (v128.any_true(isNaN)) return <T>NaN;
    v = op.of<T>(op.of<T>(v, second), op.of<T>(third, fourth));
    best = v128.extract_lane<T>(v, 0);
    const other = v128.extract_lane<T>(v, 1);
    if (op.one<T>(best, other)) best = other;
    if (sizeof<T>() == 4) {
      const high = <T>f32x4.extract_lane(v, 2), highest = <T>f32x4.extract_lane(v, 3);
      if (op.one<T>(best, high)) best = high;
      if (op.one<T>(best, highest)) best = highest;
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
