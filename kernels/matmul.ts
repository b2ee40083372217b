// out [M, N], its rows `outRs` apart, ← a [M, K] · b [K, N] (+ bias [N]), blocked for the caches and packed for the registers.
//
// A block of b (KC × NC) and one of a (MC × KC) are copied ("packed") into panels in the order in which the
// micro-kernel reads them, so strides cost nothing after that: a, b and their transposes are equally fast.
// The micro-kernel holds a tile of out, ROWS × COLS, in registers and walks along K.
//
// Letters: M N K sizes, rs/cs row and column stride in elements.
import { packing } from "./memory";
import { at, fma, lanes } from "./simd";
import { packPanels } from "./pack";

/** Rows of a tile. 16 registers take 6 × 2 sums when multiply and add are one instruction, 5 × 2 when the product needs its own. */
export const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
/** Registers across a tile: COLS = 2 · lanes. */
const ACROSS: i32 = 2;

/** Bytes of the packed blocks; a tile at the edge and a row of zeros lie behind them. */
export const PACKED_A: i32 = 192 * 1024;
export const PACKED_B: i32 = 512 * 1024;
export const EDGE: i32 = 256;

/** K of a block: a panel of each of a and b then fits the first-level cache. */
@inline
export function blockK<T>(): i32 {
  return 1024 / <i32>sizeof<T>();
}

@inline
export function columns<T>(): i32 {
  return ACROSS * lanes<T>();
}

export function matmul_f32(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  product<f32>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs, false);
}

export function matmul_f64(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32,
): void {
  product<f64>(out, a, b, bias, M, N, K, outRs, aRs, aCs, bRs, bCs, false);
}

/** What the kernels do; with `isSum` the products are added to out. */
export function product<T>(
  out: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32,
  outRs: i32, aRs: i32, aCs: i32, bRs: i32, bCs: i32, isSum: bool,
): void {
  const cols = columns<T>();
  const blocksK = (K + blockK<T>() - 1) / blockK<T>();
  const KC = (K + blocksK - 1) / blocksK;
  const NC = PACKED_B / (KC * <i32>sizeof<T>()) / cols * cols;
  const MC = PACKED_A / (KC * <i32>sizeof<T>()) / ROWS * ROWS;
  const packedA = packing();
  const packedB = packedA + PACKED_A;
  const edge = packedB + PACKED_B;
  const zeros = edge + EDGE;
  memory.fill(zeros, 0, 32);

  for (let n0 = 0; n0 < N; n0 += NC) {
    const nc = min(NC, N - n0);
    for (let k0 = 0; k0 < K; k0 += KC) {
      const kc = min(KC, K - k0);
      packPanels<T>(packedB, at<T>(b, n0 * bCs + k0 * bRs), bCs, bRs, nc, kc, cols);
      for (let m0 = 0; m0 < M; m0 += MC) {
        const mc = min(MC, M - m0);
        packPanels<T>(packedA, at<T>(a, m0 * aRs + k0 * aCs), aRs, aCs, mc, kc, ROWS);
        for (let n = 0; n < nc; n += cols) {
          // The sums of the first block of K start from zeros, unless they are added; those of the others from out.
          const width = min(cols, nc - n);
          const panelB = at<T>(packedB, n * kc);
          const isFirst = k0 == 0 && !isSum;
          for (let m = 0; m < mc; m += ROWS) {
            const height = min(ROWS, mc - m);
            const panelA = at<T>(packedA, m * kc);
            const tile = at<T>(out, (m0 + m) * outRs + n0 + n);
            if (height == ROWS && width == cols) {
              tileSums<T>(tile, outRs, isFirst ? zeros : tile, isFirst ? 0 : outRs, panelA, panelB, kc);
            } else {
              if (!isFirst) copyTile<T>(edge, cols, tile, outRs, height, width);
              tileSums<T>(edge, cols, isFirst ? zeros : edge, isFirst ? 0 : cols, panelA, panelB, kc);
              copyTile<T>(tile, outRs, edge, cols, height, width);
            }
            // Once, whatever K is, and after the products: beside a large bias they would have lost digits.
            if (bias != 0 && k0 + kc == K) addToRows<T>(tile, outRs, at<T>(bias, n0 + n), height, width);
          }
        }
      }
    }
  }
}

