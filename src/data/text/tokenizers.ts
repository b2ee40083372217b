import { tensor } from "../../tensor/create.js";
import { ValueError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Vocabulary, type VocabularyOptions } from "./vocabulary.js";

/** Text to numbers and back. */
export interface Tokenizer {
  /** How many different numbers there are: rows that an embedding needs. */
  readonly size: number;
  /** @shape → [L] int32 */
  encode(text: string): Tensor;
  /** The text of numbers [L], of a tensor or an array. */
  decode(ids: Tensor | ArrayLike<number>): string;
}

/**
 * One number a character (a Unicode code point, so that an emoji is one), by its place in the sorted vocabulary.
 *
 * @example
 * const letters = data.CharTokenizer.from("hello");
 * letters.decode(letters.encode("hole")); // "hole"
 */
export class CharTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** Knows the characters of `text`. */
  static from(text: string, options: VocabularyOptions = {}): CharTokenizer {
    return new CharTokenizer(Vocabulary.build(text, options));
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** @throws ValueError for a character that is not in the vocabulary, where it has no token for what is unknown */
  encode(text: string): Tensor {
    return tensor(this.vocabulary.encode(text));
  }

  decode(ids: Tensor | ArrayLike<number>): string {
    return this.vocabulary.decode(valuesOf(ids)).join("");
  }

  toJSON(): { readonly kind: "characters"; readonly vocabulary: ReturnType<Vocabulary["toJSON"]> } {
    return { kind: "characters", vocabulary: this.vocabulary.toJSON() };
  }

  /** What `JSON.parse` made of a saved tokenizer. @throws FormatError where it is none */
  static fromJSON(json: unknown): CharTokenizer {
    const { vocabulary } = (json ?? {}) as { vocabulary?: unknown };
    return new CharTokenizer(Vocabulary.fromJSON(vocabulary));
  }
}

/** One number from 0 to 255 a byte of UTF-8: every text can be written, and there is nothing to learn or save. */
export class ByteTokenizer implements Tokenizer {
  readonly size = 256;

  encode(text: string): Tensor {
    return tensor(Int32Array.from(new TextEncoder().encode(text)));
  }

  /** Bytes that are no UTF-8 become U+FFFD, as a model may well make some. */
  decode(ids: Tensor | ArrayLike<number>): string {
    const bytes = Array.from(valuesOf(ids), (id, i) => {
      if (Number.isInteger(id) && id >= 0 && id < 256) return id;
      throw new ValueError({
        op: "ByteTokenizer.decode",
        problem: `${id} at place ${i} is not a byte`,
        rule: "0 to 255",
      });
    });
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  }
}

const valuesOf = (ids: Tensor | ArrayLike<number>): ArrayLike<number> =>
  "toTypedArray" in ids ? ids.toTypedArray() : ids;
