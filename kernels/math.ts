// Transcendental functions on whole registers. Polynomials are minimax fits of our own; beside each stands the
// relative error it leaves before rounding. "ulp" counts the spacing of floats at the result.
import { fma, select, splat } from "./simd";

/** 1.5 · 2^23 and 1.5 · 2^52: added to a number, they push its fraction out of the mantissa. */
const ROUNDER_32: f64 = 12582912;
const ROUNDER_64: f64 = 6755399441055744;

/** Up to this size of x, e^x can be made by writing its exponent. */
@inline
export function expLimit<T>(): f64 {
  return sizeof<T>() == 4 ? 87 : 708;
}

/** 2^n for whole n from −126 to 127 (f64: −1022 to 1023), by writing the exponent. */
@inline
function powerOfTwo<T>(n: v128): v128 {
  if (sizeof<T>() == 4) return i32x4.shl(f32x4.add(n, splat<f32>(ROUNDER_32 + 127)), 23);
  return i64x2.shl(f64x2.add(n, splat<f64>(ROUNDER_64 + 1023)), 52);
}

/** Lanes beyond ±limit, or NaN: as whole numbers, the bits of sizes are in the order of the sizes. */
@inline
function beyond<T>(x: v128, limit: f64): v128 {
  if (sizeof<T>() == 4) return i32x4.gt_s(v128.abs<f32>(x), splat<f32>(limit));
  return i64x2.gt_s(v128.abs<f64>(x), splat<f64>(limit));
}

/** Whether a lane is beyond ±limit, or NaN. */
@inline
export function isAnyBeyond<T>(x: v128, limit: f64): bool {
  return v128.any_true(beyond<T>(x, limit));
}

/** The same of four registers. */
@inline
export function isAnyOfFourBeyond<T>(a: v128, b: v128, c: v128, d: v128, limit: f64): bool {
  if (sizeof<T>() == 4) {
    const first = i32x4.max_s(f32x4.abs(a), f32x4.abs(b)), second = i32x4.max_s(f32x4.abs(c), f32x4.abs(d));
    return v128.any_true(i32x4.gt_s(i32x4.max_s(first, second), splat<f32>(limit)));
  }
  const first = v128.or(beyond<T>(a, limit), beyond<T>(b, limit)), second = v128.or(beyond<T>(c, limit), beyond<T>(d, limit));
  return v128.any_true(v128.or(first, second));
}

/** x − n·ln 2, with ln 2 in two parts: the first has so few bits that n times it is exact. */
@inline
function restOf32(x: v128, n: v128): v128 {
  return fma<f32>(n, splat<f32>(2.12194440054690583e-4), fma<f32>(n, splat<f32>(-0.693359375), x));
}

@inline
function restOf64(x: v128, n: v128): v128 {
  return fma<f64>(n, splat<f64>(-1.90821492927058770002e-10), fma<f64>(n, splat<f64>(-0.693147180369123816490), x));
}

/** e^r − 1 for |r| ≤ ln 2 / 2, 2^-28.3: terms are added in pairs, that one need not wait for the other. */
@inline
function expm1OfRest32(r: v128): v128 {
  const z = f32x4.mul(r, r);
  let p = fma<f32>(r, splat<f32>(0.00836885225869), splat<f32>(0.0416684013475));
  p = fma<f32>(z, splat<f32>(0.00138143079737), p);
  p = fma<f32>(z, p, fma<f32>(r, splat<f32>(0.166665195112), splat<f32>(0.499999933718)));
  return fma<f32>(z, p, r);
}

