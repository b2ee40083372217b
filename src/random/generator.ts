import { ValueError } from "../tensor/errors.js";

const N = 624;
const M = 397;

/** The top bit of one word and the others of the next, one to the right, with the twister's bits where one falls out. */
const mix = (word: number, next: number): number => {
  const mixed = (word & 0x80000000) | (next & 0x7fffffff);
  return (mixed >>> 1) ^ (-(mixed & 1) & 0x9908b0df);
};

/** Everything that decides what a generator draws next. */
export interface GeneratorState {
  readonly seed: number;
  readonly words: Uint32Array;
  readonly next: number;
  readonly cachedNormal: number | null;
}

/**
 * Mersenne twister that draws as PyTorch's CPU generator does: the same seed gives the same numbers.
 *
 * @source Matsumoto & Nishimura, mt19937, 1998; torch.Generator
 */
export class Generator {
  #words = new Uint32Array(N);
  #next = N;
  #seed = 0;
  /** Blocks of N words that were mixed, and other changes, since this generator was made. */
  #twists = 0;
  #cachedNormal: number | null = null;

  constructor(seed = 0) {
    this.manualSeed(seed);
  }

  /** Starts anew from `seed`: an integer; its low 32 bits count, as in PyTorch. */
  manualSeed(seed: number): this {
    if (!Number.isSafeInteger(seed)) {
      throw new ValueError({
        op: "manualSeed",
        problem: `${seed} is not a seed`,
        rule: "an integer that a number can hold exactly",
      });
    }
    this.#seed = seed;
    const words = this.#words;
    words[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < N; i++) {
      const before = words[i - 1] as number;
      words[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
    this.#next = N;
    this.#twists++;
    this.#cachedNormal = null;
    return this;
  }

  get initialSeed(): number {
    return this.#seed;
  }

  /** @internal Differs between two moments whenever something was drawn in between. */
  get drawn(): number {
    return this.#twists * N + this.#next;
  }

  getState(): GeneratorState {
    return { seed: this.#seed, words: this.#words.slice(), next: this.#next, cachedNormal: this.#cachedNormal };
  }

  setState(state: GeneratorState): void {
    if (state.words.length !== N || state.next < 0 || state.next > N) {
      throw new ValueError({ op: "setState", problem: "this is not the state of a generator" });
    }
    this.#seed = state.seed;
    this.#words = state.words.slice();
    this.#next = state.next;
    this.#cachedNormal = state.cachedNormal;
  }

  /** 32 random bits as an integer from 0 up. */
  nextUint32(): number {
    if (this.#next === N) this.#twist();
    let y = this.#words[this.#next++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** 64 random bits: the first word drawn is the high half. */
  nextUint64(): bigint {
    const high = BigInt(this.nextUint32());
    return (high << 32n) | BigInt(this.nextUint32());
  }

  /** From 0 up to, not including, 1, with a float32's 24 bits. */
  nextFloat32(): number {
    return (this.nextUint32() & 0xffffff) * 2 ** -24;
  }

  /** From 0 up to, not including, 1, with a float64's 53 bits. */
  nextFloat64(): number {
    const high = this.nextUint32() & 0x1fffff;
    return (high * 2 ** 32 + this.nextUint32()) * 2 ** -53;
  }

  /** What so many calls of nextUint32 would give, faster. */
  fillUint32(out: Uint32Array): void {
    const words = this.#words;
    for (let i = 0; i < out.length; ) {
      if (this.#next === N) this.#twist();
      const shift = this.#next - i;
      const end = Math.min(out.length, N - shift);
      for (; i < end; i++) {
        let y = words[i + shift] as number;
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        out[i] = y ^ (y >>> 18);
      }
      this.#next = i + shift;
    }
  }

  #twist(): void {
    const words = this.#words;
    // In three runs, so that no index has to be brought back into range.
    for (let i = 0; i < N - M; i++)
      words[i] = (words[i + M] as number) ^ mix(words[i] as number, words[i + 1] as number);
    for (let i = N - M; i < N - 1; i++)
      words[i] = (words[i + M - N] as number) ^ mix(words[i] as number, words[i + 1] as number);
    words[N - 1] = (words[M - 1] as number) ^ mix(words[N - 1] as number, words[0] as number);
    this.#next = 0;
    this.#twists++;
  }

  /** One normal number in float64, two a time: the second is kept for the next call. */
  nextNormal(): number {
    if (this.#cachedNormal !== null) {
      const cached = this.#cachedNormal;
      this.#cachedNormal = null;
      return cached;
    }
    const u1 = this.nextFloat64();
    const radius = Math.sqrt(-2 * Math.log1p(-this.nextFloat64()));
    this.#cachedNormal = radius * Math.sin(2 * Math.PI * u1);
    return radius * Math.cos(2 * Math.PI * u1);
  }
}

/** The generator that everything draws from unless it is given another. */
export const defaultGenerator: Generator = new Generator(67280421310721);

/** What the default generator was seeded with. @source torch.initial_seed */
export const initialSeed = (): number => defaultGenerator.initialSeed;
/** Everything that decides what the default generator draws next. @source torch.get_rng_state */
export const getRngState = (): GeneratorState => defaultGenerator.getState();
/** Puts the default generator back to a state. @source torch.set_rng_state */
export const setRngState = (state: GeneratorState): void => defaultGenerator.setState(state);

/** Seeds the default generator, and returns it. @source torch.manual_seed */
export const manualSeed = (seed: number): Generator => defaultGenerator.manualSeed(seed);
