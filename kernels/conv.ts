// Convolution: out [O, P] ← w [O, K] · the image's elements under each window [K, P], one sample and one group at a time.
//
// A band of the image is copied (image.ts), a few times as large as what it covers, where an unrolled one would be K / C times.
// The inner loop walks along K and takes neighbouring positions from where a table of offsets says: it does the work of a matrix
// product whose right side is never made. It holds a tile of `rows` output channels × 2 registers of positions.
//
// Letters: O output channels of a group, C input channels of a group, K = C · window, P positions.
import { channelOf, copyBand, IMAGE, partsOf, POSITION, rowsOf, taps, widthOf, word, writeOffsets } from "./image";
import { addToColumns, ROWS } from "./matmul";
import { packing } from "./memory";
import { at, fma, lanes } from "./simd";

/** Bytes of the table of offsets, and of a tile at the edge; the band lies behind them, in `BAND_ROOM` bytes at most. */
const TABLE: i32 = 64 * 1024;
const EDGE: i32 = 512;
const BAND_ROOM: i32 = 768 * 1024;
/** Bytes of a band, where it can be chosen: it stays in the second-level cache. */
const BAND: i32 = 256 * 1024;

/** Output channels are dealt to tiles of at most ROWS as evenly as can be. @returns the end of tile `i` of `n` */
@inline
export function tileEnd(i: i32, n: i32, O: i32): i32 {
  return (i + 1) * (O / n) + min(i + 1, O % n);
}

@inline
export function tilesOf(O: i32): i32 {
  return partsOf(O, ROWS);
}

/** Row o and outer index c of the weights lie rowStride and outerStride apart; each (o, c) has a window of `size` elements. */
@inline
function packWindows<T>(to: usize, w: usize, height: i32, size: i32, rowStride: i32, isTurned: bool): void {
  for (let k = 0; k < size; k++) {
    let from = at<T>(w, isTurned ? size - 1 - k : k);
    for (let o = 0; o < height; o++) {
      store<T>(to, load<T>(from));
      from = at<T>(from, rowStride);
      to += sizeof<T>();
    }
  }
}

/**
 * Weights in the order in which the tiles read them: for each tile, for each k, its rows side by side; windows are turned round where
 * asked. Outer indices first … first + count − 1 of C. What lies side by side is read first.
 */
@inline
function packWeights<T>(
  to: usize, w: usize, O: i32, C: i32, size: i32, rowStride: i32, outerStride: i32, isTurned: bool, first: i32, count: i32,
): void {
  const n = tilesOf(O), areRowsNear = rowStride < outerStride;
  const outer = areRowsNear ? count : 1, inner = areRowsNear ? 1 : count;
  for (let c = first; c < first + outer; c++) {
    let row = 0;
    for (let i = 0; i < n; i++) {
      const end = tileEnd(i, n, O), height = end - row;
      for (let d = c; d < c + inner; d++)
        packWindows<T>(at<T>(to, row * C * size + d * size * height), at<T>(w, row * rowStride + d * outerStride), height, size, rowStride, isTurned);
      row = end;
    }
  }
}

export function convPack_f32(to: usize, w: usize, O: i32, C: i32, size: i32, rowStride: i32, outerStride: i32, isTurned: bool, first: i32, count: i32): void {
  packWeights<f32>(to, w, O, C, size, rowStride, outerStride, isTurned, first, count);
}

export function convPack_f64(to: usize, w: usize, O: i32, C: i32, size: i32, rowStride: i32, outerStride: i32, isTurned: bool, first: i32, count: i32): void {
  packWeights<f64>(to, w, O, C, size, rowStride, outerStride, isTurned, first, count);
}

/**
 * A tile: `rows` output channels × two registers of positions at `from`, to `to`, whose rows lie `down` bytes apart. What the loop
 * does besides multiplying counts: the engine issues hardly more. A bias is added later: in here it costs half the speed, for want
 * of registers.
 */
