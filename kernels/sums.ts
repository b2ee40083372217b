// Sums whose order depends on sizes alone, never on threads. Eight registers at a time are added pair by pair in their own type (three
// roundings each, for floats about an ulp of their own size), and what comes of them in f64. PyTorch adds floats pairwise throughout.
import { columnTotals } from "./memory";
import { at, lanes, loadPart, storePart } from "./simd";

/** What of an element is summed. */
@unmanaged class Plain {
  @inline of<T>(v: v128, _shift: v128): v128 { return v; }
}
@unmanaged class SquaredGap {
  @inline of<T>(v: v128, shift: v128): v128 {
    const gap = v128.sub<T>(v, shift);
    return v128.mul<T>(gap, gap);
  }
}

/** Eight registers, `step` bytes apart, pair by pair. */
@inline
function eight<T, Term>(x: usize, step: usize, shift: v128): v128 {
  const term = changetype<Term>(0);
  const far = x + 4 * step;
  const a = v128.add<T>(term.of<T>(v128.load(x), shift), term.of<T>(v128.load(x + step), shift));
  const b = v128.add<T>(term.of<T>(v128.load(x + 2 * step), shift), term.of<T>(v128.load(x + 3 * step), shift));
  const c = v128.add<T>(term.of<T>(v128.load(far), shift), term.of<T>(v128.load(far + step), shift));
  const d = v128.add<T>(term.of<T>(v128.load(far + 2 * step), shift), term.of<T>(v128.load(far + 3 * step), shift));
  return v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d));
}

/** The lanes of v, added to two sums in f64. */
@inline
export function addLanes<T>(sums: v128, v: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.add(sums, v);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 0));
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(v), high));
}

/** The two lanes of a register of f64, added. */
@inline
export function total(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Elements that are summed by themselves before those sums are added: the parts that threads share, and no error grows beyond one. */
const PART: i32 = 32768;

/** The sum of up to PART neighbours. f64 is added up over 256 at a time first, for the error to grow with √n rather than n. */
function partSum<T, Term>(x: usize, n: i32, shift: v128): f64 {
  const term = changetype<Term>(0);
  let sum: f64 = 0;
  let left = n;
  do {
    const block = sizeof<T>() == 8 ? min(left, 256) : left;
    let sums = f64x2.splat(0);
    let i = block;
    for (; i >= 8 * lanes<T>(); i -= 8 * lanes<T>()) {
      sums = addLanes<T>(sums, eight<T, Term>(x, 16, shift));
      x += 128;
    }
    for (; i >= lanes<T>(); i -= lanes<T>()) {
      sums = addLanes<T>(sums, term.of<T>(v128.load(x), shift));
      x += 16;
    }
    sum += total(sums);
    for (; i > 0; i--) {
      sum += <f64>v128.extract_lane<T>(term.of<T>(v128.load_splat<T>(x), shift), 0);
      x += sizeof<T>();
    }
    left -= block;
  } while (left > 0);
  return sum;
}

@inline
function sumOfTerms<T, Term>(x: usize, n: i32, shift: v128): f64 {
  let sum: f64 = 0;
  for (; n > PART; n -= PART) {
    sum += partSum<T, Term>(x, PART, shift);
    x = at<T>(x, PART);
  }
  return sum + partSum<T, Term>(x, n, shift);
}

/** The sum of n neighbours. */
export function sumOf<T>(x: usize, n: i32): f64 {
  return sumOfTerms<T, Plain>(x, n, v128.splat<T>(0));
}

/** The sum of squared distances of n neighbours from their mean, which is subtracted as a T: what that rounded off is taken back. */
export function squaresOf<T>(x: usize, n: i32, mean: f64): f64 {
  const shift = <T>mean;
  const lost = mean - <f64>shift;
  return max<f64>(0, sumOfTerms<T, SquaredGap>(x, n, v128.splat<T>(shift)) - <f64>n * lost * lost);
}

/** sums [count] in f64 ← those of the parts of n neighbours, of which the last may be shorter. */
@inline
function partSums<T>(sums: usize, x: usize, count: i32, n: i32): void {
  for (let i = 0; i < count; i++) {
    store<f64>(at<f64>(sums, i), partSum<T, Plain>(x, min(n, PART), v128.splat<T>(0)));
    x = at<T>(x, PART);
    n -= PART;
  }
}

export function partSums_f32(sums: usize, x: usize, count: i32, n: i32): void { partSums<f32>(sums, x, count, n); }
export function partSums_f64(sums: usize, x: usize, count: i32, n: i32): void { partSums<f64>(sums, x, count, n); }

/** out ← the sum of all parts, one after the other, over `divisor`. */
@inline
function sumOfParts<T>(out: usize, sums: usize, count: i32, divisor: f64): void {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += load<f64>(at<f64>(sums, i));
  store<T>(out, <T>(sum / divisor));
}

export function sumOfParts_f32(out: usize, sums: usize, count: i32, divisor: f64): void { sumOfParts<f32>(out, sums, count, divisor); }
export function sumOfParts_f64(out: usize, sums: usize, count: i32, divisor: f64): void { sumOfParts<f64>(out, sums, count, divisor); }

/** Columns that are summed together: eight rows of them and their totals fit the first-level cache. */
const STRIP: i32 = 512;

/** The lanes of v, added to totals in f64. */
@inline
function addToTotals<T>(totals: usize, v: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(totals, f64x2.add(v128.load(totals), v));
    return;
  }
  v128.store(totals, f64x2.add(v128.load(totals), f64x2.promote_low_f32x4(v)));
  const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 0));
  v128.store(totals, f64x2.add(v128.load(totals, 16), high), 16);
}

