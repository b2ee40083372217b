/** Rows x [R, C] brought to mean 0 and variance 1, times w, plus b. */
export const layerNorm = (
  x: Float64Array,
  w: Float64Array | null,
  b: Float64Array | null,
  R: number,
  eps: number,
): { y: Float64Array; means: Float64Array; rstds: Float64Array } => {
  const C = x.length / R;
  const [y, means, rstds] = [new Float64Array(R * C), new Float64Array(R), new Float64Array(R)];
  for (let r = 0; r < R; r++) {
    const row = x.subarray(r * C, (r + 1) * C);
    const mean = row.reduce((sum, v) => sum + v, 0) / C;
    const rstd = 1 / Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / C + eps);
    means[r] = mean;
    rstds[r] = rstd;
    row.forEach((v, c) => {
      y[r * C + c] = (v - mean) * rstd * (w === null ? 1 : (w[c] as number)) + (b === null ? 0 : (b[c] as number));
    });
  }
  return { y, means, rstds };
};

/** With g = dY · w and n = (x − mean) · rstd: dX = rstd · (g − average of g − n · average of g · n), dW = Σ dY · n, dB = Σ dY. */
export const layerNormBackward = (
  dY: Float64Array,
  x: Float64Array,
  means: Float64Array,
  rstds: Float64Array,
  w: Float64Array | null,
): { dX: Float64Array; dW: Float64Array; dB: Float64Array } => {
  const R = means.length;
  const C = x.length / R;
  const [dX, dW, dB] = [new Float64Array(R * C), new Float64Array(C), new Float64Array(C)];
  for (let r = 0; r < R; r++) {
    const rstd = rstds[r] as number;
    const n = x.subarray(r * C, (r + 1) * C).map((v) => (v - (means[r] as number)) * rstd);
    const d = dY.subarray(r * C, (r + 1) * C);
    const g = d.map((v, c) => v * (w === null ? 1 : (w[c] as number)));
    const plain = g.reduce((sum, v) => sum + v, 0) / C;
    const weighted = g.reduce((sum, v, c) => sum + v * (n[c] as number), 0) / C;
    for (let c = 0; c < C; c++) {
      dX[r * C + c] = rstd * ((g[c] as number) - plain - (n[c] as number) * weighted);
      dW[c] = (dW[c] as number) + (d[c] as number) * (n[c] as number);
      dB[c] = (dB[c] as number) + (d[c] as number);
    }
  }
  return { dX, dW, dB };
};
