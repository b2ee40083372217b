// Transcendental functions on whole registers. Polynomials are minimax fits of our own; beside each stands the
// relative error it leaves before rounding. "ulp" counts the spacing of floats at the result.
import { fma, select, splat } from "./simd";

/** 1.5 · 2^23 and 1.5 · 2^52: added to a number, they push its fraction out of the mantissa. */
const ROUNDER_32: f64 = 12582912;
const ROUNDER_64: f64 = 6755399441055744;

/** 2^n for whole n from −126 to 127 (f64: −1022 to 1023), by writing the exponent. */
@inline
function powerOfTwo<T>(n: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.shl(f32x4.add(n, splat<f32>(ROUNDER_32 + 127)), 23);
  return i64x2.shl(f64x2.add(n, splat<f64>(ROUNDER_64 + 1023)), 52);
}

/** Whether a lane is beyond ±limit, or NaN: as whole numbers, the bits of sizes are in the order of the sizes. */
@inline
export function isAnyBeyond<T>(x: v128, limit: f64): bool {
  const size = v128.abs<T>(x);
  if (sizeof<T>() == 4) return v128.any_true(i32x4.gt_s(size, splat<f32>(limit)));
  return v128.any_true(i64x2.gt_s(size, splat<f64>(limit)));
}

/**
 * e^(x + low), about 1 ulp, where `low` is a small correction to x, ignored if not `hasLow`.
 * x = n·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^n · e^r: n is added to the exponent of e^r. Where a lane is near infinity or
 * denormals, 2^n is multiplied on in two halves, of which only the second can overflow or round to a denormal; so infinity, 0 and
 * what lies before them come out right. NaN stays.
 */
@inline
function expBy<T>(x: v128, low: v128, hasLow: bool): v128 {
  const isFar = isAnyBeyond<T>(x, sizeof<T>() == 4 ? 87 : 708);
  if (isFar) {
    // Past these limits the result is infinity or 0; within them 2^n can be made.
    const limit = sizeof<T>() == 4 ? splat<T>(105) : splat<T>(746);
    x = v128.pmax<T>(v128.pmin<T>(x, limit), v128.neg<T>(limit));
  }
  const rounder = splat<T>(sizeof<T>() == 4 ? ROUNDER_32 : ROUNDER_64);
  const rounded = v128.add<T>(v128.mul<T>(x, splat<T>(1.4426950408889634)), rounder);
  const n = v128.sub<T>(rounded, rounder);
  let r: v128, p: v128;
  if (sizeof<T>() == 4) {
    // ln 2 in two parts: the first has so few bits that n times it is exact.
    r = f32x4.sub(x, f32x4.mul(n, splat<f32>(0.693359375)));
    r = fma<f32>(n, splat<f32>(2.12194440054690583e-4), r);
    if (hasLow) r = f32x4.add(r, low);
    p = splat<f32>(0.00138143079737); // 2^-28.3
    p = fma<f32>(p, r, splat<f32>(0.00836885225869));
    p = fma<f32>(p, r, splat<f32>(0.0416684013475));
    p = fma<f32>(p, r, splat<f32>(0.166665195112));
    p = fma<f32>(p, r, splat<f32>(0.499999933718));
  } else {
    r = f64x2.sub(x, f64x2.mul(n, splat<f64>(0.693147180369123816490)));
    r = f64x2.sub(r, f64x2.mul(n, splat<f64>(1.90821492927058770002e-10)));
    if (hasLow) r = f64x2.add(r, low);
    p = splat<f64>(2.4999882419528796831e-8); // 2^-57.9
    p = fma<f64>(p, r, splat<f64>(2.7630526422255621724e-7));
    p = fma<f64>(p, r, splat<f64>(2.7557588361305321046e-6));
    p = fma<f64>(p, r, splat<f64>(2.4801492379425081109e-5));
    p = fma<f64>(p, r, splat<f64>(1.9841269502782359715e-4));
    p = fma<f64>(p, r, splat<f64>(0.001388888894425838822));
    p = fma<f64>(p, r, splat<f64>(0.0083333333334969221284));
    p = fma<f64>(p, r, splat<f64>(0.041666666666528066145));
    p = fma<f64>(p, r, splat<f64>(0.16666666666666407629));
    p = fma<f64>(p, r, splat<f64>(0.50000000000000108309));
  }
  p = v128.add<T>(fma<T>(v128.mul<T>(r, r), p, r), splat<T>(1));
  if (isFar) {
    const half = v128.nearest<T>(v128.mul<T>(n, splat<T>(0.5)));
    return v128.mul<T>(v128.mul<T>(p, powerOfTwo<T>(half)), powerOfTwo<T>(v128.sub<T>(n, half)));
  }
  if (sizeof<T>() == 4) return i32x4.add(p, i32x4.shl(rounded, 23));
  return i64x2.add(p, i64x2.shl(rounded, 52));
}

@inline
export function expPlus<T>(x: v128, low: v128): v128 {
  return expBy<T>(x, low, true);
}

@inline
export function exp<T>(x: v128): v128 {
  return expBy<T>(x, splat<T>(0), false);
}

