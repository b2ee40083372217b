// matmul without packing: for products so small that packing would cost more than it saves, and where elements are read once or a few
// times: a single row, or an outer product. Arguments as in matmul.ts.
import { at, fma, lanes, loadPart, storePart } from "./simd";

export function matmulSmall_f32(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  small<f32>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs);
}

export function matmulSmall_f64(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  small<f64>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs);
}

/** Integers wrap, so any order gives the same. */
export function matmulSmall_i32(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  byElement<i32>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs);
}

function small<T>(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  if (bCs == 1 && N >= lanes<T>()) byRow<T>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs);
  else if (bRs == 1 && aCs == 1 && K >= lanes<T>()) byDot<T>(out, a, b, bias, M, N, K, outRs, aRs, bCs);
  else byElement<T>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs);
}

/** b's rows are contiguous: a row of out is the sum of b's rows, weighted. */
function byRow<T>(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32, outRs: i32, aRs: i32, aCs: i32, bRs: i32,
): void {
  const aStep = (<usize>aCs) * sizeof<T>(), bStep = (<usize>bRs) * sizeof<T>();
  const four = 4 * lanes<T>();
  const zero = i32x4.splat(0);
  for (let i = 0; i < M; i++) {
    const row = at<T>(a, i * aRs);
    let to = at<T>(out, i * outRs);
    let j = 0;
    for (; j + four <= N; j += four) {
      let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
      let pa = row, pb = at<T>(b, j);
      for (let k = K; k > 0; k--) {
        const x = v128.load_splat<T>(pa);
        s0 = fma<T>(x, v128.load(pb), s0);
        s1 = fma<T>(x, v128.load(pb, 16), s1);
        s2 = fma<T>(x, v128.load(pb, 32), s2);
        s3 = fma<T>(x, v128.load(pb, 48), s3);
        pa += aStep;
        pb += bStep;
      }
      if (bias) {
        const added = at<T>(bias, j);
        s0 = v128.add<T>(s0, v128.load(added));
        s1 = v128.add<T>(s1, v128.load(added, 16));
        s2 = v128.add<T>(s2, v128.load(added, 32));
        s3 = v128.add<T>(s3, v128.load(added, 48));
      }
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
      to += 64;
    }
    for (; j + lanes<T>() <= N; j += lanes<T>()) {
      let sum = zero;
      let pa = row, pb = at<T>(b, j);
      for (let k = K; k > 0; k--) {
        sum = fma<T>(v128.load_splat<T>(pa), v128.load(pb), sum);
        pa += aStep;
        pb += bStep;
      }
      v128.store(to, bias ? v128.add<T>(sum, v128.load(at<T>(bias, j))) : sum);
      to += 16;
    }
    if (j < N) {
      const left = N - j;
      let sum = zero;
      let pa = row, pb = at<T>(b, j);
      for (let k = K; k > 0; k--) {
        sum = fma<T>(v128.load_splat<T>(pa), loadPart<T>(pb, left), sum);
        pa += aStep;
        pb += bStep;
      }
      storePart<T>(to, bias ? v128.add<T>(sum, loadPart<T>(at<T>(bias, j), left)) : sum, left);
    }
  }
}

/** Rows of a and columns of b are contiguous: each element of out is a dot product. */
function byDot<T>(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32, outRs: i32, aRs: i32, bCs: i32,
): void {
  const vectors = K & ~(2 * lanes<T>() - 1);
  for (let i = 0; i < M; i++) {
    let to = at<T>(out, i * outRs);
    for (let j = 0; j < N; j++) {
      let pa = at<T>(a, i * aRs), pb = at<T>(b, j * bCs);
      let s0 = i32x4.splat(0), s1 = i32x4.splat(0);
      let k = 0;
      for (; k < vectors; k += 2 * lanes<T>()) {
        s0 = fma<T>(v128.load(pa), v128.load(pb), s0);
        s1 = fma<T>(v128.load(pa, 16), v128.load(pb, 16), s1);
        pa += 32;
        pb += 32;
      }
      s0 = v128.add<T>(s0, s1);
      let sum: T;
      if (sizeof<T>() == 4) {
        const pairs = f32x4.add(s0, v128.shuffle<f64>(s0, s0, 1, 0));
        sum = <T>(f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
      } else {
        sum = <T>(f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1));
      }
      for (; k < K; k++) {
        sum += load<T>(pa) * load<T>(pb);
        pa += sizeof<T>();
        pb += sizeof<T>();
      }
      store<T>(to, bias ? sum + load<T>(at<T>(bias, j)) : sum);
      to += sizeof<T>();
    }
  }
}

function byElement<T>(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  const aStep = (<usize>aCs) * sizeof<T>(), bStep = (<usize>bRs) * sizeof<T>();
  for (let i = 0; i < M; i++) {
    let to = at<T>(out, i * outRs);
    for (let j = 0; j < N; j++) {
      let pa = at<T>(a, i * aRs), pb = at<T>(b, j * bCs);
      let sum: T = <T>0;
      for (let k = K; k > 0; k--) {
        sum += load<T>(pa) * load<T>(pb);
        pa += aStep;
        pb += bStep;
      }
      store<T>(to, bias ? sum + load<T>(at<T>(bias, j)) : sum);
      to += sizeof<T>();
    }
  }
}
