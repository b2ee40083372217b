import { fraction24, fraction53, temper, twist, WORDS } from "../backend/reference/twister.js";
import { ValueError } from "../tensor/errors.js";

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
  #words = new Uint32Array(WORDS);
  #next = WORDS;
  #seed = 0;
  /** Blocks of words that were mixed, and other changes, since this generator was made. */
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
    for (let i = 1; i < WORDS; i++) {
      const before = words[i - 1] as number;
      words[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
    this.#next = WORDS;
    this.#twists++;
    this.#cachedNormal = null;
    return this;
  }

  get initialSeed(): number {
    return this.#seed;
  }

  /** @internal Differs between two moments whenever something was drawn in between. */
  get drawn(): number {
    return this.#twists * WORDS + this.#next;
  }

  getState(): GeneratorState {
    return { seed: this.#seed, words: this.#words.slice(), next: this.#next, cachedNormal: this.#cachedNormal };
  }

  setState(state: GeneratorState): void {
    if (state.words.length !== WORDS || state.next < 0 || state.next > WORDS) {
      throw new ValueError({ op: "setState", problem: "this is not the state of a generator" });
    }
    this.#seed = state.seed;
    this.#words = state.words.slice();
    this.#next = state.next;
    this.#cachedNormal = state.cachedNormal;
  }

  /** 32 random bits as an integer from 0 up. */
  nextUint32(): number {
    if (this.#next === WORDS) {
      twist(this.#words);
      this.#next = 0;
      this.#twists++;
    }
    return temper(this.#words[this.#next++] as number);
  }

  /** 64 random bits: the first word drawn is the high half. */
  nextUint64(): bigint {
    const high = BigInt(this.nextUint32());
    return (high << 32n) | BigInt(this.nextUint32());
  }

  /** From 0 up to, not including, 1, with a float32's 24 bits. */
  nextFloat32(): number {
    return fraction24(this.nextUint32());
  }

  /** From 0 up to, not including, 1, with a float64's 53 bits. */
  nextFloat64(): number {
    return fraction53(this.nextUint32(), this.nextUint32());
  }

  /**
   * @internal Has `draw` take so many words in the place of nextUint32: it is given the state's words and the place of the next, and
   * leaves the words as so many draws leave them.
   */
  takeWords(count: number, draw: (words: Uint32Array, next: number) => void): void {
    draw(this.#words, this.#next);
    const end = this.#next + count;
    // A block is mixed when a word of it is drawn, not before.
    const twists = Math.max(0, Math.ceil(end / WORDS) - 1);
    this.#next = end - twists * WORDS;
    this.#twists += twists;
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