@inline
function tile<T>(rows: i32, to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  const zero = i32x4.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero;
  let c30 = zero, c31 = zero, c40 = zero, c41 = zero, c50 = zero, c51 = zero;
  for (; K > 0; K--) {
    const place = from + load<u32>(offsets);
    const b0 = v128.load(place), b1 = v128.load(place, 16);
    const a0 = v128.load_splat<T>(panel);
    c00 = fma<T>(a0, b0, c00);
    c01 = fma<T>(a0, b1, c01);
    if (rows > 1) {
      const a1 = v128.load_splat<T>(panel, 1 * sizeof<T>());
      c10 = fma<T>(a1, b0, c10);
      c11 = fma<T>(a1, b1, c11);
    }
    if (rows > 2) {
      const a2 = v128.load_splat<T>(panel, 2 * sizeof<T>());
      c20 = fma<T>(a2, b0, c20);
      c21 = fma<T>(a2, b1, c21);
    }
    if (rows > 3) {
      const a3 = v128.load_splat<T>(panel, 3 * sizeof<T>());
      c30 = fma<T>(a3, b0, c30);
      c31 = fma<T>(a3, b1, c31);
    }
    if (rows > 4) {
      const a4 = v128.load_splat<T>(panel, 4 * sizeof<T>());
      c40 = fma<T>(a4, b0, c40);
      c41 = fma<T>(a4, b1, c41);
    }
    if (rows > 5) {
      const a5 = v128.load_splat<T>(panel, 5 * sizeof<T>());
      c50 = fma<T>(a5, b0, c50);
      c51 = fma<T>(a5, b1, c51);
    }
    panel += rows * sizeof<T>();
    offsets += 4;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  if (rows > 1) {
    v128.store(to + down, c10);
    v128.store(to + down, c11, 16);
  }
  if (rows > 2) {
    v128.store(to + 2 * down, c20);
    v128.store(to + 2 * down, c21, 16);
  }
  if (rows > 3) {
    v128.store(to + 3 * down, c30);
    v128.store(to + 3 * down, c31, 16);
  }
  if (rows > 4) {
    v128.store(to + 4 * down, c40);
    v128.store(to + 4 * down, c41, 16);
  }
  if (rows > 5) {
    v128.store(to + 5 * down, c50);
    v128.store(to + 5 * down, c51, 16);
  }
}

// One function for each height, so that each has the registers to itself.
function tile1<T>(to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  tile<T>(1, to, down, panel, from, offsets, K);
}
function tile2<T>(to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  tile<T>(2, to, down, panel, from, offsets, K);
}
function tile3<T>(to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  tile<T>(3, to, down, panel, from, offsets, K);
}
function tile4<T>(to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  tile<T>(4, to, down, panel, from, offsets, K);
}
function tile5<T>(to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  tile<T>(5, to, down, panel, from, offsets, K);
}
function tile6<T>(to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  tile<T>(6, to, down, panel, from, offsets, K);
}

@inline
function anyTile<T>(rows: i32, to: usize, down: usize, panel: usize, from: usize, offsets: usize, K: i32): void {
  if (rows == 4) tile4<T>(to, down, panel, from, offsets, K);
  else if (rows == 5) tile5<T>(to, down, panel, from, offsets, K);
  else if (ROWS > 5 && rows == 6) tile6<T>(to, down, panel, from, offsets, K);
  else if (rows == 3) tile3<T>(to, down, panel, from, offsets, K);
  else if (rows == 2) tile2<T>(to, down, panel, from, offsets, K);
  else tile1<T>(to, down, panel, from, offsets, K);
}

/** A tile at the edge has fewer positions than two registers, or adds to what earlier channels left: its lanes go out one by one. */
function moveEdge<T>(to: usize, down: usize, edge: usize, rows: i32, count: i32, isSum: bool): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) {
      const place = at<T>(to, j), value = load<T>(at<T>(edge, i * 2 * lanes<T>() + j));
      store<T>(place, isSum ? load<T>(place) + value : value);
    }
    to += down;
  }
}

/** All tiles over P positions of a band; `panels` begin at the first of K of all `fullK` products. */
export function multiplyBand<T>(
  out: usize, down: usize, panels: usize, O: i32, K: i32, fullK: i32, firstK: i32, isSum: bool,
  band: usize, offsets: usize, P: i32, edge: usize,
): void {
  multiplyTiles<T>(out, down, panels, O, K, fullK, firstK, isSum, band, offsets, P, edge, 0, tilesOf(O));
}

