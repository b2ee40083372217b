// Pooling over planes [D, H, W]. Each output position's window is a range along each dimension; the ranges lie in memory as i32
// words: for each of the three dimensions starts [n], ends [n], counts [n] one after the other.
import { fillZeros } from "./image";
import { at, select } from "./simd";

/** The number of word i of an array of i32. */
@inline
function word(base: usize, i: i32): i32 {
  return load<i32>(base + (<usize>i << 2));
}

/** Whether v takes the place of what was found: it is beyond it, or the first NaN. */
@inline
function wins(v: v128, best: v128): v128 {
  return v128.or(f32x4.gt(v, best), v128.andnot(f32x4.ne(v, v), f32x4.ne(best, best)));
}

/** The largest of a, b, c and d, at index, one beside, below and across, where there may be NaN. */
function storeSquares(out: usize, places: usize, a: v128, b: v128, c: v128, d: v128, index: v128, W: i32): void {
  let mask = wins(b, a), best = select(mask, b, a), place = select(mask, i32x4.add(index, i32x4.splat(1)), index);
  mask = wins(c, best);
  best = select(mask, c, best);
  place = select(mask, i32x4.add(index, i32x4.splat(W)), place);
  mask = wins(d, best);
  v128.store(out, select(mask, d, best));
  v128.store(places, select(mask, i32x4.add(index, i32x4.splat(W + 1)), place));
}

/** As maxPool, of squares of 2 × 2 that lie side by side: rows and columns of positions, `W` elements to a row of x. */
function maxOfSquares(out: usize, places: usize, x: usize, rows: i32, columns: i32, W: i32): void {
  const below = i32x4.splat(W);
  for (let i = 0; i < rows; i++) {
    let j = 0;
    let upper = at<f32>(x, 2 * i * W), lower = at<f32>(upper, W);
    let index = i32x4.add(i32x4.splat(2 * i * W), i32x4(0, 2, 4, 6));
    for (; j < columns; j += 4) {
      if (j + 4 > columns) {
        if (columns < 4) break;
        // The last four begin early enough to fit.
        const back = j + 4 - columns;
        j -= back;
        upper -= 8 * back;
        lower -= 8 * back;
        index = i32x4.sub(index, i32x4.splat(2 * back));
      }
      const u0 = v128.load(upper), u1 = v128.load(upper, 16), l0 = v128.load(lower), l1 = v128.load(lower, 16);
      const a = v128.shuffle<f32>(u0, u1, 0, 2, 4, 6), b = v128.shuffle<f32>(u0, u1, 1, 3, 5, 7);
      const c = v128.shuffle<f32>(l0, l1, 0, 2, 4, 6), d = v128.shuffle<f32>(l0, l1, 1, 3, 5, 7);
      const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
      if (v128.any_true(f32x4.ne(sum, sum))) storeSquares(at<f32>(out, j), at<i32>(places, j), a, b, c, d, index, W);
      else {
        // Without NaN: pmax keeps the first of equals, and each mask is 1 to subtract.
        const over = f32x4.pmax(a, b), under = f32x4.pmax(c, d);
        const first = i32x4.sub(index, f32x4.gt(b, a)), second = i32x4.sub(i32x4.add(index, below), f32x4.gt(d, c));
        v128.store(at<f32>(out, j), f32x4.pmax(over, under));
        v128.store(at<i32>(places, j), select(f32x4.gt(under, over), second, first));
      }
      upper += 32;
      lower += 32;
      index = i32x4.add(index, i32x4.splat(8));
    }
    for (; j < columns; j++) {
      let best = load<f32>(upper), place = 2 * (i * W + j);
      for (let k = 1; k < 4; k++) {
        const at4 = (k >> 1) * W + (k & 1), v = load<f32>(at<f32>(upper, at4));
        if (v > best || (v != v && best == best)) {
          best = v;
          place = 2 * (i * W + j) + at4;
        }
      }
      store<f32>(at<f32>(out, j), best);
      store<i32>(at<i32>(places, j), place);
      upper += 8;
    }
    out = at<f32>(out, columns);
    places = at<i32>(places, columns);
  }
}

/** Whether n ranges are the pairs 0 and 1, 2 and 3, … of elements that lie `step` apart. */
function arePairs(starts: usize, n: i32, step: i32): bool {
  const ends = at<i32>(starts, n);
  if (step != 1) return false;
  for (let i = 0; i < n; i++) if (word(starts, i) != 2 * i || word(ends, i) != 2 * i + 2) return false;
  return true;
}

