import type { Generator } from "../../random/generator.js";

/** As torch.empty(1).uniform_(low, high) draws in float32. */
export const uniform32 = (generator: Generator, low: number, high: number): number =>
  Math.fround(generator.nextFloat32() * Math.fround(high - low) + Math.fround(low));

/** An integer from 0 to `most`, as torch.randint(0, most + 1) draws it. */
export const drawUpTo = (most: number, generator: Generator): number => generator.nextUint32() % (most + 1);

/** Halves go to the even neighbour, as Python rounds. */
export const roundEven = (x: number): number => {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
};
