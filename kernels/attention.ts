// Scaled dot product attention in tiles: out ← softmax(scale · q kᵀ + mask) · v, never more than a tile of scores at once.
//
// A tile is `height` queries × all keys that they may see. Of the scores only the logarithm of each row's sum of exponentials is
// kept; the backward pass makes a tile's weights from it anew.
//
// Letters: L queries, S keys, E features of both, V features of values. `n` heads from the one counted `first`, `heads` to a sample: q, k,
// v and mask lie a step apart from head to head and a leap from sample to sample, their rows a row stride; all others are contiguous.
// Outputs first, then inputs, then sizes, and the BLAS as blas.ts takes it. The kernels return −1, or 0 where this thread cannot call it.
import { multiply } from "./blas";
import { at, fma, lanes, splat } from "./simd";
import { exponentials, largest } from "./softmax";
import { total } from "./sums";

/** Where a head of an operand begins. */
@inline
function headOf<T>(x: usize, which: i32, heads: i32, step: i32, leap: i32): usize {
  const sample = which / heads;
  return at<T>(x, sample * leap + (which - sample * heads) * step);
}

/** Whether all elements of rows are finite. Then weights of 0 hide what they weigh, and need not be taken. */
function areFinite<T>(x: usize, rows: i32, rs: i32, width: i32): bool {
  // Infinity − infinity and NaN − NaN are NaN, and NaN stays.
  let sums = i32x4.splat(0);
  let rest: T = 0;
  for (let i = 0; i < rows; i++) {
    const row = at<T>(x, i * rs);
    let j = 0;
    for (; j + lanes<T>() <= width; j += lanes<T>()) {
      const v = v128.load(at<T>(row, j));
      sums = v128.add<T>(sums, v128.sub<T>(v, v));
    }
    for (; j < width; j++) rest += load<T>(at<T>(row, j)) - load<T>(at<T>(row, j));
  }
  return rest == 0 && !v128.any_true(v128.ne<T>(sums, sums));
}

/** Scores of one query, scaled and masked. */
function maskRow<T>(row: usize, keys: i32, mask: usize, scale: T): void {
  const by = v128.splat<T>(scale);
  let j = 0;
  for (; j + lanes<T>() <= keys; j += lanes<T>()) {
    let v = v128.mul<T>(v128.load(at<T>(row, j)), by);
    if (mask != 0) v = v128.add<T>(v, v128.load(at<T>(mask, j)));
    v128.store(at<T>(row, j), v);
  }
  for (; j < keys; j++) {
    let v: T = load<T>(at<T>(row, j)) * scale;
    if (mask != 0) v += load<T>(at<T>(mask, j));
    store<T>(at<T>(row, j), v);
  }
}

/** Whether scores may wait for their scale until e^ is taken: no mask is added before, and the largest stays the largest. */
@inline
function isLate(mask: usize, scale: f64): bool {
  return mask == 0 && scale > 0;
}

/** row ← e^(row · scale − shift). @returns its sum */
function weigh<T>(row: usize, n: i32, scale: T, shift: T): f64 {
  return exponentials<T>(row, row, n, scale, shift, true, true);
}

@inline
function scaleRow<T>(row: usize, n: i32, by: T): void {
  const factor = v128.splat<T>(by);
  let j = 0;
  for (; j + lanes<T>() <= n; j += lanes<T>()) v128.store(at<T>(row, j), v128.mul<T>(v128.load(at<T>(row, j)), factor));
  for (; j < n; j++) store<T>(at<T>(row, j), load<T>(at<T>(row, j)) * by);
}

/** tile [h, keys] ← scores of queries i … i + h − 1, masked; scaled as well, unless that is late. @returns as `multiply` does */
@inline
function scores<T>(
  tile: usize, q: usize, k: usize, mask: usize, i: i32, h: i32, keys: i32, E: i32, qRs: i32, kRs: i32, mRs: i32,
  scale: f64, isCausal: bool, place: f64, base: f64,
): bool {
  if (!multiply<T>(place, base, tile, at<T>(q, i * qRs), k, h, keys, E, keys, qRs, 1, 1, kRs, false)) return false;
  for (let r = 0; r < h; r++) {
    const row = at<T>(tile, r * keys);
    if (!isLate(mask, scale)) maskRow<T>(row, keys, mask == 0 ? 0 : at<T>(mask, (i + r) * mRs), <T>scale);
    // Added, so that NaN stays.
    if (isCausal) for (let j = i + r + 1; j < keys; j++) store<T>(at<T>(row, j), load<T>(at<T>(row, j)) + <T>-Infinity);
  }
  return true;
}

