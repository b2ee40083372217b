import type { DType } from "./dtype.js";
import type {
  BinaryOp,
  CellOp,
  CompareOp,
  CumulativeOp,
  DrawOp,
  FactorOp,
  OptimizerOp,
  PredicateOp,
  ReduceOp,
  ScatterOp,
  StepScalars,
  UnaryOp,
} from "./ops.js";
import type { Tape } from "./tape.js";

/**
 * THE backend contract. A backend knows flat buffers, sizes and strides; nothing of tensors, shapes that
 * do not fit, or gradients: all that was checked in front of it.
 *
 * Conventions, for every kernel:
 * - Arguments come outputs first, then inputs, then sizes and flags.
 * - Inputs may have any strides (0 for an expanded dimension, negative never). Outputs are contiguous,
 *   except `copy`'s, and never overlap an input unless the kernel says so.
 * - Binary inputs and `where` have one dtype (the op layer has promoted them) and broadcast against `out.shape`.
 * - Size 0 is legal everywhere: nothing is written, or a reduction's identity is.
 *
 * Letters: B batch, M K N matmul sizes, C classes, S anything.
 */
export interface Operand {
  readonly dtype: DType;
  /** Address in the heap of element [0, 0, …], in bytes. */
  readonly address: number;
  readonly shape: readonly number[];
  /** Elements (not bytes) to step over for each dimension. */
  readonly strides: readonly number[];
}

/** How attention weighs: scores are multiplied by `scale`; `isCausal` hides from query i the keys after key i. */
export interface AttentionSpec {
  readonly scale: number;
  readonly isCausal: boolean;
}

/** Depth, height, width; 1-D and 2-D have sizes 1 in front. */
export type Triple = readonly [number, number, number];

/** How a window moves over an image [N, C, D, H, W]. */
export interface ConvSpec {
  readonly stride: Triple;
  /** Zeros on both sides; negative ones cut off. */
  readonly padding: Triple;
  readonly dilation: Triple;
  readonly groups: number;
}

/** The elements under each output position along one dimension: start, start + step, … below end. */
export interface Windows {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly step: number;
  /** What each counts in an average, padding included where it counts. */
  readonly counts: Int32Array;
}

/** Windows along depth, height and width. */
export type WindowsOf3 = readonly [Windows, Windows, Windows];

export interface Backend {
  readonly name: string;

  // --- moving -------------------------------------------------------------------------------------------------
  /** out ← x, element by element, casting. Any strides on both sides. Float to integer truncates, as in PyTorch. */
  copy(out: Operand, x: Operand): void;
  /** out ← value, any strides. */
  fill(out: Operand, value: number): void;

  // --- element by element ---------------------------------------------------------------------------------------
  /** `out` may be `x` itself. */
  unary(op: UnaryOp, out: Operand, x: Operand): void;
  predicate(op: PredicateOp, out: Operand, x: Operand): void;
  /** A number stands for a scalar of the other side's dtype. `out` may be `a` itself when it is contiguous. */
  binary(op: BinaryOp, out: Operand, a: Operand | number, b: Operand | number): void;
  compare(op: CompareOp, out: Operand, a: Operand | number, b: Operand | number): void;
  /** out ← condition (bool) ? a : b */
  where(out: Operand, condition: Operand, a: Operand | number, b: Operand | number): void;