@inline
function expm1OfRest64(r: v128): v128 {
  let p = splat<f64>(2.4999882419528796831e-8); // 2^-57.9
  p = fma<f64>(p, r, splat<f64>(2.7630526422255621724e-7));
  p = fma<f64>(p, r, splat<f64>(2.7557588361305321046e-6));
  p = fma<f64>(p, r, splat<f64>(2.4801492379425081109e-5));
  p = fma<f64>(p, r, splat<f64>(1.9841269502782359715e-4));
  p = fma<f64>(p, r, splat<f64>(0.001388888894425838822));
  p = fma<f64>(p, r, splat<f64>(0.0083333333334969221284));
  p = fma<f64>(p, r, splat<f64>(0.041666666666528066145));
  p = fma<f64>(p, r, splat<f64>(0.16666666666666407629));
  p = fma<f64>(p, r, splat<f64>(0.50000000000000108309));
  return fma<f64>(f64x2.mul(r, r), p, r);
}

/**
 * e^(x + low), about 1 ulp, where `low` is a small correction to x, ignored if not `hasLow`.
 * x = n·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^n · e^r: n is added to the exponent of e^r, which is right for |x| ≤ expLimit.
 * Near infinity or denormals (`isFar`), 2^n is multiplied on in two halves, of which only the second can overflow or round to a
 * denormal; so infinity, 0 and what lies before them come out right, NaN stays, and all else has the same bits.
 */
@inline
function expBy<T>(x: v128, low: v128, hasLow: bool, isFar: bool): v128 {
  if (isFar) {
    // Past these limits the result is infinity or 0; within them 2^n can be made.
    const limit = sizeof<T>() == 4 ? splat<T>(105) : splat<T>(746);
    x = v128.pmax<T>(v128.pmin<T>(x, limit), v128.neg<T>(limit));
  }
  const rounder = splat<T>(sizeof<T>() == 4 ? ROUNDER_32 : ROUNDER_64);
  const rounded = fma<T>(x, splat<T>(1.4426950408889634), rounder);
  const n = v128.sub<T>(rounded, rounder);
  let r = sizeof<T>() == 4 ? restOf32(x, n) : restOf64(x, n);
  if (hasLow) r = v128.add<T>(r, low);
  const p = v128.add<T>(sizeof<T>() == 4 ? expm1OfRest32(r) : expm1OfRest64(r), splat<T>(1));
  if (isFar) {
    const half = v128.nearest<T>(v128.mul<T>(n, splat<T>(0.5)));
    return v128.mul<T>(v128.mul<T>(p, powerOfTwo<T>(half)), powerOfTwo<T>(v128.sub<T>(n, half)));
  }
  if (sizeof<T>() == 4) return i32x4.add(p, i32x4.shl(rounded, 23));
  return i64x2.add(p, i64x2.shl(rounded, 52));
}

/** e^x for any x. */
export function farExp<T>(x: v128): v128 {
  return expBy<T>(x, splat<T>(0), false, true);
}

/** e^x for |x| ≤ expLimit, with the bits of farExp. */
@inline
export function nearExp<T>(x: v128): v128 {
  return expBy<T>(x, splat<T>(0), false, false);
}

/** e^x for any x, by the quicker way where it may be. */
@inline
export function exp<T>(x: v128): v128 {
  return isAnyBeyond<T>(x, expLimit<T>()) ? farExp<T>(x) : nearExp<T>(x);
}

/**
 * ln x, about 1 ulp. x = 2^e · m with m from √½ to √2, so ln x = e·ln 2 + ln m.
 * 0 gives −∞, anything below it NaN; denormals are scaled up first.
 */
export function farLog<T>(x: v128): v128 {
  const zero = splat<T>(0);
  const isSmall = v128.lt<T>(x, sizeof<T>() == 4 ? splat<T>(1.17549435e-38) : splat<T>(2.2250738585072014e-308));
  const scaled = select(isSmall, v128.mul<T>(x, sizeof<T>() == 4 ? splat<T>(8388608) : splat<T>(4503599627370496)), x);
  let result = logOfNormal<T>(scaled, v128.and(isSmall, splat<T>(sizeof<T>() == 4 ? 23 : 52)));
  result = select(v128.eq<T>(x, zero), splat<T>(-Infinity), result);
  result = select(v128.lt<T>(x, zero), splat<T>(NaN), result);
  // Infinity and NaN.
  return select(v128.lt<T>(x, splat<T>(Infinity)), result, v128.add<T>(x, x));
}

