import { describe, expect, it } from "vitest";
import type { Operand } from "../../src/backend/backend.js";
import type { DType } from "../../src/backend/dtype.js";
import type { BinaryOp, CompareOp, PredicateOp, UnaryOp } from "../../src/backend/ops.js";
import { anyOf, builds, corners, free, heap, layoutsOf, make, read, tailSizes, twin } from "./twins.js";

const floats: readonly DType[] = ["float32", "float64"];
const exactUnary: readonly UnaryOp[] = [
  "neg",
  "abs",
  "sign",
  "square",
  "sqrt",
  "reciprocal",
  "floor",
  "ceil",
  "round",
  "trunc",
  "relu",
];
/** Ulps that each function may be off, in float32 and float64. */
const roundedUnary: readonly (readonly [UnaryOp, number])[] = [
  ["rsqrt", 1.5],
  ["exp", 1.5],
  ["log", 1.5],
  ["sigmoid", 2.5],
  ["silu", 3],
  ["tanh", 2],
  ["erf", 2],
  ["logSigmoid", 3.5],
  ["mish", 4],
  ["sin", 1],
  ["cos", 1],
  ["expm1", 1],
  ["log1p", 1],
  ["log2", 1],
  ["log10", 1],
  ["exp2", 1],
  ["tan", 1],
  ["asin", 1],
  ["acos", 1],
  ["atan", 1],
  ["sinh", 1],
  ["cosh", 1],
  ["asinh", 1],
  ["acosh", 1],
  ["atanh", 1],
  ["logit", 1],
];
/** Among denormals a product is as inexact as its factors: silu(−100) is off by 100 of their steps. */
const SMALLEST = 2e-43;
const exactBinary: readonly BinaryOp[] = [
  "add",
  "sub",
  "mul",
  "div",
  "maximum",
  "minimum",
  "fmax",
  "fmin",
  "reluBackward",
];
const integerBinary: readonly BinaryOp[] = [
  "add",
  "sub",
  "mul",
  "maximum",
  "minimum",
  "bitwiseAnd",
  "bitwiseOr",
  "bitwiseXor",
];
const compares: readonly CompareOp[] = ["eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr", "logicalXor"];
const predicates: readonly PredicateOp[] = ["logicalNot", "isNaN", "isInf", "isFinite", "signBit"];