/** The tiles `start` … `stop` − 1 of them. */
function multiplyTiles<T>(
  out: usize, down: usize, panels: usize, O: i32, K: i32, fullK: i32, firstK: i32, isSum: bool,
  band: usize, offsets: usize, P: i32, edge: usize, start: i32, stop: i32,
): void {
  const wide = 2 * lanes<T>(), n = tilesOf(O), isEdge = isSum || P < wide;
  let first = tileEnd(start - 1, n, O);
  for (let i = start; i < stop; i++) {
    const end = tileEnd(i, n, O), height = end - first;
    const panel = at<T>(panels, first * fullK + firstK * height);
    const to = out + (<usize>first) * down;
    for (let p = 0; p < P; p += wide) {
      // The last tile begins early enough to fit.
      const place = isEdge ? p : min(p, P - wide);
      const from = at<T>(band, place);
      if (!isEdge) anyTile<T>(height, at<T>(to, place), down, panel, from, offsets, K);
      else {
        anyTile<T>(height, edge, 32, panel, from, offsets, K);
        moveEdge<T>(at<T>(to, p), down, edge, height, min(wide, P - p), isSum);
      }
    }
    first = end;
  }
}

/** Bands of one sample: rows of positions, or parts of rows. Of each, every tile of output channels is an item of `conv`. */
export function convBands_f32(C: i32): i32 { return bands<f32>(C); }
export function convBands_f64(C: i32): i32 { return bands<f64>(C); }

function bands<T>(C: i32): i32 {
  const rows = rowsOf<T>(C, BAND);
  return word(POSITION, 0) * partsOf(word(POSITION, 1), rows) * partsOf(word(POSITION, 2), widthOf<T>(C, rows, BAND));
}

/**
 * Items first … first + count − 1: tiles of output channels of bands, counted through all samples, which lie `outStride` and
 * `imageStride` elements apart. A band is copied once for the items of it. `panels` come from convPack; `bias` has O elements, or is 0.
 */
@inline
function conv<T>(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
): void {
  const OD = word(POSITION, 0), OH = word(POSITION, 1), OW = word(POSITION, 2), window = taps(), K = C * window;
  const volume = word(IMAGE, 0) * word(IMAGE, 1) * word(IMAGE, 2);
  const offsets = packing(), edge = offsets + TABLE, band = edge + EDGE;
  const rows = rowsOf<T>(C, BAND), width = widthOf<T>(C, rows, BAND);
  const down = partsOf(OH, rows), across = partsOf(OW, width);
  // Few images are so deep that even then not all channels have room.
  const CB = max(1, min(C, min(BAND_ROOM / (channelOf<T>(rows, width) * <i32>sizeof<T>()), TABLE / (4 * window))));
  writeOffsets<T>(offsets, CB, rows, width);
  const rowBytes = (<usize>(OD * OH * OW)) * sizeof<T>(), tiles = tilesOf(O);
  for (let item = first; item < first + count; ) {
    const i = item / tiles, start = item % tiles, stop = min(tiles, start + first + count - item);
    const n = i / (OD * down * across), od = i / (down * across) % OD;
    const oh = i / across % down * rows, ow = i % across * width;
    const to = at<T>(out, n * outStride + (od * OH + oh) * OW + ow), from = at<T>(image, n * imageStride);
    const P = min(rows, OH - oh) * min(width, OW - ow);
    for (let c = 0; c < C; c += CB) {
      const deep = min(CB, C - c);
      copyBand<T>(band, at<T>(from, c * volume), deep, od, oh, rows, ow, width);
      multiplyTiles<T>(to, rowBytes, panels, O, deep * window, K, c * window, c > 0, band, offsets, P, edge, start, stop);
    }
    const o = tileEnd(start - 1, tiles, O);
    if (bias != 0) addToColumns<T>(to + <usize>o * rowBytes, OD * OH * OW, at<T>(bias, o), tileEnd(stop - 1, tiles, O) - o, P);
    item += stop - start;
  }
}

export function conv_f32(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
): void {
  conv<f32>(out, panels, image, bias, first, count, outStride, imageStride, O, C);
}

export function conv_f64(
  out: usize, panels: usize, image: usize, bias: usize, first: i32, count: i32, outStride: i32, imageStride: i32, O: i32, C: i32,
): void {
  conv<f64>(out, panels, image, bias, first, count, outStride, imageStride, O, C);
}
