import { describe, expect, it } from "vitest";
import type { DType } from "../../src/backend/dtype.js";
import type { ReduceOp } from "../../src/backend/ops.js";
import { anyOf, builds, free, layoutsOf, make, read, sizeOf, sumSlack, tailSizes, twin } from "./twins.js";

const floats: readonly DType[] = ["float32", "float64"];
const keptShape = (shape: readonly number[], dims: readonly number[]): number[] =>
  shape.filter((_, d) => !dims.includes(d));
const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, d) => d).filter((d) => bits & (1 << d)),
  );

describe.each(builds.map((backend) => [backend.name, backend] as const))("reductions and rows, %s", (_, backend) => {
  it("reduces rows and columns of every tail", () => {
    for (const dtype of floats) {
      for (const n of tailSizes) {
        const x = make(dtype, [n, n + 1], anyOf(dtype));
        const slack = Math.max(1e-15, sumSlack(x));
        for (const op of ["sum", "mean", "prod", "amax", "amin"] as const) {
          for (const dims of [[0], [1], [0, 1]]) {
            if (n === 0 && op.startsWith("am") && dims[0] === 0) continue;
            const shape = keptShape(x.shape, dims);
            twin(backend, dtype, shape, (k, out) => k.reduce(op, out, x, dims), `${op} ${dtype} n=${n}`, 2, slack);
          }
        }
        free(x);
      }
    }
  });

  it("reduces large blocks in parts, whichever part decides", () => {
    const ops = ["amax", "amin", "any", "all"] as const;
    for (const [R, inner] of [
      [3 * 32768 + 5, 1],
      [4001, 50],
    ] as const) {
      for (const at of [0, R >> 1, R - 1]) {
        for (const odd of [9, -9, 0, Number.NaN]) {
          const x = make("float32", [R, inner], (i) => (Math.floor(i / inner) === at ? odd : i % 2 === 0 ? 1 : 2));
          const none = make("bool", [R, inner], (i) => Number(Math.floor(i / inner) === at && odd > 0));
          for (const op of ops) {
            const result = op === "any" || op === "all" ? "bool" : "float32";
            twin(backend, result, [inner], (k, out) => k.reduce(op, out, x, [0]), `${op}, ${odd} at ${at}`);
          }
          twin(backend, "bool", [inner], (k, out) => k.reduce("any", out, none, [0]), `any of bools, ${at}`);
          twin(backend, "int32", [inner], (k, out) => k.reduce("sum", out, none, [0]), `sum of bools, ${at}`);
          free(x, none);
        }
      }
    }
  });

  it("reduces any dimensions of views of any strides", () => {
    for (const shape of [
      [4, 6],
      [3, 1, 5],
      [2, 3, 4, 5],
    ]) {
      for (const [name, strides] of layoutsOf(shape)) {
        const x = make("float32", shape, anyOf("float32"), strides);
        const slack = 9 * 2 ** -24 * sizeOf(shape);
        for (const dims of subsets(shape.length)) {
          for (const order of [dims, dims.toReversed()]) {
            for (const op of ["sum", "amax"] as const) {
              const what = `${op} of ${name} over ${order}`;
              twin(backend, "float32", keptShape(shape, dims), (k, out) => k.reduce(op, out, x, order), what, 2, slack);
            }
          }
        }
        free(x);
      }
    }
  });

  it("reduces integers and truths", () => {
    const cases: readonly (readonly [ReduceOp, DType | null])[] = [
      ["sum", "int32"],
      ["prod", "int32"],
      ["amax", null],
      ["amin", null],
      ["all", "bool"],
      ["any", "bool"],
    ];
    for (const dtype of ["int32", "uint8", "bool"] as const) {
      for (const n of tailSizes.slice(1)) {
        const x = make(dtype, [3, n, 2], anyOf(dtype));
        for (const [op, result] of cases) {
          for (const dims of [[1], [2], [0, 1, 2]]) {
            const shape = keptShape(x.shape, dims);
            twin(backend, result ?? dtype, shape, (k, out) => k.reduce(op, out, x, dims), `${op} ${dtype} n=${n}`);
          }
        }
        free(x);
      }
    }
  });

  it("finds all and any of floats, NaN being true", () => {
    const x = make("float32", [2, 4], (i) => [0, Number.NaN, 1, -0, 2, 3, Number.NaN, 1][i] as number);
    twin(backend, "bool", [2], (k, out) => k.reduce("all", out, x, [1]), "all");
    twin(backend, "bool", [4], (k, out) => k.reduce("any", out, x, [0]), "any");
    free(x);
  });

  it("sums 20,000 tenths, and float64 to nearly its last bit", () => {
    const x = make("float32", [20000], () => 0.1);
    const out = make("float32", []);
    backend.reduce("sum", out, x, [0]);
    expect(read(out)[0]).toBe(Math.fround(20000 * Math.fround(0.1)));
    const y = make("float64", [100000], () => 0.1);
    const total = make("float64", []);
    backend.reduce("sum", total, y, [0]);
    expect(Math.abs((read(total)[0] as number) - 10000)).toBeLessThan(1e-10);
    free(x, out, y, total);
  });

  it("sums a million positive numbers to the last bit or nearly so, all and by columns", () => {
    const x = make("float32", [1001, 1003], (i) => Math.fround(0.5 + ((i * 7919) % 1009) / 2018));
    for (const dims of [[0, 1], [0], [1]]) {
      const shape = keptShape(x.shape, dims);
      twin(backend, "float32", shape, (k, out) => k.reduce("sum", out, x, dims), `sum over ${dims}`, 1);
      twin(backend, "float32", shape, (k, out) => k.reduce("mean", out, x, dims), `mean over ${dims}`, 1);
    }
    free(x);
  });

  it("lets NaN win the largest, the smallest and their places", () => {
    for (const n of [3, 9, 40]) {
      for (const spot of [0, 1, n - 1]) {
        const x = make("float32", [2, n], (i) => (i === n + spot ? Number.NaN : Math.sin(i)));
        for (const op of ["amax", "amin"] as const) {
          twin(backend, "float32", [2], (k, out) => k.reduce(op, out, x, [1]), `${op} with NaN`);
          twin(backend, "float32", [n], (k, out) => k.reduce(op, out, x, [0]), `${op} with NaN by column`);
        }
        for (const op of ["argmax", "argmin"] as const) {
          twin(backend, "int32", [2], (k, out) => k.argReduce(op, out, x, 1), `${op} with NaN`);
        }
        free(x);
      }
    }
  });

  it("finds the first of equal largest and smallest, along any dimension", () => {
    for (const dtype of ["float32", "float64", "int32", "uint8", "bool"] as const) {
      const any = anyOf(dtype);
      const x = make(dtype, [4, 5, 6], () => Math.floor(any()));
      for (const dim of [0, 1, 2]) {
        for (const op of ["argmax", "argmin"] as const) {
          twin(backend, "int32", keptShape(x.shape, [dim]), (k, out) => k.argReduce(op, out, x, dim), `${op} ${dtype}`);
        }
      }
      free(x);
    }
  });

  // Ulps: the difference to the largest is rounded before e is raised to it, so its error comes out magnified.
  it("takes softmax and its logarithm over rows of every tail", () => {
    for (const dtype of floats) {
      for (const n of tailSizes) {
        const x = make(dtype, [3, n], anyOf(dtype));
        const dY = make(dtype, [3, n], anyOf(dtype));
        for (const op of ["softmax", "logSoftmax"] as const) {
          twin(backend, dtype, [3, n], (k, out) => k.softmax(op, out, x, 1), `${op} ${dtype} C=${n}`, 8, 1e-15);
          const y = make(dtype, [3, n]);
          backend.softmax(op, y, x, 1);
          const slack = dtype === "float32" ? 2e-6 : 1e-14;
          twin(backend, dtype, [3, n], (k, out) => k.softmaxBackward(op, out, dY, y, 1), `${op} backward`, 4, slack);
          free(y);
        }
        free(x, dY);
      }
    }
  });

  it("takes softmax along every dimension of views of any strides", () => {
    for (const [name, strides] of layoutsOf([3, 4, 5])) {
      const x = make("float32", [3, 4, 5], anyOf("float32"), strides);
      const y = make("float32", [3, 4, 5], () => 0.25);
      for (const dim of [0, 1, 2]) {
        for (const op of ["softmax", "logSoftmax"] as const) {
          twin(backend, "float32", x.shape, (k, out) => k.softmax(op, out, x, dim), `${op} of ${name} along ${dim}`, 8);
          const what = `${op} backward of ${name} along ${dim}`;
          twin(backend, "float32", x.shape, (k, out) => k.softmaxBackward(op, out, x, y, dim), what, 8, 1e-5);
        }
      }
      free(x, y);
    }
  });

  it("stays finite for huge logits, and gives NaN where PyTorch does", () => {
    const rows = [
      [1e30, 1e30, -1e30],
      [1000, 0, -1000],
      [Number.NEGATIVE_INFINITY, 0, 0],
      [Number.NaN, 0, 0],
    ];
    const x = make("float32", [4, 3], (i) => rows.flat()[i] as number);
    twin(backend, "float32", [4, 3], (k, out) => k.softmax("softmax", out, x, 1), "huge softmax", 2);
    twin(backend, "float32", [4, 3], (k, out) => k.softmax("logSoftmax", out, x, 1), "huge logSoftmax", 2);
    free(x);
  });

  it("fuses cross-entropy and its gradient, ignored rows and all", () => {
    for (const dtype of floats) {
      for (const C of [1, 2, 3, 4, 5, 10, 16, 33]) {
        const logits = make(dtype, [6, C], () => 3 * anyOf(dtype)());
        const target = make("int32", [6], (i) => (i === 4 ? -100 : i % C));
        const [losses, p] = [make(dtype, [6]), make(dtype, [6, C])];
        const [scratch, n] = [make(dtype, [6, C]), make(dtype, [])];
        const slack = dtype === "float32" ? 1e-6 : 1e-14;
        twin(
          backend,
          dtype,
          [6],
          (k, out) => k.crossEntropy(out, scratch, n, logits, target, -100),
          "losses",
          4,
          slack,
        );
        twin(
          backend,
          dtype,
          [6, C],
          (k, out) => k.crossEntropy(losses, out, n, logits, target, -100),
          "probabilities",
          4,
          slack,
        );
        twin(backend, dtype, [], (k, out) => k.crossEntropy(losses, p, out, logits, target, -100), "counted", 0);
        for (const stride of [0, 1, 2]) {
          const dLosses = make(dtype, [6], (i) => 1 + i, [stride]);
          const run = `crossEntropyBackward ${dtype} C=${C}`;
          twin(backend, dtype, [6, C], (k, out) => k.crossEntropyBackward(out, p, target, dLosses, -100), run, 2);
          free(dLosses);
        }
        free(logits, target, losses, p, scratch, n);
      }
    }
  });

  it("names the first row whose class does not exist", () => {
    const logits = make("float32", [4, 3], anyOf("float32"));
    const [losses, p, n] = [make("float32", [4]), make("float32", [4, 3]), make("float32", [])];
    for (const [labels, bad] of [
      [[0, 1, 2, 0], -1],
      [[0, 3, 9, 0], 1],
      [[0, 1, 2, -1], 3],
      [[-100, 1, 2, 0], -1],
    ] as const) {
      const target = make("int32", [4], (i) => labels[i] as number);
      expect(backend.crossEntropy(losses, p, n, logits, target, -100)).toBe(bad);
      free(target);
    }
    free(logits, losses, p, n);
  });
});
