// What every family of kernels shares. In AssemblyScript `usize` is an address; v128 is one SIMD register,
// 4 lanes of f32 or 2 of f64. Generic kernels ask for the number of lanes with `lanes<T>()`.

/** Lanes of T in a register. */
@inline
export function lanes<T>(): i32 {
  return 16 / <i32>sizeof<T>();
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

/** Address of element `index` of an array of T. */
@inline
export function at<T>(base: usize, index: i32): usize {
  return base + ((<usize>index) * sizeof<T>());
}
