// Functions of float32 that are computed in f64, two lanes at a time, and rounded once: within 0.54 ulp of the true value. Slower than
// a polynomial in f32 would be, and many times as fast as one number after the other.
import { exp, farLog, isAnyBeyond } from "./math";
import { splats } from "./memory";
import { at, fma, repeat, select, splat } from "./simd";

const LN_2: f64 = 0.6931471805599453;

// Each op is a class without state that takes and gives two lanes of f64.

@unmanaged class Exp2 { @inline of(x: v128): v128 { return exp<f64>(f64x2.mul(x, splat<f64>(LN_2))); } }
/** Near 0 the first terms of its series, which e^x − 1 would lose. */
@unmanaged class Expm1 {
  @inline of(x: v128): v128 {
    let p = splat<f64>(1.0 / 120);
    p = fma<f64>(p, x, splat<f64>(1.0 / 24));
    p = fma<f64>(p, x, splat<f64>(1.0 / 6));
    p = fma<f64>(p, x, splat<f64>(0.5));
    const near = fma<f64>(f64x2.mul(x, x), p, x);
    const far = f64x2.sub(exp<f64>(x), splat<f64>(1));
    return select(f64x2.lt(f64x2.abs(x), splat<f64>(0.01)), near, far);
  }
}
@unmanaged class Log2 { @inline of(x: v128): v128 { return f64x2.mul(farLog<f64>(x), splat<f64>(1.4426950408889634)); } }
@unmanaged class Log10 { @inline of(x: v128): v128 { return f64x2.mul(farLog<f64>(x), splat<f64>(0.4342944819032518)); } }
/** What 1 + x loses to rounding is added back; at −1 and infinity nothing is lost. */
@unmanaged class Log1p {
  @inline of(x: v128): v128 {
    const u = f64x2.add(x, splat<f64>(1));
    const lost = f64x2.sub(x, f64x2.sub(u, splat<f64>(1)));
    const isFinite = v128.and(f64x2.gt(u, splat<f64>(0)), f64x2.lt(u, splat<f64>(Infinity)));
    return f64x2.add(farLog<f64>(u), v128.and(f64x2.div(lost, u), isFinite));
  }
}

/** (e^x − e^−x) / 2; near 0 its series. */
@unmanaged class Sinh {
  @inline of(x: v128): v128 {
    const z = f64x2.mul(x, x);
    const near = fma<f64>(f64x2.mul(z, x), fma<f64>(z, splat<f64>(1.0 / 120), splat<f64>(1.0 / 6)), x);
    const e = exp<f64>(x);
    const far = f64x2.mul(f64x2.sub(e, f64x2.div(splat<f64>(1), e)), splat<f64>(0.5));
    return select(f64x2.lt(f64x2.abs(x), splat<f64>(0.01)), near, far);
  }
}
@unmanaged class Cosh {
  @inline of(x: v128): v128 {
    const e = exp<f64>(f64x2.abs(x));
    return f64x2.mul(f64x2.add(e, f64x2.div(splat<f64>(1), e)), splat<f64>(0.5));
  }
}
/** ln(|x| + √(x² + 1)) with the sign of x; near 0 its series. */
@unmanaged class Asinh {
  @inline of(x: v128): v128 {
    const z = f64x2.mul(x, x), size = f64x2.abs(x);
    const near = fma<f64>(f64x2.mul(z, x), fma<f64>(z, splat<f64>(3.0 / 40), splat<f64>(-1.0 / 6)), x);
    const far = farLog<f64>(f64x2.add(size, f64x2.sqrt(f64x2.add(z, splat<f64>(1)))));
    const signed = v128.or(far, v128.and(x, i64x2.splat(i64.MIN_VALUE)));
    return select(f64x2.lt(size, splat<f64>(0.01)), near, signed);
  }
}
/** ln(x + √(x − 1) · √(x + 1)), NaN below 1. */
@unmanaged class Acosh {
  @inline of(x: v128): v128 {
    const one = splat<f64>(1);
    const roots = f64x2.mul(f64x2.sqrt(f64x2.sub(x, one)), f64x2.sqrt(f64x2.add(x, one)));
    return farLog<f64>(f64x2.add(x, roots));
  }
}
/** ln((1 + x) / (1 − x)) / 2; near 0 its series. */
@unmanaged class Atanh {
  @inline of(x: v128): v128 {
    const one = splat<f64>(1), z = f64x2.mul(x, x);
    const near = fma<f64>(f64x2.mul(z, x), fma<f64>(z, splat<f64>(1.0 / 5), splat<f64>(1.0 / 3)), x);
    const far = f64x2.mul(farLog<f64>(f64x2.div(f64x2.add(one, x), f64x2.sub(one, x))), splat<f64>(0.5));
    return select(f64x2.lt(f64x2.abs(x), splat<f64>(0.01)), near, far);
  }
}
@unmanaged class Logit {
  @inline of(x: v128): v128 { return farLog<f64>(f64x2.div(x, f64x2.sub(splat<f64>(1), x))); }
}

