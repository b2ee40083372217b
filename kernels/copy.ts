// out ← x, with any strides on both sides and any two dtypes.
//
// LAYOUT holds 32 sizes, then 32 strides of out, then 32 of x, level 0 innermost, strides in elements. The two inner
// levels are a kernel's own loops; `levels` beyond them are counted through here. Of level `axis`, only `count` elements are
// copied, whatever its size is: threads share out a copy along one level.
import { at, lanes } from "./simd";
import { counters, LAYOUT } from "./memory";

const MAX_RANK: i32 = 32;
let rangeAxis: i32 = 0;
let rangeCount: i32 = 0;

@inline function size(level: i32): i32 { return level == rangeAxis ? rangeCount : load<i32>(at<i32>(LAYOUT, level)); }
@inline function outStride(level: i32): i32 { return load<i32>(at<i32>(LAYOUT, MAX_RANK + level)); }
@inline function xStride(level: i32): i32 { return load<i32>(at<i32>(LAYOUT, 2 * MAX_RANK + level)); }

/** Numbers of the next plane are added to `outOffset` and `xOffset`, in elements. */
let outOffset: i32 = 0;
let xOffset: i32 = 0;

function firstPlane(levels: i32): void {
  for (let level = 2; level < levels; level++) store<i32>(at<i32>(counters(), level), 0);
  outOffset = 0;
  xOffset = 0;
}

/** Steps on to the next plane of the two inner levels; false after the last. */
function nextPlane(levels: i32): bool {
  for (let level = 2; level < levels; level++) {
    const counter = at<i32>(counters(), level);
    const i = load<i32>(counter) + 1;
    outOffset += outStride(level);
    xOffset += xStride(level);
    if (i < size(level)) {
      store<i32>(counter, i);
      return true;
    }
    outOffset -= i * outStride(level);
    xOffset -= i * xStride(level);
    store<i32>(counter, 0);
  }
  return false;
}

/** Rows at least this long, in bytes, are handed to memory.copy. */
const LONG_ROW: i32 = 64;

/** One dtype (elements of 1, 4 or 8 bytes, moved as bits). */
@inline
function copyBits<T>(out: usize, x: usize, levels: i32, axis: i32, count: i32): void {
  rangeAxis = axis;
  rangeCount = count;
  const rows = size(1), cols = size(0);
  const oRow = outStride(1), oCol = outStride(0), xRow = xStride(1), xCol = xStride(0);
  const isRun = oCol == 1 && xCol == 1;
  const isTransposed = (oCol == 1 && xRow == 1) || (oRow == 1 && xCol == 1);
  firstPlane(levels);
  do {
    const to = at<T>(out, outOffset), from = at<T>(x, xOffset);
    if (isRun && cols * <i32>sizeof<T>() >= LONG_ROW) {
      for (let i = 0; i < rows; i++) {
        memory.copy(at<T>(to, i * oRow), at<T>(from, i * xRow), (<usize>cols) * sizeof<T>());
      }
    } else if (isTransposed && sizeof<T>() == 4 && rows >= 4 && cols >= 4) {
      if (oCol == 1) transpose4(to, from, rows, cols, oRow, xCol);
      else transpose4(to, from, cols, rows, oCol, xRow);
    } else if (rows > cols && oRow <= oCol) {
      moveRows<T>(to, from, cols, rows, oCol, oRow, xCol, xRow);
    } else {
      moveRows<T>(to, from, rows, cols, oRow, oCol, xRow, xCol);
    }
  } while (nextPlane(levels));
}

@inline
function moveRows<T>(to: usize, from: usize, rows: i32, cols: i32, oRow: i32, oCol: i32, xRow: i32, xCol: i32): void {
  const oStep = (<usize>oCol) * sizeof<T>(), xStep = (<usize>xCol) * sizeof<T>();
  for (let i = 0; i < rows; i++) {
    let o = at<T>(to, i * oRow), p = at<T>(from, i * xRow);
    for (let j = cols; j > 0; j--) {
      store<T>(o, load<T>(p));
      o += oStep;
      p += xStep;
    }
  }
}

