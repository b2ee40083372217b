// One step of an optimizer in place over n contiguous elements. The roundings are PyTorch's: each a·b + c of its formula
// is one fused operation where the machine has it.
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

/** One step of Adam on a register, or on the n last elements: see src/backend/reference/optim.ts for the formula. */
@inline
function adamStep<T>(
  param: usize, grad: usize, mean: usize, square: usize, largest: usize, n: i32, isWhole: bool,
  stepSize: v128, beta1: v128, kept1: v128, beta2: v128, kept2: v128, eps: v128, scale: v128, decay: v128, shrink: v128,
  maximize: f64,
): void {
  const p = isWhole ? v128.load(param) : loadPart<T>(param, n);
  let g = isWhole ? v128.load(grad) : loadPart<T>(grad, n);
  if (maximize != 0) g = v128.neg<T>(g);
  g = fma<T>(p, decay, g);
  const oldM = isWhole ? v128.load(mean) : loadPart<T>(mean, n);
  const m = fma<T>(g, kept1, v128.mul<T>(oldM, beta1));
  const oldV = isWhole ? v128.load(square) : loadPart<T>(square, n);
  const v = fma<T>(v128.mul<T>(g, g), kept2, v128.mul<T>(oldV, beta2));
  let held = v;
  if (largest != 0) {
    held = v128.max<T>(isWhole ? v128.load(largest) : loadPart<T>(largest, n), v);
    if (isWhole) v128.store(largest, held);
    else storePart<T>(largest, held, n);
  }
  const divisor = fma<T>(v128.sqrt<T>(held), scale, eps);
  const next = v128.sub<T>(v128.mul<T>(p, shrink), v128.div<T>(v128.mul<T>(m, stepSize), divisor));
  if (isWhole) {
    v128.store(mean, m);
    v128.store(square, v);
    v128.store(param, next);
  } else {
    storePart<T>(mean, m, n);
    storePart<T>(square, v, n);
    storePart<T>(param, next, n);
  }
}

@inline
function adam<T>(
  param: usize, grad: usize, mean: usize, square: usize, largest: usize, n: i32,
  stepSize: f64, beta1: f64, beta2: f64, eps: f64, correction: f64, decay: f64, shrink: f64, maximize: f64,
): void {
  const a = splat<T>(stepSize), b1 = splat<T>(beta1), k1 = splat<T>(1 - beta1), b2 = splat<T>(beta2), k2 = splat<T>(1 - beta2);
  const e = splat<T>(eps), scale = splat<T>(1 / correction), d = splat<T>(decay), s = splat<T>(shrink);
  for (; n >= lanes<T>(); n -= lanes<T>()) {
    adamStep<T>(param, grad, mean, square, largest, n, true, a, b1, k1, b2, k2, e, scale, d, s, maximize);
    param += 16;
    grad += 16;
    mean += 16;
    square += 16;
    if (largest != 0) largest += 16;
  }
  if (n > 0) adamStep<T>(param, grad, mean, square, largest, n, false, a, b1, k1, b2, k2, e, scale, d, s, maximize);
}

export function adam_f32(
  param: usize, grad: usize, mean: usize, square: usize, largest: usize, n: i32,
  stepSize: f64, beta1: f64, beta2: f64, eps: f64, correction: f64, decay: f64, shrink: f64, maximize: f64,
): void {
  adam<f32>(param, grad, mean, square, largest, n, stepSize, beta1, beta2, eps, correction, decay, shrink, maximize);
}

export function adam_f64(
  param: usize, grad: usize, mean: usize, square: usize, largest: usize, n: i32,
  stepSize: f64, beta1: f64, beta2: f64, eps: f64, correction: f64, decay: f64, shrink: f64, maximize: f64,
): void {
  adam<f64>(param, grad, mean, square, largest, n, stepSize, beta1, beta2, eps, correction, decay, shrink, maximize);
}