describe.each(builds.map((backend) => [backend.name, backend] as const))("elementwise kernels, %s", (_, backend) => {
  it("has every exact unary op right for all tails and corners", () => {
    for (const dtype of floats) {
      for (const n of tailSizes) {
        const x = make(dtype, [n], (i) => (n > 30 ? (corners[i % corners.length] as number) : anyOf(dtype)()));
        for (const op of exactUnary) twin(backend, dtype, [n], (k, out) => k.unary(op, out, x), `${op} ${dtype}`);
        free(x);
      }
    }
  });

  it("keeps transcendental functions within their ulps, corners included", () => {
    for (const dtype of floats) {
      const values = [...corners];
      for (let i = -1200; i <= 1200; i++) values.push(i / 16, i / 1000, 2 ** (i / 10));
      const x = make(dtype, [values.length], (i) => values[i] as number);
      for (const [op, ulps] of roundedUnary) {
        twin(backend, dtype, x.shape, (k, out) => k.unary(op, out, x), `${op} ${dtype}`, ulps, SMALLEST);
      }
      free(x);
    }
  });

  it("keeps gelu and softplus within their ulps, and small ones from vanishing", () => {
    // The reference cancels in gelu's left tail, as PyTorch's formula does, so there the bound is absolute.
    const x = make("float32", [4001], (i) => (i - 2000) / 130);
    twin(backend, "float32", x.shape, (k, out) => k.unary("softplus", out, x), "softplus", 3);
    twin(backend, "float32", x.shape, (k, out) => k.unary("gelu", out, x), "gelu", 8, 1e-14);
    // An error in tanh's argument u comes out 2u times as large.
    twin(backend, "float32", x.shape, (k, out) => k.unary("geluTanh", out, x), "geluTanh", 8, 1e-8);
    const out = make("float32", [2]);
    const far = make("float32", [2], (i) => [-10, -50][i] as number);
    backend.unary("gelu", out, far);
    expect((read(out)[0] as number) / -7.619853024160526e-23).toBeCloseTo(1, 5);
    backend.unary("softplus", out, far);
    expect((read(out)[1] as number) / 1.9287498479639178e-22).toBeCloseTo(1, 5);
    free(x, out, far);
  });

  it("gives an element the same bits whatever stands beside it", () => {
    // A register with an element that needs care takes another way than one without.
    const ops = ["exp", "log", "sigmoid", "silu", "softplus", "logSigmoid", "gelu", "geluTanh", "mish"] as const;
    for (const dtype of floats) {
      const n = 2048;
      const alike = make(dtype, [n], (i) => (i % 2 === 0 ? i / 80 - 12.7 : 1));
      const mixed = make(dtype, [n], (i) => (i % 2 === 0 ? i / 80 - 12.7 : (corners[i % corners.length] as number)));
      const [a, b] = [make(dtype, [n]), make(dtype, [n])];
      for (const op of [...ops, "geluBackward"] as const) {
        const run = (out: Operand, x: Operand): void =>
          op === "geluBackward" ? backend.binary(op, out, 2, x) : backend.unary(op, out, x);
        run(a, alike);
        run(b, mixed);
        const everySecond = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => i % 2 === 0);
        expect(everySecond(read(a)), op).toEqual(everySecond(read(b)));
      }
      free(alike, mixed, a, b);
    }
  });

  it("has the slope of gelu right over its whole range, for all tails and strides", () => {
    const x = make("float32", [4003], (i) => (i - 2000) / 130);
    twin(backend, "float32", x.shape, (k, out) => k.binary("geluBackward", out, 1, x), "geluBackward", 8, 2e-7);
    for (const n of tailSizes) {
      for (const strides of [
        [n, 1],
        [1, 0],
        [0, 1],
        [0, 0],
      ]) {
        const a = make("float32", [2, n], anyOf("float32"), strides);
        const b = make("float32", [2, n], anyOf("float32"));
        twin(backend, "float32", [2, n], (k, out) => k.binary("geluBackward", out, a, b), `d ${strides}`, 16, 1e-6);
        twin(backend, "float32", [2, n], (k, out) => k.binary("geluBackward", out, b, a), `x ${strides}`, 16, 1e-6);
        free(a, b);
      }
    }
    const special = make("float32", [5], (i) => [Number.NaN, 1 / 0, -1 / 0, 20, -20][i] as number);
    const d = make("float32", [5], () => 2);
    twin(backend, "float32", [5], (k, out) => k.binary("geluBackward", out, d, special), "corners");
    free(x, special, d);
  });

  it("reads unary inputs of any strides, and may write over its input", () => {
    for (const [name, strides] of layoutsOf([5, 7])) {
      const x = make("float32", [5, 7], anyOf("float32"), strides);
      twin(backend, "float32", [5, 7], (k, out) => k.unary("exp", out, x), `exp of ${name}`, 1.5);
      free(x);
    }
    const x = make("float32", [19], (i) => i - 9);
    backend.unary("relu", x, x);
    expect(read(x)).toEqual(Array.from({ length: 19 }, (_, i) => Math.max(0, i - 9)));
    free(x);
  });

  it("takes powers of floats to the last bit or nearly so, by corners, strides and numbers", () => {
    const bases = [...corners, 1, -1, -2, 3];
    const exponents = [...corners, 1, -1, 2, 3, -3, 1 / 3, 2 ** 24, 2 ** 24 + 2];
    const a = make("float32", [bases.length, 1], (i) => bases[i] as number);
    const b = make("float32", [1, exponents.length], (i) => exponents[i] as number);
    const shape = [bases.length, exponents.length];
    const whole = (x: Operand): Operand => ({
      ...x,
      shape,
      strides: x.strides.map((s, d) => (x.shape[d] === 1 ? 0 : s)),
    });
    twin(backend, "float32", shape, (k, out) => k.binary("pow", out, whole(a), whole(b)), "pow at corners", 1);
    for (const exponent of [0, 2, -1, 3, 0.5, -2.5, Number.NaN])
      twin(backend, "float32", a.shape, (k, out) => k.binary("pow", out, a, exponent), `pow ${exponent}`, 1);
    for (const base of [0, 2, -1, -2, 10])
      twin(backend, "float32", b.shape, (k, out) => k.binary("pow", out, base, b), `${base} to the power`, 1);
    for (const n of tailSizes) {
      const [x, y] = [make("float32", [n], anyOf("float32")), make("float32", [n], anyOf("float32"))];
      twin(backend, "float32", [n], (k, out) => k.binary("pow", out, x, y), `pow n=${n}`, 1);
      free(x, y);
    }
    free(a, b);
  });

  it("has angles, hypotenuses and logarithms of two floats within an ulp, corners included", () => {
    const n = corners.length;
    const near = anyOf("float32");
    const a = make("float32", [n * n + 999], (i) => (i < n * n ? (corners[i % n] as number) : near()));
    const b = make("float32", [n * n + 999], (i) => (i < n * n ? (corners[Math.floor(i / n)] as number) : near()));
    for (const op of ["atan2", "hypot", "logAddExp", "xlogy"] as const) {
      twin(backend, "float32", a.shape, (k, out) => k.binary(op, out, a, b), op, 1, SMALLEST);
      twin(backend, "float32", a.shape, (k, out) => k.binary(op, out, a, 0.5), `${op} of a number`, 1, SMALLEST);
    }
    free(a, b);
  });

  it("has every exact binary op right for all tails and corners", () => {
    for (const dtype of floats) {
      for (const n of tailSizes) {
        const a = make(dtype, [n], (i) => (n > 30 ? (corners[i % corners.length] as number) : anyOf(dtype)()));
        const b = make(dtype, [n], (i) => (n > 30 ? (corners[(i * 7) % corners.length] as number) : anyOf(dtype)()));
        for (const op of exactBinary)
          twin(backend, dtype, [n], (k, out) => k.binary(op, out, a, b), `${op} ${dtype} n=${n}`);
        for (const op of ["sigmoidBackward", "tanhBackward"] as const) {
          if (n <= 30) twin(backend, dtype, [n], (k, out) => k.binary(op, out, a, b), op, 8, 1e-6);
        }
        free(a, b);
      }
    }
  });

  it("has integer and byte ops right", () => {
    for (const dtype of ["int32", "uint8", "bool"] as const) {
      for (const n of tailSizes) {
        const a = make(dtype, [n], anyOf(dtype));
        const b = make(dtype, [n], anyOf(dtype));
        for (const op of integerBinary) {
          if (dtype === "bool" && (op === "sub" || op === "add")) continue;
          twin(backend, dtype, [n], (k, out) => k.binary(op, out, a, b), `${op} ${dtype} n=${n}`);
        }
        free(a, b);
      }
    }
    const big = make("int32", [5], (i) => 2 ** 30 + i);
    twin(backend, "int32", [5], (k, out) => k.binary("mul", out, big, big), "wrapping mul");
    free(big);
  });

  it("divides integers as PyTorch does: // rounds down and % has the divisor's sign", () => {
    const a = make("int32", [4], (i) => [-7, 7, -7, 7][i] as number);
    const b = make("int32", [4], (i) => [2, -2, -2, 2][i] as number);
    const out = make("int32", [4]);
    const results = (["floorDivide", "remainder", "fmod", "truncDivide"] as const).map((op) => {
      backend.binary(op, out, a, b);
      return read(out);
    });
    expect(results).toEqual([
      [-4, -4, 3, 3],
      [1, -1, -1, 1],
      [-1, 1, -1, 1],
      [-3, -3, 3, 3],
    ]);
    free(a, b, out);
  });

  it("broadcasts rows, columns, scalars, numbers and views of any strides", () => {
    for (const shape of [
      [3, 5],
      [4, 3, 6],
      [2, 3, 4, 5],
      [2, 40, 33],
    ]) {
      const full = make("float32", shape, anyOf("float32"));
      for (const [name, strides] of layoutsOf(shape)) {
        const x = make("float32", shape, anyOf("float32"), strides);
        twin(backend, "float32", shape, (k, out) => k.binary("sub", out, full, x), `a - ${name}`);
        twin(backend, "float32", shape, (k, out) => k.binary("sub", out, x, full), `${name} - b`);
        twin(backend, "float32", shape, (k, out) => k.binary("sub", out, x, x), `${name} twice`);
        twin(backend, "float32", shape, (k, out) => k.binary("mul", out, x, 0.5), `${name} and a number`);
        twin(backend, "bool", shape, (k, out) => k.compare("lt", out, x, full), `${name} < b`);
        free(x);
      }
      const rank = shape.length;
      for (let d = 0; d < rank; d++) {
        const channel = make(
          "float32",
          shape.map((size, i) => (i === d ? size : 1)),
          anyOf("float32"),
        );
        twin(backend, "float32", shape, (k, out) => k.binary("add", out, full, channel), `dimension ${d} alone`);
        free(channel);
      }
      const last = make("float32", [shape[rank - 1] as number], anyOf("float32"));
      const scalar = make("float32", [], anyOf("float32"));
      twin(backend, "float32", shape, (k, out) => k.binary("div", out, last, full), "shape of lower rank");
      twin(backend, "float32", shape, (k, out) => k.binary("div", out, scalar, full), "scalar");
      free(full, last, scalar);
    }
  });

  it("writes a binary result over its first input", () => {
    const a = make("float32", [3, 7], (i) => i);
    const b = make("float32", [7], (i) => 10 * i);
    backend.binary("add", a, a, b);
    expect(read(a)).toEqual(Array.from({ length: 21 }, (_, i) => i + 10 * (i % 7)));
    free(a, b);
  });

  it("compares every dtype for all tails, with numbers and NaN", () => {
    for (const dtype of ["float32", "float64", "int32", "uint8", "bool"] as const) {
      for (const n of tailSizes) {
        const any = anyOf(dtype);
        const isCornered = n > 30 && (dtype === "float32" || dtype === "float64");
        const a = make(dtype, [n], (i) => (isCornered ? (corners[i % corners.length] as number) : any()));
        const b = make(dtype, [n], (i) => (isCornered ? (corners[(i * 7) % corners.length] as number) : any()));
        for (const op of compares) {
          twin(backend, "bool", [n], (k, out) => k.compare(op, out, a, b), `${op} ${dtype} n=${n}`);
          twin(backend, "bool", [n], (k, out) => k.compare(op, out, a, 1), `${op} ${dtype} with 1`);
          twin(backend, "bool", [n], (k, out) => k.compare(op, out, 0.5, b), `0.5 ${op} ${dtype}`);
        }
        for (const op of predicates) twin(backend, "bool", [n], (k, out) => k.predicate(op, out, a), `${op} ${dtype}`);
        free(a, b);
      }
    }
  });

  it("chooses by condition for every dtype, broadcast or not", () => {
    for (const dtype of ["float32", "float64", "int32", "uint8", "bool"] as const) {
      for (const n of tailSizes) {
        const condition = make("bool", [n], anyOf("bool"));
        const [a, b] = [make(dtype, [n], anyOf(dtype)), make(dtype, [n], anyOf(dtype))];
        twin(backend, dtype, [n], (k, out) => k.where(out, condition, a, b), `where ${dtype} n=${n}`);
        twin(backend, dtype, [n], (k, out) => k.where(out, condition, a, 1), `where ${dtype} with 1`);
        free(condition, a, b);
      }
    }
    for (const [name, strides] of layoutsOf([6, 9])) {
      const condition = make("bool", [6, 9], anyOf("bool"), strides);
      const [a, b] = [make("float32", [6, 9], anyOf("float32")), make("float32", [6, 9], anyOf("float32"), strides)];
      twin(backend, "float32", [6, 9], (k, out) => k.where(out, condition, a, b), `where ${name}`);
      free(condition, a, b);
    }
  });

  it("gives the heap back every temporary", () => {
    const held = heap.blocks;
    const x = make("float32", [5, 7], anyOf("float32"), [3, 50]);
    const out = make("float32", [5, 7]);
    backend.binary("add", out, x, x);
    free(x, out);
    expect(heap.blocks).toBe(held);
  });
});