  // --- along dimensions -----------------------------------------------------------------------------------------
  /** out holds x's shape without `dims` (or with size 1 there: the order of elements is the same). */
  reduce(op: ReduceOp, out: Operand, x: Operand, dims: readonly number[]): void;
  /** out (int32) ← the first index of the largest or smallest element along `dim`; NaN wins. */
  argReduce(op: "argmax" | "argmin", out: Operand, x: Operand, dim: number): void;
  cumulative(op: CumulativeOp, out: Operand, x: Operand, dim: number): void;
  /** The largest or smallest so far and its last index (int32); NaN wins. */
  cumulativeExtremum(op: "cummax" | "cummin", values: Operand, indices: Operand, x: Operand, dim: number): void;
  /** out[i] ← x[i] + a[i] · out[i−1] along `dim`, or out[i+1] in reverse; nothing before the first. */
  recurrence(out: Operand, x: Operand, a: Operand, dim: number, isReverse: boolean): void;
  softmax(op: "softmax" | "logSoftmax", out: Operand, x: Operand, dim: number): void;
  /** dX from dY and the forward's output y. */
  softmaxBackward(op: "softmax" | "logSoftmax", dX: Operand, dY: Operand, y: Operand, dim: number): void;
  /** y ← (x − mean) / √(variance + eps) over `dims`, with both in x's shape with size 1 there. */
  standardize(y: Operand, mean: Operand, variance: Operand, x: Operand, dims: readonly number[], eps: number): void;
  /**
   * y ← (x − mean) / √(variance + eps) · w + b of x [N, C, …], with the averages and variances [C] of each channel. No size is 0.
   */
  batchNorm(
    y: Operand,
    means: Operand,
    variances: Operand,
    x: Operand,
    w: Operand | null,
    b: Operand | null,
    eps: number,
  ): void;
  /** dX, dW and dB of batchNorm; means and variances as it gave them. */
  batchNormBackward(
    dX: Operand,
    dW: Operand,
    dB: Operand,
    dY: Operand,
    x: Operand,
    means: Operand,
    variances: Operand,
    w: Operand | null,
    eps: number,
  ): void;
  /**
   * y ← (x − mean) · rstd · w + b over rows of w's and b's length (or of x's over means'), rstd = 1 / √(variance + eps). No size
   * is 0.
   */
  layerNorm(
    y: Operand,
    means: Operand,
    rstds: Operand,
    x: Operand,
    w: Operand | null,
    b: Operand | null,
    eps: number,
  ): void;
  /** dX, dW and dB of layerNorm; means and rstds as it gave them. */
  layerNormBackward(
    dX: Operand,
    dW: Operand,
    dB: Operand,
    dY: Operand,
    x: Operand,
    means: Operand,
    rstds: Operand,
    w: Operand | null,
  ): void;
  /** Ascending, or descending; stable; NaN is greatest. `indices` is int32. */
  sort(values: Operand, indices: Operand, x: Operand, dim: number, isDescending: boolean): void;

  // --- matrices -------------------------------------------------------------------------------------------------
  /** out [...B, M, N] ← a [...B, M, K] · b [...B, K, N]; the B of a and b are expanded already. K = 0 gives zeros. */
  matmul(out: Operand, a: Operand, b: Operand): void;
  /** out [M, N] ← x [M, K] · w [N, K]ᵀ + bias [N], right for any K. */
  linear(out: Operand, x: Operand, w: Operand, bias: Operand | null): void;

  /**
   * Decomposes matrices [...B, m, n] in float64, batch by batch; sizes in src/backend/reference/factor.ts.
   * @returns the first batch that cannot be (singular, not positive definite), or −1
   */
  factor(op: FactorOp, outputs: readonly Operand[], inputs: readonly Operand[], sizes: readonly number[]): number;

  // --- windows over images --------------------------------------------------------------------------------------
  /** out [N, O, …] ← x [N, C, …] under weights w [O, C/groups, …], plus bias [O]. */
  conv(out: Operand, x: Operand, w: Operand, bias: Operand | null, spec: ConvSpec): void;
  /** dX of conv from dOut and w; also the forward of a transposed convolution. */
  convBackwardInput(dX: Operand, dOut: Operand, w: Operand, spec: ConvSpec): void;
  /** dW of conv from dOut and x. */
  convBackwardWeight(dW: Operand, dOut: Operand, x: Operand, spec: ConvSpec): void;
  /** The largest element of each window, and its place in the image's plane (int32); NaN wins. */
  maxPool(out: Operand, places: Operand, x: Operand, windows: WindowsOf3): void;
  /** dX (contiguous) ← zeros, and each element of dOut at its place; several at one place add up. Places as maxPool gave them. */
  maxPoolBackward(dX: Operand, dOut: Operand, places: Operand, windows: WindowsOf3): void;
  /** The sum of each window over what it counts, or over `divisor`. */
  avgPool(out: Operand, x: Operand, windows: WindowsOf3, divisor: number | null): void;
  avgPoolBackward(dX: Operand, dOut: Operand, windows: WindowsOf3, divisor: number | null): void;

