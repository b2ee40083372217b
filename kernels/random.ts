// What a mersenne twister draws, as src/backend/reference/twister.ts and draw.ts define it.
//
// `state` is the address of its 624 words, behind which there is room for a chunk of words that are drawn; `next` is the place of the
// next word, and the words are left as the draws leave them.
import { at, splat, storePart } from "./simd";

const WORDS: i32 = 624;
const M: i32 = 397;
/** Words that are drawn at a time. */
const CHUNK: i32 = 1024;

/** The top bit of one word and the others of the next, one to the right, with the twister's bits where one falls out. */
@inline
function mix(word: v128, next: v128): v128 {
  const mixed = v128.bitselect(word, next, i32x4.splat(0x80000000));
  const isOdd = i32x4.neg(v128.and(mixed, i32x4.splat(1)));
  return v128.xor(i32x4.shr_u(mixed, 1), v128.and(isOdd, i32x4.splat(0x9908b0df)));
}

/** Four words of the next block. The others that they are made of lie `far` words away. */
@inline
function twistFour(word: usize, far: i32): void {
  v128.store(word, v128.xor(v128.load(at<u32>(word, far)), mix(v128.load(word), v128.load(word, 4))));
}

/** One word of the next block. */
@inline
function twistOne(state: usize, i: i32, following: i32, far: i32): void {
  const mixed = mix(v128.load32_zero(at<u32>(state, i)), v128.load32_zero(at<u32>(state, following)));
  v128.store32_lane(at<u32>(state, i), v128.xor(mixed, v128.load32_zero(at<u32>(state, far))), 0);
}

function twist(state: usize): void {
  let i = 0;
  for (; i + 4 <= WORDS - M; i += 4) twistFour(at<u32>(state, i), M);
  for (; i < WORDS - M; i++) twistOne(state, i, i + 1, i + M);
  for (; i + 4 < WORDS; i += 4) twistFour(at<u32>(state, i), M - WORDS);
  twistOne(state, WORDS - 1, 0, M - 1);
}

@inline
function temper(word: v128): v128 {
  let y = v128.xor(word, i32x4.shr_u(word, 11));
  y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(0x9d2c5680)));
  y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(0xefc60000)));
  return v128.xor(y, i32x4.shr_u(y, 18));
}

/** Draws `count` words, a chunk at most, to behind the state. Up to three more are written there. @returns the place of the next */
function drawWords(state: usize, next: i32, count: i32): i32 {
  let to = at<u32>(state, WORDS);
  while (count > 0) {
    if (next == WORDS) {
      twist(state);
      next = 0;
    }
    const n = min(count, WORDS - next);
    for (let i = 0; i < n; i += 4) v128.store(at<u32>(to, i), temper(v128.load(at<u32>(state, next + i))));
    to = at<u32>(to, n);
    next += n;
    count -= n;
  }
  return next;
}

/** 2 numbers of 24 bits each, in f64, so that they are rounded once. */
@inline
function two24(bits: v128, low: f64, range: f64): v128 {
  const u = f64x2.mul(f64x2.convert_low_i32x4_u(bits), f64x2.splat(1.0 / 16777216));
  return f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(u, f64x2.splat(range)), f64x2.splat(low)));
}

/** 4 numbers of a word each. */
@inline
function uniform4(words: usize, low: f64, range: f64): v128 {
  const bits = v128.and(v128.load(words), i32x4.splat(0xffffff));
  const first = two24(bits, low, range), last = two24(v128.shuffle<i32>(bits, bits, 2, 3, 2, 3), low, range);
  return v128.shuffle<i32>(first, last, 0, 1, 4, 5);
}

/** 2 numbers of two words each: 53 bits, of which the first word has the high ones. */
@inline
function uniform2(words: usize, low: f64, range: f64): v128 {
  const both = v128.load(words);
  const high = f64x2.convert_low_i32x4_u(v128.and(v128.shuffle<i32>(both, both, 0, 2, 0, 2), i32x4.splat(0x1fffff)));
  const bits = f64x2.add(f64x2.mul(high, f64x2.splat(4294967296)), f64x2.convert_low_i32x4_u(v128.shuffle<i32>(both, both, 1, 3, 1, 3)));
  const u = f64x2.mul(bits, f64x2.splat(1.0 / 9007199254740992));
  return f64x2.add(f64x2.mul(u, f64x2.splat(range)), f64x2.splat(low));
}