/** Beyond this a multiple of π/2 is no longer exact, and lanes go one by one. */
const FAR: f64 = 1e6;
/** π/2 in two parts: the first has so few bits that a multiple of it is exact. */
const HALF_PI: f64 = 1.5707963267341256;
const HALF_PI_REST: f64 = 6.077100506506192e-11;

/** sin r for |r| ≤ π/4, by its series. */
@inline
function sinOfRest(r: v128): v128 {
  const z = f64x2.mul(r, r);
  let p = splat<f64>(1.0 / 362880);
  p = fma<f64>(p, z, splat<f64>(-1.0 / 5040));
  p = fma<f64>(p, z, splat<f64>(1.0 / 120));
  p = fma<f64>(p, z, splat<f64>(-1.0 / 6));
  return fma<f64>(f64x2.mul(z, r), p, r);
}

/** cos r for |r| ≤ π/4, by its series. */
@inline
function cosOfRest(r: v128): v128 {
  const z = f64x2.mul(r, r);
  let p = splat<f64>(-1.0 / 3628800);
  p = fma<f64>(p, z, splat<f64>(1.0 / 40320));
  p = fma<f64>(p, z, splat<f64>(-1.0 / 720));
  p = fma<f64>(p, z, splat<f64>(1.0 / 24));
  p = fma<f64>(p, z, splat<f64>(-0.5));
  return fma<f64>(z, p, splat<f64>(1));
}

/** The nearest whole number to x / (π/2) in the low bits; 2^52 and a half above, as a float. */
@inline
function quarters(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, splat<f64>(0.6366197723675814)), splat<f64>(6755399441055744));
}

@inline
function restOf(x: v128, rounded: v128): v128 {
  const n = f64x2.sub(rounded, splat<f64>(6755399441055744));
  return f64x2.sub(f64x2.sub(x, f64x2.mul(n, splat<f64>(HALF_PI))), f64x2.mul(n, splat<f64>(HALF_PI_REST)));
}

/** sin of x and so many quarter turns more. */
@inline
function turned(x: v128, more: i64): v128 {
  const rounded = quarters(x);
  const r = restOf(x, rounded);
  const turns = i64x2.add(rounded, i64x2.splat(more));
  const isOdd = i64x2.shr_s(i64x2.shl(turns, 63), 63);
  const sign = i64x2.shl(v128.and(turns, i64x2.splat(2)), 62);
  return v128.xor(select(isOdd, cosOfRest(r), sinOfRest(r)), sign);
}

function farSin(x: v128): v128 {
  return f64x2(NativeMath.sin(f64x2.extract_lane(x, 0)), NativeMath.sin(f64x2.extract_lane(x, 1)));
}
function farCos(x: v128): v128 {
  return f64x2(NativeMath.cos(f64x2.extract_lane(x, 0)), NativeMath.cos(f64x2.extract_lane(x, 1)));
}

@unmanaged class Sin { @inline of(x: v128): v128 { return isAnyBeyond<f64>(x, FAR) ? farSin(x) : turned(x, 0); } }
@unmanaged class Cos { @inline of(x: v128): v128 { return isAnyBeyond<f64>(x, FAR) ? farCos(x) : turned(x, 1); } }
@unmanaged class Tan {
  @inline of(x: v128): v128 {
    if (isAnyBeyond<f64>(x, FAR)) return f64x2.div(farSin(x), farCos(x));
    const rounded = quarters(x);
    const r = restOf(x, rounded);
    const s = sinOfRest(r), c = cosOfRest(r);
    const isOdd = i64x2.shr_s(i64x2.shl(rounded, 63), 63);
    return f64x2.div(select(isOdd, f64x2.neg(c), s), select(isOdd, s, c));
  }
}

/** One or two floats as two lanes of f64. */
@inline
function widened(x: usize, isPair: bool): v128 {
  return f64x2.promote_low_f32x4(isPair ? v128.load64_zero(x) : v128.load32_zero(x));
}

@inline
function storeNarrowed(out: usize, y: v128, isPair: bool): void {
  const floats = f32x4.demote_f64x2_zero(y);
  if (isPair) v128.store64_lane(out, floats, 0);
  else v128.store32_lane(out, floats, 0);
}

@inline
export function wide<Op>(out: usize, x: usize, n: i32): void {
  const op = changetype<Op>(0);
  for (; n > 0; n -= 2) {
    storeNarrowed(out, op.of(widened(x, n > 1)), n > 1);
    out += 8;
    x += 8;
  }
}

