const largestOf = (row: Float64Array): number => row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** eˣ over its sum, or x − ln Σ eˣ, shifted by the largest so that nothing overflows. */
export const softmaxRow = (op: "softmax" | "logSoftmax", row: Float64Array, out: Float64Array): void => {
  const largest = largestOf(row);
  let sum = 0;
  for (const v of row) sum += Math.exp(v - largest);
  const logSum = Math.log(sum);
  for (let i = 0; i < row.length; i++) {
    const shifted = (row[i] as number) - largest;
    out[i] = op === "softmax" ? Math.exp(shifted) / sum : shifted - logSum;
  }
};

/** dX = y · (dY − Σ dY·y) for softmax, dY − eʸ · Σ dY for its logarithm. */
export const softmaxBackwardRow = (
  op: "softmax" | "logSoftmax",
  d: Float64Array,
  y: Float64Array,
  out: Float64Array,
): void => {
  let sum = 0;
  for (let i = 0; i < d.length; i++) sum += (d[i] as number) * (op === "softmax" ? (y[i] as number) : 1);
  for (let i = 0; i < d.length; i++) {
    const [g, v] = [d[i] as number, y[i] as number];
    out[i] = op === "softmax" ? v * (g - sum) : g - Math.exp(v) * sum;
  }
};

export const crossEntropy = (
  logits: Float64Array,
  target: Float64Array,
  ignoreIndex: number,
): { losses: Float64Array; probabilities: Float64Array; badRow: number } => {
  const N = target.length;
  const C = N === 0 ? 0 : logits.length / N;
  const losses = new Float64Array(N);
  const probabilities = new Float64Array(logits.length);
  const logProbabilities = new Float64Array(C);
  for (let n = 0; n < N; n++) {
    const label = target[n] as number;
    const isIgnored = label === ignoreIndex;
    if (!isIgnored && (label < 0 || label >= C)) return { losses, probabilities, badRow: n };
    const row = logits.subarray(n * C, (n + 1) * C);
    softmaxRow("softmax", row, probabilities.subarray(n * C, (n + 1) * C));
    softmaxRow("logSoftmax", row, logProbabilities);
    losses[n] = isIgnored ? 0 : -(logProbabilities[label] as number);
  }
  return { losses, probabilities, badRow: -1 };
};

export const crossEntropyBackward = (
  p: Float64Array,
  target: Float64Array,
  d: Float64Array,
  ignoreIndex: number,
): Float64Array => {
  const C = target.length === 0 ? 0 : p.length / target.length;
  return p.map((v, i) => {
    const n = Math.floor(i / C);
    const label = target[n] as number;
    return label === ignoreIndex ? 0 : (v - Number(i % C === label)) * (d[n] as number);
  });
};
