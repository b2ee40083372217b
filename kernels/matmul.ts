// Blocked and packed matrix product. A is packed into panels of MR rows, B into panels of 32 bytes of columns, so that the
// micro-kernel reads both in a straight line whatever the strides were. Letters: M K N sizes, rs row stride, cs column stride.
import { fma } from "./fma";

/** Rows of the register tile: 4 × 2 accumulators. 6 × 2 spill on Node 20 and are half as fast there. */
const MR: i32 = 4;
/** Bytes of a row of the register tile: two vectors. */
const NRB: usize = 32;
const KC: i32 = 256;
const MC: i32 = 96;
const NC: i32 = 256;
/** Scratch below the heap: packed A (MC × KC), packed B (KC × NC), one register tile. Sized for float64. */
const PACKED_A: usize = 0x10000;
const PACKED_B: usize = 0x50000;
const TILE: usize = 0xe0000;

// @ts-ignore: decorator
@inline
function columns<T>(): i32 {
  return i32(NRB / sizeof<T>());
}

/** C[M,N] ← A[M,K] · B[K,N] + bias[N] (0 for none). C is contiguous with rows of N; strides are in elements. */
function matmul<T>(c: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32, rsA: i32, csA: i32, rsB: i32, csB: i32): void {
  const S = sizeof<T>();
  const NR = columns<T>();
  for (let n = 0; n < M && bias != 0; n++) memory.copy(c + <usize>(n * N) * S, bias, <usize>N * S);
  if (bias == 0) memory.fill(c, 0, <usize>(M * N) * S);
  for (let jc = 0; jc < N; jc += NC) {
    const nc = min(NC, N - jc);
    for (let pc = 0; pc < K; pc += KC) {
      const kc = min(KC, K - pc);
      packB<T>(b + <usize>(pc * rsB + jc * csB) * S, kc, nc, rsB, csB);
      for (let ic = 0; ic < M; ic += MC) {
        const mc = min(MC, M - ic);
        packA<T>(a + <usize>(ic * rsA + pc * csA) * S, mc, kc, rsA, csA);
        for (let jr = 0; jr < nc; jr += NR) {
          const panelB = PACKED_B + <usize>(jr * kc) * S;
          const nr = min(NR, nc - jr);
          for (let ir = 0; ir < mc; ir += MR) {
            const panelA = PACKED_A + <usize>(ir * kc) * S;
            const mr = min(MR, mc - ir);
            const out = c + <usize>((ic + ir) * N + jc + jr) * S;
            if (mr == MR && nr == NR) tile<T>(out, <usize>N * S, panelA, panelB, kc);
            else edgeTile<T>(out, N, panelA, panelB, kc, mr, nr);
          }
        }
      }
    }
  }
}

/** The register tile at the edge of C: computed whole in scratch, added as far as C goes. */
function edgeTile<T>(out: usize, N: i32, a: usize, b: usize, kc: i32, mr: i32, nr: i32): void {
  const S = sizeof<T>();
  memory.fill(TILE, 0, <usize>MR * NRB);
  tile<T>(TILE, NRB, a, b, kc);
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j++) {
      const place = out + <usize>(i * N + j) * S;
      store<T>(place, load<T>(place) + load<T>(TILE + <usize>i * NRB + <usize>j * S));
    }
  }
}

// @ts-ignore: decorator
@inline
function addRow<T>(out: usize, left: v128, right: v128): void {
  v128.store(out, v128.add<T>(v128.load(out), left));
  v128.store(out, v128.add<T>(v128.load(out, 16), right), 16);
}

