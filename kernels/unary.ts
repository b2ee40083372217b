// out ← op(x), n contiguous elements. `out` may be `x`.
import {
  erf32, expLimit, farExp, farLog, farSigmoid, GELU_LIMIT, gelu32, isAnyOfFourAbnormal, isAnyOfFourBeyond, nearExp, nearLog,
  nearSigmoid, softplus, tanh32,
} from "./math";
import { at, fma, lanes, loadPart, select, splat, storePart } from "./simd";

// Each op is a class without state, so that a loop can be compiled for it: `changetype<Op>(0).of<T>(x)`.

@unmanaged class Neg { @inline of<T>(x: v128): v128 { return v128.neg<T>(x); } }
@unmanaged class Abs { @inline of<T>(x: v128): v128 { return v128.abs<T>(x); } }
/** −1, 0 or 1; 0 for NaN, as in PyTorch. */
@unmanaged class Sign {
  @inline of<T>(x: v128): v128 {
    const zero = splat<T>(0);
    const isUp = v128.gt<T>(x, zero), isDown = v128.lt<T>(x, zero);
    return v128.or(v128.and(isUp, splat<T>(1)), v128.and(isDown, splat<T>(-1)));
  }
}
@unmanaged class Square { @inline of<T>(x: v128): v128 { return v128.mul<T>(x, x); } }
@unmanaged class Sqrt { @inline of<T>(x: v128): v128 { return v128.sqrt<T>(x); } }
@unmanaged class Rsqrt { @inline of<T>(x: v128): v128 { return v128.div<T>(splat<T>(1), v128.sqrt<T>(x)); } }
@unmanaged class Reciprocal { @inline of<T>(x: v128): v128 { return v128.div<T>(splat<T>(1), x); } }
@unmanaged class Floor { @inline of<T>(x: v128): v128 { return v128.floor<T>(x); } }
@unmanaged class Ceil { @inline of<T>(x: v128): v128 { return v128.ceil<T>(x); } }
/** Halves go to the even neighbour. */
@unmanaged class Round { @inline of<T>(x: v128): v128 { return v128.nearest<T>(x); } }
@unmanaged class Trunc { @inline of<T>(x: v128): v128 { return v128.trunc<T>(x); } }
/** NaN is not below 0, so it stays. */
@unmanaged class Relu { @inline of<T>(x: v128): v128 { return v128.andnot(x, v128.lt<T>(x, splat<T>(0))); } }
@unmanaged class Tanh { @inline of<T>(x: v128): v128 { return tanh32(x); } }
@unmanaged class Erf { @inline of<T>(x: v128): v128 { return erf32(x); } }
@unmanaged class Not { @inline of<T>(x: v128): v128 { return v128.not(x); } }

@inline
function unary<T, Op>(out: usize, x: usize, n: i32): void {
  const op = changetype<Op>(0);
  for (; n >= lanes<T>(); n -= lanes<T>()) {
    v128.store(out, op.of<T>(v128.load(x)));
    out += 16;
    x += 16;
  }
  if (n > 0) storePart<T>(out, op.of<T>(loadPart<T>(x, n)), n);
}

/** The same, four registers a turn: what the loop and its constants cost is shared. */
@inline
function quick<T, Op>(out: usize, x: usize, n: i32): void {
  const op = changetype<Op>(0);
  for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>()) {
    v128.store(out, op.of<T>(v128.load(x)));
    v128.store(out, op.of<T>(v128.load(x, 16)), 16);
    v128.store(out, op.of<T>(v128.load(x, 32)), 32);
    v128.store(out, op.of<T>(v128.load(x, 48)), 48);
    out += 64;
    x += 64;
  }
  unary<T, Op>(out, x, n);
}

// Ops with a range in which they need no care, which is asked for once for four registers. `near` is for elements in that range,
// `far` for any; where both are right they give the same bits, so an element's result does not depend on its neighbours.

