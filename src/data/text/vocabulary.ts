import { FormatError, ValueError } from "../../tensor/errors.js";

export interface VocabularyOptions {
  /** Tokens that come first, in this order, whether the text has them or not: padding, start, end. Default none. */
  specials?: readonly string[] | undefined;
  /** The token that stands for all that are unknown; it is put first where `specials` lacks it. Default: they are errors. */
  unknown?: string | null | undefined;
  /** A token seen less often is left out. Default 1. */
  minFrequency?: number | undefined;
  /** No more tokens than this, specials included: the most frequent stay. Default: all. */
  maxSize?: number | undefined;
}

/** Tokens and their numbers: what an embedding's rows stand for. */
export class Vocabulary {
  /** By number. */
  readonly tokens: readonly string[];
  /** The token that stands for unknown ones, or null. */
  readonly unknown: string | null;
  readonly #numbers: ReadonlyMap<string, number>;

  /** @throws ValueError for a token that is there twice, or an `unknown` that is not among them */
  constructor(tokens: readonly string[], { unknown = null }: { unknown?: string | null | undefined } = {}) {
    this.tokens = [...tokens];
    this.unknown = unknown;
    this.#numbers = new Map(tokens.map((token, i) => [token, i]));
    const twice = tokens.find((token, i) => this.#numbers.get(token) !== i);
    if (twice !== undefined)
      throw new ValueError({ op: "Vocabulary", problem: `the token ${JSON.stringify(twice)} is there twice` });
    if (unknown !== null && !this.#numbers.has(unknown))
      throw new ValueError({
        op: "Vocabulary",
        problem: `the unknown token ${JSON.stringify(unknown)} is not one of the tokens`,
      });
  }

  /**
   * The different tokens of a text: specials first, then the others sorted by their code units, so that the order of the text
   * does not matter.
   */
  static build(tokens: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
    const { specials = [], unknown = null, minFrequency = 1, maxSize = Number.POSITIVE_INFINITY } = options;
    const first = unknown === null || specials.includes(unknown) ? specials : [unknown, ...specials];
    if (!(maxSize >= Math.max(1, first.length)))
      throw new ValueError({
        op: "Vocabulary.build",
        problem: `maxSize is ${maxSize}`,
        rule: `from ${Math.max(1, first.length)} up: the special tokens need their places`,
      });
    const counts = new Map<string, number>();
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const token of first) counts.delete(token);
    const frequent = [...counts]
      .filter(([, count]) => count >= minFrequency)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, maxSize - first.length)
      .map(([token]) => token);
    return new Vocabulary([...first, ...frequent.sort()], { unknown });
  }

  get size(): number {
    return this.tokens.length;
  }

  has(token: string): boolean {
    return this.#numbers.has(token);
  }

  /** The number of a token, or of the unknown token. @throws ValueError where there is neither */
  numberOf(token: string): number {
    const number = this.#numbers.get(token) ?? (this.unknown === null ? undefined : this.#numbers.get(this.unknown));
    if (number !== undefined) return number;
    throw new ValueError({
      op: "Vocabulary.encode",
      problem: `the token ${JSON.stringify(token)} is not among the ${this.size} known ones`,
      hint: 'build the vocabulary with { unknown: "<unk>" }, or from a text that has every token',
    });
  }

  encode(tokens: Iterable<string>): Int32Array {
    return Int32Array.from(tokens, (token) => this.numberOf(token));
  }

  /** @throws ValueError for a number that no token has */
  decode(numbers: ArrayLike<number>): string[] {
    return Array.from(numbers, (number, i) => {
      const token = this.tokens[number];
      if (token !== undefined) return token;
      throw new ValueError({
        op: "Vocabulary.decode",
        problem: `no token has the number ${number} at place ${i}`,
        rule: `integers from 0 to ${this.size - 1}`,
      });
    });
  }

  toJSON(): { readonly tokens: readonly string[]; readonly unknown: string | null } {
    return { tokens: this.tokens, unknown: this.unknown };
  }

  /** What `JSON.parse` made of a saved vocabulary. @throws FormatError where it is none */
  static fromJSON(json: unknown): Vocabulary {
    const { tokens, unknown = null } = (json ?? {}) as { tokens?: unknown; unknown?: unknown };
    const isText = (value: unknown): value is string => typeof value === "string";
    if (!Array.isArray(tokens) || !tokens.every(isText) || !(unknown === null || isText(unknown)))
      throw new FormatError({
        op: "Vocabulary.fromJSON",
        problem: "this is not a saved vocabulary",
        rule: "{ tokens: [text, …], unknown: text or null }",
      });
    return new Vocabulary(tokens, { unknown });
  }
}
