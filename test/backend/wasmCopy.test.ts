import { describe, expect, it } from "vitest";
import type { DType } from "../../src/backend/dtype.js";
import { anyOf, builds, expectSame, free, heap, layoutsOf, make, read, reference, tailSizes, twin } from "./twins.js";

const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

describe.each(builds.map((backend) => [backend.name, backend] as const))("copy and fill, %s", (_, backend) => {
  it("casts every dtype to every other", () => {
    for (const from of dtypes) {
      for (const to of dtypes) {
        for (const n of tailSizes) {
          const x = make(from, [n], anyOf(from));
          twin(backend, to, [n], (k, out) => k.copy(out, x), `${from} to ${to}, n=${n}`);
          free(x);
        }
      }
    }
  });

  it("truncates floats toward zero and wraps what does not fit, as PyTorch does", () => {
    const x = make("float32", [5], (i) => [300.7, -1.5, 256, -0.9, Number.NaN][i] as number);
    const bytes = make("uint8", [5]);
    const ints = make("int32", [5]);
    backend.copy(bytes, x);
    backend.copy(ints, x);
    expect(read(bytes)).toEqual([44, 255, 0, 0, 0]);
    expect(read(ints)).toEqual([300, -1, 256, 0, 0]);
    free(x, bytes, ints);
  });

  it("reads and writes any strides", () => {
    for (const shape of [[], [1], [5, 7], [4, 4], [8, 12], [13, 9], [2, 3, 4], [2, 5, 6, 7], [3, 1, 2, 2, 3], [0, 3]]) {
      for (const dtype of dtypes) {
        for (const [name, strides] of layoutsOf(shape)) {
          const x = make(dtype, shape, anyOf(dtype), strides);
          twin(backend, dtype, shape, (k, out) => k.copy(out, x), `${dtype} [${shape.join(", ")}] ${name}`);
          free(x);
          if (name.includes("expanded")) continue;
          const source = make(dtype, shape, anyOf(dtype));
          const [out, wanted] = [make(dtype, shape, () => 1, strides), make(dtype, shape, () => 1, strides)];
          backend.copy(out, source);
          reference.copy(wanted, source);
          const [a, b] = [make(dtype, shape), make(dtype, shape)];
          reference.copy(a, out);
          reference.copy(b, wanted);
          expectSame(a, b, `into ${dtype} [${shape.join(", ")}] ${name}`);
          free(source, out, wanted, a, b);
        }
      }
    }
  });

  it("permutes four dimensions in every order", () => {
    const shape = [3, 4, 5, 6];
    const steps = [120, 30, 6, 1];
    const orders = permutations([0, 1, 2, 3]);
    expect(orders.length).toBe(24);
    for (const dtype of ["float32", "float64", "uint8"] as const) {
      const x = make(dtype, shape, anyOf(dtype));
      for (const order of orders) {
        const turned = {
          ...x,
          shape: order.map((d) => shape[d] as number),
          strides: order.map((d) => steps[d] as number),
        };
        twin(backend, dtype, turned.shape, (k, out) => k.copy(out, turned), `${dtype} permuted ${order.join(" ")}`);
      }
      free(x);
    }
  });

  it("leaves what lies between strided elements alone", () => {
    const out = make("float32", [4], () => -1, [2]);
    backend.fill(out, 5);
    expect(Array.from(heap.view("float32", out.address, 7))).toEqual([5, -1, 5, -1, 5, -1, 5]);
    free(out);
  });

  it("fills every dtype, truths with 0 or 1", () => {
    for (const dtype of dtypes) twin(backend, dtype, [3, 5], (k, out) => k.fill(out, 3), `fill ${dtype}`);
  });
});

const permutations = (items: readonly number[]): number[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((x) => permutations(items.filter((y) => y !== x)).map((rest) => [x, ...rest]));
