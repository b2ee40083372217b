import type { FactorOp } from "../ops.js";

/** Decompositions of one matrix in float64, row-major: clear algorithms that are exact to rounding, for matrices of moderate size. */

type Matrix = Float64Array;

const at = (a: Matrix, i: number): number => a[i] as number;

interface Pivoted {
  /** Where each row comes from. */
  readonly order: number[];
  /** Which row each step exchanged its own with. */
  readonly pivots: number[];
  /** The permutation's sign. */
  readonly sign: number;
}

/** LU of a [m, n] with partial pivoting, in place. */
const decompose = (a: Matrix, m: number, n: number): Pivoted => {
  const order = Array.from({ length: m }, (_, i) => i);
  const pivots: number[] = [];
  let sign = 1;
  for (let k = 0; k < Math.min(m, n); k++) {
    let pivot = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(at(a, i * n + k)) > Math.abs(at(a, pivot * n + k))) pivot = i;
    pivots.push(pivot);
    if (pivot !== k) {
      for (let j = 0; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [at(a, pivot * n + j), at(a, k * n + j)];
      [order[k], order[pivot]] = [order[pivot] as number, order[k] as number];
      sign = -sign;
    }
    const top = at(a, k * n + k);
    if (top === 0) continue;
    for (let i = k + 1; i < m; i++) {
      const factor = at(a, i * n + k) / top;
      a[i * n + k] = factor;
      if (factor !== 0) for (let j = k + 1; j < n; j++) a[i * n + j] = at(a, i * n + j) - factor * at(a, k * n + j);
    }
  }
  return { order, pivots, sign };
};

/** L [m, k] and U [k, n] of A's rows in an order [m], and the exchanges [k], counted from 1; k = min(m, n). */
const lu = ([L, U, order, pivots]: Matrix[], [a_]: Matrix[], [m, n]: number[]): boolean => {
  const [M, N] = [m as number, n as number];
  const K = Math.min(M, N);
  const a = (a_ as Matrix).slice();
  const found = decompose(a, M, N);
  for (let i = 0; i < M; i++)
    for (let j = 0; j < K; j++) (L as Matrix)[i * K + j] = j < i ? at(a, i * N + j) : Number(i === j);
  for (let i = 0; i < K; i++) for (let j = i; j < N; j++) (U as Matrix)[i * N + j] = at(a, i * N + j);
  (order as Matrix).set(found.order);
  (pivots as Matrix).set(found.pivots.map((pivot) => pivot + 1));
  return true;
};

/** X of A · X = B. @returns whether A is regular */
const solve = ([x]: Matrix[], [a_, b]: Matrix[], [n, k]: number[]): boolean => {
  const [N, K, X, B] = [n as number, k as number, x as Matrix, b as Matrix];
  const a = (a_ as Matrix).slice();
  const { order } = decompose(a, N, N);
  for (let i = 0; i < N; i++) if (at(a, i * N + i) === 0) return false;
  for (let c = 0; c < K; c++) {
    for (let i = 0; i < N; i++) {
      let sum = at(B, (order[i] as number) * K + c);
      for (let j = 0; j < i; j++) sum -= at(a, i * N + j) * at(X, j * K + c);
      X[i * K + c] = sum;
    }
    for (let i = N - 1; i >= 0; i--) {
      let sum = at(X, i * K + c);
      for (let j = i + 1; j < N; j++) sum -= at(a, i * N + j) * at(X, j * K + c);
      X[i * K + c] = sum / at(a, i * N + i);
    }
  }
  return true;
};

/** The determinant, its sign, and ln of its size. */
const det = ([value, signOut, log]: Matrix[], [a_]: Matrix[], [n]: number[]): boolean => {
  const a = (a_ as Matrix).slice();
  const N = n as number;
  let { sign } = decompose(a, N, N);
  let [product, logarithm] = [sign, 0];
  for (let i = 0; i < N; i++) {
    const d = at(a, i * N + i);
    product *= d;
    sign *= Math.sign(d);
    logarithm += Math.log(Math.abs(d));
  }
  (value as Matrix)[0] = product;
  (signOut as Matrix)[0] = sign;
  (log as Matrix)[0] = logarithm;
  return true;
};

