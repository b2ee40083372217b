/** Every row of the tables of gradients and of corners, eagerly and captured: two recorded calls and a replay, the same to the bit. */
import { describe, expect, it } from "vitest";
import { CaptureError, capture, type DType, manualSeed, type Tensor } from "../../src/index.js";
import { elementwise } from "../ops/gradients/elementwise.js";
import { linalg } from "../ops/gradients/linalg.js";
import { loss } from "../ops/gradients/loss.js";
import { movement } from "../ops/gradients/movement.js";
import { network } from "../ops/gradients/network.js";
import { reduce } from "../ops/gradients/reduce.js";
import { leaf, type Row } from "../ops/gradients/row.js";
import { spatial } from "../ops/gradients/spatial.js";
import * as collected from "../ops/values/collected.js";
import * as networks from "../ops/values/network.js";
import * as pointwise from "../ops/values/pointwise.js";
import { bits } from "./held.js";

const rows: readonly Row[] = [...elementwise, ...movement, ...reduce, ...linalg, ...network, ...spatial, ...loss];
const CALLS = 3;

/** Why capture refuses a row, and which. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  "its shape depends on values": ["maskedSelect", "repeatInterleave", "unique sorts"],
  "its places are found in JavaScript, by values": [
    "maskedScatter",
    "indexFill",
    "histc with a value on the last edge",
    "searchsorted on equal values, from the right",
    "nn.functional.embeddingBag",
    "nn.functional.embeddingBag, weighted",
    "nn.functional.embeddingBag, max",
    "embeddingBag of an empty bag",
    "nn.functional.fractionalMaxPool2d",
    "nn.functional.fractionalMaxPool3d",
  ],
  "the row exchanges of a factorization are taken in JavaScript": [
    "luUnpack",
    "linalg.lu",
    "linalg.lu, tall",
    "linalg.lu, wide",
    "linalg.luFactor",
    "linalg.luSolve",
    "linalg.luSolve, transposed from the right",
  ],
  "its labels and lengths decide what is computed": [
    "nn.functional.multilabelMarginLoss",
    "the slope of multilabelMarginLoss at its margin",
    "nn.functional.ctcLoss",
    "nn.functional.ctcLoss, of a repeated label",
    "ctcLoss of a target that does not fit",
    "ctcLoss of one, with its infinity at 0",
  ],
  "exponents are taken apart in JavaScript": ["frexp"],
  "how often it squares depends on the matrix": ["matrixExp", "linalg.matrixExp"],
  "the row seeds the generator; sameBits.test.ts has dropout without that": [
    "rrelu",
    "nn.functional.gumbelSoftmax",
    "nn.functional.dropout",
    "nn.functional.dropout1d",
    "nn.functional.dropout2d",
    "nn.functional.dropout3d",
    "nn.functional.alphaDropout",
    "nn.functional.featureAlphaDropout",
  ],
};
const refused: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);

/** Rows whose functions make float64 tensors of their own, with which the op takes no float32. */
const inDoubleOnly: ReadonlySet<string> = new Set([
  "choleskySolve",
  "linalg.solve",
  "linalg.solve, from the right",
  "linalg.solve, a vector",
  "linalg.solveTriangular",
  "linalg.tensorsolve",
  "quantile, several",
]);

/** The inputs of call i: other numbers in each, of one shape, dtype and layout. */
const inputsOf = (row: Row, call: number, dtype: DType, isStrided: boolean): Tensor[] =>
  row.inputs.map((input, i) => {
    const x = leaf(input, 1000 * call + 100 * row.name.length + i, { isStrided });
    return dtype === "float64" ? x : x.detach().to(dtype).requiresGrad_();
  });

/** Outputs and gradients under an upstream gradient that is other for each element. */
const stepOf =
  (row: Row) =>
  (...inputs: Tensor[]): { outputs: Tensor[]; grads: (Tensor | null)[] } => {
    const outputs = [row.fn(...inputs)].flat();
    for (const x of inputs) x.grad = null;
    for (const y of outputs) {
      if (!y.requiresGrad) continue;
      const upstream = y.detach().cos().add(0.5);
      y.backward(upstream, { retainGraph: y !== outputs.at(-1) });
    }
    return { outputs: outputs.map((y) => y.detach()), grads: inputs.map((x) => x.grad) };
  };

/** What each call gives, as bits. */
const follow = (row: Row, step: ReturnType<typeof stepOf>, dtype: DType, isStrided: boolean): unknown[] => {
  manualSeed(1);
  return Array.from({ length: CALLS }, (_, call) => {
    const { outputs, grads } = step(...inputsOf(row, call, dtype, isStrided));
    return [outputs.map(bits), grads.map(bits)];
  });
};

describe.each([
  ["float64", false],
  ["float32", false],
  ["float64", true],
] as const)("captured, %s, strided: %s", (dtype, isStrided) => {
  const fitting = rows.filter(({ name }) => dtype === "float64" || !inDoubleOnly.has(name));
  it.each(fitting.map((row) => [row.name, row] as const))("%s", (name, row) => {
    const eager = follow(row, stepOf(row), dtype, isStrided);
    let ran = 0;
    const captured = capture((...inputs: Tensor[]) => {
      ran++;
      return stepOf(row)(...inputs);
    });
    if (refused.has(name)) {
      expect(() => follow(row, captured, dtype, isStrided), refused.get(name)).toThrow(CaptureError);
      return;
    }
    expect(follow(row, captured, dtype, isStrided)).toEqual(eager);
    expect(ran, "the last call is a replay").toBe(CALLS - 1);
  });
});

const corners = [collected, networks, pointwise].flatMap((tables) => Object.values(tables).flat());

describe("captured corners", () => {
  it.each(corners)("%s", (name, run) => {
    const follow = (step: () => Tensor): unknown[] => Array.from({ length: CALLS }, () => bits(step().detach()));
    const eager = follow(run);
    let ran = 0;
    const captured = capture(() => {
      ran++;
      return run().detach();
    });
    if (refused.has(name)) {
      expect(() => follow(captured), refused.get(name)).toThrow(CaptureError);
      return;
    }
    expect(follow(captured)).toEqual(eager);
    expect(ran, "the last call is a replay").toBe(CALLS - 1);
  });
});

it("the list of what is refused names nothing that is gone", () => {
  const known = new Set([...rows.map(({ name }) => name), ...corners.map(([name]) => name)]);
  expect([...refused.keys(), ...inDoubleOnly].filter((name) => !known.has(name))).toEqual([]);
});