function addToRows<T>(tile: usize, tileRs: i32, row: usize, height: i32, width: i32): void {
  for (let i = 0; i < height; i++) {
    const to = at<T>(tile, i * tileRs);
    let j = 0;
    for (; j + lanes<T>() <= width; j += lanes<T>()) {
      v128.store(at<T>(to, j), v128.add<T>(v128.load(at<T>(to, j)), v128.load(at<T>(row, j))));
    }
    for (; j < width; j++) store<T>(at<T>(to, j), load<T>(at<T>(to, j)) + load<T>(at<T>(row, j)));
  }
}

/** Adds one number to each row of a block. */
export function addToColumns<T>(block: usize, rs: i32, column: usize, height: i32, width: i32): void {
  for (let i = 0; i < height; i++) {
    const to = at<T>(block, i * rs);
    const added = v128.load_splat<T>(at<T>(column, i));
    let j = 0;
    for (; j + lanes<T>() <= width; j += lanes<T>()) v128.store(at<T>(to, j), v128.add<T>(v128.load(at<T>(to, j)), added));
    for (; j < width; j++) store<T>(at<T>(to, j), load<T>(at<T>(to, j)) + load<T>(at<T>(column, i)));
  }
}

export function copyTile<T>(to: usize, toRs: i32, from: usize, fromRs: i32, height: i32, width: i32): void {
  for (let i = 0; i < height; i++) {
    let j = 0;
    for (; j + lanes<T>() <= width; j += lanes<T>()) v128.store(at<T>(to, j), v128.load(at<T>(from, j)));
    for (; j < width; j++) store<T>(at<T>(to, j), load<T>(at<T>(from, j)));
    to = at<T>(to, toRs);
    from = at<T>(from, fromRs);
  }
}

/**
 * tile ← start + panelA · panelB, all in registers. Registers are so scarce that V8 spills them, at half the speed, when the
 * loop is unrolled or a bias is added on the way out: measure before changing anything here.
 */
export function tileSums<T>(tile: usize, tileRs: i32, start: usize, startRs: i32, panelA: usize, panelB: usize, kc: i32): void {
  const up = (<usize>startRs) * sizeof<T>();
  let c00 = v128.load(start), c01 = v128.load(start, 16);
  start += up;
  let c10 = v128.load(start), c11 = v128.load(start, 16);
  start += up;
  let c20 = v128.load(start), c21 = v128.load(start, 16);
  start += up;
  let c30 = v128.load(start), c31 = v128.load(start, 16);
  start += up;
  let c40 = v128.load(start), c41 = v128.load(start, 16);
  let c50: v128, c51: v128;
  if (ROWS > 5) {
    start += up;
    c50 = v128.load(start);
    c51 = v128.load(start, 16);
  }
  for (; kc > 0; kc--) {
    const b0 = v128.load(panelB), b1 = v128.load(panelB, 16);
    const a0 = v128.load_splat<T>(panelA);
    c00 = fma<T>(a0, b0, c00);
    c01 = fma<T>(a0, b1, c01);
    const a1 = v128.load_splat<T>(panelA, 1 * sizeof<T>());
    c10 = fma<T>(a1, b0, c10);
    c11 = fma<T>(a1, b1, c11);
    const a2 = v128.load_splat<T>(panelA, 2 * sizeof<T>());
    c20 = fma<T>(a2, b0, c20);
    c21 = fma<T>(a2, b1, c21);
    const a3 = v128.load_splat<T>(panelA, 3 * sizeof<T>());
    c30 = fma<T>(a3, b0, c30);
    c31 = fma<T>(a3, b1, c31);
    const a4 = v128.load_splat<T>(panelA, 4 * sizeof<T>());
    c40 = fma<T>(a4, b0, c40);
    c41 = fma<T>(a4, b1, c41);
    if (ROWS > 5) {
      const a5 = v128.load_splat<T>(panelA, 5 * sizeof<T>());
      c50 = fma<T>(a5, b0, c50);
      c51 = fma<T>(a5, b1, c51);
    }
    panelA += ROWS * sizeof<T>();
    panelB += 32;
  }
  const down = (<usize>tileRs) * sizeof<T>();
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  tile += down;
  v128.store(tile, c10);
  v128.store(tile, c11, 16);
  tile += down;
  v128.store(tile, c20);
  v128.store(tile, c21, 16);
  tile += down;
  v128.store(tile, c30);
  v128.store(tile, c31, 16);
  tile += down;
  v128.store(tile, c40);
  v128.store(tile, c41, 16);
  if (ROWS > 5) {
    tile += down;
    v128.store(tile, c50);
    v128.store(tile, c51, 16);
  }
}
