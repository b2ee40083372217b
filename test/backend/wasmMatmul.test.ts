import { describe, expect, it } from "vitest";
import type { Operand } from "../../src/backend/backend.js";
import type { DType } from "../../src/backend/dtype.js";
import { builds, free, heap, make, randomFrom, read, sizeOf, twin, withBlas } from "./twins.js";

const random = randomFrom(11);
const number = (): number => random() * 2 - 1;

/** A matrix [rows, cols], stored as it is or by columns. */
const matrix = (dtype: DType, rows: number, cols: number, isTransposed: boolean, value = number): Operand =>
  make(dtype, [rows, cols], value, isTransposed ? [1, rows] : [cols, 1]);

const element = (x: Operand, ...index: readonly number[]): number => {
  const offset = index.reduce((sum, i, d) => sum + i * (x.strides[d] as number), 0);
  return heap.array(x.dtype)[x.address / (x.dtype === "float64" ? 8 : 4) + offset] as number;
};

/** Holds out [M, N] against a float64 loop, within the rounding that a sum of K products may take. */
const expectProduct = (out: Operand, a: Operand, b: Operand, bias: Operand | null, what: string): void => {
  const [M, K] = a.shape as [number, number];
  const N = b.shape[1] as number;
  const precision = out.dtype === "float32" ? 2 ** -24 : 2 ** -53;
  const values = read(out);
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let sum = 0;
      let size = 0;
      for (let k = 0; k < K; k++) {
        const term = element(a, i, k) * element(b, k, j);
        sum += term;
        size += Math.abs(term);
      }
      if (bias !== null) {
        sum += element(bias, j);
        size += Math.abs(element(bias, j));
      }
      const error = Math.abs((values[i * N + j] as number) - sum);
      if (!(error <= size * precision * (4 + Math.sqrt(K)))) expect.fail(`${what}: [${i}, ${j}] is off by ${error}`);
    }
  }
};

const sizes: readonly (readonly [M: number, K: number, N: number])[] = [
  [1, 1, 1],
  [2, 3, 1],
  [1, 5, 9],
  [7, 4, 1],
  [3, 3, 3],
  [5, 17, 8],
  [6, 33, 8],
  [16, 16, 16],
  [17, 19, 23],
  [31, 8, 33],
  [64, 64, 64],
  [65, 63, 66],
  [100, 128, 10],
  [10, 100, 128],
  [13, 257, 9],
  [12, 1100, 17],
  [61, 515, 70],
  [9, 40, 1100],
  [400, 12, 20],
  // Few products a sum, and many sums.
  [128, 1, 70],
  [67, 3, 131],
  [90, 4, 61],
];

const kinds = [...builds.map((backend) => [backend.name, backend] as const), ["simd with BLAS", withBlas] as const];

