// Picking rows and elements by index (int32, in range). Elements move as bits, but where they are scaled or added.
import { at, lanes } from "./simd";

/**
 * out [outer, n, inner] ← x [outer, size, inner] at index [n] of the middle dimension; x steps by `xOuter` from block to
 * block and by `xRow` from row to row, in bytes; `inner` is in bytes too.
 */
export function indexSelect(out: usize, x: usize, index: usize, outer: i32, n: i32, inner: usize, xOuter: usize, xRow: usize): void {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < n; j++) {
      const from = x + <usize>load<i32>(at<i32>(index, j)) * xRow;
      if (inner == 4) store<u32>(out, load<u32>(from));
      else memory.copy(out, from, inner);
      out += inner;
    }
    x += xOuter;
  }
}

/** out [outer, n, inner][i][j][k] ← x [outer, size, inner][i][index[i][j][k]][k]. */
@inline
function gather<T>(out: usize, x: usize, index: usize, outer: i32, n: i32, inner: i32, size: i32): void {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < inner; k++) {
        store<T>(out, load<T>(at<T>(x, load<i32>(index) * inner + k)));
        out += sizeof<T>();
        index += 4;
      }
    }
    x = at<T>(x, size * inner);
  }
}

export function gather_1(out: usize, x: usize, index: usize, outer: i32, n: i32, inner: i32, size: i32): void { gather<u8>(out, x, index, outer, n, inner, size); }
export function gather_4(out: usize, x: usize, index: usize, outer: i32, n: i32, inner: i32, size: i32): void { gather<u32>(out, x, index, outer, n, inner, size); }
export function gather_8(out: usize, x: usize, index: usize, outer: i32, n: i32, inner: i32, size: i32): void { gather<u64>(out, x, index, outer, n, inner, size); }

/** out [outer, size, inner][i][index[i][j][k]][k] += src [outer, n, inner][i][j][k], in order. */
@inline
function scatterSum<T>(out: usize, index: usize, src: usize, outer: i32, n: i32, inner: i32, size: i32): void {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < inner; k++) {
        const place = at<T>(out, load<i32>(index) * inner + k);
        store<T>(place, load<T>(place) + load<T>(src));
        src += sizeof<T>();
        index += 4;
      }
    }
    out = at<T>(out, size * inner);
  }
}

export function scatterSum_f32(out: usize, index: usize, src: usize, outer: i32, n: i32, inner: i32, size: i32): void { scatterSum<f32>(out, index, src, outer, n, inner, size); }
export function scatterSum_f64(out: usize, index: usize, src: usize, outer: i32, n: i32, inner: i32, size: i32): void { scatterSum<f64>(out, index, src, outer, n, inner, size); }

/** out [n] ← x at offsets [n]. */
@inline
function take<T>(out: usize, x: usize, offsets: usize, n: i32): void {
  for (; n > 0; n--) {
    store<T>(out, load<T>(at<T>(x, load<i32>(offsets))));
    out += sizeof<T>();
    offsets += 4;
  }
}

export function take_1(out: usize, x: usize, offsets: usize, n: i32): void { take<u8>(out, x, offsets, n); }
export function take_4(out: usize, x: usize, offsets: usize, n: i32): void { take<u32>(out, x, offsets, n); }
export function take_8(out: usize, x: usize, offsets: usize, n: i32): void { take<u64>(out, x, offsets, n); }

/** out at offsets [n] ← or += values [n], in order. */
@inline
function put<T>(out: usize, offsets: usize, values: usize, n: i32, isSum: bool): void {
  for (; n > 0; n--) {
    const place = at<T>(out, load<i32>(offsets));
    const v = load<T>(values);
    store<T>(place, isSum ? load<T>(place) + v : v);
    values += sizeof<T>();
    offsets += 4;
  }
}

export function putSet_1(out: usize, offsets: usize, values: usize, n: i32): void { put<u8>(out, offsets, values, n, false); }
export function putSet_4(out: usize, offsets: usize, values: usize, n: i32): void { put<u32>(out, offsets, values, n, false); }
export function putSet_8(out: usize, offsets: usize, values: usize, n: i32): void { put<u64>(out, offsets, values, n, false); }
export function putSum_f32(out: usize, offsets: usize, values: usize, n: i32): void { put<f32>(out, offsets, values, n, true); }
export function putSum_f64(out: usize, offsets: usize, values: usize, n: i32): void { put<f64>(out, offsets, values, n, true); }

/** out [n, R] ← scale · source [·, R] at rows [n]. */
export function gatherRows_u8(out: usize, source: usize, rows: usize, n: i32, R: i32, scale: f32): void {
  const by = f32x4.splat(scale);
  for (let i = 0; i < n; i++) {
    let from = source + <usize>load<i32>(at<i32>(rows, i)) * <usize>R;
    let left = R;
    for (; left >= 16; left -= 16) {
      const bytes = v128.load(from);
      const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)), by));
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)), by), 16);
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)), by), 32);
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)), by), 48);
      from += 16;
      out += 64;
    }
    for (; left > 0; left--) {
      store<f32>(out, <f32>load<u8>(from) * scale);
      from++;
      out += 4;
    }
  }
}

export function gatherRows_f32(out: usize, source: usize, rows: usize, n: i32, R: i32, scale: f32): void {
  const by = f32x4.splat(scale);
  for (let i = 0; i < n; i++) {
    let from = source + 4 * <usize>load<i32>(at<i32>(rows, i)) * <usize>R;
    let left = R;
    for (; left >= lanes<f32>(); left -= lanes<f32>()) {
      v128.store(out, f32x4.mul(v128.load(from), by));
      from += 16;
      out += 16;
    }
    for (; left > 0; left--) {
      store<f32>(out, load<f32>(from) * scale);
      from += 4;
      out += 4;
    }
  }
}