/** out [rows, cols], rows contiguous, from x whose columns are: squares of 4 × 4 are turned in registers. */
function transpose4(to: usize, from: usize, rows: i32, cols: i32, oRow: i32, xCol: i32): void {
  const wholeRows = rows & ~3, wholeCols = cols & ~3;
  const oStep = (<usize>oRow) * 4, xStep = (<usize>xCol) * 4;
  for (let i = 0; i < wholeRows; i += 4) {
    let o = at<u32>(to, i * oRow), p = at<u32>(from, i);
    for (let j = 0; j < wholeCols; j += 4) {
      const r0 = v128.load(p), r1 = v128.load(p + xStep), r2 = v128.load(p + 2 * xStep), r3 = v128.load(p + 3 * xStep);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(o, v128.shuffle<f64>(low01, low23, 0, 2));
      v128.store(o + oStep, v128.shuffle<f64>(low01, low23, 1, 3));
      v128.store(o + 2 * oStep, v128.shuffle<f64>(high01, high23, 0, 2));
      v128.store(o + 3 * oStep, v128.shuffle<f64>(high01, high23, 1, 3));
      o += 16;
      p += 4 * xStep;
    }
  }
  if (wholeCols < cols) {
    moveRows<u32>(at<u32>(to, wholeCols), at<u32>(from, wholeCols * xCol), wholeRows, cols - wholeCols, oRow, 1, 1, xCol);
  }
  if (wholeRows < rows) {
    moveRows<u32>(at<u32>(to, wholeRows * oRow), at<u32>(from, wholeRows), rows - wholeRows, cols, oRow, 1, 1, xCol);
  }
}

export function copy_1(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { copyBits<u8>(out, x, levels, axis, count); }
export function copy_4(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { copyBits<u32>(out, x, levels, axis, count); }
export function copy_8(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { copyBits<u64>(out, x, levels, axis, count); }

/** A whole block of one dtype. */
export function copyWhole(out: usize, x: usize, bytes: usize): void { memory.copy(out, x, bytes); }

/** out ← n times the element at `value`. */
@inline
function fill<T>(out: usize, value: usize, n: i32): void {
  const v = v128.load_splat<T>(value);
  for (; n >= 4 * lanes<T>(); n -= 4 * lanes<T>()) {
    v128.store(out, v);
    v128.store(out, v, 16);
    v128.store(out, v, 32);
    v128.store(out, v, 48);
    out += 64;
  }
  for (; n > 0; n--) {
    store<T>(out, load<T>(value));
    out += sizeof<T>();
  }
}

export function fill_1(out: usize, value: usize, n: i32): void { fill<u8>(out, value, n); }
export function fill_4(out: usize, value: usize, n: i32): void { fill<u32>(out, value, n); }
export function fill_8(out: usize, value: usize, n: i32): void { fill<u64>(out, value, n); }

/** Floats to integers: toward zero, then the low bits, as a typed array does it; NaN and infinity to 0. */
@inline
function toI32(x: f64): i32 {
  return Math.abs(x) < 9.2e18 ? <i32>(<i64>x) : 0;
}

@inline
function convert<From, To>(v: From): To {
  if (isFloat<From>() && !isFloat<To>()) return <To>toI32(<f64>v);
  return <To>v;
}

/** `isBool`: anything but 0 becomes 1. */
@inline
function cast<From, To>(out: usize, x: usize, levels: i32, axis: i32, count: i32, isBool: bool): void {
  rangeAxis = axis;
  rangeCount = count;
  const rows = size(1), cols = size(0);
  const oStep = (<usize>outStride(0)) * sizeof<To>(), xStep = (<usize>xStride(0)) * sizeof<From>();
  firstPlane(levels);
  do {
    for (let i = 0; i < rows; i++) {
      let o = at<To>(out, outOffset + i * outStride(1)), p = at<From>(x, xOffset + i * xStride(1));
      for (let j = cols; j > 0; j--) {
        const v = load<From>(p);
        store<To>(o, isBool ? <To>(v != <From>0) : convert<From, To>(v));
        o += oStep;
        p += xStep;
      }
    }
  } while (nextPlane(levels));
}

export function cast_f32_f64(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f32, f64>(out, x, levels, axis, count, false); }
export function cast_f32_i32(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f32, i32>(out, x, levels, axis, count, false); }
export function cast_f32_u8(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f32, u8>(out, x, levels, axis, count, false); }
export function cast_f32_bool(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f32, u8>(out, x, levels, axis, count, true); }
export function cast_f64_f32(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f64, f32>(out, x, levels, axis, count, false); }
export function cast_f64_i32(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f64, i32>(out, x, levels, axis, count, false); }
export function cast_f64_u8(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f64, u8>(out, x, levels, axis, count, false); }
export function cast_f64_bool(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<f64, u8>(out, x, levels, axis, count, true); }
export function cast_i32_f32(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<i32, f32>(out, x, levels, axis, count, false); }
export function cast_i32_f64(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<i32, f64>(out, x, levels, axis, count, false); }
export function cast_i32_u8(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<i32, u8>(out, x, levels, axis, count, false); }
export function cast_i32_bool(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<i32, u8>(out, x, levels, axis, count, true); }
export function cast_u8_f32(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<u8, f32>(out, x, levels, axis, count, false); }
export function cast_u8_f64(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<u8, f64>(out, x, levels, axis, count, false); }
export function cast_u8_i32(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<u8, i32>(out, x, levels, axis, count, false); }
export function cast_u8_bool(out: usize, x: usize, levels: i32, axis: i32, count: i32): void { cast<u8, u8>(out, x, levels, axis, count, true); }