/** Where 53 bits are below those of a limit, both in two words: all ones. */
@inline
function isBelow(high: v128, low: v128, limitHigh: i32, limitLow: i32): v128 {
  const top = v128.and(high, i32x4.splat(0x1fffff)), limit = i32x4.splat(limitHigh);
  const isLow = v128.and(i32x4.eq(top, limit), i32x4.lt_u(low, i32x4.splat(limitLow)));
  return v128.or(i32x4.lt_u(top, limit), isLow);
}

@inline
function bernoulli4(words: usize, limitHigh: i32, limitLow: i32, one: v128): v128 {
  const a = v128.load(words), b = v128.load(words, 16);
  const high = v128.shuffle<i32>(a, b, 0, 2, 4, 6), low = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
  return v128.and(isBelow(high, low, limitHigh, limitLow), one);
}

@inline
function bernoulli2(words: usize, limitHigh: i32, limitLow: i32, one: v128): v128 {
  const both = v128.load(words);
  const high = v128.shuffle<i32>(both, both, 0, 0, 2, 2), low = v128.shuffle<i32>(both, both, 1, 1, 3, 3);
  return v128.and(isBelow(high, low, limitHigh, limitLow), one);
}

/** out [n] ← u · range + low, u of 24 bits. */
export function uniform_f32(out: usize, n: i32, state: usize, next: i32, low: f64, range: f64): void {
  const words = at<u32>(state, WORDS);
  while (n > 0) {
    const count = min(n, CHUNK);
    next = drawWords(state, next, count);
    let i = 0;
    for (; i + 4 <= count; i += 4) v128.store(at<f32>(out, i), uniform4(at<u32>(words, i), low, range));
    if (i < count) storePart<f32>(at<f32>(out, i), uniform4(at<u32>(words, i), low, range), count - i);
    out = at<f32>(out, count);
    n -= count;
  }
}

/** out [n] ← u · range + low, u of 53 bits. */
export function uniform_f64(out: usize, n: i32, state: usize, next: i32, low: f64, range: f64): void {
  const words = at<u32>(state, WORDS);
  while (n > 0) {
    const count = min(n, CHUNK / 2);
    next = drawWords(state, next, 2 * count);
    let i = 0;
    for (; i + 2 <= count; i += 2) v128.store(at<f64>(out, i), uniform2(at<u32>(words, 2 * i), low, range));
    if (i < count) storePart<f64>(at<f64>(out, i), uniform2(at<u32>(words, 2 * i), low, range), 1);
    out = at<f64>(out, count);
    n -= count;
  }
}

/** out [n] ← `one` where the 53 bits of a draw are below the limit's, else 0. */
export function bernoulli_f32(out: usize, n: i32, state: usize, next: i32, limitHigh: i32, limitLow: i32, one: f64): void {
  const words = at<u32>(state, WORDS), ones = splat<f32>(one);
  while (n > 0) {
    const count = min(n, CHUNK / 2);
    next = drawWords(state, next, 2 * count);
    let i = 0;
    for (; i + 4 <= count; i += 4) v128.store(at<f32>(out, i), bernoulli4(at<u32>(words, 2 * i), limitHigh, limitLow, ones));
    if (i < count) storePart<f32>(at<f32>(out, i), bernoulli4(at<u32>(words, 2 * i), limitHigh, limitLow, ones), count - i);
    out = at<f32>(out, count);
    n -= count;
  }
}

/** As bernoulli_f32. */
export function bernoulli_f64(out: usize, n: i32, state: usize, next: i32, limitHigh: i32, limitLow: i32, one: f64): void {
  const words = at<u32>(state, WORDS), ones = splat<f64>(one);
  while (n > 0) {
    const count = min(n, CHUNK / 2);
    next = drawWords(state, next, 2 * count);
    let i = 0;
    for (; i + 2 <= count; i += 2) v128.store(at<f64>(out, i), bernoulli2(at<u32>(words, 2 * i), limitHigh, limitLow, ones));
    if (i < count) storePart<f64>(at<f64>(out, i), bernoulli2(at<u32>(words, 2 * i), limitHigh, limitLow, ones), 1);
    out = at<f64>(out, count);
    n -= count;
  }
}