  // --- indices (int32, already checked to be in range and not negative) -----------------------------------------
  /** out ← x with dimension `dim` replaced by x's slices at index [S]. */
  indexSelect(out: Operand, x: Operand, index: Operand, dim: number): void;
  /** out [index.shape]: out[i][j] = x[index[i][j]][j] for dim 0, and so on. */
  gather(out: Operand, x: Operand, index: Operand, dim: number): void;
  /** out[index[i][j]][j] ∘= src[i][j] for dim 0, and so on, in the order of the elements. `out` holds x already. */
  scatter(op: ScatterOp, out: Operand, index: Operand, src: Operand | number, dim: number): void;
  /** out [S] ← x flat at offsets [S] (int32 element offsets into contiguous x). */
  take(out: Operand, x: Operand, offsets: Operand): void;
  /** out flat at offsets ∘= values. `out` is contiguous. */
  put(op: "set" | "sum", out: Operand, offsets: Operand, values: Operand | number): void;
  /** Row-major coordinates [n, rank] of the elements that are not zero, as plain numbers. */
  nonzero(x: Operand): Int32Array;

  // --- fused ----------------------------------------------------------------------------------------------------
  /**
   * losses [N] and probabilities [N, C] of logits [N, C] (contiguous float) for class indices target [N] (int32).
   * A target equal to `ignoreIndex` has loss 0. `counted` [] (float) is the number of the others.
   * @returns the first row whose target is neither in 0…C−1 nor `ignoreIndex`, or −1
   */
  crossEntropy(
    losses: Operand,
    probabilities: Operand,
    counted: Operand,
    logits: Operand,
    target: Operand,
    ignoreIndex: number,
  ): number;
  /** dLogits [N, C] ← (probabilities − onehot(target)) · dLosses [N] (any stride, so one scalar may be expanded); 0 for ignored rows. */
  crossEntropyBackward(
    dLogits: Operand,
    probabilities: Operand,
    target: Operand,
    dLosses: Operand,
    ignoreIndex: number,
  ): void;
  /**
   * out [...B, L, V] ← softmax(scale · q kᵀ + mask) · v of q [...B, L, E], k [...B, S, E], v [...B, S, V], mask [...B, L, S];
   * logSums [...B, L] serve the backward pass. No size is 0. What is hidden still spreads its NaN.
   */
  attention(
    out: Operand,
    logSums: Operand,
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | null,
    spec: AttentionSpec,
  ): void;
  /** dQ, dK and dV of attention from dOut and what it gave. */
  attentionBackward(
    dQ: Operand,
    dK: Operand,
    dV: Operand,
    dOut: Operand,
    out: Operand,
    logSums: Operand,
    q: Operand,
    k: Operand,
    v: Operand,
    mask: Operand | null,
    spec: AttentionSpec,
  ): void;
  /**
   * One step of a recurrent layer: `states` (h [N, H], and an LSTM's c) go one step on, in place, under the input's and the
   * state's shares of the gates [N, G·H]. `outputs` are saved [N, S·H] for the backward pass, whose last H columns are h before
   * the step, and a copy of each state. In every operand rows are contiguous.
   */
  recurrentCell(
    op: CellOp,
    outputs: readonly Operand[],
    states: readonly Operand[],
    gates: Operand,
    hidden: Operand,
  ): void;
  /**
   * The way back: from dH, which the step after gives through its product, and dY and dCells, which the copies get. `outputs` are
   * dGates [N, G·H]; but for a plain RNN `carry` [N, H], in place: what passes by the gates; and a GRU's dHidden [N, G·H], which
   * for others is dGates.
   */
  recurrentCellBackward(
    op: CellOp,
    outputs: readonly Operand[],
    dH: Operand,
    dY: Operand,
    dCells: Operand | null,
    saved: Operand,
  ): void;
  /** out [S, R] (float) ← scale · source [T, R] (uint8 or float) at rows [S] (int32). */
  gatherRows(out: Operand, source: Operand, rows: Operand, scale: number): void;
  /**
   * One step of an optimizer on parameters of equal settings and dtype, each with its gradient and its states: changes parameters and
   * states (contiguous). None shares memory with another.
   */
  optimizerStep(
    op: OptimizerOp,
    params: readonly Operand[],
    grads: readonly Operand[],
    states: readonly (readonly Operand[])[],
    scalars: StepScalars,
  ): void;
  /**
   * out (float, contiguous) ← what a mersenne twister draws: numbers from `a` up to, not including, `b`, or `b` with probability `a`,
   * else 0. `words` are its 624 words, `next` the place of the next; the words are left as the draws leave them. A number takes two
   * words, a uniform one in float32 takes one.
   */
  draw(op: DrawOp, out: Operand, words: Uint32Array, next: number, a: number, b: number): void;
  /** A tape for kernel calls, where kernels are such calls. */
  tape?(): Tape;
}
