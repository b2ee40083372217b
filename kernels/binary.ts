// out [outer, inner] ← op(a, b), where an operand steps by its outer stride from row to row and by 1 or 0 along it.
import { at, lanes, loadPart, repeat, select, splat, storePart } from "./simd";
import { splats } from "./memory";

// Each op is a class without state, so that a loop can be compiled for it: `changetype<Op>(0).of<T>(a, b)`.

@unmanaged class Add { @inline of<T>(a: v128, b: v128): v128 { return v128.add<T>(a, b); } }
@unmanaged class Sub { @inline of<T>(a: v128, b: v128): v128 { return v128.sub<T>(a, b); } }
@unmanaged class Mul { @inline of<T>(a: v128, b: v128): v128 { return v128.mul<T>(a, b); } }
@unmanaged class Div { @inline of<T>(a: v128, b: v128): v128 { return v128.div<T>(a, b); } }
/** NaN wins; a stays where both are equal, as 0 and −0 are. */
@unmanaged class Maximum {
  @inline of<T>(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.max<T>(a, b);
    return select(v128.or(v128.gt<T>(b, a), v128.ne<T>(b, b)), b, a);
  }
}
@unmanaged class Minimum {
  @inline of<T>(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.min<T>(a, b);
    return select(v128.or(v128.lt<T>(b, a), v128.ne<T>(b, b)), b, a);
  }
}
/** NaN loses. */
@unmanaged class Fmax {
  @inline of<T>(a: v128, b: v128): v128 { return select(v128.or(v128.gt<T>(b, a), v128.ne<T>(a, a)), b, a); }
}
@unmanaged class Fmin {
  @inline of<T>(a: v128, b: v128): v128 { return select(v128.or(v128.lt<T>(b, a), v128.ne<T>(a, a)), b, a); }
}
@unmanaged class And { @inline of<T>(a: v128, b: v128): v128 { return v128.and(a, b); } }
@unmanaged class Or { @inline of<T>(a: v128, b: v128): v128 { return v128.or(a, b); } }
@unmanaged class Xor { @inline of<T>(a: v128, b: v128): v128 { return v128.xor(a, b); } }
/** a where b > 0 or b is NaN, else 0: relu lets NaN pass, and so does its gradient. */
@unmanaged class ReluBackward {
  @inline of<T>(a: v128, b: v128): v128 { return v128.andnot(a, v128.le<T>(b, splat<T>(0))); }
}
@unmanaged class SigmoidBackward {
  @inline of<T>(a: v128, b: v128): v128 {
    return v128.mul<T>(v128.mul<T>(a, v128.sub<T>(splat<T>(1), b)), b);
  }
}
@unmanaged class TanhBackward {
  @inline of<T>(a: v128, b: v128): v128 { return v128.mul<T>(a, v128.sub<T>(splat<T>(1), v128.mul<T>(b, b))); }
}
@inline
function binary<T, Op>(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32, bInner: i32,
): void {
  const op = changetype<Op>(0);
  const four = 4 * lanes<T>();
  const aStep: usize = aInner ? 64 : 0, bStep: usize = bInner ? 64 : 0;
  for (let row = 0; row < outer; row++) {
    let pa = aInner ? a : repeat<T>(splats(), a), pb = bInner ? b : repeat<T>(splats() + 64, b);
    let left = inner;
    for (; left >= four; left -= four) {
      v128.store(out, op.of<T>(v128.load(pa), v128.load(pb)));
      v128.store(out, op.of<T>(v128.load(pa, 16), v128.load(pb, 16)), 16);
      v128.store(out, op.of<T>(v128.load(pa, 32), v128.load(pb, 32)), 32);
      v128.store(out, op.of<T>(v128.load(pa, 48), v128.load(pb, 48)), 48);
      out += 64;
      pa += aStep;
      pb += bStep;
    }
    for (; left >= lanes<T>(); left -= lanes<T>()) {
      v128.store(out, op.of<T>(v128.load(pa), v128.load(pb)));
      out += 16;
      pa += aStep >> 2;
      pb += bStep >> 2;
    }
    if (left > 0) {
      storePart<T>(out, op.of<T>(loadPart<T>(pa, left), loadPart<T>(pb, left)), left);
      out = at<T>(out, left);
    }
    a = at<T>(a, aOuter);
    b = at<T>(b, bOuter);
  }
}

