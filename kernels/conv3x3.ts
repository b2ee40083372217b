// Convolution under windows of 3 × 3 that move step by step, over few channels: tiles of 4 output channels × 2 registers of neighbouring
// positions. An image without padding is read where it lies; of one with padding, a band is copied with zeros around it.
//
// Letters: O output channels of a group, a multiple of 4, C input channels of a group, PW elements of a line with its padding.
import { copyLine, fillZeros, IMAGE, PADDING, partsOf, POSITION, word } from "./image";
import { packing } from "./memory";
import { at, fma, lanes } from "./simd";

/** Output channels of a tile. */
const HEIGHT: i32 = 4;
/** Bytes of a band that is copied, and lines of positions of any band at most: there may be more threads than images. */
const BAND: i32 = 256 * 1024;
const LINES: i32 = 32;
/** Where in the scratch a band lies; what stands for a bias that is not there lies in front of it. */
@inline
function paddedBand(): usize {
  return packing() + 64;
}

/** Lines of positions of a band of C channels, in even shares. */
@inline
function linesOf<T>(C: i32): i32 {
  const OH = word(POSITION, 1), line = C * (word(POSITION, 2) + 2) * <i32>sizeof<T>();
  return partsOf(OH, partsOf(OH, max(1, min(LINES, BAND / line - 2))));
}

/** Bands of one sample. */
export function conv3x3Bands_f32(C: i32): i32 { return partsOf(word(POSITION, 1), linesOf<f32>(C)); }
export function conv3x3Bands_f64(C: i32): i32 { return partsOf(word(POSITION, 1), linesOf<f64>(C)); }

/** Lines y … y + lines − 1, counted from the padding on, of C channels with zeros around them, side by side in the scratch. */
function copyPadded<T>(image: usize, C: i32, y: i32, lines: i32): void {
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2), PW = word(POSITION, 2) + 2, first = y - word(PADDING, 1);
  let to = paddedBand();
  for (let c = 0; c < C; c++) {
    for (let i = first; i < first + lines; i++) {
      if (i < 0 || i >= IH) fillZeros<T>(to, PW);
      else copyLine<T>(to, at<T>(image, i * IW), -word(PADDING, 2), PW, 1, 1, IW);
      to = at<T>(to, PW);
    }
    image = at<T>(image, IH * IW);
  }
}

/**
 * 4 output channels × `wide` registers of positions from `to` on, whose channels lie `down` bytes apart. `x` is what lies under the
 * first element of the window, in C channels `plane` and lines `line` bytes apart; `bias` has 4 elements.
 */
@inline
function tile<T>(wide: i32, to: usize, down: usize, panel: usize, x: usize, line: usize, plane: usize, C: i32, bias: usize): void {
  let c00 = v128.load_splat<T>(bias), c10 = v128.load_splat<T>(bias, sizeof<T>());
  let c20 = v128.load_splat<T>(bias, 2 * sizeof<T>()), c30 = v128.load_splat<T>(bias, 3 * sizeof<T>());
  let c01 = c00, c11 = c10, c21 = c20, c31 = c30;
  for (; C > 0; C--) {
    let from = x;
    for (let kh = 0; kh < 3; kh++) {
      // A tap each turn: with more of them, the engine loads all that they read before it multiplies.
      for (let kw = 0; kw < 3; kw++) {
        const b0 = v128.load(from), b1 = wide > 1 ? v128.load(from, 16) : b0;
        let a = v128.load_splat<T>(panel);
        c00 = fma<T>(a, b0, c00);
        if (wide > 1) c01 = fma<T>(a, b1, c01);
        a = v128.load_splat<T>(panel, sizeof<T>());
        c10 = fma<T>(a, b0, c10);
        if (wide > 1) c11 = fma<T>(a, b1, c11);
        a = v128.load_splat<T>(panel, 2 * sizeof<T>());
        c20 = fma<T>(a, b0, c20);
        if (wide > 1) c21 = fma<T>(a, b1, c21);
        a = v128.load_splat<T>(panel, 3 * sizeof<T>());
        c30 = fma<T>(a, b0, c30);
        if (wide > 1) c31 = fma<T>(a, b1, c31);
        panel += 4 * sizeof<T>();
        from += sizeof<T>();
      }
      from += line - 3 * sizeof<T>();
    }
    x += plane;
  }
  v128.store(to, c00);
  if (wide > 1) v128.store(to, c01, 16);
  to += down;
  v128.store(to, c10);
  if (wide > 1) v128.store(to, c11, 16);
  to += down;
  v128.store(to, c20);
  if (wide > 1) v128.store(to, c21, 16);
  to += down;
  v128.store(to, c30);
  if (wide > 1) v128.store(to, c31, 16);
}

