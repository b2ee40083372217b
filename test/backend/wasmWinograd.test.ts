/** Convolutions of 3 × 3 with fewer multiplications give what the naive ones give, also where that is not finite. */
import { describe, expect, it } from "vitest";
import type { Backend, ConvSpec, Operand } from "../../src/backend/backend.js";
import { anyOf, builds, free, heap, make, read, twin } from "./twins.js";

interface Case {
  readonly name: string;
  readonly sizes: readonly [N: number, C: number, O: number, H: number, W: number];
  readonly padding: readonly [number, number];
  readonly groups: number;
}

const cases: readonly Case[] = [
  { name: "even sizes", sizes: [3, 8, 16, 14, 14], padding: [1, 1], groups: 1 },
  { name: "odd sizes, unpadded", sizes: [2, 9, 11, 13, 15], padding: [0, 0], groups: 1 },
  { name: "unlike padding", sizes: [2, 17, 19, 9, 12], padding: [2, 1], groups: 1 },
  { name: "padding beyond the window", sizes: [2, 8, 8, 9, 9], padding: [3, 3], groups: 1 },
  { name: "a line of two tiles", sizes: [9, 16, 16, 7, 7], padding: [1, 1], groups: 1 },
  { name: "groups", sizes: [3, 18, 34, 10, 14], padding: [1, 1], groups: 2 },
  { name: "many output channels", sizes: [1, 20, 150, 15, 18], padding: [1, 1], groups: 1 },
  { name: "blocks of tiles that begin within a sample", sizes: [5, 450, 9, 15, 13], padding: [1, 1], groups: 1 },
  { name: "the smallest image", sizes: [40, 16, 17, 4, 4], padding: [1, 1], groups: 1 },
  { name: "a wide image", sizes: [1, 16, 17, 5, 301], padding: [1, 1], groups: 1 },
];

/** What a convolution of a case works on, in float32. */
const operandsOf = ({ sizes: [N, C, O, H, W], padding: [top, left], groups }: Case) => {
  const x = make("float32", [N, C, 1, H, W], anyOf("float32"));
  const w = make("float32", [O, C / groups, 1, 3, 3], anyOf("float32"));
  const dOut = make("float32", [N, O, 1, H + 2 * top - 2, W + 2 * left - 2], anyOf("float32"));
  const bias = make("float32", [O], anyOf("float32"));
  const spec: ConvSpec = { stride: [1, 1, 1], padding: [0, top, left], dilation: [1, 1, 1], groups };
  return { x, w, dOut, bias, spec };
};

const passes = ({ x, w, dOut, bias, spec }: ReturnType<typeof operandsOf>) =>
  [
    ["forward", dOut.shape, (k: Backend, out: Operand) => k.conv(out, x, w, bias, spec)],
    ["gradient of the image", x.shape, (k: Backend, out: Operand) => k.convBackwardInput(out, dOut, w, spec)],
    ["gradient of the weights", w.shape, (k: Backend, out: Operand) => k.convBackwardWeight(out, dOut, x, spec)],
  ] as const;

describe.each(builds.map((build) => [build.name, build] as const))("%s", (_, build) => {
  it.each(cases.map((one) => [one.name, one] as const))("%s", (name, one) => {
    const operands = operandsOf(one);
    const { x, w, dOut, bias } = operands;
    for (const [pass, shape, run] of passes(operands)) {
      // Sums of up to some thousand products of numbers from −3 to 3.
      const products = pass === "forward" ? w.shape[1] : pass === "gradient of the image" ? w.shape[0] : 100;
      twin(build, "float32", shape, run, `${name}, ${pass}`, 0, 1e-5 * Math.max(100, 9 * (products as number)));
    }
    free(x, w, dOut, bias);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("%s stays under the windows that see it", (value) => {
    for (const where of ["x", "w", "dOut", "bias"] as const) {
      // Beside the image there are zeros, which times what is not finite are NaN: not in the reference, which skips them.
      const side = where === "w" || where === "dOut" ? 0 : 1;
      const operands = operandsOf({ name: "", sizes: [4, 12, 12, 14, 14], padding: [side, side], groups: 1 });
      const { x, w, dOut, bias } = operands;
      const data = heap.view("float32", operands[where].address, 8);
      data[5] = value;
      data[7] = value;
      const withoutZeros = passes(operands).filter(([pass]) => where !== "w" || pass !== "gradient of the image");
      for (const [pass, shape, run] of withoutZeros)
        twin(build, "float32", shape, run, `${value} in ${where}, ${pass}`, 0, 1e-2);
      free(x, w, dOut, bias);
    }
  });

  it("gives large results whose tiles overflow", () => {
    const operands = operandsOf({ name: "", sizes: [4, 12, 12, 14, 14], padding: [1, 1], groups: 1 });
    const { x, w, dOut, bias, spec } = operands;
    heap.view("float32", x.address, 6)[5] = 1.2e38;
    heap.view("float32", w.address, 12 * 12 * 9).fill(1.5);
    twin(build, "float32", dOut.shape, (k, out) => k.conv(out, x, w, bias, spec), "1.2e38 in x", 4, 1e-2);
    free(x, w, dOut, bias);
  });

  it("rounds otherwise than the direct kernels, which take over below eight channels", () => {
    const one = { name: "", sizes: [4, 12, 12, 14, 14], padding: [1, 1], groups: 1 } as const;
    const { x, w, dOut, bias, spec } = operandsOf(one);
    build.conv(dOut, x, w, bias, spec);
    const few = make("float32", [4, 7, 1, 14, 14]);
    build.conv(few, x, { ...w, shape: [7, 12, 1, 3, 3] }, { ...bias, shape: [7] }, spec);
    const plane = 14 * 14;
    const all = read(dOut).slice(0, 7 * plane);
    const direct = read(few).slice(0, 7 * plane);
    const differing = all.filter((v, i) => v !== direct[i]).length;
    expect(differing).toBeGreaterThan(plane);
    free(x, w, dOut, bias, few);
  });
});
