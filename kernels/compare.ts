// out (bool) [outer, inner] ← op(a, b); operands step as in binary.ts. And where: out ← condition ? a : b.
import { at, repeat, select, splat } from "./simd";
import { splats } from "./memory";

// Each op gives masks for whole registers and a truth for one element.

@unmanaged class Eq {
  @inline of<T>(a: v128, b: v128): v128 { return v128.eq<T>(a, b); }
  @inline one<T>(a: T, b: T): bool { return a == b; }
}
@unmanaged class Ne {
  @inline of<T>(a: v128, b: v128): v128 { return v128.ne<T>(a, b); }
  @inline one<T>(a: T, b: T): bool { return a != b; }
}
@unmanaged class Lt {
  @inline of<T>(a: v128, b: v128): v128 { return v128.lt<T>(a, b); }
  @inline one<T>(a: T, b: T): bool { return a < b; }
}
@unmanaged class Le {
  @inline of<T>(a: v128, b: v128): v128 { return v128.le<T>(a, b); }
  @inline one<T>(a: T, b: T): bool { return a <= b; }
}
@unmanaged class Gt {
  @inline of<T>(a: v128, b: v128): v128 { return v128.gt<T>(a, b); }
  @inline one<T>(a: T, b: T): bool { return a > b; }
}
@unmanaged class Ge {
  @inline of<T>(a: v128, b: v128): v128 { return v128.ge<T>(a, b); }
  @inline one<T>(a: T, b: T): bool { return a >= b; }
}
@unmanaged class And {
  @inline of<T>(a: v128, b: v128): v128 { return v128.and(v128.ne<T>(a, splat<T>(0)), v128.ne<T>(b, splat<T>(0))); }
  @inline one<T>(a: T, b: T): bool { return a != <T>0 && b != <T>0; }
}
@unmanaged class Or {
  @inline of<T>(a: v128, b: v128): v128 { return v128.or(v128.ne<T>(a, splat<T>(0)), v128.ne<T>(b, splat<T>(0))); }
  @inline one<T>(a: T, b: T): bool { return a != <T>0 || b != <T>0; }
}
@unmanaged class Xor {
  @inline of<T>(a: v128, b: v128): v128 { return v128.xor(v128.ne<T>(a, splat<T>(0)), v128.ne<T>(b, splat<T>(0))); }
  @inline one<T>(a: T, b: T): bool { return (a != <T>0) != (b != <T>0); }
}
// Predicates look at a alone.
@unmanaged class IsZero {
  @inline of<T>(a: v128, b: v128): v128 { return v128.eq<T>(a, splat<T>(0)); }
  @inline one<T>(a: T, b: T): bool { return a == <T>0; }
}
@unmanaged class IsNaN {
  @inline of<T>(a: v128, b: v128): v128 { return v128.ne<T>(a, a); }
  @inline one<T>(a: T, b: T): bool { return a != a; }
}
@unmanaged class IsInf {
  @inline of<T>(a: v128, b: v128): v128 { return v128.eq<T>(v128.abs<T>(a), splat<T>(Infinity)); }
  @inline one<T>(a: T, b: T): bool { return abs<T>(a) == <T>Infinity; }
}
@unmanaged class IsFinite {
  @inline of<T>(a: v128, b: v128): v128 { return v128.lt<T>(v128.abs<T>(a), splat<T>(Infinity)); }
  @inline one<T>(a: T, b: T): bool { return abs<T>(a) < <T>Infinity; }
}

/** The 16 truths of the next 16 elements, as bytes 0 and 1. */
@inline
function truths<T, Op>(a: usize, b: usize): v128 {
  const op = changetype<Op>(0);
  const one = i8x16.splat(1);
  if (sizeof<T>() == 1) return v128.and(op.of<T>(v128.load(a), v128.load(b)), one);
  const m0 = op.of<T>(v128.load(a), v128.load(b)), m1 = op.of<T>(v128.load(a, 16), v128.load(b, 16));
  const m2 = op.of<T>(v128.load(a, 32), v128.load(b, 32)), m3 = op.of<T>(v128.load(a, 48), v128.load(b, 48));
  const low = i16x8.narrow_i32x4_s(m0, m1), high = i16x8.narrow_i32x4_s(m2, m3);
  return v128.and(i8x16.narrow_i16x8_s(low, high), one);
}