/**
 * ln x, about 1 ulp. x = 2^e · m with m from √½ to √2, so ln x = e·ln 2 + ln m.
 * 0 gives −∞, anything below it NaN; denormals are scaled up first.
 */
@inline
export function log<T>(x: v128): v128 {
  const zero = splat<T>(0);
  let result = sizeof<T>() == 4 ? logOfNormal32(x) : logOfNormal64(x);
  result = select(v128.eq<T>(x, zero), splat<T>(-Infinity), result);
  result = select(v128.lt<T>(x, zero), splat<T>(NaN), result);
  // Infinity and NaN.
  return select(v128.lt<T>(x, splat<T>(Infinity)), result, v128.add<T>(x, x));
}

@inline
function logOfNormal32(x: v128): v128 {
  const isSmall = f32x4.lt(x, splat<f32>(1.17549435e-38));
  const scaled = select(isSmall, f32x4.mul(x, splat<f32>(8388608)), x);
  const exponent = i32x4.shr_s(i32x4.sub(scaled, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(scaled, i32x4.shl(exponent, 23));
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(isSmall, splat<f32>(23)));
  const f = f32x4.sub(m, splat<f32>(1));
  const f2 = f32x4.mul(f, f);
  let p = splat<f32>(0.0674645482341); // 2^-30.3
  p = fma<f32>(p, f, splat<f32>(-0.116756233678));
  p = fma<f32>(p, f, splat<f32>(0.118882320948));
  p = fma<f32>(p, f, splat<f32>(-0.124055972236));
  p = fma<f32>(p, f, splat<f32>(0.142195432615));
  p = fma<f32>(p, f, splat<f32>(-0.166679951464));
  p = fma<f32>(p, f, splat<f32>(0.20002119143));
  p = fma<f32>(p, f, splat<f32>(-0.250000096168));
  p = fma<f32>(p, f, splat<f32>(0.333333125955));
  // From the smallest part to the largest.
  let tail = f32x4.mul(f32x4.mul(f, f2), p);
  tail = fma<f32>(e, splat<f32>(-2.12194440054690583e-4), tail);
  tail = fma<f32>(f2, splat<f32>(-0.5), tail);
  return fma<f32>(e, splat<f32>(0.693359375), f32x4.add(f, tail));
}

/** With s = f / (2 + f), ln(1 + f) = f − f²/2 + s·(f²/2 + s²·R(s²)). */
@inline
function logOfNormal64(x: v128): v128 {
  const isSmall = f64x2.lt(x, splat<f64>(2.2250738585072014e-308));
  const scaled = select(isSmall, f64x2.mul(x, splat<f64>(4503599627370496)), x);
  const exponent = i64x2.shr_s(i64x2.sub(scaled, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(scaled, i64x2.shl(exponent, 52));
  const low = v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2);
  const e = f64x2.sub(f64x2.convert_low_i32x4_s(low), v128.and(isSmall, splat<f64>(52)));
  const f = f64x2.sub(m, splat<f64>(1));
  const half = f64x2.mul(f64x2.mul(f, f), splat<f64>(0.5));
  const s = f64x2.div(f, f64x2.add(f, splat<f64>(2)));
  const z = f64x2.mul(s, s);
  let p = splat<f64>(0.14795957609284011198); // 2^-58.5
  p = fma<f64>(p, z, splat<f64>(0.15314049697045623958));
  p = fma<f64>(p, z, splat<f64>(0.18183564362754992313));
  p = fma<f64>(p, z, splat<f64>(0.22222198572397806955));
  p = fma<f64>(p, z, splat<f64>(0.28571428742396401938));
  p = fma<f64>(p, z, splat<f64>(0.39999999999414631321));
  p = fma<f64>(p, z, splat<f64>(0.66666666666667344213));
  p = f64x2.mul(p, z);
  let tail = f64x2.mul(s, f64x2.add(half, p));
  tail = fma<f64>(e, splat<f64>(1.90821492927058770002e-10), tail);
  tail = f64x2.sub(half, tail);
  return f64x2.sub(f64x2.mul(e, splat<f64>(0.693147180369123816490)), f64x2.sub(tail, f));
}

/** ln(1 + t) for t from 0 to 1: what 1 + t loses to rounding is added back. */
@inline
export function log1pOfFraction<T>(t: v128): v128 {
  const u = v128.add<T>(t, splat<T>(1));
  const lost = v128.sub<T>(t, v128.sub<T>(u, splat<T>(1)));
  return v128.add<T>(log<T>(u), v128.div<T>(lost, u));
}

/** 1 / (1 + e^−x), from e^−|x|, which cannot overflow. */
@inline
export function sigmoid<T>(x: v128): v128 {
  const one = splat<T>(1);
  const e = exp<T>(v128.neg<T>(v128.abs<T>(x)));
  const top = select(v128.lt<T>(x, splat<T>(0)), e, one);
  return v128.div<T>(top, v128.add<T>(one, e));
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|). */
@inline
export function softplus<T>(x: v128): v128 {
  const rest = log1pOfFraction<T>(exp<T>(v128.neg<T>(v128.abs<T>(x))));
  return v128.add<T>(v128.pmax<T>(splat<T>(0), x), rest);
}

/** Below 0.625 a polynomial; above, 1 − 2 / (e^2|x| + 1). About 1 ulp; f32 only. */
@inline
export function tanh32(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = splat<f32>(-0.00571699631692); // 2^-27.9
  p = fma<f32>(p, z, splat<f32>(0.0206505396131));
  p = fma<f32>(p, z, splat<f32>(-0.0537434818209));
  p = fma<f32>(p, z, splat<f32>(0.133314910642));
  p = fma<f32>(p, z, splat<f32>(-0.333332839154));
  const near = fma<f32>(f32x4.mul(z, x), p, x);
  const one = splat<f32>(1);
  const e = exp<f32>(f32x4.add(size, size));
  const far = f32x4.sub(one, f32x4.div(splat<f32>(2), f32x4.add(e, one)));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return select(f32x4.lt(size, splat<f32>(0.625)), near, v128.or(far, sign));
}

/**
 * e^(−factor·x²). The square is taken in two parts, one of them exact: an error of half an ulp in a single one would
 * come out x² times as large.
 */
@inline
function gaussian32(x: v128, factor: f64): v128 {
  const top = v128.and(x, i32x4.splat(0xfffff000));
  const rest = f32x4.mul(f32x4.sub(top, x), f32x4.add(top, x));
  return expPlus<f32>(f32x4.mul(f32x4.mul(top, top), splat<f32>(-factor)), f32x4.mul(rest, splat<f32>(factor)));
}

/** erfc y · e^(y²) for y from 0 to 10.5: a polynomial in 1 / (1 + 0.3·y). */
@inline
function scaledErfc32(y: v128): v128 {
  const t = f32x4.div(splat<f32>(1), fma<f32>(y, splat<f32>(0.3), splat<f32>(1)));
  let p = splat<f32>(-0.127633146973); // 2^-25.8
  p = fma<f32>(p, t, splat<f32>(0.475074580298));
  p = fma<f32>(p, t, splat<f32>(-0.486991165362));
  p = fma<f32>(p, t, splat<f32>(0.513015809248));
  p = fma<f32>(p, t, splat<f32>(-0.0648161211596));
  p = fma<f32>(p, t, splat<f32>(0.198289201845));
  p = fma<f32>(p, t, splat<f32>(0.154348874801));
  p = fma<f32>(p, t, splat<f32>(0.16936073932));
  p = fma<f32>(p, t, splat<f32>(0.169360694713));
  return fma<f32>(p, t, splat<f32>(-9.4844196497e-6));
}

/** Below 1 a polynomial, above 1 − erfc. */
@inline
export function erf32(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = splat<f32>(7.85384099493e-5); // 2^-29.6
  p = fma<f32>(p, z, splat<f32>(-0.000801018745853));
  p = fma<f32>(p, z, splat<f32>(0.00518832698369));
  p = fma<f32>(p, z, splat<f32>(-0.0268538115658));
  p = fma<f32>(p, z, splat<f32>(0.112835851398));
  p = fma<f32>(p, z, splat<f32>(-0.376126258235));
  p = fma<f32>(p, z, splat<f32>(1.12837916573));
  // Beyond 10.5 the polynomial in t ends, but erfc has long been 0. pmin keeps NaN.
  const y = v128.pmin<f32>(f32x4.abs(x), splat<f32>(10.5));
  const far = v128.or(f32x4.sub(splat<f32>(1), f32x4.mul(gaussian32(y, 1), scaledErfc32(y))), v128.and(x, i32x4.splat(0x80000000)));
  return select(f32x4.lt(z, splat<f32>(1)), f32x4.mul(x, p), far);
}

/** Φ(x), the normal distribution: erfc(−x / √2) / 2, accurate in both tails. f32 only. */
@inline
export function normalCdf32(x: v128): v128 {
  const size = v128.pmin<f32>(f32x4.abs(x), splat<f32>(14.8));
  const scaled = scaledErfc32(f32x4.mul(size, splat<f32>(0.7071067811865476)));
  const tail = f32x4.mul(f32x4.mul(gaussian32(size, 0.5), scaled), splat<f32>(0.5));
  return select(f32x4.gt(x, splat<f32>(0)), f32x4.sub(splat<f32>(1), tail), tail);
}

/** Φ(x) + x · φ(x), the slope of gelu. f32 only. */
@inline
export function geluSlope32(x: v128): v128 {
  const size = v128.pmin<f32>(f32x4.abs(x), splat<f32>(14.8));
  const bell = gaussian32(size, 0.5);
  const tail = f32x4.mul(f32x4.mul(bell, scaledErfc32(f32x4.mul(size, splat<f32>(0.7071067811865476)))), splat<f32>(0.5));
  const below = select(f32x4.gt(x, splat<f32>(0)), f32x4.sub(splat<f32>(1), tail), tail);
  return fma<f32>(x, f32x4.mul(bell, splat<f32>(0.3989422804014327)), below);
}
