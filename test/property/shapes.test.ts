/** Laws that hold for all shapes, sizes 0 and 1 included, and at the ends of whole registers. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { backend, heap, setBackend } from "../../src/backend/current.js";
import { createCpuBackend } from "../../src/backend/wasm/loader.js";
import * as mt from "../../src/index.js";
import { type DType, nn, ShapeError, type Tensor, tensor } from "../../src/index.js";
import { corners, randomFrom, tailSizes } from "../backend/twins.js";

const size = fc.nat(4);
const shape = fc.array(size, { maxLength: 4 });

/** Whole numbers as float64, so that sums are exact. */
const whole = (of: readonly number[], seed = 3): Tensor => {
  const draw = randomFrom(seed);
  const values = Array.from({ length: of.reduce((a, b) => a * b, 1) }, () => Math.floor(draw() * 19) - 9);
  return tensor(values, { dtype: "float64", shape: of });
};
const expectEqual = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  expect([...a.toTypedArray()]).toEqual([...b.toTypedArray()]);
};

/** A property of three hundred drawn values. */
// oxlint-disable vitest/valid-title, vitest/expect-expect -- each law has a name and asserts what `holds` does
const law = <T>(name: string, values: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  it(name, () => fc.assert(fc.property(values, holds), { numRuns: 300 }));
// oxlint-enable vitest/valid-title, vitest/expect-expect

describe("broadcasting", () => {
  /** A shape, and the same with sizes taken to 1 and leading dimensions away. */
  const pair = fc
    .tuple(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat(4))
    .map(([full, ones, cut]) => {
      const part = full.map((n, d) => (ones[d] ? 1 : n)).slice(Math.min(cut, full.length));
      return [full, part] as const;
    });

  law("does not care for the order of its sides", pair, ([a, b]) => {
    expectEqual(mt.add(whole(a), whole(b, 5)), mt.add(whole(b, 5), whole(a)));
    expect(mt.broadcastShapes(a, b)).toEqual(mt.broadcastShapes(b, a));
  });
  law("is expanding first", pair, ([a, b]) => {
    const to = mt.broadcastShapes(a, b);
    expect(to).toEqual(a);
    expectEqual(mt.mul(whole(a), whole(b, 5)), mt.mul(whole(a), whole(b, 5).expand(to).clone()));
  });
  law("sums what it expanded", pair, ([a, b]) => {
    const x = whole(b).requiresGrad_();
    x.expand(a).backward(whole(a, 5));
    expectEqual(x.grad as Tensor, whole(a, 5).sumToSize(b));
  });
  law("refuses what does not fit, naming both shapes", fc.tuple(shape, shape), ([a, b]) => {
    const n = Math.min(a.length, b.length);
    const fits = [...Array(n).keys()].every((i) => {
      const [x, y] = [a[a.length - 1 - i], b[b.length - 1 - i]];
      return x === y || x === 1 || y === 1;
    });
    if (fits) expect(mt.add(whole(a), whole(b)).shape).toEqual(mt.broadcastShapes(a, b));
    else expect(() => mt.add(whole(a), whole(b))).toThrow(ShapeError);
    if (!fits) expect(() => mt.add(whole(a), whole(b))).toThrow(`[${a.join(", ")}]`);
  });
});

describe("a round trip gives back what went in:", () => {
  const permuted = shape.chain((s) =>
    fc.tuple(fc.constant(s), fc.shuffledSubarray([...s.keys()], { minLength: s.length })),
  );
  const withDim = fc
    .array(size, { minLength: 1, maxLength: 4 })
    .chain((s) => fc.tuple(fc.constant(s), fc.nat(s.length - 1)));

  law("flatten and reshape", shape, (s) => expectEqual(whole(s).flatten().reshape(s), whole(s)));
  law("permute by an order and by its inverse", permuted, ([s, order]) => {
    const back = order.map((_, d) => order.indexOf(d));
    expectEqual(whole(s).permute(order).permute(back), whole(s));
    expectEqual(whole(s).permute(order).clone().permute(back), whole(s));
  });
  law("reshape of a permuted view is reshape of its copy", permuted, ([s, order]) => {
    const turned = whole(s).permute(order);
    expectEqual(turned.ravel(), turned.clone().ravel());
  });
  law("flip twice", withDim, ([s, dim]) => expectEqual(whole(s).flip(dim).flip(dim), whole(s)));
  law("roll there and back", fc.tuple(withDim, fc.integer({ min: -5, max: 5 })), ([[s, dim], n]) =>
    expectEqual(whole(s).roll(n, dim).roll(-n, dim), whole(s)),
  );
  law("four quarter turns", fc.tuple(size, size), (s) =>
    expectEqual(whole(s).rot90().rot90().rot90().rot90(), whole(s)),
  );
  law("split and cat", fc.tuple(withDim, fc.integer({ min: 1, max: 3 })), ([[s, dim], n]) =>
    expectEqual(mt.cat(whole(s).split(n, dim), dim), whole(s)),
  );
  law("unbind and stack", withDim, ([s, dim]) => {
    if (s[dim] !== 0) expectEqual(mt.stack(whole(s).unbind(dim), dim), whole(s));
  });
  law("sort and gather by the places", withDim, ([s, dim]) => {
    const { values, indices } = mt.sort(whole(s), { dim });
    expectEqual(mt.gather(whole(s), dim, indices), values);
    expectEqual(mt.gather(values, dim, mt.argsort(indices, { dim })), whole(s));
  });
  law("cumsum and diff", withDim, ([s, dim]) => {
    if (s[dim] === 0) return;
    const sums = whole(s).cumsum(dim);
    expectEqual(mt.cat([mt.narrow(sums, dim, 0, 1), sums.diff({ dim })], dim), whole(s));
  });
});

describe("the whole is its parts:", () => {
  const dims = shape.chain((s) => fc.tuple(fc.constant(s), fc.subarray([...s.keys()])));
  law("the sum over some dimensions, then the others, is the sum", dims, ([s, some]) => {
    if (some.length === 0) return;
    expectEqual(whole(s).sum({ dim: some, keepdim: true }).sum(), whole(s).sum());
    expectEqual(
      whole(s).sum(some),
      [...some].sort((a, b) => b - a).reduce((x, d) => x.sum(d), whole(s)),
    );
  });
  law("the sums of chunks add up", fc.tuple(shape, fc.integer({ min: 1, max: 4 })), ([s, n]) => {
    if (s.length === 0) return;
    const parts = whole(s)
      .chunk(n)
      .map((x) => x.sum());
    expectEqual(mt.stack(parts).sum(), whole(s).sum());
  });
  law("a product in blocks is the product", fc.tuple(size, size, size, size), ([m, k, n, cut]) => {
    const [a, b, at] = [whole([m, k]), whole([k, n], 5), Math.min(cut, k)];
    const left = mt.matmul(a.narrow(1, 0, at), b.narrow(0, 0, at));
    expectEqual(mt.add(left, mt.matmul(a.narrow(1, at, k - at), b.narrow(0, at, k - at))), mt.matmul(a, b));
  });
  law("matmul is associative, and transposes", fc.tuple(size, size, size, size), ([m, k, l, n]) => {
    const [a, b, c] = [whole([m, k]), whole([k, l], 5), whole([l, n], 7)];
    expectEqual(a.matmul(b).matmul(c), a.matmul(b.matmul(c)));
    expectEqual(a.matmul(b).t(), b.t().matmul(a.t()));
  });
  law(
    "float32 matmul is associative within rounding",
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 })),
    ([m, k]) => {
      const [a, b, c] = [mt.randn(m, k), mt.randn(k, m), mt.randn(m, 3)];
      const bound = mt.matmul(mt.matmul(a.abs(), b.abs()), c.abs()).mul((k + m) * 2 ** -23);
      const gap = mt.sub(a.matmul(b).matmul(c), a.matmul(b.matmul(c))).abs();
      expect(mt.all(mt.le(gap, bound)).item()).toBe(1);
    },
  );
  law("softmax sums to 1 and is not moved by a constant", fc.tuple(size, fc.integer({ min: 1, max: 9 })), ([m, n]) => {
    const x = whole([m, n]);
    expect(mt.allclose(x.softmax(1).sum(1), mt.ones(m, { dtype: "float64" }))).toBe(true);
    expect(mt.allclose(x.softmax(1), x.add(1000).softmax(1))).toBe(true);
  });
});

