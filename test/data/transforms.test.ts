import { describe, expect, it } from "vitest";
import {
  arange,
  data,
  Generator,
  manualSeed,
  ones,
  randint,
  remainder,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.js";
import { torchData } from "./torchData.js";

const t = data.transforms;
const images = remainder(arange(3 * 2 * 5 * 6).mul(7), 256)
  .reshape(3, 2, 5, 6)
  .to("float32");
const bytes = images.to("uint8");

const cases: Readonly<
  Record<string, { readonly make: () => data.transforms.Transform; readonly isBytesToo?: boolean }>
> = {
  randomCrop: { make: () => t.randomCrop([4, 5], { padding: 1 }), isBytesToo: true },
  randomHorizontalFlip: { make: () => t.randomHorizontalFlip(), isBytesToo: true },
  randomVerticalFlip: { make: () => t.randomVerticalFlip(), isBytesToo: true },
  randomErasing: { make: () => t.randomErasing({ p: 0.7, value: 9 }), isBytesToo: true },
  randomAffine: {
    make: () =>
      t.randomAffine(30, {
        translate: [0.3, 0.2],
        scale: [0.7, 1.4],
        shear: [-10, 10, -5, 5],
        mode: "bilinear",
        fill: 3,
      }),
  },
  randomAffineNearest: {
    make: () => t.randomAffine(30, { translate: [0.3, 0.2], scale: [0.7, 1.4], shear: [-10, 10, -5, 5], fill: 3 }),
    isBytesToo: true,
  },
  randomRotation: { make: () => t.randomRotation(45), isBytesToo: true },
  resize: { make: () => t.resize(7) },
  normalize: { make: () => t.normalize([0.4 * 255, 0.5 * 255], [0.2 * 255, 0.3 * 255]) },
};

const expectClose = (x: Tensor, { out, shape }: { out: number[]; shape: number[] }): void => {
  expect(x.shape).toEqual(shape);
  const values = x.toTypedArray();
  for (let i = 0; i < out.length; i++)
    expect(Math.abs((values[i] as number) - (out[i] as number)), `element ${i}`).toBeLessThan(2e-3);
};

describe.each(Object.entries(cases))("%s", (name, { make }) => {
  const expected = torchData.transforms[name] as (typeof torchData.transforms)[string];

  it("does to a batch what torchvision's formula does to its images, with the same draws", () => {
    manualSeed(11);
    expectClose(make()(images), expected);
    expect(randint(0, 1000, [3]).toArray()).toEqual(expected.next);
  });

  it("does the same to images one by one", () => {
    manualSeed(11);
    const transform = make();
    const one = Array.from({ length: 3 }, (_, i) => transform(images.select(0, i)));
    expectClose(one[0]?.unsqueeze(0) as Tensor, {
      out: expected.out.slice(0, one[0]?.numel()),
      shape: [1, ...expected.shape.slice(1)],
    });
    expectClose(one[2]?.unsqueeze(0) as Tensor, {
      out: expected.out.slice(2 * (one[2]?.numel() as number)),
      shape: [1, ...expected.shape.slice(1)],
    });
  });

  it("does not change what it is given", () => {
    const before = images.toArray();
    make()(images);
    expect(images.toArray()).toEqual(before);
  });

  it("names what are no images", () => {
    expect(() => make()(ones(28, 28))).toThrow(/no images: 2 dimensions[\s\S]*\[C, H, W\]/);
    expect(() => make()(ones(1, 4, 4, { dtype: "int32" }))).toThrow(/int32[\s\S]*uint8, float32 or float64|no images/);
  });
});

describe("transforms of images", () => {
  it.each(Object.keys(cases).filter((name) => cases[name]?.isBytesToo))(
    "%s does the same to bytes, and gives bytes",
    (name) => {
      manualSeed(11);
      const y = cases[name]?.make()(bytes) as Tensor;
      expect(y.dtype).toBe("uint8");
      expectClose(y, torchData.transforms[name] as (typeof torchData.transforms)[string]);
    },
  );

  it("resize rounds bytes as torchvision does", () => {
    const { out, shape } = torchData.transforms["resizeBytes"] as { out: number[]; shape: number[] };
    const y = t.resize([3, 4])(bytes);
    expect([y.dtype, y.shape]).toEqual(["uint8", shape]);
    expect(Array.from(y.toTypedArray())).toEqual(out);
  });

  it("toFloat scales bytes and leaves floats", () => {
    expect(
      t
        .toFloat()(tensor([[[0, 51, 255]]], { dtype: "uint8" }))
        .toArray(),
    ).toEqual([[[0, Math.fround(0.2), 1]]]);
    expect(t.toFloat()(images)).toBe(images);
  });

  it("centerCrop takes the middle, and pads what is smaller", () => {
    const x = arange(25).reshape(1, 5, 5).to("float32");
    expect(t.centerCrop(3)(x).toArray()).toEqual([
      [
        [6, 7, 8],
        [11, 12, 13],
        [16, 17, 18],
      ],
    ]);
    // (5 − 4) / 2 is rounded to the even 0, (5 − 2) / 2 to 2.
    expect(t.centerCrop([4, 2])(x).select(2, 0).toArray()).toEqual([[2, 7, 12, 17]]);
    expect(t.centerCrop([1, 8])(x).toArray()).toEqual([[[0, 10, 11, 12, 13, 14, 0, 0]]]);
  });

  it("randomCrop pads with a value, the edge or a mirror, each side by itself", () => {
    const x = arange(4).reshape(1, 2, 2).to("float32");
    expect(
      t
        .randomCrop([2, 5], { padding: [1, 0, 2, 0], fill: 7 })(x)
        .toArray(),
    ).toEqual([
      [
        [7, 0, 1, 7, 7],
        [7, 2, 3, 7, 7],
      ],
    ]);
    expect(
      t
        .randomCrop([2, 4], { padding: [1, 0], paddingMode: "edge" })(x)
        .toArray(),
    ).toEqual([
      [
        [0, 0, 1, 1],
        [2, 2, 3, 3],
      ],
    ]);
    expect(
      t
        .randomCrop([2, 4], { padding: [1, 0], paddingMode: "reflect" })(x)
        .toArray(),
    ).toEqual([
      [
        [1, 0, 1, 0],
        [3, 2, 3, 2],
      ],
    ]);
  });

  it("draws from the generator that it is given, and from nothing else", () => {
    const draw = (): unknown =>
      t
        .randomCrop(3, { generator: new Generator(4) })(images)
        .toArray();
    manualSeed(0);
    const next = randint(0, 1000, [2]).toArray();
    manualSeed(0);
    expect(draw()).toEqual(draw());
    expect(randint(0, 1000, [2]).toArray()).toEqual(next);
  });

  it.each([
    ["a size of 0", () => t.randomCrop(0), /randomCrop: the size is 0/],
    ["images smaller than the size", () => t.randomCrop(9)(images), /5 × 6, smaller[\s\S]*padding/],
    ["a p above 1", () => t.randomHorizontalFlip({ p: 1.5 }), /randomHorizontalFlip: p is 1.5/],
    ["a scale above 1", () => t.randomErasing({ scale: [0.1, 2] }), /scale is \[0.1, 2\]/],
    ["a ratio of 0", () => t.randomErasing({ ratio: [0, 0] }), /ratio is \[0, 0\]/],
    ["a negative angle", () => t.randomRotation(-3), /degrees is -3/],
    ["a range turned round", () => t.randomAffine([3, -3]), /degrees is \[3, -3\]/],
    ["a shift above 1", () => t.randomAffine(0, { translate: [2, 0] }), /translate is \[2, 0\]/],
    ["a scale of 0", () => t.randomAffine(0, { scale: [0, 1] }), /scale is \[0, 1\]/],
    ["a std of 0", () => t.normalize(0, 0), /std is 0/],
    ["too few means", () => t.normalize([1, 2, 3], 1)(images), /mean has 3 values for 2 channels/],
    ["bytes to normalize", () => t.normalize(0, 1)(bytes), /bytes[\s\S]*toFloat/],
  ])("refuses %s", (_, run, message) => {
    expect(run).toThrow(message);
  });

  it("takes a batch of no image", () => {
    expect(t.randomCrop(3)(zeros(0, 1, 5, 5)).shape).toEqual([0, 1, 3, 3]);
  });
});
