// One step of an optimizer in place, over all parameters that share its settings: src/backend/reference/optim.ts has the formulas.
// The roundings are PyTorch's: each a·b + c of its formula is one fused operation where the machine has it.
//
// A table says where the tensors lie: 16 numbers in f64, of which the first is −1 where the optimizer climbs, else 1, and the others
// are those that src/backend/wasm/optim.ts names; then for each tensor 8 words: addresses of the parameter, its gradient and three
// states (0 where there is none), elements, tiles. A kernel does `n` tiles of 64 elements from tile `first` on, counted over all.
import { part } from "./memory";
import { at, fma, lanes, select, splat } from "./simd";

const NUMBERS: usize = 128;
const ENTRY: usize = 32;
const TILE: i32 = 64;

/** Number i of the table, in every lane. */
@inline
function all<T>(table: usize, i: i32): v128 {
  return splat<T>(load<f64>(table + 8 * i));
}

/** 1 − number i. */
@inline
function rest<T>(table: usize, i: i32): v128 {
  return splat<T>(1 - load<f64>(table + 8 * i));
}

@inline
function is(table: usize, i: i32): bool {
  return load<f64>(table + 8 * i) != 0;
}

/** An average, moved by the share `kept` towards v. */
@inline
function moved<T>(mean: v128, beta: v128, v: v128, kept: v128): v128 {
  return fma<T>(v, kept, v128.mul<T>(mean, beta));
}

// Each optimizer is a class without state, so that a walk over the table can be compiled for it. `bytes` are whole registers, at
// least one. Loops are left at their end: out of one that is left at its head, the engine of Node 20 moves no computation, such as
// filling a register with a number. And all of a step is loaded before any of it is stored: tensors often lie whole pages apart, and
// a load that follows a store to the same place of another page waits for it. Without either, Adam takes three times as long.

/** lr, momentum, dampening, weightDecay, nesterov, isFirstStep */
@unmanaged class Sgd {
  run<T>(t: usize, p: usize, g_: usize, buffer: usize, _b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), down = v128.neg<T>(all<T>(t, 1)), momentum = all<T>(t, 2), kept = rest<T>(t, 3), decay = all<T>(t, 4);
    const decays = is(t, 4), nesterov = is(t, 5), isFirst = is(t, 6);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      let g = v128.mul<T>(v128.load(g_ + i), sign);
      if (decays) g = fma<T>(x, decay, g);
      if (buffer != 0) {
        let v = g;
        if (!isFirst) v = fma<T>(g, kept, v128.mul<T>(v128.load(buffer + i), momentum));
        g = nesterov ? fma<T>(v, momentum, g) : v;
        v128.store(buffer + i, v);
      }
      v128.store(p + i, fma<T>(g, down, x));
    } while ((i += 16) < bytes);
  }
}

/** stepSize, beta1, beta2, eps, correction, decay, shrink; states: averages of gradient and square, the largest of the latter */
@unmanaged class Adam {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), size = all<T>(t, 1), b1 = all<T>(t, 2), k1 = rest<T>(t, 2), b2 = all<T>(t, 3), k2 = rest<T>(t, 3);
    const eps = all<T>(t, 4), scale = splat<T>(1 / load<f64>(t, 40)), decay = all<T>(t, 6), shrink = all<T>(t, 7);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const m = moved<T>(v128.load(a + i), b1, g, k1);
      const v = moved<T>(v128.load(b + i), b2, v128.mul<T>(g, g), k2);
      const held = c == 0 ? v : v128.max<T>(v128.load(c + i), v);
      const divisor = fma<T>(v128.sqrt<T>(held), scale, eps);
      v128.store(a + i, m);
      v128.store(b + i, v);
      if (c != 0) v128.store(c + i, held);
      v128.store(p + i, v128.sub<T>(v128.mul<T>(x, shrink), v128.div<T>(v128.mul<T>(m, size), divisor)));
    } while ((i += 16) < bytes);
  }
}

