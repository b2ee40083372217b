// Products by the system's BLAS, which kernels ask the host for: src/backend/blas/thread.ts.
import { product } from "./matmul";

@external("env", "multiply")
declare function call(
  place: f64, base: f64, bytes: i32, M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, isSum: bool, out: usize, ldOut: i32,
): bool;

/**
 * As `product` of matmul.ts without a bias; by the BLAS whose name lies at `place`, if that is not 0, where rows or columns of a and b are
 * in one piece. @returns false where this thread cannot call it
 */
@inline
export function multiply<T>(
  place: f64, base: f64, out: usize, a: usize, b: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32, isSum: bool,
): bool {
  if (place != 0) return call(place, base, sizeof<T>(), M, N, K, a, aCs == 1 ? aRs : -aCs, b, bCs == 1 ? bRs : -bCs, isSum, out, outRs);
  product<T>(out, a, b, 0, M, N, K, outRs, aRs, aCs, bRs, bCs, isSum);
  return true;
}
