// Pooling over planes [D, H, W]. Each output position's window is a range along each dimension; the ranges lie in memory as i32
// words: for each of the three dimensions starts [n], ends [n], counts [n] one after the other.
import { at } from "./simd";

/** The number of word i of an array of i32. */
@inline
function word(base: usize, i: i32): i32 {
  return load<i32>(base + (<usize>i << 2));
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