/** gradSize, averageSize, beta1, beta2, eps, correction, decay, shrink; states as Adam's */
@unmanaged class Nadam {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), own = all<T>(t, 1), mean = all<T>(t, 2), b1 = all<T>(t, 3), k1 = rest<T>(t, 3);
    const b2 = all<T>(t, 4), k2 = rest<T>(t, 4), eps = all<T>(t, 5), correction = all<T>(t, 6), decay = all<T>(t, 7), shrink = all<T>(t, 8);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const m = moved<T>(v128.load(a + i), b1, g, k1);
      const v = moved<T>(v128.load(b + i), b2, v128.mul<T>(g, g), k2);
      const divisor = v128.add<T>(v128.sqrt<T>(v128.div<T>(v, correction)), eps);
      const step = v128.div<T>(fma<T>(m, mean, v128.mul<T>(g, own)), divisor);
      v128.store(a + i, m);
      v128.store(b + i, v);
      v128.store(p + i, v128.sub<T>(v128.mul<T>(x, shrink), step));
    } while ((i += 16) < bytes);
  }
}

/** stepSize, beta1, beta2, eps, isRectified, rectifier, decay, shrink; states as Adam's */
@unmanaged class Radam {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), size = all<T>(t, 1), b1 = all<T>(t, 2), k1 = rest<T>(t, 2), b2 = all<T>(t, 3), k2 = rest<T>(t, 3);
    const eps = all<T>(t, 4), isRectified = is(t, 5), rectifier = all<T>(t, 6), decay = all<T>(t, 7), shrink = all<T>(t, 8);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const m = moved<T>(v128.load(a + i), b1, g, k1);
      const v = moved<T>(v128.load(b + i), b2, v128.mul<T>(g, g), k2);
      let step = v128.mul<T>(m, size);
      if (isRectified) step = v128.mul<T>(step, v128.div<T>(rectifier, v128.add<T>(v128.sqrt<T>(v), eps)));
      v128.store(a + i, m);
      v128.store(b + i, v);
      v128.store(p + i, v128.sub<T>(v128.mul<T>(x, shrink), step));
    } while ((i += 16) < bytes);
  }
}

/** stepSize, beta1, beta2, eps, decay; states: the average gradient and the largest so far */
@unmanaged class Adamax {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), size = all<T>(t, 1), b1 = all<T>(t, 2), k1 = rest<T>(t, 2), b2 = all<T>(t, 3);
    const eps = all<T>(t, 4), decay = all<T>(t, 5);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const m = moved<T>(v128.load(a + i), b1, g, k1);
      const largest = v128.max<T>(v128.mul<T>(v128.load(b + i), b2), v128.add<T>(v128.abs<T>(g), eps));
      v128.store(a + i, m);
      v128.store(b + i, largest);
      v128.store(p + i, v128.sub<T>(x, v128.div<T>(v128.mul<T>(m, size), largest)));
    } while ((i += 16) < bytes);
  }
}

/** lr, alpha, eps, momentum, centered, decay; states: the average square, the average gradient where it is centered, the momentum */
@unmanaged class Rmsprop {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), down = v128.neg<T>(all<T>(t, 1)), alpha = all<T>(t, 2), kept = rest<T>(t, 2), eps = all<T>(t, 3);
    const momentum = all<T>(t, 4), hasMomentum = is(t, 4), centered = is(t, 5), decay = all<T>(t, 6);
    const buffer = centered ? c : b, zero = splat<T>(0);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const square = moved<T>(v128.load(a + i), alpha, v128.mul<T>(g, g), kept);
      let mean = zero;
      if (centered) mean = moved<T>(v128.load(b + i), alpha, g, kept);
      let step = v128.div<T>(g, v128.add<T>(v128.sqrt<T>(v128.sub<T>(square, v128.mul<T>(mean, mean))), eps));
      if (hasMomentum) step = fma<T>(v128.load(buffer + i), momentum, step);
      v128.store(a + i, square);
      if (centered) v128.store(b + i, mean);
      if (hasMomentum) v128.store(buffer + i, step);
      v128.store(p + i, fma<T>(step, down, x));
    } while ((i += 16) < bytes);
  }
}

/** Lanes 2 k and 2 k + 1 as f64. */
@inline
function pair<T>(v: v128, k: i32): v128 {
  if (sizeof<T>() == 8) return v;
  return f64x2.promote_low_f32x4(k == 0 ? v : v128.shuffle<f64>(v, v, 1, 0));
}

/** The lanes of both pairs as T. */
@inline
function joined<T>(first: v128, second: v128): v128 {
  if (sizeof<T>() == 8) return first;
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}

