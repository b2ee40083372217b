// Angles and sides of triangles, in f64 as wide.ts computes: functions of float32, rounded once.
import { fma, select, splat } from "./simd";
import { wide, wideRows } from "./wide";

const PI: f64 = 3.141592653589793;
/** tan of an eighth and of three eighths of π. */
const LOW: f64 = 0.41421356237309503;
const HIGH: f64 = 2.414213562373095;

/**
 * The angle, from −π to π, of a point at height y and breadth x. Of |y| / |x| as it is, or turned by a quarter or half of π, at most LOW
 * is left, for which a polynomial serves: 2^-35.5.
 */
@inline
function angle(y: v128, x: v128): v128 {
  // What is infinite becomes larger than any float, and the breadth of 0 above 0, so that no quotient of two such is NaN.
  const n = v128.pmin<f64>(f64x2.abs(y), splat<f64>(1e300)), d = v128.pmax<f64>(v128.pmin<f64>(f64x2.abs(x), splat<f64>(1e300)), splat<f64>(1e-300));
  const isMiddle = f64x2.gt(n, f64x2.mul(d, splat<f64>(LOW))), isSteep = f64x2.gt(n, f64x2.mul(d, splat<f64>(HIGH)));
  const top = select(isSteep, f64x2.neg(d), select(isMiddle, f64x2.sub(n, d), n));
  const bottom = select(isSteep, n, select(isMiddle, f64x2.add(n, d), d));
  const base = select(isSteep, splat<f64>(PI / 2), v128.and(isMiddle, splat<f64>(PI / 4)));
  const t = f64x2.div(top, bottom);
  const z = f64x2.mul(t, t);
  let p = splat<f64>(0.04713894143811483);
  p = fma<f64>(p, z, splat<f64>(-0.08459590460003703));
  p = fma<f64>(p, z, splat<f64>(0.11041150888819863));
  p = fma<f64>(p, z, splat<f64>(-0.14281648209415843));
  p = fma<f64>(p, z, splat<f64>(0.1999988627264074));
  p = fma<f64>(p, z, splat<f64>(-0.3333333213358803));
  p = fma<f64>(p, z, splat<f64>(0.9999999999792685));
  const first = fma<f64>(t, p, base);
  // To the left of 0, and of −0.
  const turned = select(i64x2.shr_s(x, 63), f64x2.sub(splat<f64>(PI), first), first);
  return v128.xor(turned, v128.and(y, i64x2.splat(i64.MIN_VALUE)));
}

/** The other side beside x, of a triangle with a right angle whose longest side is 1; NaN where there is none. */
@inline
function beside(x: v128): v128 {
  const one = splat<f64>(1);
  return f64x2.sqrt(f64x2.mul(f64x2.sub(one, x), f64x2.add(one, x)));
}

@unmanaged class Asin { @inline of(x: v128): v128 { return angle(x, beside(x)); } }
@unmanaged class Acos { @inline of(x: v128): v128 { return angle(beside(x), x); } }
@unmanaged class Atan { @inline of(x: v128): v128 { return angle(x, splat<f64>(1)); } }
@unmanaged class Atan2 { @inline of(y: v128, x: v128): v128 { return angle(y, x); } }
/** Infinite where a side is, the other NaN or not. */
@unmanaged class Hypot {
  @inline of(a: v128, b: v128): v128 {
    const infinite = splat<f64>(Infinity);
    const isInfinite = v128.or(f64x2.eq(f64x2.abs(a), infinite), f64x2.eq(f64x2.abs(b), infinite));
    return select(isInfinite, infinite, f64x2.sqrt(fma<f64>(a, a, f64x2.mul(b, b))));
  }
}

export function asin_f32(out: usize, x: usize, n: i32): void { wide<Asin>(out, x, n); }
export function acos_f32(out: usize, x: usize, n: i32): void { wide<Acos>(out, x, n); }
export function atan_f32(out: usize, x: usize, n: i32): void { wide<Atan>(out, x, n); }
export function atan2_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { wideRows<Atan2>(o, a, b, m, n, p, q, r, s); }
export function hypot_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { wideRows<Hypot>(o, a, b, m, n, p, q, r, s); }
