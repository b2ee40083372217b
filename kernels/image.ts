// A band of an image, laid out so that a convolution reads what lies under its windows as if positions were one long line.
//
// The words at LAYOUT say how a window moves: sizes of the image, of the positions and of the window, then step, padding and
// spacing of the window, and the spacing of the image's own elements (a backward pass moves over outputs that lie apart).
// A band covers rows × width positions of one depth. It holds a piece for each channel, each depth and each column of the window:
// the lines that the positions see, shifted and spread so that position p is element p. Rows of the window share a piece where
// rows of positions are neighbours, and have a piece each where they are not.
import { LAYOUT } from "./memory";
import { at, lanes } from "./simd";

/** Word i (depth, height, width) of group g of three. */
@inline
export function word(g: i32, i: i32): i32 {
  return load<i32>(LAYOUT + ((g * 3 + i) << 2));
}
export const IMAGE: i32 = 0, POSITION: i32 = 1, WINDOW: i32 = 2, STEP: i32 = 3, PADDING: i32 = 4, SPACING: i32 = 5, APART: i32 = 6;

/** Elements of the window in one channel. */
@inline
export function taps(): i32 {
  return word(WINDOW, 0) * word(WINDOW, 1) * word(WINDOW, 2);
}

@inline
function areRowsShared(): bool {
  return word(STEP, 1) == 1;
}

/** Lines of a piece. */
@inline
function linesOf(rows: i32): i32 {
  return areRowsShared() ? rows + (word(WINDOW, 1) - 1) * word(SPACING, 1) : rows;
}

/** Elements of a piece: an odd number of cache lines, or the pieces would share a few sets of the cache. */
function pieceOf<T>(rows: i32, width: i32): i32 {
  const line = 64 / <i32>sizeof<T>();
  return ((linesOf(rows) * width + line - 1) / line | 1) * line;
}

/** Elements of one channel of a band. */
export function channelOf<T>(rows: i32, width: i32): i32 {
  return (areRowsShared() ? word(WINDOW, 0) * word(WINDOW, 2) : taps()) * pieceOf<T>(rows, width);
}

/** Offsets in bytes, from a position's place in a band, of what lies under each element of the window of `channels` channels. */
export function writeOffsets<T>(to: usize, channels: i32, rows: i32, width: i32): void {
  const KH = word(WINDOW, 1), KW = word(WINDOW, 2), piece = pieceOf<T>(rows, width);
  for (let i = 0; i < channels * word(WINDOW, 0); i++) {
    for (let kh = 0; kh < KH; kh++) {
      for (let kw = 0; kw < KW; kw++) {
        const offset = areRowsShared() ? (i * KW + kw) * piece + kh * word(SPACING, 1) * width : ((i * KH + kh) * KW + kw) * piece;
        store<i32>(to, offset * <i32>sizeof<T>());
        to += 4;
      }
    }
  }
}

/** Index of the element at `place` of a line whose elements lie `apart`, or −1 where there is none. */
@inline
function elementAt(place: i32, apart: i32, size: i32): i32 {
  if (place < 0) return -1;
  if (apart > 1) {
    if (place % apart != 0) return -1;
    place /= apart;
  }
  return place < size ? place : -1;
}

@inline
export function fillZeros<T>(to: usize, count: i32): void {
  let i = 0;
  for (; i + lanes<T>() <= count; i += lanes<T>()) v128.store(at<T>(to, i), i32x4.splat(0));
  for (; i < count; i++) store<T>(at<T>(to, i), <T>0);
}

/** The last register of a run begins early enough to fit. */
@inline
export function copyRun<T>(to: usize, from: usize, count: i32): void {
  if (count >= lanes<T>()) {
    const last = count - lanes<T>();
    for (let i = 0; i < last; i += lanes<T>()) v128.store(at<T>(to, i), v128.load(at<T>(from, i)));
    v128.store(at<T>(to, last), v128.load(at<T>(from, last)));
  } else {
    for (let i = 0; i < count; i++) store<T>(at<T>(to, i), load<T>(at<T>(from, i)));
  }
}

/** Every second element. */
@inline
export function copyEven<T>(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + lanes<T>() < count; i += lanes<T>()) {
    const a = v128.load(at<T>(from, 2 * i)), b = v128.load(at<T>(from, 2 * i), 16);
    v128.store(at<T>(to, i), sizeof<T>() == 4 ? v128.shuffle<f32>(a, b, 0, 2, 4, 6) : v128.shuffle<f64>(a, b, 0, 2));
  }
  for (; i < count; i++) store<T>(at<T>(to, i), load<T>(at<T>(from, 2 * i)));
}

