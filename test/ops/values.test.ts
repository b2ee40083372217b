/** Corners of each family: kinks, NaN, infinities, ties, size 0, scalars, and what is refused. */
import { describe, expect, it } from "vitest";
import { MytorchError } from "../../src/index.js";
import { linalg, reduce, sort } from "./values/collected.js";
import type { Corner } from "./values/corner.js";
import { loss, norm, spatial, tables } from "./values/network.js";
import { activation, elementwise } from "./values/pointwise.js";
import { refused } from "./values/refused.js";

const families: Readonly<Record<string, readonly Corner[]>> = {
  elementwise,
  activation,
  reduce,
  sort,
  linalg,
  spatial,
  norm,
  loss,
  tables,
};

/** Alike to 8 digits (PyTorch has constants in float32); NaN is like NaN, 0 like −0. */
const isAlike = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-8 * Math.max(1, Math.abs(b));

/** @throws what is not an error of the library */
const thrownBy = (run: () => unknown): MytorchError => {
  try {
    run();
  } catch (error) {
    if (error instanceof MytorchError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe.each(Object.entries(families))("corners of %s", (_, corners) => {
  it.each(corners)("%s", (_, run, shape, values) => {
    const got = run();
    const numbers = [...got.toTypedArray()];
    expect(got.shape).toEqual(shape);
    if (!numbers.every((x, i) => isAlike(x, values[i] as number))) expect(numbers).toEqual(values);
  });
});

describe("is refused with an error that says what is wrong:", () => {
  it.each(refused.map((row, i) => [row[0], i, row] as const))("%s, row %i", (op, _, [, run, kind, says]) => {
    const error = thrownBy(run);
    expect(error).toBeInstanceOf(kind);
    expect(error.op).toBe(op);
    for (const text of says) expect(error.message).toContain(text);
  });
});