/** stepSize, eps, decay; state: sum of squares. In f64: early sums are made of few small squares, and training amplifies their errors. */
@unmanaged class Adagrad {
  @inline
  gradient(t: usize, x: v128, g: v128): v128 {
    return fma<f64>(x, all<f64>(t, 3), f64x2.mul(g, all<f64>(t, 0)));
  }
  @inline
  moved(t: usize, x: v128, g: v128, sum: v128): v128 {
    const divisor = f64x2.add(f64x2.sqrt(sum), all<f64>(t, 2));
    return f64x2.sub(x, f64x2.div(f64x2.mul(g, all<f64>(t, 1)), divisor));
  }
  run<T>(t: usize, p: usize, g_: usize, a: usize, _b: usize, _c: usize, bytes: usize): void {
    let i: usize = 0;
    do {
      const x = v128.load(p + i), d = v128.load(g_ + i), sums = v128.load(a + i);
      const x0 = pair<T>(x, 0), x1 = pair<T>(x, 1);
      const g0 = this.gradient(t, x0, pair<T>(d, 0)), g1 = this.gradient(t, x1, pair<T>(d, 1));
      const s0 = fma<f64>(g0, g0, pair<T>(sums, 0)), s1 = fma<f64>(g1, g1, pair<T>(sums, 1));
      v128.store(a + i, joined<T>(s0, s1));
      v128.store(p + i, joined<T>(this.moved(t, x0, g0, s0), this.moved(t, x1, g1, s1)));
    } while ((i += 16) < bytes);
  }
}

/** lr, rho, eps, decay; states: average squares of gradient and step */
@unmanaged class Adadelta {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), down = v128.neg<T>(all<T>(t, 1)), rho = all<T>(t, 2), kept = rest<T>(t, 2);
    const eps = all<T>(t, 3), decay = all<T>(t, 4);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const v = moved<T>(v128.load(a + i), rho, v128.mul<T>(g, g), kept), steps = v128.load(b + i);
      const root = v128.sqrt<T>(v128.add<T>(steps, eps));
      const step = v128.mul<T>(v128.div<T>(root, v128.sqrt<T>(v128.add<T>(v, eps))), g);
      v128.store(a + i, v);
      v128.store(b + i, moved<T>(steps, rho, v128.mul<T>(step, step), kept));
      v128.store(p + i, fma<T>(step, down, x));
    } while ((i += 16) < bytes);
  }
}

/** etaMinus, etaPlus, smallest, largest; states: the gradient before, the size of the step */
@unmanaged class Rprop {
  run<T>(t: usize, p: usize, g_: usize, a: usize, b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), minus = all<T>(t, 1), plus = all<T>(t, 2), smallest = all<T>(t, 3), largest = all<T>(t, 4);
    const zero = splat<T>(0), one = splat<T>(1);
    let i: usize = 0;
    do {
      const g = v128.mul<T>(v128.load(g_ + i), sign);
      const agreement = v128.mul<T>(g, v128.load(a + i));
      const hasTurned = v128.lt<T>(agreement, zero);
      const factor = select(v128.gt<T>(agreement, zero), plus, select(hasTurned, minus, one));
      const size = v128.min<T>(v128.max<T>(v128.mul<T>(v128.load(b + i), factor), smallest), largest);
      // Where the sign has turned, this step is left out.
      const kept = v128.andnot(g, hasTurned);
      const step = select(v128.gt<T>(kept, zero), size, select(v128.lt<T>(kept, zero), v128.neg<T>(size), kept));
      const next = v128.sub<T>(v128.load(p + i), step);
      v128.store(a + i, kept);
      v128.store(b + i, size);
      v128.store(p + i, next);
    } while ((i += 16) < bytes);
  }
}

/** lambd, eta, mu, decay; state: the average of where it has been */
@unmanaged class Asgd {
  run<T>(t: usize, p: usize, g_: usize, a: usize, _b: usize, _c: usize, bytes: usize): void {
    const sign = all<T>(t, 0), shrink = splat<T>(1 - load<f64>(t, 8) * load<f64>(t, 16)), down = v128.neg<T>(all<T>(t, 2));
    const mu = all<T>(t, 3), decay = all<T>(t, 4);
    let i: usize = 0;
    do {
      const x = v128.load(p + i);
      const g = fma<T>(x, decay, v128.mul<T>(v128.load(g_ + i), sign));
      const next = fma<T>(g, down, v128.mul<T>(x, shrink));
      const mean = v128.load(a + i);
      v128.store(a + i, fma<T>(v128.sub<T>(next, mean), mu, mean));
      v128.store(p + i, next);
    } while ((i += 16) < bytes);
  }
}

