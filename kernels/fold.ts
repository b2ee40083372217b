// Reductions of x [outer, R, inner] to out [outer, inner], element by element: those of integers and truths, products,
// and the place of the largest or smallest. R > 0.
import { at } from "./simd";

// `Sum` is the type of the running result.

@unmanaged class Add {
  @inline start<Sum>(): Sum { return <Sum>0; }
  @inline next<Sum, T>(held: Sum, v: T): Sum { return held + <Sum>v; }
}
@unmanaged class Multiply {
  @inline start<Sum>(): Sum { return <Sum>1; }
  @inline next<Sum, T>(held: Sum, v: T): Sum { return held * <Sum>v; }
}
@unmanaged class All {
  @inline start<Sum>(): Sum { return <Sum>1; }
  @inline next<Sum, T>(held: Sum, v: T): Sum { return <Sum>(<i32>held & <i32>(v != <T>0)); }
}
@unmanaged class Any {
  @inline start<Sum>(): Sum { return <Sum>0; }
  @inline next<Sum, T>(held: Sum, v: T): Sum { return <Sum>(<i32>held | <i32>(v != <T>0)); }
}

@inline
function fold<T, Sum, Out, Op>(out: usize, x: usize, outer: i32, R: i32, inner: i32): void {
  const op = changetype<Op>(0);
  const step = (<usize>inner) * sizeof<T>();
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      let held = op.start<Sum>();
      let p = at<T>(x, j);
      for (let r = R; r > 0; r--) {
        held = op.next<Sum, T>(held, load<T>(p));
        p += step;
      }
      store<Out>(out, <Out>held);
      out += sizeof<Out>();
    }
    x = at<T>(x, R * inner);
  }
}

export function sum_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<i32, i32, i32, Add>(out, x, outer, R, inner); }
export function sum_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<u8, i32, i32, Add>(out, x, outer, R, inner); }
export function prod_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<f32, f64, f32, Multiply>(out, x, outer, R, inner); }
export function prod_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<f64, f64, f64, Multiply>(out, x, outer, R, inner); }
export function prod_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<i32, i32, i32, Multiply>(out, x, outer, R, inner); }
export function prod_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<u8, i32, i32, Multiply>(out, x, outer, R, inner); }
export function all_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<f32, i32, u8, All>(out, x, outer, R, inner); }
export function all_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<f64, i32, u8, All>(out, x, outer, R, inner); }
export function all_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<i32, i32, u8, All>(out, x, outer, R, inner); }
export function all_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<u8, i32, u8, All>(out, x, outer, R, inner); }
export function any_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<f32, i32, u8, Any>(out, x, outer, R, inner); }
export function any_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<f64, i32, u8, Any>(out, x, outer, R, inner); }
export function any_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<i32, i32, u8, Any>(out, x, outer, R, inner); }
export function any_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { fold<u8, i32, u8, Any>(out, x, outer, R, inner); }

// The index of the first largest or smallest; the first NaN wins over everything.

@unmanaged class Above { @inline beats<T>(a: T, b: T): bool { return a > b; } }
@unmanaged class Below { @inline beats<T>(a: T, b: T): bool { return a < b; } }

@inline
function place<T, Op>(out: usize, x: usize, outer: i32, R: i32, inner: i32): void {
  const op = changetype<Op>(0);
  const step = (<usize>inner) * sizeof<T>();
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      let p = at<T>(x, j);
      let best = load<T>(p);
      let index = 0;
      for (let r = 1; r < R && best == best; r++) {
        p += step;
        const v = load<T>(p);
        if (op.beats<T>(v, best) || v != v) {
          best = v;
          index = r;
        }
      }
      store<i32>(out, index);
      out += 4;
    }
    x = at<T>(x, R * inner);
  }
}

export function argmax_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<f32, Above>(out, x, outer, R, inner); }
export function argmax_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<f64, Above>(out, x, outer, R, inner); }
export function argmax_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<i32, Above>(out, x, outer, R, inner); }
export function argmax_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<u8, Above>(out, x, outer, R, inner); }
export function argmin_f32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<f32, Below>(out, x, outer, R, inner); }
export function argmin_f64(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<f64, Below>(out, x, outer, R, inner); }
export function argmin_i32(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<i32, Below>(out, x, outer, R, inner); }
export function argmin_u8(out: usize, x: usize, outer: i32, R: i32, inner: i32): void { place<u8, Below>(out, x, outer, R, inner); }