/** L of A = L · Lᵀ. @returns whether A is positive definite */
const cholesky = ([l_]: Matrix[], [a]: Matrix[], [n]: number[]): boolean => {
  const [L, A, N] = [l_ as Matrix, a as Matrix, n as number];
  for (let i = 0; i < N; i++)
    for (let j = 0; j <= i; j++) {
      let sum = at(A, i * N + j);
      for (let k = 0; k < j; k++) sum -= at(L, i * N + k) * at(L, j * N + k);
      if (i === j) {
        if (!(sum > 0)) return false;
        L[i * N + i] = Math.sqrt(sum);
      } else L[i * N + j] = sum / at(L, j * N + j);
    }
  return true;
};

/** Q [m, q] and R [q, n] of A [m, n] by Householder's reflections, signs as LAPACK's. */
const qr = ([Q, R]: Matrix[], [a_]: Matrix[], [m, n, q]: number[]): boolean => {
  const [M, N, K] = [m as number, n as number, q as number];
  const a = (a_ as Matrix).slice();
  const reflections: { v: Float64Array; tau: number }[] = [];
  for (let k = 0; k < Math.min(M, N); k++) {
    let rest = 0;
    for (let i = k + 1; i < M; i++) rest += at(a, i * N + k) ** 2;
    const alpha = at(a, k * N + k);
    const v = new Float64Array(M);
    v[k] = 1;
    if (rest === 0) {
      reflections.push({ v, tau: 0 });
      continue;
    }
    const beta = -Math.sign(alpha || 1) * Math.sqrt(alpha * alpha + rest);
    for (let i = k + 1; i < M; i++) v[i] = at(a, i * N + k) / (alpha - beta);
    const tau = (beta - alpha) / beta;
    reflect(a, M, N, v, tau, k);
    reflections.push({ v, tau });
  }
  for (let i = 0; i < K; i++) for (let j = 0; j < N; j++) (R as Matrix)[i * N + j] = j >= i ? at(a, i * N + j) : 0;
  const full = Q as Matrix;
  for (let i = 0; i < K; i++) full[i * K + i] = 1;
  for (const [k, { v, tau }] of [...reflections.entries()].reverse())
    if (k < K || tau !== 0) reflect(full, M, K, v, tau, k);
  return true;
};

/** A ← (I − tau · v · vᵀ) · A, where v is 0 above `from`. */
const reflect = (a: Matrix, rows: number, columns: number, v: Float64Array, tau: number, from: number): void => {
  if (tau === 0) return;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = from; i < rows; i++) sum += at(v, i) * at(a, i * columns + j);
    for (let i = from; i < rows; i++) a[i * columns + j] = at(a, i * columns + j) - tau * sum * at(v, i);
  }
};

/** Eigenvalues, rising, and eigenvectors as columns of a symmetric matrix (its lower half), by Jacobi's rotations. */
const eigh = ([values, V]: Matrix[], [a_]: Matrix[], [n]: number[]): boolean => {
  const N = n as number;
  const a = (a_ as Matrix).slice();
  for (let i = 0; i < N; i++) for (let j = i + 1; j < N; j++) a[i * N + j] = at(a, j * N + i);
  const v = new Float64Array(N * N);
  for (let i = 0; i < N; i++) v[i * N + i] = 1;
  for (let sweep = 0; sweep < 100; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < N; i++)
      for (let j = 0; j < N; j++) {
        all += at(a, i * N + j) ** 2;
        if (i !== j) off += at(a, i * N + j) ** 2;
      }
    if (off <= all * 1e-32) break;
    for (let p = 0; p < N; p++)
      for (let q = p + 1; q < N; q++) {
        const apq = at(a, p * N + q);
        if (apq === 0) continue;
        const theta = (at(a, q * N + q) - at(a, p * N + p)) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < N; k++) rotate(a, k * N + p, k * N + q, c, s);
        for (let k = 0; k < N; k++) rotate(a, p * N + k, q * N + k, c, s);
        for (let k = 0; k < N; k++) rotate(v, k * N + p, k * N + q, c, s);
      }
  }
  const order = Array.from({ length: N }, (_, i) => i).sort((i, j) => at(a, i * N + i) - at(a, j * N + j));
  order.forEach((from, to) => {
    (values as Matrix)[to] = at(a, from * N + from);
    for (let k = 0; k < N; k++) (V as Matrix)[k * N + to] = at(v, k * N + from);
  });
  return true;
};