/** ln x where no lane isAnyOfFourAbnormal, with the bits of farLog. */
@inline
export function nearLog<T>(x: v128): v128 {
  return logOfNormal<T>(x, splat<T>(0));
}

/** Whether a lane of four registers is not above 0, a denormal, infinite or NaN. */
@inline
export function isAnyOfFourAbnormal<T>(a: v128, b: v128, c: v128, d: v128): bool {
  if (sizeof<T>() == 4) {
    const least = i32x4.min_s(i32x4.min_s(a, b), i32x4.min_s(c, d)), most = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d));
    return v128.any_true(v128.or(i32x4.lt_s(least, i32x4.splat(0x00800000)), i32x4.ge_s(most, splat<f32>(Infinity))));
  }
  return !i64x2.all_true(v128.and(v128.and(isNormal64(a), isNormal64(b)), v128.and(isNormal64(c), isNormal64(d))));
}

@inline
function isNormal64(x: v128): v128 {
  return v128.and(f64x2.ge(x, splat<f64>(2.2250738585072014e-308)), f64x2.lt(x, splat<f64>(Infinity)));
}

/** ln (x / 2^scaled) of a normal x. */
@inline
function logOfNormal<T>(x: v128, scaled: v128): v128 {
  if (sizeof<T>() == 4) {
    const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
    const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), splat<f32>(1));
    return logOfParts32(f, f32x4.sub(f32x4.convert_i32x4_s(exponent), scaled));
  }
  const exponent = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const low = v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2);
  const f = f64x2.sub(i64x2.sub(x, i64x2.shl(exponent, 52)), splat<f64>(1));
  return logOfParts64(f, f64x2.sub(f64x2.convert_low_i32x4_s(low), scaled));
}

/** ln (2^e · (1 + f)) for f from √½ − 1 to √2 − 1. */
@inline
function logOfParts32(f: v128, e: v128): v128 {
  const f2 = f32x4.mul(f, f);
  const f4 = f32x4.mul(f2, f2);
  // 2^-30.3, terms added in pairs, that one need not wait for the other.
  const first = fma<f32>(f, splat<f32>(-0.250000096168), splat<f32>(0.333333125955));
  const second = fma<f32>(f, splat<f32>(-0.166679951464), splat<f32>(0.20002119143));
  const third = fma<f32>(f, splat<f32>(-0.124055972236), splat<f32>(0.142195432615));
  const fourth = fma<f32>(f, splat<f32>(-0.116756233678), splat<f32>(0.118882320948));
  const high = fma<f32>(f4, splat<f32>(0.0674645482341), fma<f32>(f2, fourth, third));
  const p = fma<f32>(f4, high, fma<f32>(f2, second, first));
  // From the smallest part to the largest.
  let tail = f32x4.mul(f32x4.mul(f, f2), p);
  tail = fma<f32>(e, splat<f32>(-2.12194440054690583e-4), tail);
  tail = fma<f32>(f2, splat<f32>(-0.5), tail);
  return fma<f32>(e, splat<f32>(0.693359375), f32x4.add(f, tail));
}

