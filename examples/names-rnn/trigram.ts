const ORDER = 3;

/** Counts of what follows after 0, 1 and 2 symbols. */
const contexts = (symbols: readonly number[], at: number): string[] =>
  Array.from({ length: ORDER }, (_, n) => symbols.slice(Math.max(0, at - n), at).join(","));

/**
 * What the two letters before say about the next, mixed with what one says, and none: the usual yardstick for a network that
 * reads letters. The shares of the mix are those that do best on `held`, so that the network has to beat it at its best.
 *
 * @param words each with its start and end symbol
 * @returns nats a symbol of `held`
 * @source Jelinek & Mercer, 1980
 */
export const trigramLoss = (words: readonly number[][], held: readonly number[][], kinds: number): number => {
  const counts = new Map<string, Map<number, number>>();
  for (const word of words)
    for (let at = 1; at < word.length; at++)
      for (const context of contexts(word, at).map((c, n) => `${n}:${c}`)) {
        const next = counts.get(context) ?? new Map<number, number>();
        counts.set(context, next.set(word[at] as number, (next.get(word[at] as number) ?? 0) + 1));
      }
  const shareOf = (context: string, symbol: number): number => {
    const next = counts.get(context);
    if (next === undefined) return 0;
    return (next.get(symbol) ?? 0) / [...next.values()].reduce((a, b) => a + b, 0);
  };
  const shares = held.flatMap((word) =>
    word
      .slice(1)
      .map((symbol, i) => [
        1 / kinds,
        ...contexts(word, i + 1).map((context, n) => shareOf(`${n}:${context}`, symbol)),
      ]),
  );
  // Expectation maximisation of the four weights.
  let weights = Array.from({ length: ORDER + 1 }, () => 1 / (ORDER + 1));
  const mixed = (row: readonly number[]): number => row.reduce((sum, p, k) => sum + p * (weights[k] as number), 0);
  for (let round = 0; round < 50; round++)
    weights = weights.map(
      (w, k) => shares.reduce((sum, row) => sum + (w * (row[k] as number)) / mixed(row), 0) / shares.length,
    );
  return -shares.reduce((sum, row) => sum + Math.log(mixed(row)), 0) / shares.length;
};