const rotate = (a: Matrix, i: number, j: number, c: number, s: number): void => {
  const [x, y] = [at(a, i), at(a, j)];
  a[i] = c * x - s * y;
  a[j] = s * x + c * y;
};

/** U [m, u], singular values [k], falling, and Vᵀ [v, n] of A [m, n], by one-sided Jacobi rotations of columns. */
const svd = ([U, S, Vh]: Matrix[], [a_]: Matrix[], [m, n, u, v]: number[]): boolean => {
  const [M, N, UC, VR] = [m, n, u, v] as [number, number, number, number];
  const isWide = M < N;
  const [rows, columns] = isWide ? [N, M] : [M, N];
  const work = new Float64Array(rows * columns);
  for (let i = 0; i < M; i++)
    for (let j = 0; j < N; j++) work[isWide ? j * M + i : i * N + j] = at(a_ as Matrix, i * N + j);
  const right = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) right[i * columns + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let isDone = true;
    for (let p = 0; p < columns; p++)
      for (let q = p + 1; q < columns; q++) {
        let [alpha, beta, gamma] = [0, 0, 0];
        for (let k = 0; k < rows; k++) {
          const [x, y] = [at(work, k * columns + p), at(work, k * columns + q)];
          alpha += x * x;
          beta += y * y;
          gamma += x * y;
        }
        if (Math.abs(gamma) <= 1e-16 * Math.sqrt(alpha * beta) || gamma === 0) continue;
        isDone = false;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        for (let k = 0; k < rows; k++) rotate(work, k * columns + p, k * columns + q, c, c * t);
        for (let k = 0; k < columns; k++) rotate(right, k * columns + p, k * columns + q, c, c * t);
      }
    if (isDone) break;
  }
  const sizes = Array.from({ length: columns }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < rows; k++) sum += at(work, k * columns + j) ** 2;
    return Math.sqrt(sum);
  });
  const order = sizes.map((_, i) => i).sort((i, j) => (sizes[j] as number) - (sizes[i] as number));
  const long: Float64Array[] = [];
  const short: Float64Array[] = [];
  order.forEach((j, to) => {
    const size = sizes[j] as number;
    (S as Matrix)[to] = size;
    if (size > 0) long.push(Float64Array.from({ length: rows }, (_, k) => at(work, k * columns + j) / size));
    short.push(Float64Array.from({ length: columns }, (_, k) => at(right, k * columns + j)));
  });
  const [left, other] = isWide ? [short, long] : [long, short];
  complete(left, M, UC);
  complete(other, N, VR);
  for (let i = 0; i < M; i++) for (let j = 0; j < UC; j++) (U as Matrix)[i * UC + j] = at(left[j] as Matrix, i);
  for (let i = 0; i < VR; i++) for (let j = 0; j < N; j++) (Vh as Matrix)[i * N + j] = at(other[i] as Matrix, j);
  return true;
};

/** Adds unit vectors made orthogonal to all others, until there are `count`. */
const complete = (vectors: Float64Array[], size: number, count: number): void => {
  for (let axis = 0; vectors.length < count && axis < size; axis++) {
    const v = new Float64Array(size);
    v[axis] = 1;
    for (let pass = 0; pass < 2; pass++)
      for (const other of vectors) {
        const share = v.reduce((sum, x, i) => sum + x * at(other, i), 0);
        for (let i = 0; i < size; i++) v[i] = at(v, i) - share * at(other, i);
      }
    const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    if (norm > 1e-8) vectors.push(v.map((x) => x / norm));
  }
};

/** Each decomposition: results (zeros), inputs, sizes. @returns whether it could be done */
export const factorFunctions: Readonly<
  Record<FactorOp, (outputs: Matrix[], inputs: Matrix[], sizes: number[]) => boolean>
> = { solve, det, cholesky, lu, qr, eigh, svd };