/** The totals of `lanes<T>()` columns over `divisor`. */
@inline
function quotients<T>(totals: usize, by: v128): v128 {
  const first = f64x2.div(v128.load(totals), by);
  if (sizeof<T>() == 8) return first;
  const second = f64x2.div(v128.load(totals, 16), by);
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}

/** The first `count` (fewer than all) lanes of eight rows, pair by pair. */
@inline
function eightParts<T>(x: usize, step: usize, count: i32): v128 {
  const far = x + 4 * step;
  const a = v128.add<T>(loadPart<T>(x, count), loadPart<T>(x + step, count));
  const b = v128.add<T>(loadPart<T>(x + 2 * step, count), loadPart<T>(x + 3 * step, count));
  const c = v128.add<T>(loadPart<T>(far, count), loadPart<T>(far + step, count));
  const d = v128.add<T>(loadPart<T>(far + 2 * step, count), loadPart<T>(far + 3 * step, count));
  return v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d));
}

/** out [columns] ← the sums over R rows, `step` elements apart, over `divisor`. What a column gives does not depend on its neighbours. */
export function columnSums<T>(out: usize, x: usize, columns: i32, R: i32, step: i32, divisor: f64): void {
  const bytes = (<usize>step) * sizeof<T>();
  const totals = columnTotals();
  const by = f64x2.splat(divisor);
  for (let first = 0; first < columns; first += STRIP) {
    const width = min(STRIP, columns - first);
    const whole = width & -lanes<T>(), rest = width - whole;
    memory.fill(totals, 0, (<usize>width + 4) * 8);
    let row = at<T>(x, first);
    let r = R;
    for (; r >= 8; r -= 8) {
      let c = 0;
      for (; c < whole; c += lanes<T>()) addToTotals<T>(at<f64>(totals, c), eight<T, Plain>(at<T>(row, c), bytes, by));
      if (rest > 0) addToTotals<T>(at<f64>(totals, c), eightParts<T>(at<T>(row, c), bytes, rest));
      row += 8 * bytes;
    }
    for (; r > 0; r--) {
      let c = 0;
      for (; c < whole; c += lanes<T>()) addToTotals<T>(at<f64>(totals, c), v128.load(at<T>(row, c)));
      if (rest > 0) addToTotals<T>(at<f64>(totals, c), loadPart<T>(at<T>(row, c), rest));
      row += bytes;
    }
    const to = at<T>(out, first);
    for (let c = 0; c < whole; c += lanes<T>()) v128.store(at<T>(to, c), quotients<T>(at<f64>(totals, c), by));
    if (rest > 0) storePart<T>(at<T>(to, whole), quotients<T>(at<f64>(totals, whole), by), rest);
  }
}

export function columnSums_f32(out: usize, x: usize, columns: i32, R: i32, step: i32, divisor: f64): void { columnSums<f32>(out, x, columns, R, step, divisor); }
export function columnSums_f64(out: usize, x: usize, columns: i32, R: i32, step: i32, divisor: f64): void { columnSums<f64>(out, x, columns, R, step, divisor); }
