// One step of a recurrent layer for N sequences of H features, and its gradient; src/backend/reference/recurrent.ts has the formulas.
//
// `gates` [N, G·H] is the input's share of the gates and `hidden` the state's, gate after gate in a row. States are changed in
// place and copied to `y` (and `cells`). `saved` [N, S·H] is what the backward pass reads, ending in the hidden state before the step.
// Loops are left at their end, as in optim.ts.
import { sigmoid, tanh32 } from "./math";
import { at, loadPart, storePart } from "./simd";

/** Column j of part `k` of a row, each H wide. */
@inline
function part(row: usize, k: i32, H: i32, j: i32): usize {
  return at<f32>(row, k * H + j);
}

/** Four neighbours, or the `left` last ones of a row. */
@inline
function take(from: usize, isWhole: bool, left: i32): v128 {
  return isWhole ? v128.load(from) : loadPart<f32>(from, left);
}

@inline
function put(to: usize, v: v128, isWhole: bool, left: i32): void {
  if (isWhole) v128.store(to, v);
  else storePart<f32>(to, v, left);
}

/** a · (1 − a): the slope of the sigmoid at its result. */
@inline
function sigmoidSlope(a: v128): v128 {
  return f32x4.mul(a, f32x4.sub(f32x4.splat(1), a));
}

/** 1 − a²: the slope of tanh at its result. */
@inline
function tanhSlope(a: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(a, a));
}

@inline
function lstm(saved: usize, y: usize, cells: usize, h: usize, c: usize, gates: usize, hidden: usize, H: i32, j: i32, isWhole: bool): void {
  const left = H - j;
  const i = sigmoid<f32>(f32x4.add(take(part(gates, 0, H, j), isWhole, left), take(part(hidden, 0, H, j), isWhole, left)));
  const f = sigmoid<f32>(f32x4.add(take(part(gates, 1, H, j), isWhole, left), take(part(hidden, 1, H, j), isWhole, left)));
  const g = tanh32(f32x4.add(take(part(gates, 2, H, j), isWhole, left), take(part(hidden, 2, H, j), isWhole, left)));
  const o = sigmoid<f32>(f32x4.add(take(part(gates, 3, H, j), isWhole, left), take(part(hidden, 3, H, j), isWhole, left)));
  const before = take(at<f32>(c, j), isWhole, left);
  const cell = f32x4.add(f32x4.mul(f, before), f32x4.mul(i, g));
  const t = tanh32(cell);
  const out = f32x4.mul(o, t);
  put(part(saved, 0, H, j), i, isWhole, left);
  put(part(saved, 1, H, j), f, isWhole, left);
  put(part(saved, 2, H, j), g, isWhole, left);
  put(part(saved, 3, H, j), o, isWhole, left);
  put(part(saved, 4, H, j), t, isWhole, left);
  put(part(saved, 5, H, j), before, isWhole, left);
  put(part(saved, 6, H, j), take(at<f32>(h, j), isWhole, left), isWhole, left);
  put(at<f32>(c, j), cell, isWhole, left);
  put(at<f32>(cells, j), cell, isWhole, left);
  put(at<f32>(h, j), out, isWhole, left);
  put(at<f32>(y, j), out, isWhole, left);
}

export function lstm_f32(saved: usize, y: usize, cells: usize, h: usize, c: usize, gates: usize, hidden: usize, N: i32, H: i32): void {
  for (let n = 0; n < N; n++) {
    let j = 0;
    if (H >= 4) do { lstm(saved, y, cells, h, c, gates, hidden, H, j, true); } while ((j += 4) + 4 <= H);
    if (j < H) lstm(saved, y, cells, h, c, gates, hidden, H, j, false);
    saved = at<f32>(saved, 7 * H);
    y = at<f32>(y, H);
    cells = at<f32>(cells, H);
    h = at<f32>(h, H);
    c = at<f32>(c, H);
    gates = at<f32>(gates, 4 * H);
    hidden = at<f32>(hidden, 4 * H);
  }
}

