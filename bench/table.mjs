/** The element below which a share q of them lies. */
export const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.round(q * (values.length - 1))];

/** PyTorch's row with an environment that a user does not have by default: the ratios are over the others. */
export const TUNED_TORCH = "PyTorch, tuned";

/** The best of PyTorch's thread counts, or null where it did not take part. */
export const bestTorch = ({ results }) => {
  const times = results
    .filter(({ name }) => name.startsWith("PyTorch") && name !== TUNED_TORCH)
    .map(({ median }) => median);
  return times.length === 0 ? null : Math.min(...times);
};

/** How much of the time the arithmetic, or the moving of bytes, takes at the best rate that was measured in the run. */
export const shareOfFloor = ({ multiplyAdds, bytes }, { name, isOurs, median }, ceilings) => {
  const ceiling = ceilings[name];
  if (!isOurs || ceiling === undefined) return null;
  if (multiplyAdds !== null) return multiplyAdds / (ceiling.matmul * 1e6) / median;
  return bytes === null ? null : bytes / (ceiling.copy * 1e6) / median;
};

/** Three digits that count. */
export const digits = (value) => {
  if (value === null || !Number.isFinite(value)) return "–";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
};

export const printTable = (title, one, ceilings) => {
  const torch = bestTorch(one);
  console.log(`\n${title}, ${one.case}: ms`);
  const row = (cells) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(34) : cell.padStart(9))).join(" "));
  row(["", "median", "quartile", "quartile", "/PyTorch", "of floor"]);
  for (const result of one.results) {
    const { name, median, quartiles } = result;
    const ratio = torch === null ? null : median / torch;
    row([name, ...[median, ...quartiles, ratio, shareOfFloor(one, result, ceilings)].map(digits)]);
  }
};