/** The k-th address of an entry, `offset` bytes on; 0 stays. */
@inline
function address(entry: usize, k: i32, offset: usize): usize {
  const base: usize = load<u32>(entry + 4 * k);
  return base == 0 ? 0 : base + offset;
}

/** Part k of this thread's scratch, holding the last elements of a tensor. */
@inline
function copied(k: i32, from: usize, bytes: usize): usize {
  if (from == 0) return 0;
  const to = part() + 16 * k;
  v128.store(to, i32x4.splat(0));
  memory.copy(to, from, bytes);
  return to;
}

@inline
function walk<T, O>(table: usize, first: i32, n: i32): void {
  const optimizer = changetype<O>(0);
  for (let entry = table + NUMBERS; n > 0; entry += ENTRY) {
    const tiles = load<i32>(entry, 24);
    if (first >= tiles) {
      first -= tiles;
      continue;
    }
    const taken = min(n, tiles - first);
    const count = min(load<i32>(entry, 20) - first * TILE, taken * TILE);
    const start = at<T>(0, first * TILE);
    const p = address(entry, 0, start), g = address(entry, 1, start);
    const a = address(entry, 2, start), b = address(entry, 3, start), c = address(entry, 4, start);
    const whole = at<T>(0, count & ~(lanes<T>() - 1)), left = at<T>(0, count) - whole;
    if (whole > 0) optimizer.run<T>(table, p, g, a, b, c, whole);
    if (left > 0) {
      const to = copied(0, p + whole, left), from = copied(1, g + whole, left);
      const x = copied(2, a == 0 ? 0 : a + whole, left), y = copied(3, b == 0 ? 0 : b + whole, left);
      const z = copied(4, c == 0 ? 0 : c + whole, left);
      optimizer.run<T>(table, to, from, x, y, z, 16);
      memory.copy(p + whole, to, left);
      if (x != 0) memory.copy(a + whole, x, left);
      if (y != 0) memory.copy(b + whole, y, left);
      if (z != 0) memory.copy(c + whole, z, left);
    }
    n -= taken;
    first = 0;
  }
}

export function sgd_f32(table: usize, first: i32, n: i32): void { walk<f32, Sgd>(table, first, n); }
export function sgd_f64(table: usize, first: i32, n: i32): void { walk<f64, Sgd>(table, first, n); }
export function adam_f32(table: usize, first: i32, n: i32): void { walk<f32, Adam>(table, first, n); }
export function adam_f64(table: usize, first: i32, n: i32): void { walk<f64, Adam>(table, first, n); }
export function nadam_f32(table: usize, first: i32, n: i32): void { walk<f32, Nadam>(table, first, n); }
export function nadam_f64(table: usize, first: i32, n: i32): void { walk<f64, Nadam>(table, first, n); }
export function radam_f32(table: usize, first: i32, n: i32): void { walk<f32, Radam>(table, first, n); }
export function radam_f64(table: usize, first: i32, n: i32): void { walk<f64, Radam>(table, first, n); }
export function adamax_f32(table: usize, first: i32, n: i32): void { walk<f32, Adamax>(table, first, n); }
export function adamax_f64(table: usize, first: i32, n: i32): void { walk<f64, Adamax>(table, first, n); }
export function rmsprop_f32(table: usize, first: i32, n: i32): void { walk<f32, Rmsprop>(table, first, n); }
export function rmsprop_f64(table: usize, first: i32, n: i32): void { walk<f64, Rmsprop>(table, first, n); }
export function adagrad_f32(table: usize, first: i32, n: i32): void { walk<f32, Adagrad>(table, first, n); }
export function adagrad_f64(table: usize, first: i32, n: i32): void { walk<f64, Adagrad>(table, first, n); }
export function adadelta_f32(table: usize, first: i32, n: i32): void { walk<f32, Adadelta>(table, first, n); }
export function adadelta_f64(table: usize, first: i32, n: i32): void { walk<f64, Adadelta>(table, first, n); }
export function rprop_f32(table: usize, first: i32, n: i32): void { walk<f32, Rprop>(table, first, n); }
export function rprop_f64(table: usize, first: i32, n: i32): void { walk<f64, Rprop>(table, first, n); }
export function asgd_f32(table: usize, first: i32, n: i32): void { walk<f32, Asgd>(table, first, n); }
export function asgd_f64(table: usize, first: i32, n: i32): void { walk<f64, Asgd>(table, first, n); }