// One line a kernel. m n: outer and inner size; p q and r s: the strides of a and b.

export function add_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Add>(o, a, b, m, n, p, q, r, s); }
export function sub_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Sub>(o, a, b, m, n, p, q, r, s); }
export function mul_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Mul>(o, a, b, m, n, p, q, r, s); }
export function div_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Div>(o, a, b, m, n, p, q, r, s); }
export function maximum_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Maximum>(o, a, b, m, n, p, q, r, s); }
export function minimum_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Minimum>(o, a, b, m, n, p, q, r, s); }
export function fmax_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Fmax>(o, a, b, m, n, p, q, r, s); }
export function fmin_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, Fmin>(o, a, b, m, n, p, q, r, s); }
export function reluBackward_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, ReluBackward>(o, a, b, m, n, p, q, r, s); }
export function sigmoidBackward_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, SigmoidBackward>(o, a, b, m, n, p, q, r, s); }
export function tanhBackward_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f32, TanhBackward>(o, a, b, m, n, p, q, r, s); }

export function add_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Add>(o, a, b, m, n, p, q, r, s); }
export function sub_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Sub>(o, a, b, m, n, p, q, r, s); }
export function mul_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Mul>(o, a, b, m, n, p, q, r, s); }
export function div_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Div>(o, a, b, m, n, p, q, r, s); }
export function maximum_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Maximum>(o, a, b, m, n, p, q, r, s); }
export function minimum_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Minimum>(o, a, b, m, n, p, q, r, s); }
export function fmax_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Fmax>(o, a, b, m, n, p, q, r, s); }
export function fmin_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, Fmin>(o, a, b, m, n, p, q, r, s); }
export function reluBackward_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, ReluBackward>(o, a, b, m, n, p, q, r, s); }
export function sigmoidBackward_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, SigmoidBackward>(o, a, b, m, n, p, q, r, s); }
export function tanhBackward_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<f64, TanhBackward>(o, a, b, m, n, p, q, r, s); }

export function add_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Add>(o, a, b, m, n, p, q, r, s); }
export function sub_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Sub>(o, a, b, m, n, p, q, r, s); }
export function mul_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Mul>(o, a, b, m, n, p, q, r, s); }
export function maximum_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Maximum>(o, a, b, m, n, p, q, r, s); }
export function minimum_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Minimum>(o, a, b, m, n, p, q, r, s); }
export function fmax_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Maximum>(o, a, b, m, n, p, q, r, s); }
export function fmin_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Minimum>(o, a, b, m, n, p, q, r, s); }
export function bitwiseAnd_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, And>(o, a, b, m, n, p, q, r, s); }
export function bitwiseOr_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Or>(o, a, b, m, n, p, q, r, s); }
export function bitwiseXor_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<i32, Xor>(o, a, b, m, n, p, q, r, s); }

export function add_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Add>(o, a, b, m, n, p, q, r, s); }
export function sub_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Sub>(o, a, b, m, n, p, q, r, s); }
export function maximum_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Maximum>(o, a, b, m, n, p, q, r, s); }
export function minimum_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Minimum>(o, a, b, m, n, p, q, r, s); }
export function fmax_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Maximum>(o, a, b, m, n, p, q, r, s); }
export function fmin_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Minimum>(o, a, b, m, n, p, q, r, s); }
export function bitwiseAnd_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, And>(o, a, b, m, n, p, q, r, s); }
export function bitwiseOr_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Or>(o, a, b, m, n, p, q, r, s); }
export function bitwiseXor_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { binary<u8, Xor>(o, a, b, m, n, p, q, r, s); }
