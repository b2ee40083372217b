import { describe, expect, it } from "vitest";
import { autograd, manualSeed, matmul, nn, randn, type Tensor, tensor } from "../../src/index.js";

const { hessian, hvp, jacobian, jvp, vjp } = autograd.functional;
const f64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "float64" });

describe("derivatives of functions", () => {
  it("jacobian has the outputs' dimensions first", () => {
    const J = jacobian(
      (x) => x.pow(2).sum(0),
      f64([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(J.shape).toEqual([2, 2, 2]);
    expect(J.toArray()).toEqual([
      [
        [2, 0],
        [6, 0],
      ],
      [
        [0, 4],
        [0, 8],
      ],
    ]);
  });

  it("jacobian gives a list for a list of inputs, and a list of lists for several outputs", () => {
    const [da, db] = jacobian((a, b) => a.mul(b), [f64([1, 2]), f64([3, 4])]);
    expect([da?.toArray(), db?.toArray()]).toEqual([
      [
        [3, 0],
        [0, 4],
      ],
      [
        [1, 0],
        [0, 2],
      ],
    ]);
    const both = jacobian((a, b) => [a.sum(), b.mul(2)], [f64([1, 2]), f64([3])]);
    expect(both.map((row) => row.map((J) => J.toArray()))).toEqual([
      [[1, 1], [0]],
      [[[0, 0]], [[2]]],
    ]);
  });

  it("says which input the result does not depend on, when strict", () => {
    const unused = (a: Tensor, _b: Tensor): Tensor => a.sum();
    expect(() => jacobian(unused, [f64([1]), f64([2])], { strict: true })).toThrow(/does not depend on input 1/);
  });

  it("hessian of a quadratic form is its symmetric matrix, and hvp its product", () => {
    manualSeed(5);
    const A = randn(3, 3, { dtype: "float64" });
    const form = (x: Tensor): Tensor => x.mul(matmul(A, x)).sum();
    const H = hessian(form, f64([1, -2, 0.5]));
    const symmetric = A.add(A.t());
    expect(H.sub(symmetric).abs().amax().item()).toBeLessThan(1e-12);
    const v = f64([0.3, 0.1, -1]);
    const [value, product] = hvp(form, f64([1, -2, 0.5]), v);
    expect(value.requiresGrad).toBe(false);
    expect(product.sub(matmul(symmetric, v)).abs().amax().item()).toBeLessThan(1e-12);
    expect(() => hessian((x) => x.mul(2), f64([1, 2]))).toThrow(/result has 2 elements/);
  });

  it("hessian of several inputs has a block for each pair", () => {
    const H = hessian((a, b) => a.mul(b).sum(), [f64([1, 2]), f64([3, 4])]);
    expect(H.map((row) => row.map((block) => block.toArray()))).toEqual([
      [
        [
          [0, 0],
          [0, 0],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      ],
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [0, 0],
          [0, 0],
        ],
      ],
    ]);
  });

  it("vjp and jvp are products with the jacobian", () => {
    manualSeed(6);
    const W = randn(4, 3, { dtype: "float64" });
    const fn = (x: Tensor): Tensor => nn.functional.linear(x, W, null).tanh();
    const x = randn(3, { dtype: "float64" });
    const J = jacobian(fn, x);
    const u = randn(4, { dtype: "float64" });
    const v = randn(3, { dtype: "float64" });
    const [y, uJ] = vjp(fn, x, u);
    const [, Jv] = jvp(fn, x, v);
    expect(y.toArray()).toEqual(fn(x).toArray());
    expect(uJ.sub(matmul(u, J)).abs().amax().item()).toBeLessThan(1e-12);
    expect(Jv.sub(matmul(J, v)).abs().amax().item()).toBeLessThan(1e-12);
    expect(() => jvp(fn, x, u)).toThrow(/v does not fit/);
  });

  it("createGraph gives the jacobian a gradient", () => {
    const x = f64([1, 2]).requiresGrad_();
    jacobian((a) => a.pow(3), x, { createGraph: true })
      .sum()
      .backward();
    expect(x.grad?.toArray()).toEqual([6, 12]);
  });
});
