import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { arange, type DType, type Tensor, tensor } from "../../src/index.js";

/** A tensor of given values, or of arange(n) · times / divide (even or not, as bools), and what PyTorch prints for it. */
interface Case {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: number[];
  readonly values?: (number | boolean | string)[];
  readonly arange?: number;
  readonly times?: number;
  readonly divide?: number;
  readonly requiresGrad?: boolean;
  readonly op?: "mul" | "sum" | "t";
  readonly text: string;
}

const { cases } = JSON.parse(readFileSync(new URL("printing.json", import.meta.url), "utf8")) as { cases: Case[] };

const numberOf = (v: number | boolean | string): number | boolean => (typeof v === "string" ? Number(v) : v);

const build = ({ values, shape, dtype, arange: n = 0, times = 1, divide, requiresGrad = false, op }: Case): Tensor => {
  const steps = arange(n).mul(times);
  const computed =
    dtype === "bool" ? steps.remainder(2).eq(0) : divide === undefined ? steps : steps.to("float64").div(divide);
  const flat = values === undefined ? computed.to(dtype) : tensor(values.map(numberOf), { dtype });
  const x = flat.reshape(shape).requiresGrad_(requiresGrad);
  return op === "mul" ? x.mul(2) : op === "sum" ? x.sum() : op === "t" ? x.t() : x;
};

/** PyTorch's text in this library's names, with int32 in the place of int64. */
const named = (text: string): string =>
  text
    .replaceAll("torch.", "")
    .replace(/grad_fn=<(\w+)Backward0>/, (_, op: string) => `gradFn=<${op.toLowerCase()}>`)
    .replace("requires_grad=True", "requiresGrad=true")
    .replace("dtype=int64", "dtype=int32");

describe("a tensor as text is what PyTorch prints:", () => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", (_, c) => {
    expect(String(build(c))).toBe(named(c.text));
  });
});