/** `carry` is the gradient of the cell: of the one after the step before, of the one before it afterwards. */
@inline
function lstmBackward(dGates: usize, carry: usize, dH: usize, dY: usize, dCells: usize, saved: usize, H: i32, j: i32, isWhole: bool): void {
  const left = H - j;
  const i = take(part(saved, 0, H, j), isWhole, left), f = take(part(saved, 1, H, j), isWhole, left);
  const g = take(part(saved, 2, H, j), isWhole, left), o = take(part(saved, 3, H, j), isWhole, left);
  const t = take(part(saved, 4, H, j), isWhole, left), before = take(part(saved, 5, H, j), isWhole, left);
  const dOut = f32x4.add(take(at<f32>(dY, j), isWhole, left), take(at<f32>(dH, j), isWhole, left));
  let dCell = f32x4.add(take(at<f32>(carry, j), isWhole, left), f32x4.mul(f32x4.mul(dOut, o), tanhSlope(t)));
  if (dCells != 0) dCell = f32x4.add(dCell, take(at<f32>(dCells, j), isWhole, left));
  put(part(dGates, 0, H, j), f32x4.mul(f32x4.mul(dCell, g), sigmoidSlope(i)), isWhole, left);
  put(part(dGates, 1, H, j), f32x4.mul(f32x4.mul(dCell, before), sigmoidSlope(f)), isWhole, left);
  put(part(dGates, 2, H, j), f32x4.mul(f32x4.mul(dCell, i), tanhSlope(g)), isWhole, left);
  put(part(dGates, 3, H, j), f32x4.mul(f32x4.mul(dOut, t), sigmoidSlope(o)), isWhole, left);
  put(at<f32>(carry, j), f32x4.mul(dCell, f), isWhole, left);
}

export function lstmBackward_f32(dGates: usize, carry: usize, dH: usize, dY: usize, dCells: usize, saved: usize, N: i32, H: i32): void {
  for (let n = 0; n < N; n++) {
    let j = 0;
    if (H >= 4) do { lstmBackward(dGates, carry, dH, dY, dCells, saved, H, j, true); } while ((j += 4) + 4 <= H);
    if (j < H) lstmBackward(dGates, carry, dH, dY, dCells, saved, H, j, false);
    dGates = at<f32>(dGates, 4 * H);
    carry = at<f32>(carry, H);
    dH = at<f32>(dH, H);
    dY = at<f32>(dY, H);
    if (dCells != 0) dCells = at<f32>(dCells, H);
    saved = at<f32>(saved, 7 * H);
  }
}

@inline
function gru(saved: usize, y: usize, h: usize, gates: usize, hidden: usize, H: i32, j: i32, isWhole: bool): void {
  const left = H - j;
  const r = sigmoid<f32>(f32x4.add(take(part(gates, 0, H, j), isWhole, left), take(part(hidden, 0, H, j), isWhole, left)));
  const z = sigmoid<f32>(f32x4.add(take(part(gates, 1, H, j), isWhole, left), take(part(hidden, 1, H, j), isWhole, left)));
  const own = take(part(hidden, 2, H, j), isWhole, left);
  const n = tanh32(f32x4.add(take(part(gates, 2, H, j), isWhole, left), f32x4.mul(r, own)));
  const before = take(at<f32>(h, j), isWhole, left);
  const out = f32x4.add(f32x4.mul(f32x4.sub(f32x4.splat(1), z), n), f32x4.mul(z, before));
  put(part(saved, 0, H, j), r, isWhole, left);
  put(part(saved, 1, H, j), z, isWhole, left);
  put(part(saved, 2, H, j), n, isWhole, left);
  put(part(saved, 3, H, j), own, isWhole, left);
  put(part(saved, 4, H, j), before, isWhole, left);
  put(at<f32>(h, j), out, isWhole, left);
  put(at<f32>(y, j), out, isWhole, left);
}

export function gru_f32(saved: usize, y: usize, h: usize, gates: usize, hidden: usize, N: i32, H: i32): void {
  for (let n = 0; n < N; n++) {
    let j = 0;
    if (H >= 4) do { gru(saved, y, h, gates, hidden, H, j, true); } while ((j += 4) + 4 <= H);
    if (j < H) gru(saved, y, h, gates, hidden, H, j, false);
    saved = at<f32>(saved, 5 * H);
    y = at<f32>(y, H);
    h = at<f32>(h, H);
    gates = at<f32>(gates, 3 * H);
    hidden = at<f32>(hidden, 3 * H);
  }
}

/** `carry` is what the hidden state gets past the gates. */
@inline
function gruBackward(dGates: usize, carry: usize, dHidden: usize, dH: usize, dY: usize, saved: usize, H: i32, j: i32, isWhole: bool): void {
  const left = H - j;
  const r = take(part(saved, 0, H, j), isWhole, left), z = take(part(saved, 1, H, j), isWhole, left);
  const n = take(part(saved, 2, H, j), isWhole, left), own = take(part(saved, 3, H, j), isWhole, left);
  const before = take(part(saved, 4, H, j), isWhole, left);
  const product = f32x4.add(take(at<f32>(dY, j), isWhole, left), take(at<f32>(dH, j), isWhole, left));
  const dOut = f32x4.add(product, take(at<f32>(carry, j), isWhole, left));
  const dN = f32x4.mul(f32x4.mul(dOut, f32x4.sub(f32x4.splat(1), z)), tanhSlope(n));
  const dR = f32x4.mul(f32x4.mul(dN, own), sigmoidSlope(r));
  const dZ = f32x4.mul(f32x4.mul(dOut, f32x4.sub(before, n)), sigmoidSlope(z));
  put(part(dGates, 0, H, j), dR, isWhole, left);
  put(part(dGates, 1, H, j), dZ, isWhole, left);
  put(part(dGates, 2, H, j), dN, isWhole, left);
  put(part(dHidden, 0, H, j), dR, isWhole, left);
  put(part(dHidden, 1, H, j), dZ, isWhole, left);
  put(part(dHidden, 2, H, j), f32x4.mul(dN, r), isWhole, left);
  put(at<f32>(carry, j), f32x4.mul(dOut, z), isWhole, left);
}