/** out and places ← the largest of each window, the first of several, and where it is in its plane; NaN wins. */
@inline
function maxPool<T>(
  out: usize, places: usize, x: usize, planes: i32, D: i32, H: i32, W: i32,
  ranges: usize, OD: i32, OH: i32, OW: i32, stepD: i32, stepH: i32, stepW: i32,
): void {
  const startD = ranges, endD = startD + (<usize>OD << 2);
  const startH = endD + (<usize>OD << 3), endH = startH + (<usize>OH << 2);
  const startW = endH + (<usize>OH << 3), endW = startW + (<usize>OW << 2);
  const plane = D * H * W;
  if (sizeof<T>() == 4 && D == 1 && OD == 1 && arePairs(startH, OH, stepH) && arePairs(startW, OW, stepW)) {
    for (let p = 0; p < planes; p++)
      maxOfSquares(at<f32>(out, p * OH * OW), at<i32>(places, p * OH * OW), at<f32>(x, p * plane), OH, OW, W);
    return;
  }
  for (let p = 0; p < planes; p++) {
    for (let i = 0; i < OD; i++) {
      for (let j = 0; j < OH; j++) {
        for (let k = 0; k < OW; k++) {
          let best: T = -Infinity;
          let place = -1;
          const firstW = word(startW, k), lastW = word(endW, k);
          for (let d = word(startD, i); d < word(endD, i); d += stepD) {
            for (let h = word(startH, j); h < word(endH, j); h += stepH) {
              const row = (d * H + h) * W;
              for (let w = firstW; w < lastW; w += stepW) {
                const v = load<T>(at<T>(x, row + w));
                if (v > best || place < 0 || (v != v && best == best)) {
                  best = v;
                  place = row + w;
                }
              }
            }
          }
          store<T>(out, best);
          store<i32>(places, place);
          out += sizeof<T>();
          places += 4;
        }
      }
    }
    x = at<T>(x, plane);
  }
}

/** As maxPoolBackward, of squares of 2 × 2 that lie side by side: each element of dX is written once. `H` rows of `W` elements. */
function spreadSquares(dX: usize, dOut: usize, places: usize, rows: i32, columns: i32, H: i32, W: i32): void {
  const beside = i32x4.splat(1), below = i32x4.splat(W), across = i32x4.splat(W + 1);
  for (let i = 0; i < rows; i++) {
    const upper = at<f32>(dX, 2 * i * W), lower = at<f32>(upper, W);
    for (let k = 0; k < columns; k += 4) {
      // The last four begin early enough to fit.
      const j = min(k, columns - 4), d = v128.load(at<f32>(dOut, j));
      const first = i32x4.add(i32x4.splat(2 * (i * W + j)), i32x4(0, 2, 4, 6));
      const found = i32x4.sub(v128.load(at<i32>(places, j)), first);
      const a = v128.and(d, i32x4.eq(found, i32x4.splat(0))), b = v128.and(d, i32x4.eq(found, beside));
      const to = at<f32>(upper, 2 * j);
      v128.store(to, v128.shuffle<f32>(a, b, 0, 4, 1, 5));
      v128.store(to, v128.shuffle<f32>(a, b, 2, 6, 3, 7), 16);
      const c = v128.and(d, i32x4.eq(found, below)), e = v128.and(d, i32x4.eq(found, across)), under = at<f32>(lower, 2 * j);
      v128.store(under, v128.shuffle<f32>(c, e, 0, 4, 1, 5));
      v128.store(under, v128.shuffle<f32>(c, e, 2, 6, 3, 7), 16);
    }
    for (let j = 2 * columns; j < W; j++) {
      store<f32>(at<f32>(upper, j), 0);
      store<f32>(at<f32>(lower, j), 0);
    }
    dOut = at<f32>(dOut, columns);
    places = at<i32>(places, columns);
  }
  fillZeros<f32>(at<f32>(dX, 2 * rows * W), (H - 2 * rows) * W);
}

/** dX ← each element of dOut at its place in its plane, which several may share; zeros elsewhere. */
@inline
function maxPoolBackward<T>(
  dX: usize, dOut: usize, places: usize, planes: i32, D: i32, H: i32, W: i32, ranges: usize, OD: i32, OH: i32, OW: i32, stepH: i32, stepW: i32,
): void {
  const startH = ranges + (<usize>OD) * 12, startW = startH + (<usize>OH) * 12, plane = D * H * W, outputs = OD * OH * OW;
  const areSquares = sizeof<T>() == 4 && D == 1 && OD == 1 && OW >= 4 && arePairs(startH, OH, stepH) && arePairs(startW, OW, stepW);
  for (let p = 0; p < planes; p++) {
    if (areSquares) spreadSquares(dX, dOut, places, OH, OW, H, W);
    else {
      fillZeros<T>(dX, plane);
      for (let i = 0; i < outputs; i++) {
        const to = at<T>(dX, word(places, i));
        store<T>(to, load<T>(to) + load<T>(at<T>(dOut, i)));
      }
    }
    dX = at<T>(dX, plane);
    dOut = at<T>(dOut, outputs);
    places = at<i32>(places, outputs);
  }
}