// One function for each width, so that each has the registers to itself.
function tile1<T>(to: usize, down: usize, panel: usize, x: usize, line: usize, plane: usize, C: i32, bias: usize): void {
  tile<T>(1, to, down, panel, x, line, plane, C, bias);
}
function tile2<T>(to: usize, down: usize, panel: usize, x: usize, line: usize, plane: usize, C: i32, bias: usize): void {
  tile<T>(2, to, down, panel, x, line, plane, C, bias);
}

/** A line of positions of 4 output channels: whole tiles, then one that begins early enough to fit. */
@inline
function multiplyLine<T>(to: usize, down: usize, panel: usize, x: usize, line: usize, plane: usize, C: i32, bias: usize, OW: i32): void {
  const half = lanes<T>();
  let ow = 0;
  for (; ow + half < OW; ow += 2 * half) {
    const place = min(ow, OW - 2 * half);
    if (place >= 0) tile2<T>(at<T>(to, place), down, panel, at<T>(x, place), line, plane, C, bias);
    else tile1<T>(to, down, panel, x, line, plane, C, bias);
  }
  if (ow < OW || OW < 2 * half) tile1<T>(at<T>(to, OW - half), down, panel, at<T>(x, OW - half), line, plane, C, bias);
}

/**
 * Bands first … first + count − 1, counted through all samples, which lie `outStride` and `imageStride` elements apart. `panels` come
 * from convPack, 4 output channels at a time; `bias` has O elements, or is 0.
 */
@inline
function conv3x3<T>(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
): void {
  const OH = word(POSITION, 1), OW = word(POSITION, 2), IH = word(IMAGE, 1), IW = word(IMAGE, 2);
  const lines = linesOf<T>(C), bands = partsOf(OH, lines), isPadded = word(PADDING, 1) != 0 || word(PADDING, 2) != 0;
  fillZeros<T>(packing(), HEIGHT);
  const down = at<T>(0, OH * OW), line = at<T>(0, isPadded ? OW + 2 : IW);
  for (let i = first; i < first + count; i++) {
    const n = i / bands, y = i % bands * lines, some = min(lines, OH - y);
    const from = at<T>(image, n * imageStride), to = at<T>(out, n * outStride + y * OW);
    if (isPadded) copyPadded<T>(from, C, y, some + 2);
    const x = isPadded ? paddedBand() : at<T>(from, y * IW), plane = isPadded ? <usize>(some + 2) * line : at<T>(0, IH * IW);
    for (let o = 0; o < O; o += HEIGHT) {
      const panel = at<T>(panels, o * 9 * C), added = bias == 0 ? packing() : at<T>(bias, o), row = to + <usize>o * down;
      for (let j = 0; j < some; j++) multiplyLine<T>(at<T>(row, j * OW), down, panel, x + <usize>j * line, line, plane, C, added, OW);
    }
  }
}

export function conv3x3_f32(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
): void {
  conv3x3<f32>(out, panels, image, bias, first, count, outStride, imageStride, O, C);
}

export function conv3x3_f64(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
): void {
  conv3x3<f64>(out, panels, image, bias, first, count, outStride, imageStride, O, C);
}
