import type { AttentionSpec } from "../backend.js";
import { softmaxRow } from "./fused.js";

/** Sizes of one head: L queries, S keys, E features of both, V features of values. */
interface Sizes {
  readonly L: number;
  readonly S: number;
  readonly E: number;
  readonly V: number;
}

/** Row-major parts of one head. */
export interface Head {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly mask: Float64Array | null;
}

/** a [M, K] · b [K, N], either by its transpose. */
const product = (
  a: Float64Array,
  b: Float64Array,
  [M, N, K]: readonly [number, number, number],
  { isAt = false, isBt = false } = {},
): Float64Array => {
  const out = new Float64Array(M * N);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++) {
        const x = a[isAt ? k * M + m : m * K + k] as number;
        out[m * N + n] = (out[m * N + n] as number) + x * (b[isBt ? n * K + k : k * N + n] as number);
      }
  return out;
};

const scoresOf = ({ q, k, mask }: Head, { L, S, E }: Sizes, { scale, isCausal }: AttentionSpec): Float64Array =>
  product(q, k, [L, S, E], { isBt: true }).map((score, i) => {
    const hidden = isCausal && i % S > Math.floor(i / S) ? Number.NEGATIVE_INFINITY : 0;
    return score * scale + hidden + (mask === null ? 0 : (mask[i] as number));
  });

const weightsOf = (scores: Float64Array, { L, S }: Sizes): Float64Array => {
  const weights = new Float64Array(L * S);
  for (let i = 0; i < L; i++)
    softmaxRow("softmax", scores.subarray(i * S, (i + 1) * S), weights.subarray(i * S, (i + 1) * S));
  return weights;
};

/** softmax(scale · q kᵀ + mask) · v, and the logarithm of each query's sum of exponentials. */
export const attention = (
  head: Head,
  sizes: Sizes,
  spec: AttentionSpec,
): { out: Float64Array; logSums: Float64Array } => {
  const { L, S, V } = sizes;
  const scores = scoresOf(head, sizes, spec);
  const logs = new Float64Array(S);
  const logSums = Float64Array.from({ length: L }, (_, i) => {
    const row = scores.subarray(i * S, (i + 1) * S);
    softmaxRow("logSoftmax", row, logs);
    const largest = row.indexOf(row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    return largest < 0 ? Number.NaN : (row[largest] as number) - (logs[largest] as number);
  });
  return { out: product(weightsOf(scores, sizes), head.v, [L, V, S]), logSums };
};

/** With weights P: dV = Pᵀ dO, dS = P ∘ (dO vᵀ − Σ dO ∘ out) · scale, dQ = dS k, dK = dSᵀ q. */
export const attentionBackward = (
  head: Head,
  dOut: Float64Array,
  out: Float64Array,
  sizes: Sizes,
  spec: AttentionSpec,
): readonly [dQ: Float64Array, dK: Float64Array, dV: Float64Array] => {
  const { L, S, E, V } = sizes;
  const weights = weightsOf(scoresOf(head, sizes, spec), sizes);
  const taken = Float64Array.from({ length: L }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < V; j++) sum += (dOut[i * V + j] as number) * (out[i * V + j] as number);
    return sum;
  });
  const dS = product(dOut, head.v, [L, S, V], { isBt: true }).map(
    (d, i) => (weights[i] as number) * (d - (taken[Math.floor(i / S)] as number)) * spec.scale,
  );
  return [
    product(dS, head.k, [L, E, S]),
    product(dS, head.q, [S, E, L], { isAt: true }),
    product(weights, dOut, [S, V, L], { isAt: true }),
  ];
};