/** out ← the average of each window; or, backward, x (zeros) += each output's share at every element of its window. */
@inline
function avgPool<T>(
  out: usize, x: usize, planes: i32, D: i32, H: i32, W: i32,
  ranges: usize, OD: i32, OH: i32, OW: i32, divisor: f64, isBackward: bool,
): void {
  const startD = ranges, endD = startD + (<usize>OD << 2), countD = endD + (<usize>OD << 2);
  const startH = countD + (<usize>OD << 2), endH = startH + (<usize>OH << 2), countH = endH + (<usize>OH << 2);
  const startW = countH + (<usize>OH << 2), endW = startW + (<usize>OW << 2), countW = endW + (<usize>OW << 2);
  const plane = D * H * W;
  for (let p = 0; p < planes; p++) {
    for (let i = 0; i < OD; i++) {
      for (let j = 0; j < OH; j++) {
        for (let k = 0; k < OW; k++) {
          const n = divisor != 0 ? divisor : <f64>word(countD, i) * <f64>word(countH, j) * <f64>word(countW, k);
          const share = isBackward ? <T>(<f64>load<T>(out) / n) : <T>0;
          let sum: f64 = 0;
          for (let d = word(startD, i); d < word(endD, i); d++) {
            for (let h = word(startH, j); h < word(endH, j); h++) {
              const row = (d * H + h) * W;
              for (let w = word(startW, k); w < word(endW, k); w++) {
                const place = at<T>(x, row + w);
                if (isBackward) store<T>(place, load<T>(place) + share);
                else sum += <f64>load<T>(place);
              }
            }
          }
          if (!isBackward) store<T>(out, <T>(sum / n));
          out += sizeof<T>();
        }
      }
    }
    x = at<T>(x, plane);
  }
}

export function maxPool_f32(
  out: usize, places: usize, x: usize, planes: i32, D: i32, H: i32, W: i32,
  ranges: usize, OD: i32, OH: i32, OW: i32, stepD: i32, stepH: i32, stepW: i32,
): void {
  maxPool<f32>(out, places, x, planes, D, H, W, ranges, OD, OH, OW, stepD, stepH, stepW);
}

export function maxPool_f64(
  out: usize, places: usize, x: usize, planes: i32, D: i32, H: i32, W: i32,
  ranges: usize, OD: i32, OH: i32, OW: i32, stepD: i32, stepH: i32, stepW: i32,
): void {
  maxPool<f64>(out, places, x, planes, D, H, W, ranges, OD, OH, OW, stepD, stepH, stepW);
}

export function maxPoolBackward_f32(
  dX: usize, dOut: usize, places: usize, planes: i32, D: i32, H: i32, W: i32, ranges: usize, OD: i32, OH: i32, OW: i32, stepH: i32, stepW: i32,
): void {
  maxPoolBackward<f32>(dX, dOut, places, planes, D, H, W, ranges, OD, OH, OW, stepH, stepW);
}

export function maxPoolBackward_f64(
  dX: usize, dOut: usize, places: usize, planes: i32, D: i32, H: i32, W: i32, ranges: usize, OD: i32, OH: i32, OW: i32, stepH: i32, stepW: i32,
): void {
  maxPoolBackward<f64>(dX, dOut, places, planes, D, H, W, ranges, OD, OH, OW, stepH, stepW);
}

export function avgPool_f32(
  out: usize, x: usize, planes: i32, D: i32, H: i32, W: i32,
  ranges: usize, OD: i32, OH: i32, OW: i32, divisor: f64, isBackward: bool,
): void {
  if (isBackward) avgPool<f32>(out, x, planes, D, H, W, ranges, OD, OH, OW, divisor, true);
  else avgPool<f32>(out, x, planes, D, H, W, ranges, OD, OH, OW, divisor, false);
}

export function avgPool_f64(
  out: usize, x: usize, planes: i32, D: i32, H: i32, W: i32,
  ranges: usize, OD: i32, OH: i32, OW: i32, divisor: f64, isBackward: bool,
): void {
  if (isBackward) avgPool<f64>(out, x, planes, D, H, W, ranges, OD, OH, OW, divisor, true);
  else avgPool<f64>(out, x, planes, D, H, W, ranges, OD, OH, OW, divisor, false);
}
