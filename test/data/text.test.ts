import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { data, tensor } from "../../src/index.js";

describe("tokenizers", () => {
  it("give every text back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (whole) => {
        const letters = data.CharTokenizer.from(`${whole}a`);
        expect(letters.decode(letters.encode(whole))).toBe(whole);
        expect(new data.ByteTokenizer().decode(new data.ByteTokenizer().encode(whole))).toBe(whole);
      }),
    );
  });

  it("count code points, so that an emoji is one character and four bytes", () => {
    expect(data.CharTokenizer.from("a🐋").encode("🐋a").toArray()).toEqual([1, 0]);
    expect(new data.ByteTokenizer().encode("🐋").shape).toEqual([4]);
  });

  it("name what they do not know", () => {
    const letters = data.CharTokenizer.from("abc");
    expect(() => letters.encode("abz")).toThrow(/"z" is not among the 3 known ones[\s\S]*unknown/);
    expect(() => letters.decode([0, 3])).toThrow(/number 3 at place 1[\s\S]*0 to 2/);
    expect(() => new data.ByteTokenizer().decode([256])).toThrow(/256 at place 0 is not a byte/);
    const tolerant = data.CharTokenizer.from("abc", { unknown: "?" });
    expect(tolerant.decode(tolerant.encode("abz"))).toBe("ab?");
  });

  it("make U+FFFD of bytes that are no UTF-8", () => {
    expect(new data.ByteTokenizer().decode(tensor([0x61, 0xff]))).toBe("a\ufffd");
  });

  it("are saved as JSON", () => {
    const letters = data.CharTokenizer.from("hello\n", { unknown: "<unk>" });
    const again = data.CharTokenizer.fromJSON(JSON.parse(JSON.stringify(letters)));
    expect(again.encode("hole!").toArray()).toEqual(letters.encode("hole!").toArray());
    expect(again.size).toBe(6);
  });
});

describe("a vocabulary", () => {
  const words = "the whale the sea a whale the".split(" ");

  it("has specials first, then tokens in their own order, whatever the text's", () => {
    const built = data.Vocabulary.build(words, { specials: ["<pad>"], unknown: "<unk>" });
    expect(built.tokens).toEqual(["<unk>", "<pad>", "a", "sea", "the", "whale"]);
    expect(data.Vocabulary.build(words.toReversed(), { specials: ["<pad>"], unknown: "<unk>" }).tokens).toEqual(
      built.tokens,
    );
    expect(Array.from(built.encode(["whale", "ship"]))).toEqual([5, 0]);
    expect(built.decode([4, 5])).toEqual(["the", "whale"]);
  });

  it("leaves out what is rare, and keeps the most frequent", () => {
    expect(data.Vocabulary.build(words, { minFrequency: 2 }).tokens).toEqual(["the", "whale"]);
    expect(data.Vocabulary.build(words, { unknown: "?", maxSize: 2 }).tokens).toEqual(["?", "the"]);
  });

  it.each([
    ["a token twice", () => new data.Vocabulary(["a", "b", "a"]), /"a" is there twice/],
    [
      "an unknown token that is none",
      () => new data.Vocabulary(["a"], { unknown: "?" }),
      /"\?" is not one of the tokens/,
    ],
    ["a size without room", () => data.Vocabulary.build(words, { specials: ["x", "y"], maxSize: 1 }), /maxSize is 1/],
    ["other JSON", () => data.Vocabulary.fromJSON({ tokens: ["a", 1] }), /not a saved vocabulary/],
    ["null", () => data.Vocabulary.fromJSON(null), /not a saved vocabulary/],
    ["JSON of another kind", () => data.CharTokenizer.fromJSON([]), /not a saved vocabulary/],
  ])("refuses %s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