@inline
function attention<T>(
  out: usize, logSums: usize, qs: usize, ks: usize, vs: usize, masks: usize, tile: usize,
  n: i32, first: i32, heads: i32, qStep: i32, kStep: i32, vStep: i32, mStep: i32, qLeap: i32, kLeap: i32, vLeap: i32, mLeap: i32, L: i32, S: i32, E: i32, V: i32,
  qRs: i32, kRs: i32, vRs: i32, mRs: i32, height: i32, scale: f64, isCausal: bool, place: f64, base: f64,
): i32 {
  const sums = at<T>(tile, height * S);
  const late: T = isLate(masks, scale) ? <T>scale : <T>1;
  for (let which = first; which < first + n; which++) {
    const q = headOf<T>(qs, which, heads, qStep, qLeap), k = headOf<T>(ks, which, heads, kStep, kLeap);
    const v = headOf<T>(vs, which, heads, vStep, vLeap);
    const mask = masks == 0 ? 0 : headOf<T>(masks, which, heads, mStep, mLeap);
    const skips = isCausal && areFinite<T>(k, S, kRs, E) && areFinite<T>(v, S, vRs, V);
    for (let i = 0; i < L; i += height) {
      const h = min(height, L - i), keys = skips ? min(S, i + h) : S;
      if (!scores<T>(tile, q, k, mask, i, h, keys, E, qRs, kRs, mRs, scale, isCausal, place, base)) return 0;
      for (let r = 0; r < h; r++) {
        const row = at<T>(tile, r * keys), shift: T = largest<T>(row, keys) * late;
        const sum = weigh<T>(row, keys, late, shift);
        store<T>(at<T>(logSums, i + r), <T>(<f64>shift + Math.log(sum)));
        store<T>(at<T>(sums, r), <T>(1 / sum));
      }
      const rows = at<T>(out, i * V);
      if (!multiply<T>(place, base, rows, tile, v, h, V, keys, V, keys, 1, vRs, 1, false)) return 0;
      // What is hidden weighs 0 before and after, so the sum may wait for the shorter rows.
      for (let r = 0; r < h; r++) scaleRow<T>(at<T>(rows, r * V), V, load<T>(at<T>(sums, r)));
    }
    out = at<T>(out, L * V);
    logSums = at<T>(logSums, L);
  }
  return -1;
}

export function attention_f32(
  out: usize, logSums: usize, q: usize, k: usize, v: usize, mask: usize, tile: usize,
  n: i32, first: i32, heads: i32, qStep: i32, kStep: i32, vStep: i32, mStep: i32, qLeap: i32, kLeap: i32, vLeap: i32, mLeap: i32, L: i32, S: i32, E: i32, V: i32,
  qRs: i32, kRs: i32, vRs: i32, mRs: i32, height: i32, scale: f64, isCausal: bool, place: f64, base: f64,
): i32 {
  return attention<f32>(out, logSums, q, k, v, mask, tile, n, first, heads, qStep, kStep, vStep, mStep, qLeap, kLeap, vLeap, mLeap, L, S, E, V, qRs, kRs, vRs, mRs, height, scale, isCausal, place, base);
}

export function attention_f64(
  out: usize, logSums: usize, q: usize, k: usize, v: usize, mask: usize, tile: usize,
  n: i32, first: i32, heads: i32, qStep: i32, kStep: i32, vStep: i32, mStep: i32, qLeap: i32, kLeap: i32, vLeap: i32, mLeap: i32, L: i32, S: i32, E: i32, V: i32,
  qRs: i32, kRs: i32, vRs: i32, mRs: i32, height: i32, scale: f64, isCausal: bool, place: f64, base: f64,
): i32 {
  return attention<f64>(out, logSums, q, k, v, mask, tile, n, first, heads, qStep, kStep, vStep, mStep, qLeap, kLeap, vLeap, mLeap, L, S, E, V, qRs, kRs, vRs, mRs, height, scale, isCausal, place, base);
}

/** d ← weights · (d − Σ dOut · out) · scale, for one query. */
@inline
function slopes<T>(d: usize, weights: usize, keys: i32, taken: f64, scale: T): void {
  const off = v128.splat<T>(<T>taken), by = v128.splat<T>(scale);
  let j = 0;
  for (; j + lanes<T>() <= keys; j += lanes<T>()) {
    const w = v128.mul<T>(v128.load(at<T>(weights, j)), by);
    v128.store(at<T>(d, j), v128.mul<T>(w, v128.sub<T>(v128.load(at<T>(d, j)), off)));
  }
  for (; j < keys; j++) store<T>(at<T>(d, j), load<T>(at<T>(weights, j)) * scale * (load<T>(at<T>(d, j)) - <T>taken));
}

/** Σ a · b, taken in f64. */
@inline
function dot<T>(a: usize, b: usize, n: i32): f64 {
  let sums = splat<f64>(0), j = 0;
  for (; j + lanes<T>() <= n; j += lanes<T>()) {
    const p = v128.load(at<T>(a, j)), q = v128.load(at<T>(b, j));
    if (sizeof<T>() == 4) {
      const highP = v128.shuffle<f64>(p, p, 1, 0), highQ = v128.shuffle<f64>(q, q, 1, 0);
      sums = fma<f64>(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(q), sums);
      sums = fma<f64>(f64x2.promote_low_f32x4(highP), f64x2.promote_low_f32x4(highQ), sums);
    } else {
      sums = fma<f64>(p, q, sums);
    }
  }
  let sum = total(sums);
  for (; j < n; j++) sum += <f64>load<T>(at<T>(a, j)) * <f64>load<T>(at<T>(b, j));
  return sum;
}

