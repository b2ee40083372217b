// Softmax and cross-entropy over the rows of [N, C], contiguous, C > 0. Sums are taken in f64.
import { exp, expLimit, farExp, isAnyOfFourBeyond, nearExp } from "./math";
import { at, lanes, loadPart, splat, storePart } from "./simd";
import { addLanes, total } from "./sums";

/** The largest of a row; NaN does not matter here, it comes back with the sum. */
@inline
export function largest<T>(x: usize, C: i32): T {
  let c = 0;
  let best = load<T>(x);
  if (C >= lanes<T>()) {
    let v = v128.load(x);
    if (C >= 4 * lanes<T>()) {
      let second = v128.load(x, 16), third = v128.load(x, 32), fourth = v128.load(x, 48);
      for (; c + 4 * lanes<T>() <= C; c += 4 * lanes<T>()) {
        const from = at<T>(x, c);
        v = v128.pmax<T>(v, v128.load(from));
        second = v128.pmax<T>(second, v128.load(from, 16));
        third = v128.pmax<T>(third, v128.load(from, 32));
        fourth = v128.pmax<T>(fourth, v128.load(from, 48));
      }
      v = v128.pmax<T>(v128.pmax<T>(v, second), v128.pmax<T>(third, fourth));
    }
    for (; c + lanes<T>() <= C; c += lanes<T>()) v = v128.pmax<T>(v, v128.load(at<T>(x, c)));
    best = max<T>(v128.extract_lane<T>(v, 0), v128.extract_lane<T>(v, 1));
    if (sizeof<T>() == 4) best = max<T>(best, <T>max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
  }
  for (; c < C; c++) best = max<T>(best, load<T>(at<T>(x, c)));
  return best;
}

/** The first `count` lanes of v, the others 0. */
@inline
function keepPart<T>(v: v128, count: i32): v128 {
  if (sizeof<T>() == 8) return v128.and(v, i64x2(-1, 0));
  return v128.and(v, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

/** The argument of e^: x − by, or x · times − by where `isScaled`. */
@inline
function shifted<T>(x: v128, times: v128, by: v128, isScaled: bool): v128 {
  return v128.sub<T>(isScaled ? v128.mul<T>(x, times) : x, by);
}

/** Σ e^(x · scale − shift), whose terms go to `out` where `isStored`. Four registers are added in their own type first. */
@inline
export function exponentials<T>(out: usize, x: usize, C: i32, scale: T, shift: T, isScaled: bool, isStored: bool): f64 {
  const by = v128.splat<T>(shift), times = v128.splat<T>(scale);
  let sum = splat<f64>(0);
  for (; C >= 4 * lanes<T>(); C -= 4 * lanes<T>()) {
    let a = shifted<T>(v128.load(x), times, by, isScaled), b = shifted<T>(v128.load(x, 16), times, by, isScaled);
    let c = shifted<T>(v128.load(x, 32), times, by, isScaled), d = shifted<T>(v128.load(x, 48), times, by, isScaled);
    if (isAnyOfFourBeyond<T>(a, b, c, d, expLimit<T>())) {
      a = farExp<T>(a);
      b = farExp<T>(b);
      c = farExp<T>(c);
      d = farExp<T>(d);
    } else {
      a = nearExp<T>(a);
      b = nearExp<T>(b);
      c = nearExp<T>(c);
      d = nearExp<T>(d);
    }
    if (isStored) {
      v128.store(out, a);
      v128.store(out, b, 16);
      v128.store(out, c, 32);
      v128.store(out, d, 48);
      out += 64;
    }
    sum = addLanes<T>(sum, v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d)));
    x += 64;
  }
  for (; C >= lanes<T>(); C -= lanes<T>()) {
    const e = exp<T>(shifted<T>(v128.load(x), times, by, isScaled));
    if (isStored) v128.store(out, e);
    sum = addLanes<T>(sum, e);
    out += 16;
    x += 16;
  }
  if (C > 0) {
    const e = exp<T>(shifted<T>(loadPart<T>(x, C), times, by, isScaled));
    if (isStored) storePart<T>(out, e, C);
    sum = addLanes<T>(sum, keepPart<T>(e, C));
  }
  return total(sum);
}

/** out ← a·x. */
@inline
function scale<T>(out: usize, x: usize, C: i32, a: T): void {
  const factor = v128.splat<T>(a);
  let c = 0;
  for (; c + 4 * lanes<T>() <= C; c += 4 * lanes<T>()) {
    const to = at<T>(out, c), from = at<T>(x, c);
    v128.store(to, v128.mul<T>(v128.load(from), factor));
    v128.store(to, v128.mul<T>(v128.load(from, 16), factor), 16);
    v128.store(to, v128.mul<T>(v128.load(from, 32), factor), 32);
    v128.store(to, v128.mul<T>(v128.load(from, 48), factor), 48);
  }
  for (; c + lanes<T>() <= C; c += lanes<T>()) {
    v128.store(at<T>(out, c), v128.mul<T>(v128.load(at<T>(x, c)), factor));
  }
  if (c < C) {
    const part = v128.mul<T>(loadPart<T>(at<T>(x, c), C - c), factor);
    storePart<T>(at<T>(out, c), part, C - c);
  }
}

/** out ← (x − a) − b: the large part goes first, so that the small one is not lost in it. */
@inline
function subtractTwice<T>(out: usize, x: usize, C: i32, a: T, b: T): void {
  const first = v128.splat<T>(a), second = v128.splat<T>(b);
  let c = 0;
  for (; c + lanes<T>() <= C; c += lanes<T>()) {
    v128.store(at<T>(out, c), v128.sub<T>(v128.sub<T>(v128.load(at<T>(x, c)), first), second));
  }
  if (c < C) {
    const part = v128.sub<T>(v128.sub<T>(loadPart<T>(at<T>(x, c), C - c), first), second);
    storePart<T>(at<T>(out, c), part, C - c);
  }
}

/** `out` may be `x`. */
@inline
function softmax<T>(out: usize, x: usize, N: i32, C: i32): void {
  for (let n = 0; n < N; n++) {
    const sum = exponentials<T>(out, x, C, 1, largest<T>(x, C), false, true);
    scale<T>(out, out, C, <T>(1 / sum));
    out = at<T>(out, C);
    x = at<T>(x, C);
  }
}

/** `out` may be `x`. */
@inline
function logSoftmax<T>(out: usize, x: usize, N: i32, C: i32): void {
  for (let n = 0; n < N; n++) {
    const shift = largest<T>(x, C);
    subtractTwice<T>(out, x, C, shift, <T>Math.log(exponentials<T>(0, x, C, 1, shift, false, false)));
    out = at<T>(out, C);
    x = at<T>(x, C);
  }
}

export function softmax_f32(out: usize, x: usize, N: i32, C: i32): void { softmax<f32>(out, x, N, C); }
export function softmax_f64(out: usize, x: usize, N: i32, C: i32): void { softmax<f64>(out, x, N, C); }
export function logSoftmax_f32(out: usize, x: usize, N: i32, C: i32): void { logSoftmax<f32>(out, x, N, C); }
export function logSoftmax_f64(out: usize, x: usize, N: i32, C: i32): void { logSoftmax<f64>(out, x, N, C); }

/** dX = y · (dY − Σ dY·y); for the logarithm dY − e^y · Σ dY. */
@inline
function softmaxBackward<T>(dX: usize, dY: usize, y: usize, N: i32, C: i32, isLog: bool): void {
  for (let n = 0; n < N; n++) {
    let sums = splat<f64>(0);
    let c = 0;
    for (; c + lanes<T>() <= C; c += lanes<T>()) {
      const d = v128.load(at<T>(dY, c));
      sums = addLanes<T>(sums, isLog ? d : v128.mul<T>(d, v128.load(at<T>(y, c))));
    }
    if (c < C) {
      const d = loadPart<T>(at<T>(dY, c), C - c);
      sums = addLanes<T>(sums, isLog ? d : v128.mul<T>(d, loadPart<T>(at<T>(y, c), C - c)));
    }
    const sum = v128.splat<T>(<T>total(sums));
    for (c = 0; c + lanes<T>() <= C; c += lanes<T>()) {
      v128.store(at<T>(dX, c), slope<T>(v128.load(at<T>(dY, c)), v128.load(at<T>(y, c)), sum, isLog));
    }
    if (c < C) {
      const left = C - c;
      const part = slope<T>(loadPart<T>(at<T>(dY, c), left), loadPart<T>(at<T>(y, c), left), sum, isLog);
      storePart<T>(at<T>(dX, c), part, left);
    }
    dX = at<T>(dX, C);
    dY = at<T>(dY, C);
    y = at<T>(y, C);
  }
}

@inline
function slope<T>(d: v128, y: v128, sum: v128, isLog: bool): v128 {
  if (isLog) return v128.sub<T>(d, v128.mul<T>(exp<T>(y), sum));
  return v128.mul<T>(y, v128.sub<T>(d, sum));
}

export function softmaxBackward_f32(dX: usize, dY: usize, y: usize, N: i32, C: i32): void { softmaxBackward<f32>(dX, dY, y, N, C, false); }
export function softmaxBackward_f64(dX: usize, dY: usize, y: usize, N: i32, C: i32): void { softmaxBackward<f64>(dX, dY, y, N, C, false); }
export function logSoftmaxBackward_f32(dX: usize, dY: usize, y: usize, N: i32, C: i32): void { softmaxBackward<f32>(dX, dY, y, N, C, true); }
export function logSoftmaxBackward_f64(dX: usize, dY: usize, y: usize, N: i32, C: i32): void { softmaxBackward<f64>(dX, dY, y, N, C, true); }

/** The first row whose class is neither in 0 … C − 1 nor `ignored`, or −1. */
function badRow(target: usize, N: i32, C: i32, ignored: i32): i32 {
  for (let n = 0; n < N; n++) {
    const label = load<i32>(at<i32>(target, n));
    if (label != ignored && <u32>label >= <u32>C) return n;
  }
  return -1;
}

/** loss = ln Σ e^(x − max) − (x[label] − max); the probabilities serve the backward pass. */
@inline
function crossEntropy<T>(losses: usize, p: usize, x: usize, target: usize, N: i32, C: i32, ignored: i32): i32 {
  const bad = badRow(target, N, C, ignored);
  if (bad >= 0) return bad;
  for (let n = 0; n < N; n++) {
    const label = load<i32>(at<i32>(target, n));
    const shift = largest<T>(x, C);
    const sum = exponentials<T>(p, x, C, 1, shift, false, true);
    scale<T>(p, p, C, <T>(1 / sum));
    const loss = label == ignored ? 0 : Math.log(sum) - (<f64>load<T>(at<T>(x, label)) - <f64>shift);
    store<T>(at<T>(losses, n), <T>loss);
    x = at<T>(x, C);
    p = at<T>(p, C);
  }
  return -1;
}

/** How many labels are not `ignored`. */
@inline
function countLabels<T>(out: usize, target: usize, N: i32, ignored: i32): void {
  let counted = 0;
  for (let n = 0; n < N; n++) counted += i32(load<i32>(at<i32>(target, n)) != ignored);
  store<T>(out, <T>counted);
}

/** dLosses steps by `stride`. */
@inline
function crossEntropyBackward<T>(
  dX: usize, p: usize, target: usize, dLosses: usize, stride: i32, N: i32, C: i32, ignored: i32,
): void {
  for (let n = 0; n < N; n++) {
    const label = load<i32>(at<i32>(target, n));
    if (label == ignored) {
      memory.fill(dX, 0, (<usize>C) * sizeof<T>());
    } else {
      const d = load<T>(at<T>(dLosses, n * stride));
      scale<T>(dX, p, C, d);
      store<T>(at<T>(dX, label), (load<T>(at<T>(p, label)) - <T>1) * d);
    }
    dX = at<T>(dX, C);
    p = at<T>(p, C);
  }
}

export function crossEntropy_f32(losses: usize, p: usize, x: usize, target: usize, N: i32, C: i32, ignored: i32): i32 { return crossEntropy<f32>(losses, p, x, target, N, C, ignored); }
export function crossEntropy_f64(losses: usize, p: usize, x: usize, target: usize, N: i32, C: i32, ignored: i32): i32 { return crossEntropy<f64>(losses, p, x, target, N, C, ignored); }
export function countLabels_f32(out: usize, target: usize, N: i32, ignored: i32): void { countLabels<f32>(out, target, N, ignored); }
export function countLabels_f64(out: usize, target: usize, N: i32, ignored: i32): void { countLabels<f64>(out, target, N, ignored); }
export function crossEntropyBackward_f32(dX: usize, p: usize, target: usize, d: usize, stride: i32, N: i32, C: i32, ignored: i32): void { crossEntropyBackward<f32>(dX, p, target, d, stride, N, C, ignored); }
export function crossEntropyBackward_f64(dX: usize, p: usize, target: usize, d: usize, stride: i32, N: i32, C: i32, ignored: i32): void { crossEntropyBackward<f64>(dX, p, target, d, stride, N, C, ignored); }