@inline
function compare<T, Op>(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32, bInner: i32,
): void {
  const op = changetype<Op>(0);
  const aStep = (<usize>aInner) * sizeof<T>(), bStep = (<usize>bInner) * sizeof<T>();
  for (let row = 0; row < outer; row++) {
    let pa = a, pb = b;
    let left = inner;
    if (sizeof<T>() <= 4 && left >= 16) {
      if (!aInner) pa = repeat<T>(splats(), a);
      if (!bInner) pb = repeat<T>(splats() + 64, b);
      for (; left >= 16; left -= 16) {
        v128.store(out, truths<T, Op>(pa, pb));
        out += 16;
        pa += 16 * aStep;
        pb += 16 * bStep;
      }
    }
    for (; left > 0; left--) {
      store<u8>(out, <u8>op.one<T>(load<T>(pa), load<T>(pb)));
      out++;
      pa += aStep;
      pb += bStep;
    }
    a = at<T>(a, aOuter);
    b = at<T>(b, bOuter);
  }
}

/** Elements of 4 or 8 bytes move as bits, so one kernel serves both dtypes of a size. */
@inline
function where<T>(
  out: usize, condition: usize, a: usize, b: usize, outer: i32, inner: i32,
  cOuter: i32, cInner: i32, aOuter: i32, aInner: i32, bOuter: i32, bInner: i32,
): void {
  const aStep = (<usize>aInner) * sizeof<T>(), bStep = (<usize>bInner) * sizeof<T>();
  for (let row = 0; row < outer; row++) {
    let pc = condition, pa = a, pb = b;
    let left = inner;
    if (sizeof<T>() == 4 && left >= 4) {
      if (!cInner) pc = repeat<u8>(splats() + 128, condition);
      if (!aInner) pa = repeat<T>(splats(), a);
      if (!bInner) pb = repeat<T>(splats() + 64, b);
      for (; left >= 4; left -= 4) {
        const bytes = v128.load32_zero(pc);
        const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
        const isFalse = i32x4.eq(words, i32x4.splat(0));
        v128.store(out, select(isFalse, v128.load(pb), v128.load(pa)));
        out += 16;
        pc += 4 * cInner;
        pa += 4 * aStep;
        pb += 4 * bStep;
      }
    }
    for (; left > 0; left--) {
      store<T>(out, load<u8>(pc) ? load<T>(pa) : load<T>(pb));
      out += sizeof<T>();
      pc += cInner;
      pa += aStep;
      pb += bStep;
    }
    condition += cOuter;
    a = at<T>(a, aOuter);
    b = at<T>(b, bOuter);
  }
}

// One line a kernel. m n: outer and inner size; then the outer and inner strides of each operand.

export function where_1(o: usize, c: usize, a: usize, b: usize, m: i32, n: i32, e: i32, f: i32, p: i32, q: i32, r: i32, s: i32): void { where<u8>(o, c, a, b, m, n, e, f, p, q, r, s); }
export function where_4(o: usize, c: usize, a: usize, b: usize, m: i32, n: i32, e: i32, f: i32, p: i32, q: i32, r: i32, s: i32): void { where<u32>(o, c, a, b, m, n, e, f, p, q, r, s); }
export function where_8(o: usize, c: usize, a: usize, b: usize, m: i32, n: i32, e: i32, f: i32, p: i32, q: i32, r: i32, s: i32): void { where<u64>(o, c, a, b, m, n, e, f, p, q, r, s); }

export function eq_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Eq>(o, a, b, m, n, p, q, r, s); }
export function ne_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Ne>(o, a, b, m, n, p, q, r, s); }
export function lt_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Lt>(o, a, b, m, n, p, q, r, s); }
export function le_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Le>(o, a, b, m, n, p, q, r, s); }
export function gt_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Gt>(o, a, b, m, n, p, q, r, s); }
export function ge_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Ge>(o, a, b, m, n, p, q, r, s); }
export function logicalAnd_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, And>(o, a, b, m, n, p, q, r, s); }
export function logicalOr_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Or>(o, a, b, m, n, p, q, r, s); }
export function logicalXor_f32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f32, Xor>(o, a, b, m, n, p, q, r, s); }

