// What every family of kernels shares. In AssemblyScript `usize` is an address; v128 is one SIMD register,
// 4 lanes of f32 or i32 or 2 of f64. Generic kernels ask for the number of lanes with `lanes<T>()`.
import { part } from "./memory";

/** Lanes of T in a register. */
@inline
export function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** Address of element `index` of an array of T. */
@inline
export function at<T>(base: usize, index: i32): usize {
  return base + (<usize>index) * sizeof<T>();
}

/** a · b + c: rounded once in the relaxed build (where the machine fuses), twice in the plain one. */
@inline
export function fma<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** A register full of one number. */
@inline
export function splat<T>(value: f64): v128 {
  return v128.splat<T>(<T>value);
}

/** mask ? a : b, lane by lane, for masks of all ones or zeros. */
@inline
export function select(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** The first `count` (fewer than all) lanes. The others are zeros, or anything where elements are bytes. */
@inline
export function loadPart<T>(from: usize, count: i32): v128 {
  if (sizeof<T>() == 8) return v128.load64_zero(from);
  if (sizeof<T>() == 1) {
    memory.copy(part(), from, count);
    return v128.load(part());
  }
  let v = v128.load32_zero(from);
  if (count > 1) v = v128.load32_lane(from, v, 1, 4);
  if (count > 2) v = v128.load32_lane(from, v, 2, 8);
  return v;
}

/** Stores the first `count` (fewer than all) lanes. */
@inline
export function storePart<T>(to: usize, v: v128, count: i32): void {
  if (sizeof<T>() == 8) {
    v128.store64_lane(to, v, 0);
    return;
  }
  if (sizeof<T>() == 1) {
    v128.store(part(), v);
    memory.copy(to, part(), count);
    return;
  }
  v128.store32_lane(to, v, 0);
  if (count > 1) v128.store32_lane(to, v, 1, 4);
  if (count > 2) v128.store32_lane(to, v, 2, 8);
}

/** Repeats the element at `from` over the 64 bytes of `slot`, so that it reads like an array. */
@inline
export function repeat<T>(slot: usize, from: usize): usize {
  const v = v128.load_splat<T>(from);
  v128.store(slot, v);
  v128.store(slot, v, 16);
  v128.store(slot, v, 32);
  v128.store(slot, v, 48);
  return slot;
}