/** The range |x| ≤ expLimit. */
@unmanaged class OfExp {
  @inline isFar<T>(a: v128, b: v128, c: v128, d: v128): bool { return isAnyOfFourBeyond<T>(a, b, c, d, expLimit<T>()); }
}
@unmanaged class Exp extends OfExp {
  @inline near<T>(x: v128): v128 { return nearExp<T>(x); }
  @inline far<T>(x: v128): v128 { return farExp<T>(x); }
}
@unmanaged class Log {
  @inline isFar<T>(a: v128, b: v128, c: v128, d: v128): bool { return isAnyOfFourAbnormal<T>(a, b, c, d); }
  @inline near<T>(x: v128): v128 { return nearLog<T>(x); }
  @inline far<T>(x: v128): v128 { return farLog<T>(x); }
}
@unmanaged class Sigmoid extends OfExp {
  @inline near<T>(x: v128): v128 { return nearSigmoid<T>(x); }
  @inline far<T>(x: v128): v128 { return farSigmoid<T>(x); }
}
@unmanaged class Silu extends OfExp {
  @inline near<T>(x: v128): v128 { return v128.mul<T>(x, nearSigmoid<T>(x)); }
  @inline far<T>(x: v128): v128 { return v128.mul<T>(x, farSigmoid<T>(x)); }
}
@unmanaged class Softplus extends OfExp {
  @inline near<T>(x: v128): v128 { return softplus<T>(x, false); }
  @inline far<T>(x: v128): v128 { return softplus<T>(x, true); }
}
@unmanaged class LogSigmoid extends OfExp {
  @inline near<T>(x: v128): v128 { return v128.neg<T>(softplus<T>(v128.neg<T>(x), false)); }
  @inline far<T>(x: v128): v128 { return v128.neg<T>(softplus<T>(v128.neg<T>(x), true)); }
}
@unmanaged class Gelu {
  @inline isFar<T>(a: v128, b: v128, c: v128, d: v128): bool { return isAnyOfFourBeyond<T>(a, b, c, d, GELU_LIMIT); }
  @inline near<T>(x: v128): v128 { return gelu32(x, false); }
  @inline far<T>(x: v128): v128 { return gelu32(x, true); }
}
/** x·(1 + tanh u)/2 is x·sigmoid(2u), without the cancellation. Near |2u| is within the range of e^2u. */
@unmanaged class GeluTanh {
  @inline isFar<T>(a: v128, b: v128, c: v128, d: v128): bool { return isAnyOfFourBeyond<T>(a, b, c, d, 9.5); }
  @inline twice<T>(x: v128): v128 {
    const cubic = fma<T>(v128.mul<T>(x, x), splat<T>(0.044715), splat<T>(1));
    return v128.mul<T>(v128.mul<T>(x, splat<T>(1.5957691216057308)), cubic);
  }
  @inline near<T>(x: v128): v128 { return v128.mul<T>(x, nearSigmoid<T>(this.twice<T>(x))); }
  @inline far<T>(x: v128): v128 { return v128.mul<T>(x, farSigmoid<T>(this.twice<T>(x))); }
}
/** With w = e^x, tanh(ln(1 + w)) = n / (n + 2), n = w·(w + 2); from x = 20 on it is 1. */
@unmanaged class Mish extends OfExp {
  @inline by<T>(x: v128, w: v128): v128 {
    const n = v128.mul<T>(w, v128.add<T>(w, splat<T>(2)));
    return v128.mul<T>(x, v128.div<T>(n, v128.add<T>(n, splat<T>(2))));
  }
  @inline near<T>(x: v128): v128 { return this.by<T>(x, nearExp<T>(v128.pmin<T>(x, splat<T>(20)))); }
  @inline far<T>(x: v128): v128 { return this.by<T>(x, farExp<T>(v128.pmin<T>(x, splat<T>(20)))); }
}

/** op.far of neighbours that are no full turn or not all in the range. */
function far<T, Op>(out: usize, x: usize, n: i32): void {
  const op = changetype<Op>(0);
  for (; n >= lanes<T>(); n -= lanes<T>()) {
    v128.store(out, op.far<T>(v128.load(x)));
    out += 16;
    x += 16;
  }
  if (n > 0) storePart<T>(out, op.far<T>(loadPart<T>(x, n)), n);
}

@inline
function ranged<T, Op>(out: usize, x: usize, n: i32): void {
  const op = changetype<Op>(0);
  for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>()) {
    const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
    if (op.isFar<T>(a, b, c, d)) {
      far<T, Op>(out, x, 4 * lanes<T>());
    } else {
      for (let i: usize = 0; i < 64; i += 16) v128.store(out + i, op.near<T>(v128.load(x + i)));
    }
    out += 64;
    x += 64;
  }
  if (n > 0) far<T, Op>(out, x, n);
}

