/** The gradient of every public function, once: in value, on strided inputs, and of second order. */
import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import { autograd, Tensor } from "../../src/index.js";
import { elementwise } from "./gradients/elementwise.js";
import { linalg } from "./gradients/linalg.js";
import { loss } from "./gradients/loss.js";
import { movement } from "./gradients/movement.js";
import { network } from "./gradients/network.js";
import { reduce } from "./gradients/reduce.js";
import { leaf, type Row } from "./gradients/row.js";
import { spatial } from "./gradients/spatial.js";
import { withoutGradient } from "./gradients/withoutGradient.js";

const rows: readonly Row[] = [...elementwise, ...movement, ...reduce, ...linalg, ...network, ...spatial, ...loss];

const leaves = (row: Row, isStrided: boolean): Tensor[] =>
  row.inputs.map((input, i) => leaf(input, 100 * row.name.length + i, { isStrided }));

/** Rows whose gradient is 0 at their inputs: a wrong factor would not show, and they are there for what stands beside. */
const flat = new Set(
  "ceil|floor|round|sign|trunc|div, rounded down|div, rounded to 0|floorDivide|prod, beside two zeros".split("|"),
);

/** The function with a bug in its gradients: each is so many times what it should be. */
const spoiled =
  (fn: Row["fn"], factor: number): Row["fn"] =>
  (...inputs) =>
    [fn(...inputs)].flat().map((y) => {
      if (!y.requiresGrad) return y;
      const copy = y.clone();
      copy.registerHook((d) => d.mul(factor));
      return copy;
    });

describe("the gradient of", () => {
  it.each(rows.map((row) => [row.name, row] as const))("%s", (_, row) => {
    mt.manualSeed(1);
    const inputs = leaves(row, false);
    const [first] = [row.fn(...inputs)].flat();
    expect(first?.requiresGrad, "it is recorded").toBe(true);
    expect(autograd.gradcheck(row.fn, inputs, { fastMode: true })).toBe(true);
    for (const factor of [2, -1])
      expect(
        autograd.gradcheck(spoiled(row.fn, factor), inputs, { fastMode: true, raiseException: false }),
        `a factor of ${factor} goes unnoticed`,
      ).toBe(flat.has(row.name));
    expect(autograd.gradcheck(row.fn, leaves(row, true)), "of strided inputs").toBe(true);
    if (row.once === undefined)
      expect(autograd.gradgradcheck(row.fn, inputs, null, { fastMode: true }), "of second order").toBe(true);
  });
});

const isFunction = (x: unknown): boolean => typeof x === "function" && !/^class\b/.test(String(x));

/** Every public function by the name that rows give it. */
const published = new Map<string, unknown>(
  (
    [
      ["", mt],
      ["nn.functional.", mt.nn.functional],
      ["linalg.", mt.linalg],
      ["special.", mt.special],
    ] as const
  ).flatMap(([prefix, space]) =>
    Object.entries(space)
      .filter(([, fn]) => isFunction(fn))
      .map(([name, fn]) => [prefix + name, fn] as const),
  ),
);

/** Methods and properties that are no function of the main namespace; `x.add_` is looked after by `x.add`. */
const ownMethods = Object.getOwnPropertyNames(Tensor.prototype)
  .filter((name) => !published.has(name) && !(name.endsWith("_") && published.has(name.slice(0, -1))))
  .map((name) => `Tensor.${name}`);

const publicName = ({ name }: Row): string => name.split(",")[0] as string;

/** Rows of a function as it is, which tensors also have in place. */
const inPlaceRows = rows.filter(({ name, fn }) => published.get(name) === fn && `${name}_` in Tensor.prototype);

describe("the gradient of the form in place of", () => {
  it.each(inPlaceRows.map((row) => [row.name, row] as const))("%s", (name, row) => {
    mt.manualSeed(1);
    const form = (x: Tensor, ...rest: Tensor[]): Tensor => {
      const method = Reflect.get(x, `${name}_`) as (this: Tensor, ...rest: Tensor[]) => Tensor;
      return method.call(x, ...rest);
    };
    const whole = (x: Tensor, ...rest: Tensor[]): Tensor => form(x.clone(), ...rest);
    const part = (x: Tensor, ...rest: Tensor[]): Tensor => {
      const pair = mt.stack([x, x]);
      form(pair.select(0, 1), ...rest);
      return pair;
    };
    const inputs = leaves(row, false) as [Tensor, ...Tensor[]];
    const fits = mt.broadcastShapes(...inputs.map((x) => x.shape)).join() === inputs[0].shape.join();
    for (const fn of [whole, part])
      if (fits) expect(autograd.gradcheck(fn, inputs, { fastMode: true })).toBe(true);
      else expect(() => fn(...inputs)).toThrow(mt.ShapeError);
  });
});

describe("the table of gradients", () => {
  const covered = new Set(rows.map(publicName));
  const sameFunctions = new Set([...covered, ...withoutGradient.keys()].map((name) => published.get(name)));

  it("has every public function, or says why it has no gradient", () => {
    const forgotten = [...published].filter(([, fn]) => !sameFunctions.has(fn)).map(([name]) => name);
    expect(forgotten).toEqual([]);
    expect(ownMethods.filter((name) => !covered.has(name) && !withoutGradient.has(name))).toEqual([]);
  });

  it("names nothing that is gone, and nothing on both sides", () => {
    const known = new Set([...published.keys(), ...ownMethods]);
    expect([...covered, ...withoutGradient.keys()].filter((name) => !known.has(name))).toEqual([]);
    expect([...covered].filter((name) => withoutGradient.has(name))).toEqual([]);
  });

  it("has no row twice", () => {
    expect(rows.length).toBe(new Set(rows.map(({ name }) => name)).size);
  });
});