export function eq_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Eq>(o, a, b, m, n, p, q, r, s); }
export function ne_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Ne>(o, a, b, m, n, p, q, r, s); }
export function lt_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Lt>(o, a, b, m, n, p, q, r, s); }
export function le_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Le>(o, a, b, m, n, p, q, r, s); }
export function gt_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Gt>(o, a, b, m, n, p, q, r, s); }
export function ge_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Ge>(o, a, b, m, n, p, q, r, s); }
export function logicalAnd_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, And>(o, a, b, m, n, p, q, r, s); }
export function logicalOr_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Or>(o, a, b, m, n, p, q, r, s); }
export function logicalXor_f64(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<f64, Xor>(o, a, b, m, n, p, q, r, s); }

export function eq_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Eq>(o, a, b, m, n, p, q, r, s); }
export function ne_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Ne>(o, a, b, m, n, p, q, r, s); }
export function lt_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Lt>(o, a, b, m, n, p, q, r, s); }
export function le_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Le>(o, a, b, m, n, p, q, r, s); }
export function gt_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Gt>(o, a, b, m, n, p, q, r, s); }
export function ge_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Ge>(o, a, b, m, n, p, q, r, s); }
export function logicalAnd_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, And>(o, a, b, m, n, p, q, r, s); }
export function logicalOr_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Or>(o, a, b, m, n, p, q, r, s); }
export function logicalXor_i32(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<i32, Xor>(o, a, b, m, n, p, q, r, s); }

export function eq_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Eq>(o, a, b, m, n, p, q, r, s); }
export function ne_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Ne>(o, a, b, m, n, p, q, r, s); }
export function lt_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Lt>(o, a, b, m, n, p, q, r, s); }
export function le_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Le>(o, a, b, m, n, p, q, r, s); }
export function gt_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Gt>(o, a, b, m, n, p, q, r, s); }
export function ge_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Ge>(o, a, b, m, n, p, q, r, s); }
export function logicalAnd_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, And>(o, a, b, m, n, p, q, r, s); }
export function logicalOr_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Or>(o, a, b, m, n, p, q, r, s); }
export function logicalXor_u8(o: usize, a: usize, b: usize, m: i32, n: i32, p: i32, q: i32, r: i32, s: i32): void { compare<u8, Xor>(o, a, b, m, n, p, q, r, s); }

export function logicalNot_f32(o: usize, x: usize, n: i32): void { compare<f32, IsZero>(o, x, x, 1, n, 0, 1, 0, 1); }
export function isNaN_f32(o: usize, x: usize, n: i32): void { compare<f32, IsNaN>(o, x, x, 1, n, 0, 1, 0, 1); }
export function isInf_f32(o: usize, x: usize, n: i32): void { compare<f32, IsInf>(o, x, x, 1, n, 0, 1, 0, 1); }
export function isFinite_f32(o: usize, x: usize, n: i32): void { compare<f32, IsFinite>(o, x, x, 1, n, 0, 1, 0, 1); }
export function logicalNot_f64(o: usize, x: usize, n: i32): void { compare<f64, IsZero>(o, x, x, 1, n, 0, 1, 0, 1); }
export function isNaN_f64(o: usize, x: usize, n: i32): void { compare<f64, IsNaN>(o, x, x, 1, n, 0, 1, 0, 1); }
export function isInf_f64(o: usize, x: usize, n: i32): void { compare<f64, IsInf>(o, x, x, 1, n, 0, 1, 0, 1); }
export function isFinite_f64(o: usize, x: usize, n: i32): void { compare<f64, IsFinite>(o, x, x, 1, n, 0, 1, 0, 1); }
export function logicalNot_i32(o: usize, x: usize, n: i32): void { compare<i32, IsZero>(o, x, x, 1, n, 0, 1, 0, 1); }
export function logicalNot_u8(o: usize, x: usize, n: i32): void { compare<u8, IsZero>(o, x, x, 1, n, 0, 1, 0, 1); }
