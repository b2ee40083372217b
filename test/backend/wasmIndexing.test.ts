import { describe, expect, it } from "vitest";
import type { DType } from "../../src/backend/dtype.js";
import { Heap } from "../../src/backend/heap.js";
import { bestBuild, createCpuBackend } from "../../src/backend/wasm/loader.js";
import { anyOf, builds, expectSame, free, layoutsOf, make, reference, sizeOf, tailSizes, twin } from "./twins.js";

const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];
const shape = [4, 5, 6];

describe.each(builds.map((backend) => [backend.name, backend] as const))("indices and SGD, %s", (_, backend) => {
  it("selects slices along every dimension of views of any strides", () => {
    const index = make("int32", [7], (i) => (3 * i) % 4);
    for (const dtype of dtypes) {
      for (const [name, strides] of layoutsOf(shape)) {
        const x = make(dtype, shape, anyOf(dtype), strides);
        for (const dim of [0, 1, 2]) {
          const result = shape.map((size, d) => (d === dim ? 7 : size));
          twin(backend, dtype, result, (k, out) => k.indexSelect(out, x, index, dim), `${dtype} ${name} along ${dim}`);
        }
        free(x);
      }
    }
    free(index);
  });

  it("gathers and scatters along every dimension, aligned or not", () => {
    for (const dtype of dtypes) {
      const x = make(dtype, shape, anyOf(dtype));
      for (const dim of [0, 1, 2]) {
        for (const size of [
          [3, 5, 6],
          [4, 2, 6],
          [4, 5, 3],
          [2, 3, 2],
          [4, 5, 6],
        ]) {
          const index = make("int32", size, (i) => (7 * i) % (shape[dim] as number));
          const isInRange = size.every((n, d) => d === dim || n <= (shape[d] as number));
          if (!isInRange) continue;
          twin(backend, dtype, size, (k, out) => k.gather(out, x, index, dim), `gather ${dtype} along ${dim}`);
          const src = make(dtype, shape, anyOf(dtype));
          for (const op of ["set", "sum", "amax"] as const) {
            const run = `scatter ${op} ${dtype} [${size}] along ${dim}`;
            const [out, wanted] = [make(dtype, shape, () => 1), make(dtype, shape, () => 1)];
            backend.scatter(op, out, index, src, dim);
            reference.scatter(op, wanted, index, src, dim);
            expectSame(out, wanted, run, 2);
            free(out, wanted);
          }
          free(index, src);
        }
      }
      free(x);
    }
  });

  it("takes and puts at flat offsets, in the order of the elements", () => {
    for (const dtype of dtypes) {
      const x = make(dtype, [30], anyOf(dtype));
      const offsets = make("int32", [3, 5], (i) => (11 * i) % 30);
      const repeated = make("int32", [3, 5], (i) => (i * i) % 6);
      twin(backend, dtype, [3, 5], (k, out) => k.take(out, x, offsets), `take ${dtype}`);
      for (const op of ["set", "sum"] as const) {
        for (const [name, strides] of layoutsOf([3, 5])) {
          const values = make(dtype, [3, 5], anyOf(dtype), strides);
          const [out, wanted] = [make(dtype, [30], () => 1), make(dtype, [30], () => 1)];
          backend.put(op, out, repeated, values);
          reference.put(op, wanted, repeated, values);
          expectSame(out, wanted, `put ${op} ${dtype} ${name}`, 2);
          free(values, out, wanted);
        }
      }
      free(x, offsets, repeated);
    }
  });

  it("gathers rows of bytes and floats, scaled", () => {
    for (const dtype of ["uint8", "float32"] as const) {
      for (const n of tailSizes.slice(1)) {
        const source = make(dtype, [6, n], anyOf(dtype));
        const rows = make("int32", [4], (i) => [5, 0, 5, 2][i] as number);
        twin(backend, "float32", [4, n], (k, out) => k.gatherRows(out, source, rows, 1 / 255), `${dtype} R=${n}`, 1);
        free(source, rows);
      }
    }
  });

  it("falls to the reference for what has no kernel", () => {
    const x = make("float32", [3, 5], anyOf("float32"));
    twin(backend, "float32", [3, 5], (k, out) => k.cumulative("cumsum", out, x, 1), "cumsum");
    twin(backend, "float32", [3, 5], (k, out) => k.unary("lgamma", out, x), "lgamma");
    twin(backend, "float32", [3, 5], (k, out) => k.binary("atan2", out, x, 2), "atan2");
    expect(backend.nonzero(x).length).toBe(2 * sizeOf(x.shape));
    free(x);
  });
});

describe("createCpuBackend", () => {
  it("gives the build asked for, by name, or the best that the engine runs", () => {
    for (const build of ["reference", "simd", "relaxed"] as const)
      expect(createCpuBackend(new Heap(), build).name).toBe(build);
    expect(createCpuBackend(new Heap()).name).toBe(bestBuild());
  });

  it("keeps working when the heap grows, above 2 GiB too", () => {
    const heap = new Heap(1 << 20);
    const kernels = createCpuBackend(heap, "simd");
    heap.alloc(2 ** 31 + 2 ** 20);
    const address = heap.alloc(64);
    expect(address).toBeGreaterThan(2 ** 31);
    const x = { dtype: "float32" as const, address, shape: [3], strides: [1] };
    heap.f32.set([1, 2, 3], address / 4);
    kernels.binary("mul", x, x, 2);
    kernels.matmul(
      { ...x, shape: [1, 1], strides: [1, 1] },
      { ...x, shape: [1, 3], strides: [3, 1] },
      { ...x, shape: [3, 1], strides: [1, 1] },
    );
    expect(Array.from(heap.f32.subarray(address / 4, address / 4 + 3))).toEqual([56, 4, 6]);
  });
});
