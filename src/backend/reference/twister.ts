/** Words of a twister's state. */
export const WORDS = 624;
const M = 397;

/** The top bit of one word and the others of the next, one to the right, with the twister's bits where one falls out. */
const mix = (word: number, next: number): number => {
  const mixed = (word & 0x80000000) | (next & 0x7fffffff);
  return (mixed >>> 1) ^ (-(mixed & 1) & 0x9908b0df);
};

/**
 * Makes the next block of words of the last one, in place.
 *
 * @source Matsumoto & Nishimura, mt19937, 1998
 */
export const twist = (words: Uint32Array): void => {
  // In three runs, so that no index has to be brought back into range.
  for (let i = 0; i < WORDS - M; i++)
    words[i] = (words[i + M] as number) ^ mix(words[i] as number, words[i + 1] as number);
  for (let i = WORDS - M; i < WORDS - 1; i++)
    words[i] = (words[i + M - WORDS] as number) ^ mix(words[i] as number, words[i + 1] as number);
  words[WORDS - 1] = (words[M - 1] as number) ^ mix(words[WORDS - 1] as number, words[0] as number);
};

/** What a word of the state is drawn as: an integer from 0 up. */
export const temper = (word: number): number => {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
};

/** 24 bits of a word as a number from 0 up to, not including, 1. */
export const fraction24 = (word: number): number => (word & 0xffffff) * 2 ** -24;

/** 53 bits of two words, the first of which is the high half, as a number from 0 up to, not including, 1. */
export const fraction53 = (high: number, low: number): number => ((high & 0x1fffff) * 2 ** 32 + low) * 2 ** -53;