export function neg_f32(out: usize, x: usize, n: i32): void { quick<f32, Neg>(out, x, n); }
export function abs_f32(out: usize, x: usize, n: i32): void { quick<f32, Abs>(out, x, n); }
export function sign_f32(out: usize, x: usize, n: i32): void { quick<f32, Sign>(out, x, n); }
export function square_f32(out: usize, x: usize, n: i32): void { quick<f32, Square>(out, x, n); }
export function sqrt_f32(out: usize, x: usize, n: i32): void { quick<f32, Sqrt>(out, x, n); }
export function rsqrt_f32(out: usize, x: usize, n: i32): void { quick<f32, Rsqrt>(out, x, n); }
export function reciprocal_f32(out: usize, x: usize, n: i32): void { quick<f32, Reciprocal>(out, x, n); }
export function floor_f32(out: usize, x: usize, n: i32): void { quick<f32, Floor>(out, x, n); }
export function ceil_f32(out: usize, x: usize, n: i32): void { quick<f32, Ceil>(out, x, n); }
export function round_f32(out: usize, x: usize, n: i32): void { quick<f32, Round>(out, x, n); }
export function trunc_f32(out: usize, x: usize, n: i32): void { quick<f32, Trunc>(out, x, n); }
export function relu_f32(out: usize, x: usize, n: i32): void { quick<f32, Relu>(out, x, n); }
export function exp_f32(out: usize, x: usize, n: i32): void { ranged<f32, Exp>(out, x, n); }
export function log_f32(out: usize, x: usize, n: i32): void { ranged<f32, Log>(out, x, n); }
export function sigmoid_f32(out: usize, x: usize, n: i32): void { ranged<f32, Sigmoid>(out, x, n); }
export function silu_f32(out: usize, x: usize, n: i32): void { ranged<f32, Silu>(out, x, n); }
export function softplus_f32(out: usize, x: usize, n: i32): void { ranged<f32, Softplus>(out, x, n); }
export function logSigmoid_f32(out: usize, x: usize, n: i32): void { ranged<f32, LogSigmoid>(out, x, n); }
export function geluTanh_f32(out: usize, x: usize, n: i32): void { ranged<f32, GeluTanh>(out, x, n); }
export function mish_f32(out: usize, x: usize, n: i32): void { ranged<f32, Mish>(out, x, n); }
export function tanh_f32(out: usize, x: usize, n: i32): void { quick<f32, Tanh>(out, x, n); }
export function erf_f32(out: usize, x: usize, n: i32): void { quick<f32, Erf>(out, x, n); }
export function gelu_f32(out: usize, x: usize, n: i32): void { ranged<f32, Gelu>(out, x, n); }

export function neg_f64(out: usize, x: usize, n: i32): void { quick<f64, Neg>(out, x, n); }
export function abs_f64(out: usize, x: usize, n: i32): void { quick<f64, Abs>(out, x, n); }
export function sign_f64(out: usize, x: usize, n: i32): void { quick<f64, Sign>(out, x, n); }
export function square_f64(out: usize, x: usize, n: i32): void { quick<f64, Square>(out, x, n); }
export function sqrt_f64(out: usize, x: usize, n: i32): void { quick<f64, Sqrt>(out, x, n); }
export function rsqrt_f64(out: usize, x: usize, n: i32): void { quick<f64, Rsqrt>(out, x, n); }
export function reciprocal_f64(out: usize, x: usize, n: i32): void { quick<f64, Reciprocal>(out, x, n); }
export function floor_f64(out: usize, x: usize, n: i32): void { quick<f64, Floor>(out, x, n); }
export function ceil_f64(out: usize, x: usize, n: i32): void { quick<f64, Ceil>(out, x, n); }
export function round_f64(out: usize, x: usize, n: i32): void { quick<f64, Round>(out, x, n); }
export function trunc_f64(out: usize, x: usize, n: i32): void { quick<f64, Trunc>(out, x, n); }
export function relu_f64(out: usize, x: usize, n: i32): void { quick<f64, Relu>(out, x, n); }
export function exp_f64(out: usize, x: usize, n: i32): void { ranged<f64, Exp>(out, x, n); }
export function log_f64(out: usize, x: usize, n: i32): void { ranged<f64, Log>(out, x, n); }
export function sigmoid_f64(out: usize, x: usize, n: i32): void { ranged<f64, Sigmoid>(out, x, n); }
export function silu_f64(out: usize, x: usize, n: i32): void { ranged<f64, Silu>(out, x, n); }
export function softplus_f64(out: usize, x: usize, n: i32): void { ranged<f64, Softplus>(out, x, n); }
export function logSigmoid_f64(out: usize, x: usize, n: i32): void { ranged<f64, LogSigmoid>(out, x, n); }
export function geluTanh_f64(out: usize, x: usize, n: i32): void { ranged<f64, GeluTanh>(out, x, n); }
export function mish_f64(out: usize, x: usize, n: i32): void { ranged<f64, Mish>(out, x, n); }

export function neg_i32(out: usize, x: usize, n: i32): void { quick<i32, Neg>(out, x, n); }
export function abs_i32(out: usize, x: usize, n: i32): void { quick<i32, Abs>(out, x, n); }
export function sign_i32(out: usize, x: usize, n: i32): void { quick<i32, Sign>(out, x, n); }
export function square_i32(out: usize, x: usize, n: i32): void { quick<i32, Square>(out, x, n); }
export function relu_i32(out: usize, x: usize, n: i32): void { quick<i32, Relu>(out, x, n); }
export function bitwiseNot_i32(out: usize, x: usize, n: i32): void { quick<i32, Not>(out, x, n); }