export function exp2_f32(out: usize, x: usize, n: i32): void { wide<Exp2>(out, x, n); }
export function expm1_f32(out: usize, x: usize, n: i32): void { wide<Expm1>(out, x, n); }
export function log2_f32(out: usize, x: usize, n: i32): void { wide<Log2>(out, x, n); }
export function log10_f32(out: usize, x: usize, n: i32): void { wide<Log10>(out, x, n); }
export function log1p_f32(out: usize, x: usize, n: i32): void { wide<Log1p>(out, x, n); }
export function sinh_f32(out: usize, x: usize, n: i32): void { wide<Sinh>(out, x, n); }
export function cosh_f32(out: usize, x: usize, n: i32): void { wide<Cosh>(out, x, n); }
export function asinh_f32(out: usize, x: usize, n: i32): void { wide<Asinh>(out, x, n); }
export function acosh_f32(out: usize, x: usize, n: i32): void { wide<Acosh>(out, x, n); }
export function atanh_f32(out: usize, x: usize, n: i32): void { wide<Atanh>(out, x, n); }
export function logit_f32(out: usize, x: usize, n: i32): void { wide<Logit>(out, x, n); }
export function sin_f32(out: usize, x: usize, n: i32): void { wide<Sin>(out, x, n); }
export function cos_f32(out: usize, x: usize, n: i32): void { wide<Cos>(out, x, n); }
export function tan_f32(out: usize, x: usize, n: i32): void { wide<Tan>(out, x, n); }

/** a^b, two lanes. */
@unmanaged class Pow {
  @inline of(a: v128, b: v128): v128 {
    const one = splat<f64>(1), infinite = splat<f64>(Infinity);
    const size = f64x2.abs(a);
    const isWhole = f64x2.eq(f64x2.nearest(b), b);
    const half = f64x2.mul(b, splat<f64>(0.5));
    const isOdd = v128.and(isWhole, f64x2.ne(f64x2.nearest(half), half));
    const sign = v128.and(v128.and(a, isOdd), i64x2.splat(i64.MIN_VALUE));
    let y = v128.or(exp<f64>(f64x2.mul(b, farLog<f64>(size))), sign);
    // Roots of what is negative.
    const isRoot = v128.andnot(v128.and(f64x2.lt(a, splat<f64>(0)), f64x2.lt(size, infinite)), isWhole);
    y = select(isRoot, splat<f64>(NaN), y);
    // As in C: 1 to any power is 1, anything to the power 0, and −1 to those beyond all numbers.
    const isBeside = v128.and(f64x2.eq(size, one), f64x2.eq(f64x2.abs(b), infinite));
    const isOne = v128.or(v128.or(f64x2.eq(b, splat<f64>(0)), f64x2.eq(a, one)), isBeside);
    return select(isOne, one, y);
  }
}

/** Rows as those of binary.ts: an operand steps by its outer stride from row to row, and by 1 or 0 along it. */
@inline
export function wideRows<Op>(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32, bInner: i32,
): void {
  const op = changetype<Op>(0);
  for (let row = 0; row < outer; row++) {
    let pa = aInner ? a : repeat<f32>(splats(), a), pb = bInner ? b : repeat<f32>(splats() + 64, b);
    for (let left = inner; left > 0; left -= 2) {
      const isPair = left > 1;
      storeNarrowed(out, op.of(widened(pa, isPair), widened(pb, isPair)), isPair);
      out += isPair ? 8 : 4;
      pa += aInner ? 8 : 0;
      pb += bInner ? 8 : 0;
    }
    a = at<f32>(a, aOuter);
    b = at<f32>(b, bOuter);
  }
}

/** max(a, b) + ln(1 + e^−|a − b|), also where both are infinite. */
@unmanaged class LogAddExp {
  @inline of(a: v128, b: v128): v128 {
    const isSame = f64x2.eq(a, b);
    const t = exp<f64>(f64x2.neg(f64x2.abs(f64x2.sub(a, b))));
    const rest = select(isSame, splat<f64>(LN_2), changetype<Log1p>(0).of(t));
    return f64x2.add(select(f64x2.gt(b, a), b, a), rest);
  }
}
/** a · ln b, and 0 where a is, unless b is NaN. */
@unmanaged class Xlogy {
  @inline of(a: v128, b: v128): v128 {
    const isZero = v128.and(f64x2.eq(a, splat<f64>(0)), f64x2.eq(b, b));
    return v128.andnot(f64x2.mul(a, farLog<f64>(b)), isZero);
  }
}

export function pow_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { wideRows<Pow>(o, a, b, m, n, p, q, r, s); }
export function logAddExp_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { wideRows<LogAddExp>(o, a, b, m, n, p, q, r, s); }
export function xlogy_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { wideRows<Xlogy>(o, a, b, m, n, p, q, r, s); }
