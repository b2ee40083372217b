import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { data, FormatError, tensor } from "../../src/index.js";

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/idx/${name}`, import.meta.url));

/** A file of the given type, sizes and bytes of data. */
const idx = (type: number, shape: readonly number[], bytes: readonly number[]): Uint8Array => {
  const out = new Uint8Array(4 + 4 * shape.length + bytes.length);
  out.set([0, 0, type, shape.length]);
  shape.forEach((size, i) => {
    new DataView(out.buffer).setUint32(4 + 4 * i, size);
  });
  out.set(bytes, 4 + 4 * shape.length);
  return out;
};

describe("an IDX file", () => {
  it.each([
    ["idx-images.idx", "uint8", [2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["idx-float32.idx", "float32", [2], [1.5, -2]],
  ])("that is right is read: %s", (name, dtype, shape, values) => {
    const read = data.parseIdx(fixture(name));
    expect(read).toMatchObject({ dtype, shape });
    const x = tensor(read.data, { shape: read.shape });
    expect([x.dtype, x.shape, x.flatten().toArray()]).toEqual([dtype, shape, values]);
  });

  // Big-endian bytes, as struct.pack(">…") writes them.
  it.each([
    ["unsigned bytes", 0x08, [0, 255], "uint8", [0, 255]],
    ["signed bytes", 0x09, [0x7f, 0x80], "int32", [127, -128]],
    ["int16", 0x0b, [0x01, 0x02, 0xff, 0xfe], "int32", [258, -2]],
    ["int32", 0x0c, [0x01, 0x02, 0x03, 0x04, 0xff, 0xff, 0xff, 0xff], "int32", [16_909_060, -1]],
    ["float32", 0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], "float32", [1, -2.5]],
    ["float64", 0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0], "float64", [1.5, -1]],
  ])("may hold %s, wherever its bytes begin", (_, type, bytes, dtype, values) => {
    const file = idx(type, [2], bytes);
    const shifted = new Uint8Array(file.length + 3).subarray(3);
    shifted.set(file);
    for (const source of [file, shifted]) {
      const read = data.parseIdx(source);
      expect([read.dtype, read.shape, Array.from(read.data)]).toEqual([dtype, [2], values]);
    }
  });

  it("may be empty, whatever its other sizes", () => {
    expect(data.parseIdx(idx(0x0e, [2 ** 32 - 1, 2 ** 32 - 1, 0], []))).toMatchObject({ dtype: "float64" });
  });

  it.each([
    ["another magic number", new Uint8Array([1, 0, 8, 1, 0, 0, 0, 0]), {}, /magic number is 0x01000801/],
    ["an unknown type", idx(0x0a, [1], [1]), {}, /magic number is 0x00000a01/],
    ["no dimension", idx(0x08, [], [1]), {}, /magic number/],
    ["another rank than the one wanted", idx(0x08, [1], [1]), { rank: 3 }, /in 1 dimension[\s\S]*in 3 dimensions/],
    [
      "another type than the one wanted",
      idx(0x0d, [1], [0, 0, 0, 0]),
      { dtype: "uint8" as const },
      /float32[\s\S]*uint8/,
    ],
    ["no bytes", new Uint8Array(0), {}, /its header alone takes 4/],
    ["a header that is cut off", idx(0x08, [1], [1]).subarray(0, 6), {}, /its header alone takes 8/],
    ["data that is cut off", idx(0x0d, [2], [0, 0, 0, 0]), {}, /cut off: 4 bytes[\s\S]*= 8 bytes/],
    ["sizes beyond every memory", idx(0x0e, Array(255).fill(2 ** 32 - 1), []), {}, /cut off/],
    ["bytes after the data", fixture("idx-trailing.idx"), {}, /follow the data/],
  ])("is refused for %s", (_, bytes, options, message) => {
    expect(() => data.parseIdx(bytes, { name: "its name", ...options })).toThrow(FormatError);
    expect(() => data.parseIdx(bytes, { name: "its name", ...options })).toThrow(message);
    expect(() => data.parseIdx(bytes, { name: "its name", ...options })).toThrow("its name");
  });
});

describe("images and labels from IDX files", () => {
  const labels = data.parseIdx(idx(0x08, [2], [3, 4]));

  it("make a data set of float32 images from 0 to 1 and int32 labels", () => {
    const set = data.ImageDataset.from(data.parseIdx(idx(0x08, [2, 1, 2], [0, 51, 102, 255])), labels);
    const [images, classes] = set.gather(tensor([1, 0]));
    expect([images?.dtype, classes?.dtype]).toEqual(["float32", "int32"]);
    expect(images?.mul(5).round().toArray()).toEqual([
      [2, 5],
      [0, 1],
    ]);
    expect(classes?.toArray()).toEqual([4, 3]);
  });

  it.each([
    ["no bytes", idx(0x0b, [2, 1, 1], [0, 1, 0, 1])],
    ["another number of images", idx(0x08, [3, 1, 1], [0, 1, 2])],
  ])("are refused for %s", (_, bytes) => {
    expect(() => data.ImageDataset.from(data.parseIdx(bytes), labels)).toThrow(FormatError);
  });
});