/** With s = f / (2 + f), ln(1 + f) = f − f²/2 + s·(f²/2 + s²·R(s²)). */
@inline
function logOfParts64(f: v128, e: v128): v128 {
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

/** ln(1 + t) for t from 0 to 1: of (1 + t) / 2 where that is from √½ on. Both ways nothing is lost of a small t. */
@inline
function log1pOfFraction<T>(t: v128): v128 {
  const one = splat<T>(1);
  const isHigh = v128.gt<T>(t, splat<T>(0.41421356237309503));
  const f = select(isHigh, v128.mul<T>(v128.sub<T>(t, one), splat<T>(0.5)), t), e = v128.and(isHigh, one);
  return sizeof<T>() == 4 ? logOfParts32(f, e) : logOfParts64(f, e);
}

// What is made of e^x has two ways too: near, for |x| ≤ expLimit where nothing else is said, and far, for any x, with the same bits.

/** 1 / (1 + e^−x), from e^−|x|, which cannot overflow. */
@inline
function sigmoidBy<T>(x: v128, isFar: bool): v128 {
  const one = splat<T>(1);
  const size = v128.neg<T>(v128.abs<T>(x));
  const e = isFar ? farExp<T>(size) : nearExp<T>(size);
  return v128.div<T>(select(v128.lt<T>(x, splat<T>(0)), e, one), v128.add<T>(one, e));
}

@inline
export function nearSigmoid<T>(x: v128): v128 {
  return sigmoidBy<T>(x, false);
}

export function farSigmoid<T>(x: v128): v128 {
  return sigmoidBy<T>(x, true);
}

@inline
export function sigmoid<T>(x: v128): v128 {
  return isAnyBeyond<T>(x, expLimit<T>()) ? farSigmoid<T>(x) : nearSigmoid<T>(x);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|). */
@inline
export function softplus<T>(x: v128, isFar: bool): v128 {
  const t = v128.neg<T>(v128.abs<T>(x));
  return v128.add<T>(v128.pmax<T>(splat<T>(0), x), log1pOfFraction<T>(isFar ? farExp<T>(t) : nearExp<T>(t)));
}

/** Below 0.625 a polynomial (2^-27.9); above, 1 − 2 / (e^2|x| + 1), which is 1 from 10 on. About 1 ulp; f32 only. */
@inline
export function tanh32(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = splat<f32>(-0.00571699631692);
  p = fma<f32>(p, z, splat<f32>(0.0206505396131));
  p = fma<f32>(p, z, splat<f32>(-0.0537434818209));
  p = fma<f32>(p, z, splat<f32>(0.133314910642));
  p = fma<f32>(p, z, splat<f32>(-0.333332839154));
  const near = fma<f32>(f32x4.mul(z, x), p, x);
  const one = splat<f32>(1);
  const size = v128.pmin<f32>(f32x4.abs(x), splat<f32>(10));
  const e = nearExp<f32>(f32x4.add(size, size));
  const far = f32x4.sub(one, f32x4.div(splat<f32>(2), f32x4.add(e, one)));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  // NaN is not from 0.625 on, and the polynomial keeps it.
  return select(f32x4.ge(size, splat<f32>(0.625)), v128.or(far, sign), near);
}

/** erf x: below 0.85 a polynomial (2^-27.3), above 1 − erfc, whose logarithm is one (2^-28.8); f32 only. */
@inline
export function erf32(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = splat<f32>(-0.0006315125370047021);
  p = fma<f32>(p, z, splat<f32>(0.005051094101471995));
  p = fma<f32>(p, z, splat<f32>(-0.026802547308128095));
  p = fma<f32>(p, z, splat<f32>(0.11282717388902325));
  p = fma<f32>(p, z, splat<f32>(-0.37612571835562975));
  p = fma<f32>(p, z, splat<f32>(1.128379160230066));
  // From 4 on erf is 1.
  const y = v128.pmin<f32>(f32x4.abs(x), splat<f32>(4));
  let q = splat<f32>(0.00020378247477001137);
  q = fma<f32>(q, y, splat<f32>(-0.003118855694987208));
  q = fma<f32>(q, y, splat<f32>(0.022522898923639505));
  q = fma<f32>(q, y, splat<f32>(-0.10453358835990147));
  q = fma<f32>(q, y, splat<f32>(-0.6365105832234366));
  q = fma<f32>(q, y, splat<f32>(-1.1280657398202258));
  q = fma<f32>(q, y, splat<f32>(-0.0001034336016591822));
  const far = v128.or(f32x4.sub(splat<f32>(1), nearExp<f32>(q)), v128.and(x, i32x4.splat(0x80000000)));
  // NaN is not from 0.85 on, and the first polynomial keeps it.
  return select(f32x4.ge(y, splat<f32>(0.85)), far, f32x4.mul(x, p));
}

/** e^(−y²/2). The square is taken in two parts, one of them exact: half an ulp of a single one would come out y² times as large. */
@inline
function bell32(y: v128, isFar: bool): v128 {
  const top = v128.and(y, i32x4.splat(0xfffff000));
  const rest = f32x4.mul(f32x4.sub(top, y), f32x4.add(top, y));
  return expBy<f32>(f32x4.mul(f32x4.mul(top, top), splat<f32>(-0.5)), f32x4.mul(rest, splat<f32>(0.5)), true, isFar);
}

/** Φ(−y) / e^(−y²/2), where Φ is the normal distribution, for y from 0 to 14.8: 2^-27.3. All terms have one sign, so none cancel. */
@inline
function normalTail32(y: v128): v128 {
  let p = fma<f32>(y, splat<f32>(0.004138711830412519), splat<f32>(0.040783767960626494));
  let q = fma<f32>(y, splat<f32>(0.010374097315721342), splat<f32>(0.10223599043803717));
  p = fma<f32>(p, y, splat<f32>(0.18368107167182834));
  q = fma<f32>(q, y, splat<f32>(0.4706480322753191));
  p = fma<f32>(p, y, splat<f32>(0.43889583486393413));
  q = fma<f32>(q, y, splat<f32>(1.2043537339654864));
  p = fma<f32>(p, y, splat<f32>(0.5000000030700316));
  q = fma<f32>(q, y, splat<f32>(1.6756766662552003));
  return f32x4.div(p, fma<f32>(q, y, splat<f32>(1)));
}

/** Up to this size of x, e^(−x²/2) is no denormal. */
export const GELU_LIMIT: f64 = 13;
/** From here on Φ(−y) is 0. */
const TAIL_END: f64 = 14.8;

/** x·Φ(x) = max(x, 0) − |x|·Φ(−|x|), accurate in both tails; f32 only. Near: |x| ≤ GELU_LIMIT. */
@inline
export function gelu32(x: v128, isFar: bool): v128 {
  const size = f32x4.abs(x);
  // pmin and pmax keep NaN.
  const y = isFar ? v128.pmin<f32>(size, splat<f32>(TAIL_END)) : size;
  const above = v128.pmax<f32>(x, splat<f32>(0));
  const tail = f32x4.mul(f32x4.neg(bell32(y, isFar)), normalTail32(y));
  if (!isFar) return fma<f32>(y, tail, above);
  // −∞ · 0 is NaN, as in PyTorch, and what is 0 keeps its sign.
  const factor = select(f32x4.lt(x, splat<f32>(0)), size, y);
  return v128.or(fma<f32>(factor, tail, above), v128.and(x, i32x4.splat(0x80000000)));
}

/** Φ(x) + x·φ(x), the slope of gelu: for x < 0 it is g = Φ(−|x|) − |x|·φ(x), for others 1 − g; f32 only. Near as gelu32. */
@inline
export function geluSlope32(x: v128, isFar: bool): v128 {
  const size = f32x4.abs(x);
  const y = isFar ? v128.pmin<f32>(size, splat<f32>(TAIL_END)) : size;
  let g = f32x4.mul(bell32(y, isFar), fma<f32>(size, splat<f32>(-0.3989422804014327), normalTail32(y)));
  // Of −0 it makes 0.
  if (isFar) g = f32x4.add(g, splat<f32>(0));
  return select(f32x4.gt(x, splat<f32>(0)), f32x4.sub(splat<f32>(1), g), g);
}
