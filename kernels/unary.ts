// out ← op(x), n contiguous elements. `out` may be `x`.
import { erf32, exp, log, normalCdf32, sigmoid, softplus, tanh32 } from "./math";
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
@unmanaged class Exp { @inline of<T>(x: v128): v128 { return exp<T>(x); } }
@unmanaged class Log { @inline of<T>(x: v128): v128 { return log<T>(x); } }
@unmanaged class Sigmoid { @inline of<T>(x: v128): v128 { return sigmoid<T>(x); } }
@unmanaged class Silu { @inline of<T>(x: v128): v128 { return v128.mul<T>(x, sigmoid<T>(x)); } }
@unmanaged class Softplus { @inline of<T>(x: v128): v128 { return softplus<T>(x); } }
@unmanaged class LogSigmoid { @inline of<T>(x: v128): v128 { return v128.neg<T>(softplus<T>(v128.neg<T>(x))); } }
@unmanaged class Tanh { @inline of<T>(x: v128): v128 { return tanh32(x); } }
@unmanaged class Erf { @inline of<T>(x: v128): v128 { return erf32(x); } }
@unmanaged class Gelu { @inline of<T>(x: v128): v128 { return v128.mul<T>(x, normalCdf32(x)); } }
/** x·(1 + tanh u)/2 is x·sigmoid(2u), without the cancellation. */
@unmanaged class GeluTanh {
  @inline of<T>(x: v128): v128 {
    const cubic = fma<T>(v128.mul<T>(x, x), splat<T>(0.044715), splat<T>(1));
    return v128.mul<T>(x, sigmoid<T>(v128.mul<T>(v128.mul<T>(x, splat<T>(1.5957691216057308)), cubic)));
  }
}
/** With w = e^x, tanh(ln(1 + w)) = n / (n + 2), n = w·(w + 2); from x = 20 on it is 1. */
@unmanaged class Mish {
  @inline of<T>(x: v128): v128 {
    const w = exp<T>(v128.pmin<T>(x, splat<T>(20)));
    const n = v128.mul<T>(w, v128.add<T>(w, splat<T>(2)));
    return v128.mul<T>(x, v128.div<T>(n, v128.add<T>(n, splat<T>(2))));
  }
}
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

/** The same, four registers a turn: for ops so short that the loop itself would cost. */
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
export function exp_f32(out: usize, x: usize, n: i32): void { unary<f32, Exp>(out, x, n); }
export function log_f32(out: usize, x: usize, n: i32): void { unary<f32, Log>(out, x, n); }
export function sigmoid_f32(out: usize, x: usize, n: i32): void { unary<f32, Sigmoid>(out, x, n); }
export function silu_f32(out: usize, x: usize, n: i32): void { unary<f32, Silu>(out, x, n); }
export function softplus_f32(out: usize, x: usize, n: i32): void { unary<f32, Softplus>(out, x, n); }
export function logSigmoid_f32(out: usize, x: usize, n: i32): void { unary<f32, LogSigmoid>(out, x, n); }
export function geluTanh_f32(out: usize, x: usize, n: i32): void { unary<f32, GeluTanh>(out, x, n); }
export function mish_f32(out: usize, x: usize, n: i32): void { unary<f32, Mish>(out, x, n); }
export function tanh_f32(out: usize, x: usize, n: i32): void { unary<f32, Tanh>(out, x, n); }
export function erf_f32(out: usize, x: usize, n: i32): void { unary<f32, Erf>(out, x, n); }
export function gelu_f32(out: usize, x: usize, n: i32): void { unary<f32, Gelu>(out, x, n); }

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
export function exp_f64(out: usize, x: usize, n: i32): void { unary<f64, Exp>(out, x, n); }
export function log_f64(out: usize, x: usize, n: i32): void { unary<f64, Log>(out, x, n); }
export function sigmoid_f64(out: usize, x: usize, n: i32): void { unary<f64, Sigmoid>(out, x, n); }
export function silu_f64(out: usize, x: usize, n: i32): void { unary<f64, Silu>(out, x, n); }
export function softplus_f64(out: usize, x: usize, n: i32): void { unary<f64, Softplus>(out, x, n); }
export function logSigmoid_f64(out: usize, x: usize, n: i32): void { unary<f64, LogSigmoid>(out, x, n); }
export function geluTanh_f64(out: usize, x: usize, n: i32): void { unary<f64, GeluTanh>(out, x, n); }
export function mish_f64(out: usize, x: usize, n: i32): void { unary<f64, Mish>(out, x, n); }

export function neg_i32(out: usize, x: usize, n: i32): void { quick<i32, Neg>(out, x, n); }
export function abs_i32(out: usize, x: usize, n: i32): void { quick<i32, Abs>(out, x, n); }
export function sign_i32(out: usize, x: usize, n: i32): void { quick<i32, Sign>(out, x, n); }
export function square_i32(out: usize, x: usize, n: i32): void { quick<i32, Square>(out, x, n); }
export function relu_i32(out: usize, x: usize, n: i32): void { quick<i32, Relu>(out, x, n); }
export function bitwiseNot_i32(out: usize, x: usize, n: i32): void { quick<i32, Not>(out, x, n); }