export function gruBackward_f32(dGates: usize, carry: usize, dHidden: usize, dH: usize, dY: usize, saved: usize, N: i32, H: i32): void {
  for (let n = 0; n < N; n++) {
    let j = 0;
    if (H >= 4) do { gruBackward(dGates, carry, dHidden, dH, dY, saved, H, j, true); } while ((j += 4) + 4 <= H);
    if (j < H) gruBackward(dGates, carry, dHidden, dH, dY, saved, H, j, false);
    dGates = at<f32>(dGates, 3 * H);
    carry = at<f32>(carry, H);
    dHidden = at<f32>(dHidden, 3 * H);
    dH = at<f32>(dH, H);
    dY = at<f32>(dY, H);
    saved = at<f32>(saved, 5 * H);
  }
}

@inline
function rnn(saved: usize, y: usize, h: usize, gates: usize, hidden: usize, H: i32, j: i32, isTanh: bool, isWhole: bool): void {
  const left = H - j;
  const sum = f32x4.add(take(at<f32>(gates, j), isWhole, left), take(at<f32>(hidden, j), isWhole, left));
  const out = isTanh ? tanh32(sum) : f32x4.max(sum, f32x4.splat(0));
  put(part(saved, 0, H, j), out, isWhole, left);
  put(part(saved, 1, H, j), take(at<f32>(h, j), isWhole, left), isWhole, left);
  put(at<f32>(h, j), out, isWhole, left);
  put(at<f32>(y, j), out, isWhole, left);
}

@inline
function plain(saved: usize, y: usize, h: usize, gates: usize, hidden: usize, N: i32, H: i32, isTanh: bool): void {
  for (let n = 0; n < N; n++) {
    let j = 0;
    if (H >= 4) do { rnn(saved, y, h, gates, hidden, H, j, isTanh, true); } while ((j += 4) + 4 <= H);
    if (j < H) rnn(saved, y, h, gates, hidden, H, j, isTanh, false);
    saved = at<f32>(saved, 2 * H);
    y = at<f32>(y, H);
    h = at<f32>(h, H);
    gates = at<f32>(gates, H);
    hidden = at<f32>(hidden, H);
  }
}

export function rnnTanh_f32(saved: usize, y: usize, h: usize, gates: usize, hidden: usize, N: i32, H: i32): void {
  plain(saved, y, h, gates, hidden, N, H, true);
}

export function rnnRelu_f32(saved: usize, y: usize, h: usize, gates: usize, hidden: usize, N: i32, H: i32): void {
  plain(saved, y, h, gates, hidden, N, H, false);
}

/** Where relu gave 0 it has slope 0; where it gave NaN, the gradient passes. */
@inline
function rnnBackward(dGates: usize, dH: usize, dY: usize, saved: usize, H: i32, j: i32, isTanh: bool, isWhole: bool): void {
  const left = H - j;
  const out = take(at<f32>(saved, j), isWhole, left);
  const dOut = f32x4.add(take(at<f32>(dY, j), isWhole, left), take(at<f32>(dH, j), isWhole, left));
  const d = isTanh ? f32x4.mul(dOut, tanhSlope(out)) : v128.andnot(dOut, f32x4.le(out, f32x4.splat(0)));
  put(at<f32>(dGates, j), d, isWhole, left);
}

@inline
function plainBackward(dGates: usize, dH: usize, dY: usize, saved: usize, N: i32, H: i32, isTanh: bool): void {
  for (let n = 0; n < N; n++) {
    let j = 0;
    if (H >= 4) do { rnnBackward(dGates, dH, dY, saved, H, j, isTanh, true); } while ((j += 4) + 4 <= H);
    if (j < H) rnnBackward(dGates, dH, dY, saved, H, j, isTanh, false);
    dGates = at<f32>(dGates, H);
    dH = at<f32>(dH, H);
    dY = at<f32>(dY, H);
    saved = at<f32>(saved, 2 * H);
  }
}

export function rnnTanhBackward_f32(dGates: usize, dH: usize, dY: usize, saved: usize, N: i32, H: i32): void {
  plainBackward(dGates, dH, dY, saved, N, H, true);
}

export function rnnReluBackward_f32(dGates: usize, dH: usize, dY: usize, saved: usize, N: i32, H: i32): void {
  plainBackward(dGates, dH, dY, saved, N, H, false);
}