describe("kernels and the reference agree at every length of tail:", () => {
  const fast = backend();
  const kernels = [createCpuBackend(heap, "simd"), createCpuBackend(heap, "relaxed")];
  const judge = createCpuBackend(heap, "reference");
  afterAll(() => setBackend(fast));

  /** Sizes of rows and tails, as vectors and as three rows each one element apart. */
  const layouts = (n: number, dtype: DType, seed: number): Tensor[] => {
    const draw = randomFrom(seed + n);
    const make = (count: number): Tensor =>
      tensor(
        Array.from({ length: count }, () => draw() * 4 - 2),
        { dtype, shape: [count] },
      );
    const rows = make(3 * (n + 1)).reshape(3, n + 1);
    return [make(n), rows.narrow(1, 1, n), rows.narrow(1, 0, n).t()];
  };
  const unary = {
    neg: mt.neg,
    abs: mt.abs,
    exp: mt.exp,
    log1p: mt.log1p,
    sqrt: mt.sqrt,
    tanh: mt.tanh,
    sigmoid: mt.sigmoid,
    relu: (x: Tensor) => mt.relu(x),
    sin: mt.sin,
    erf: mt.erf,
    floor: mt.floor,
    rsqrt: mt.rsqrt,
    square: mt.square,
    sign: mt.sign,
  };
  const binary = {
    add: (x: Tensor, y: Tensor | number) => mt.add(x, y),
    sub: (x: Tensor, y: Tensor | number) => mt.sub(x, y),
    mul: mt.mul,
    div: (x: Tensor, y: Tensor | number) => mt.div(x, y),
    maximum: mt.maximum,
    fmin: mt.fmin,
    pow: mt.pow,
    atan2: mt.atan2,
    eq: mt.eq,
    lt: mt.lt,
    remainder: mt.remainder,
  };
  const reduce = { sum: mt.sum, mean: mt.mean, prod: mt.prod, std: mt.std, all: mt.all };

  type Case = readonly [name: string, run: (x: Tensor, y: Tensor) => Tensor];
  const cases: Case[] = [
    ...Object.entries(unary),
    ...Object.entries(binary),
    ...Object.entries(binary).map(([name, fn]): Case => [`${name} with a number`, (x) => fn(x, 1.5)]),
    ...Object.entries(reduce).flatMap(([name, fn]): Case[] => [
      [name, (x) => fn(x)],
      [`${name} of rows`, (x) => fn(x, -1)],
      [`${name} of columns`, (x) => fn(x, 0)],
    ]),
    ["softmax", (x) => mt.softmax(x, -1)],
    ["logSoftmax", (x) => mt.logSoftmax(x, 0)],
    ["layerNorm", (x) => nn.functional.layerNorm(x, [x.shape.at(-1) as number])],
    ["cumsum", (x) => mt.cumsum(x, -1)],
    ["matmul", (x, y) => (x.ndim === 1 ? mt.dot(x, y) : mt.matmul(x, y.t()))],
    ["sort", (x) => mt.sort(x).values],
  ];

  it.each(cases)("%s", (_, run) => {
    for (const dtype of ["float32", "float64"] as const)
      for (const n of tailSizes) {
        const [xs, ys] = [layouts(n, dtype, 1), layouts(n, dtype, 9)];
        for (const [i, x] of xs.entries()) {
          const y = ys[i] as Tensor;
          setBackend(judge);
          const wanted = run(x, y);
          for (const kernel of kernels) {
            setBackend(kernel);
            const got = run(x, y);
            const where = `${kernel.name} on ${dtype} [${x.shape.join(", ")}] strides [${x.strides.join(", ")}]`;
            expect(got.shape, where).toEqual(wanted.shape);
            const tolerance = dtype === "float32" ? 3e-5 : 1e-12;
            const close = mt.allclose(got, wanted, { rtol: tolerance, atol: tolerance, equalNan: true });
            if (!close) expect.fail(`${where}: ${got.toString()}\nnot ${wanted.toString()}`);
          }
        }
      }
  });

  it("corners of floats in every lane", () => {
    const x = tensor([...corners], { dtype: "float32" });
    for (const kernel of kernels)
      for (const [name, fn] of Object.entries(unary)) {
        setBackend(judge);
        const wanted = fn(x);
        setBackend(kernel);
        for (let shift = 0; shift < 5; shift++) {
          const got = fn(x.roll(shift)).roll(-shift);
          expect(mt.allclose(got, wanted, { rtol: 1e-5, atol: 1e-30, equalNan: true }), `${kernel.name} ${name}`).toBe(
            true,
          );
        }
      }
  });
});