/** `count` elements of a row: those at x, x + step, …; zeros where there is none. */
export function copyLine<T>(to: usize, row: usize, x: i32, count: i32, step: i32, apart: i32, size: i32): void {
  if (apart > 1) {
    fillZeros<T>(to, count);
    // A backward pass, which moves step by step: the elements that are there have places of their own.
    for (let i = 0; i < size; i++) {
      const place = i * apart - x;
      if (place >= 0 && place < count) store<T>(at<T>(to, place), load<T>(at<T>(row, i)));
    }
    return;
  }
  const start = min(x < 0 ? (step - 1 - x) / step : 0, count);
  const end = max(min(size > x ? (size - x + step - 1) / step : 0, count), start);
  if (start > 0) fillZeros<T>(to, start);
  const out = at<T>(to, start), from = at<T>(row, x + start * step);
  if (step == 1) copyRun<T>(out, from, end - start);
  else if (step == 2) copyEven<T>(out, from, end - start);
  else for (let i = 0; i < end - start; i++) store<T>(at<T>(out, i), load<T>(at<T>(from, i * step)));
  if (end < count) fillZeros<T>(at<T>(to, end), count - end);
}

/** The lines of one piece: positions from (oh, ow) on under the window's element (kh, kw) of one plane. */
function copyPiece<T>(to: usize, plane: usize, oh: i32, lines: i32, ow: i32, width: i32, kh: i32, kw: i32): void {
  const IH = word(IMAGE, 1), IW = word(IMAGE, 2), step = word(STEP, 2), apart = word(APART, 2), apartH = word(APART, 1), stepH = word(STEP, 1);
  const x = ow * step + kw * word(SPACING, 2) - word(PADDING, 2);
  let y = oh * stepH + kh * word(SPACING, 1) - word(PADDING, 1);
  for (let i = 0; i < lines; i++) {
    const j = elementAt(y, apartH, IH);
    if (j < 0) fillZeros<T>(to, width);
    else copyLine<T>(to, at<T>(plane, j * IW), x, width, step, apart, IW);
    to = at<T>(to, width);
    y += stepH;
  }
}

/** Copies the band of positions (od, oh … oh + rows − 1, ow … ow + width − 1) of `channels` channels. */
export function copyBand<T>(to: usize, image: usize, channels: i32, od: i32, oh: i32, rows: i32, ow: i32, width: i32): void {
  const plane = word(IMAGE, 1) * word(IMAGE, 2), lines = linesOf(rows), piece = pieceOf<T>(rows, width);
  const KH = areRowsShared() ? 1 : word(WINDOW, 1), KW = word(WINDOW, 2);
  for (let c = 0; c < channels; c++) {
    for (let kd = 0; kd < word(WINDOW, 0); kd++) {
      const z = elementAt(od * word(STEP, 0) + kd * word(SPACING, 0) - word(PADDING, 0), word(APART, 0), word(IMAGE, 0));
      for (let kh = 0; kh < KH; kh++) {
        for (let kw = 0; kw < KW; kw++) {
          if (z < 0) fillZeros<T>(to, lines * width);
          else copyPiece<T>(to, at<T>(image, z * plane), oh, lines, ow, width, kh, kw);
          to = at<T>(to, piece);
        }
      }
    }
    image = at<T>(image, word(IMAGE, 0) * plane);
  }
}

/** The least number of parts of at most `most`. */
@inline
export function partsOf(size: i32, most: i32): i32 {
  return (size + most - 1) / most;
}

/** Rows and columns of positions of a band of about `room` bytes: whole rows where at least one fits, in even shares. */
export function rowsOf<T>(channels: i32, room: i32): i32 {
  const OH = word(POSITION, 1), OW = word(POSITION, 2);
  let rows = OH;
  while (rows > 1 && channels * channelOf<T>(rows, OW) * <i32>sizeof<T>() > room) rows = rows > 16 ? rows * 3 / 4 : rows - 1;
  return partsOf(OH, partsOf(OH, rows));
}

export function widthOf<T>(channels: i32, rows: i32, room: i32): i32 {
  const OW = word(POSITION, 2);
  let width = OW;
  while (width > 64 && channels * channelOf<T>(rows, width) * <i32>sizeof<T>() > room) width = partsOf(width, 2);
  return min(OW, partsOf(width, 2 * lanes<T>()) * 2 * lanes<T>());
}