/** dQ [L, E], dK [S, E] and dV [S, V] of each head. `tile` has room for two tiles. dOut is contiguous. */
@inline
function attentionBackward<T>(
  dQ: usize, dK: usize, dV: usize, dOut: usize, out: usize, logSums: usize, qs: usize, ks: usize, vs: usize, masks: usize, tile: usize,
  n: i32, first: i32, heads: i32, qStep: i32, kStep: i32, vStep: i32, mStep: i32, qLeap: i32, kLeap: i32, vLeap: i32, mLeap: i32, L: i32, S: i32, E: i32, V: i32,
  qRs: i32, kRs: i32, vRs: i32, mRs: i32, height: i32, scale: f64, isCausal: bool, place: f64, base: f64,
): i32 {
  const second = at<T>(tile, height * S);
  const late: T = isLate(masks, scale) ? <T>scale : <T>1;
  for (let which = first; which < first + n; which++) {
    const q = headOf<T>(qs, which, heads, qStep, qLeap), k = headOf<T>(ks, which, heads, kStep, kLeap);
    const v = headOf<T>(vs, which, heads, vStep, vLeap);
    const mask = masks == 0 ? 0 : headOf<T>(masks, which, heads, mStep, mLeap);
    const skips = isCausal && areFinite<T>(k, S, kRs, E) && areFinite<T>(v, S, vRs, V) && areFinite<T>(q, L, qRs, E) && areFinite<T>(dOut, L, V, V);
    memory.fill(dK, 0, (<usize>(S * E)) * sizeof<T>());
    memory.fill(dV, 0, (<usize>(S * V)) * sizeof<T>());
    for (let i = 0; i < L; i += height) {
      const h = min(height, L - i), keys = skips ? min(S, i + h) : S;
      const dRows = at<T>(dOut, i * V);
      if (!scores<T>(tile, q, k, mask, i, h, keys, E, qRs, kRs, mRs, scale, isCausal, place, base)) return 0;
      for (let r = 0; r < h; r++) weigh<T>(at<T>(tile, r * keys), keys, late, load<T>(at<T>(logSums, i + r)));
      if (!multiply<T>(place, base, dV, tile, dRows, keys, V, h, V, 1, keys, V, 1, true)) return 0;
      if (!multiply<T>(place, base, second, dRows, v, h, keys, V, keys, V, 1, 1, vRs, false)) return 0;
      for (let r = 0; r < h; r++) {
        const taken = dot<T>(at<T>(dRows, r * V), at<T>(out, (i + r) * V), V);
        slopes<T>(at<T>(second, r * keys), at<T>(tile, r * keys), keys, taken, <T>scale);
      }
      if (!multiply<T>(place, base, at<T>(dQ, i * E), second, k, h, E, keys, E, keys, 1, kRs, 1, false)) return 0;
      if (!multiply<T>(place, base, dK, second, at<T>(q, i * qRs), keys, E, h, E, 1, keys, qRs, 1, true)) return 0;
    }
    dQ = at<T>(dQ, L * E);
    dK = at<T>(dK, S * E);
    dV = at<T>(dV, S * V);
    dOut = at<T>(dOut, L * V);
    out = at<T>(out, L * V);
    logSums = at<T>(logSums, L);
  }
  return -1;
}

export function attentionBackward_f32(
  dQ: usize, dK: usize, dV: usize, dOut: usize, out: usize, logSums: usize, q: usize, k: usize, v: usize, mask: usize, tile: usize,
  n: i32, first: i32, heads: i32, qStep: i32, kStep: i32, vStep: i32, mStep: i32, qLeap: i32, kLeap: i32, vLeap: i32, mLeap: i32, L: i32, S: i32, E: i32, V: i32,
  qRs: i32, kRs: i32, vRs: i32, mRs: i32, height: i32, scale: f64, isCausal: bool, place: f64, base: f64,
): i32 {
  return attentionBackward<f32>(dQ, dK, dV, dOut, out, logSums, q, k, v, mask, tile, n, first, heads, qStep, kStep, vStep, mStep, qLeap, kLeap, vLeap, mLeap, L, S, E, V, qRs, kRs, vRs, mRs, height, scale, isCausal, place, base);
}

export function attentionBackward_f64(
  dQ: usize, dK: usize, dV: usize, dOut: usize, out: usize, logSums: usize, q: usize, k: usize, v: usize, mask: usize, tile: usize,
  n: i32, first: i32, heads: i32, qStep: i32, kStep: i32, vStep: i32, mStep: i32, qLeap: i32, kLeap: i32, vLeap: i32, mLeap: i32, L: i32, S: i32, E: i32, V: i32,
  qRs: i32, kRs: i32, vRs: i32, mRs: i32, height: i32, scale: f64, isCausal: bool, place: f64, base: f64,
): i32 {
  return attentionBackward<f64>(dQ, dK, dV, dOut, out, logSums, q, k, v, mask, tile, n, first, heads, qStep, kStep, vStep, mStep, qLeap, kLeap, vLeap, mLeap, L, S, E, V, qRs, kRs, vRs, mRs, height, scale, isCausal, place, base);
}