/** out[MR, 32 bytes] += A panel [kc, MR] · B panel [kc, 32 bytes]; everything stays in registers over k. */
function tile<T>(out: usize, row: usize, a: usize, b: usize, kc: i32): void {
  const S = sizeof<T>();
  const zero = i64x2.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
  for (let k = 0; k < kc; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a);
    c00 = fma<T>(x, b0, c00);
    c01 = fma<T>(x, b1, c01);
    x = v128.load_splat<T>(a + S);
    c10 = fma<T>(x, b0, c10);
    c11 = fma<T>(x, b1, c11);
    x = v128.load_splat<T>(a + 2 * S);
    c20 = fma<T>(x, b0, c20);
    c21 = fma<T>(x, b1, c21);
    x = v128.load_splat<T>(a + 3 * S);
    c30 = fma<T>(x, b0, c30);
    c31 = fma<T>(x, b1, c31);
    a += <usize>MR * S;
    b += NRB;
  }
  addRow<T>(out, c00, c01);
  addRow<T>(out + row, c10, c11);
  addRow<T>(out + 2 * row, c20, c21);
  addRow<T>(out + 3 * row, c30, c31);
}

function packA<T>(a: usize, mc: i32, kc: i32, rs: i32, cs: i32): void {
  const S = sizeof<T>();
  for (let i = 0; i < mc; i += MR) pack<T>(PACKED_A + <usize>(i * kc) * S, a + <usize>(i * rs) * S, MR, min(MR, mc - i), kc, rs, cs);
}

function packB<T>(b: usize, kc: i32, nc: i32, rs: i32, cs: i32): void {
  const S = sizeof<T>();
  const NR = columns<T>();
  for (let j = 0; j < nc; j += NR) pack<T>(PACKED_B + <usize>(j * kc) * S, b + <usize>(j * cs) * S, NR, min(NR, nc - j), kc, cs, rs);
}

/**
 * One panel [kc, width] from `used` lines of a matrix, padded with zeros: element (k, i) is at i · line + k · step.
 * Lines that lie along k are read as vectors and transposed four by four (float32).
 */
function pack<T>(out: usize, from: usize, width: i32, used: i32, kc: i32, line: i32, step: i32): void {
  const S = sizeof<T>();
  if (used == width && line == 1 && width == columns<T>()) {
    for (let k = 0; k < kc; k++) {
      const source = from + <usize>(k * step) * S;
      v128.store(out, v128.load(source));
      v128.store(out, v128.load(source, 16), 16);
      out += NRB;
    }
    return;
  }
  let first = 0;
  if (S == 4 && step == 1) {
    for (; first + 4 <= used; first += 4) packFour(out + <usize>first * 4, from + <usize>(first * line) * 4, width, kc, line);
  }
  for (let i = first; i < width; i++) {
    let place = out + <usize>i * S;
    let source = from + <usize>(i * line) * S;
    for (let k = 0; k < kc; k++) {
      store<T>(place, i < used ? load<T>(source) : <T>0);
      place += <usize>width * S;
      source += <usize>step * S;
    }
  }
}

function packFour(out: usize, from: usize, width: i32, kc: i32, line: i32): void {
  const l = <usize>line * 4;
  const w = <usize>width * 4;
  let k = 0;
  for (; k + 4 <= kc; k += 4) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + l);
    const r2 = v128.load(from + 2 * l);
    const r3 = v128.load(from + 3 * l);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(out + w, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(out + 2 * w, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(out + 3 * w, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    out += 4 * w;
    from += 16;
  }
  for (; k < kc; k++) {
    for (let i: usize = 0; i < 4; i++) store<f32>(out + i * 4, load<f32>(from + i * l));
    out += w;
    from += 4;
  }
}

export function matmulF32(c: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32, rsA: i32, csA: i32, rsB: i32, csB: i32): void {
  matmul<f32>(c, a, b, bias, M, N, K, rsA, csA, rsB, csB);
}

export function matmulF64(c: usize, a: usize, b: usize, bias: usize, M: i32, N: i32, K: i32, rsA: i32, csA: i32, rsB: i32, csB: i32): void {
  matmul<f64>(c, a, b, bias, M, N, K, rsA, csA, rsB, csB);
}
