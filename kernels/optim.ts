// One step of SGD in place over n contiguous elements. The roundings are PyTorch's: each a·b + c of its formula is one
// fused operation where the machine has it.
import { fma, lanes, loadPart, splat, storePart } from "./simd";

/** Bits of `flags`. */
const HAS_BUFFER: i32 = 1;
const IS_FIRST: i32 = 2;
const NESTEROV: i32 = 4;
const MAXIMIZE: i32 = 8;
const DECAYS: i32 = 16;

/** One step on n elements: a whole register of them where `isWhole`, else fewer. */
@inline
function step<T>(
  param: usize, grad: usize, buffer: usize, n: i32, isWhole: bool, hasBuffer: bool,
  down: v128, momentum: v128, kept: v128, decay: v128, flags: i32,
): void {
  const p = isWhole ? v128.load(param) : loadPart<T>(param, n);
  let g = isWhole ? v128.load(grad) : loadPart<T>(grad, n);
  if (flags & MAXIMIZE) g = v128.neg<T>(g);
  if (flags & DECAYS) g = fma<T>(p, decay, g);
  if (hasBuffer) {
    let v = g;
    if (!(flags & IS_FIRST)) {
      const old = isWhole ? v128.load(buffer) : loadPart<T>(buffer, n);
      v = fma<T>(g, kept, v128.mul<T>(old, momentum));
    }
    if (isWhole) v128.store(buffer, v);
    else storePart<T>(buffer, v, n);
    g = flags & NESTEROV ? fma<T>(v, momentum, g) : v;
  }
  const next = fma<T>(g, down, p);
  if (isWhole) v128.store(param, next);
  else storePart<T>(param, next, n);
}

@inline
function steps<T>(
  param: usize, grad: usize, buffer: usize, n: i32, hasBuffer: bool,
  down: v128, momentum: v128, kept: v128, decay: v128, flags: i32,
): void {
  for (; n >= lanes<T>(); n -= lanes<T>()) {
    step<T>(param, grad, buffer, n, true, hasBuffer, down, momentum, kept, decay, flags);
    param += 16;
    grad += 16;
    buffer += 16;
  }
  if (n > 0) step<T>(param, grad, buffer, n, false, hasBuffer, down, momentum, kept, decay, flags);
}

@inline
function sgd<T>(
  param: usize, grad: usize, buffer: usize, n: i32, lr: f64, momentum: f64, dampening: f64, weightDecay: f64, flags: i32,
): void {
  const down = splat<T>(-lr), m = splat<T>(momentum), kept = splat<T>(1 - dampening), decay = splat<T>(weightDecay);
  if (weightDecay != 0) flags |= DECAYS;
  if (flags & HAS_BUFFER) steps<T>(param, grad, buffer, n, true, down, m, kept, decay, flags);
  else steps<T>(param, grad, buffer, n, false, down, m, kept, decay, flags);
}

export function sgd_f32(param: usize, grad: usize, buffer: usize, n: i32, lr: f64, momentum: f64, dampening: f64, weightDecay: f64, flags: i32): void {
  sgd<f32>(param, grad, buffer, n, lr, momentum, dampening, weightDecay, flags);
}

export function sgd_f64(param: usize, grad: usize, buffer: usize, n: i32, lr: f64, momentum: f64, dampening: f64, weightDecay: f64, flags: i32): void {
  sgd<f64>(param, grad, buffer, n, lr, momentum, dampening, weightDecay, flags);
}
