/** x [N, C, L], each channel brought to mean 0 and variance 1, times w, plus b. */
export const batchNorm = (
  x: Float64Array,
  w: Float64Array | null,
  b: Float64Array | null,
  [N, C]: readonly [number, number],
  eps: number,
): { y: Float64Array; means: Float64Array; variances: Float64Array } => {
  const [y, means, variances] = [new Float64Array(x.length), new Float64Array(C), new Float64Array(C)];
  const n = x.length / C;
  for (let c = 0; c < C; c++) {
    const places = placesOf(c, N, C, n / N);
    const mean = places.reduce((sum, i) => sum + (x[i] as number), 0) / n;
    const variance = places.reduce((sum, i) => sum + ((x[i] as number) - mean) ** 2, 0) / n;
    const scale = (w === null ? 1 : (w[c] as number)) / Math.sqrt(variance + eps);
    for (const i of places) y[i] = ((x[i] as number) - mean) * scale + (b === null ? 0 : (b[c] as number));
    means[c] = mean;
    variances[c] = variance;
  }
  return { y, means, variances };
};

/** With n = (x − mean) · rstd: dX = w · rstd · (dY − average of dY − n · average of dY · n), dW = Σ dY · n, dB = Σ dY. */
export const batchNormBackward = (
  dY: Float64Array,
  x: Float64Array,
  means: Float64Array,
  variances: Float64Array,
  w: Float64Array | null,
  [N, C]: readonly [number, number],
  eps: number,
): { dX: Float64Array; dW: Float64Array; dB: Float64Array } => {
  const [dX, dW, dB] = [new Float64Array(x.length), new Float64Array(C), new Float64Array(C)];
  const n = x.length / C;
  for (let c = 0; c < C; c++) {
    const places = placesOf(c, N, C, n / N);
    const rstd = 1 / Math.sqrt((variances[c] as number) + eps);
    const normal = (i: number): number => ((x[i] as number) - (means[c] as number)) * rstd;
    const plain = places.reduce((sum, i) => sum + (dY[i] as number), 0);
    const weighted = places.reduce((sum, i) => sum + (dY[i] as number) * normal(i), 0);
    const scale = (w === null ? 1 : (w[c] as number)) * rstd;
    for (const i of places) dX[i] = scale * ((dY[i] as number) - plain / n - (normal(i) * weighted) / n);
    dW[c] = weighted;
    dB[c] = plain;
  }
  return { dX, dW, dB };
};

/** The elements of a channel. */
const placesOf = (c: number, N: number, C: number, L: number): number[] =>
  Array.from({ length: N * L }, (_, i) => (Math.floor(i / L) * C + c) * L + (i % L));