describe.each(kinds)("matmul, %s", (_, backend) => {
  it("agrees with a float64 loop for every size and every transposition", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const [M, K, N] of sizes) {
        for (const [ta, tb] of [
          [false, false],
          [false, true],
          [true, false],
          [true, true],
        ] as const) {
          const [a, b] = [matrix(dtype, M, K, ta), matrix(dtype, K, N, tb)];
          const out = make(dtype, [M, N], () => 99);
          backend.matmul(out, a, b);
          expectProduct(out, a, b, null, `${dtype} [${M}, ${K}]${ta ? "ᵀ" : ""} · [${K}, ${N}]${tb ? "ᵀ" : ""}`);
          free(a, b, out);
        }
      }
    }
  });

  it("takes every tile edge from 1 to 17", () => {
    for (let M = 1; M <= 17; M++) {
      for (let N = 1; N <= 17; N++) {
        const [a, b] = [matrix("float32", M, 300, false), matrix("float32", 300, N, M % 2 === 0)];
        const out = make("float32", [M, N], () => 99);
        backend.matmul(out, a, b);
        expectProduct(out, a, b, null, `[${M}, 300] · [300, ${N}]`);
        free(a, b, out);
      }
    }
  });

  it("takes strides that are neither rows nor columns", () => {
    const a = make("float32", [40, 50], number, [150, 3]);
    const b = make("float32", [50, 30], number, [2, 200]);
    const out = make("float32", [40, 30]);
    backend.matmul(out, a, b);
    expectProduct(out, a, b, null, "strided");
    const row = make("float32", [40, 50], number, [0, 1]);
    backend.matmul(out, row, b);
    expectProduct(out, row, b, null, "one row expanded");
    free(a, b, row, out);
  });

  it("gives zeros for K = 0, or the bias, and nothing for M = 0", () => {
    for (const [M, N] of [
      [2, 3],
      [70, 80],
    ] as const) {
      const [a, b] = [make("float32", [M, 0]), make("float32", [0, N])];
      const out = make("float32", [M, N], () => 99);
      backend.matmul(out, a, b);
      expect(new Set(read(out))).toEqual(new Set([0]));
      const bias = make("float32", [N], () => 5);
      backend.linear(out, a, make("float32", [N, 0]), bias);
      expect(new Set(read(out))).toEqual(new Set([5]));
    }
    backend.matmul(make("float32", [0, 3]), make("float32", [0, 4]), make("float32", [4, 3]));
  });

  it("gives NaN for NaN · 0 and infinity · 0, wherever they meet", () => {
    for (const n of [3, 40]) {
      const a = make("float32", [n, n]);
      const b = make("float32", [n, n], (i) =>
        i === n + 1 ? Number.NaN : i === 2 * n + 2 ? Number.POSITIVE_INFINITY : 0,
      );
      const out = make("float32", [n, n]);
      backend.matmul(out, a, b);
      const columns = Array.from({ length: n }, (_, j) => Number.isNaN(read(out)[j]));
      expect(columns).toEqual(columns.map((_, j) => j === 1 || j === 2));
      free(a, b, out);
    }
  });

  it("multiplies batches, expanded, transposed or in one piece", () => {
    const cases: readonly (readonly [
      shape: readonly number[],
      strides: readonly number[],
      K: readonly number[],
      N: readonly number[],
    ])[] = [
      [
        [3, 20, 30],
        [600, 30, 1],
        [3, 30, 25],
        [750, 25, 1],
      ],
      [
        [3, 20, 30],
        [600, 30, 1],
        [3, 30, 25],
        [0, 25, 1],
      ],
      [
        [3, 20, 30],
        [0, 30, 1],
        [3, 30, 25],
        [750, 1, 30],
      ],
      [
        [2, 3, 20, 30],
        [1800, 30, 90, 1],
        [2, 3, 30, 5],
        [450, 150, 5, 1],
      ],
      [
        [2, 3, 4, 5],
        [60, 20, 5, 1],
        [2, 3, 5, 6],
        [0, 0, 1, 5],
      ],
      [
        [2, 3, 20, 30],
        [1800, 600, 30, 1],
        [2, 3, 30, 5],
        [150, 0, 5, 1],
      ],
    ];
    for (const [aShape, aStrides, bShape, bStrides] of cases) {
      const [a, b] = [make("float32", aShape, number, aStrides), make("float32", bShape, number, bStrides)];
      const shape = [...aShape.slice(0, -1), bShape.at(-1) as number];
      twin(backend, "float32", shape, (k, out) => k.matmul(out, a, b), `[${aShape}] · [${bShape}]`, 0, 1e-5);
      free(a, b);
    }
  });

  it("adds linear's bias once, however many blocks K takes", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const [M, K, N] of sizes) {
        const [x, w, bias] = [
          matrix(dtype, M, K, false),
          matrix(dtype, N, K, false),
          make(dtype, [N], () => 100 * number()),
        ];
        const out = make(dtype, [M, N], () => 99);
        const b = { ...w, shape: [K, N], strides: [1, K] };
        backend.linear(out, x, w, bias);
        expectProduct(out, x, b, bias, `linear ${dtype} [${M}, ${K}] · [${N}, ${K}]ᵀ + bias`);
        backend.linear(out, x, w, null);
        expectProduct(out, x, b, null, `linear ${dtype} without bias`);
        free(x, w, bias, out);
      }
    }
  });

  it("reads a bias of any stride", () => {
    const [x, w, bias] = [
      matrix("float32", 20, 30, false),
      matrix("float32", 9, 30, false),
      make("float32", [9], number, [2]),
    ];
    const out = make("float32", [20, 9]);
    backend.linear(out, x, w, bias);
    expectProduct(out, x, { ...w, shape: [30, 9], strides: [1, 30] }, bias, "strided bias");
    free(x, w, bias, out);
  });

  it("wraps integers exactly", () => {
    const big = (): number => Math.floor(random() * 2 ** 31);
    const [a, b] = [matrix("int32", 7, 40, false, big), matrix("int32", 40, 9, true, big)];
    twin(backend, "int32", [7, 9], (k, out) => k.matmul(out, a, b), "int32");
    expect(sizeOf(a.shape)).toBe(280);
    free(a, b);
  });
});
