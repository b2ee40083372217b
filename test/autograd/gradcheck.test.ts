import { describe, expect, it } from "vitest";
import { defineOp } from "../../src/autograd/defineOp.js";
import { autograd, manualSeed, matmul, randn, type Tensor, ValueError } from "../../src/index.js";

type Grads = readonly [dX: Tensor, dW: Tensor, dB: Tensor];
type Backward = (d: Tensor, x: Tensor, w: Tensor) => Grads;

const right: Backward = (d, x, w) => [matmul(d, w), matmul(d.t(), x), d.sum(0)];

/** x · wᵀ + b as an op with this backward. x and w are square, so that a transposed factor has the right shape. */
const linearWith = (backward: Backward): ((x: Tensor, w: Tensor, b: Tensor) => Tensor) => {
  const run = defineOp({
    name: "linearUnderTest",
    shape: ([x]) => x as Tensor,
    forward: (k, [y], [x, w, b]) => k.linear(y as Tensor, x as Tensor, w as Tensor, b as Tensor),
    savesInputs: [0, 1],
    backward: ([d], { input }) => backward(d as Tensor, input(0), input(1)),
  });
  return (x, w, b) => run([x, w, b], undefined);
};

const change = (edit: (grads: Grads, d: Tensor, x: Tensor, w: Tensor) => Grads): Backward => {
  return (d, x, w) => edit(right(d, x, w), d, x, w);
};

/** What is planted, and the input whose gradient it spoils. */
const bugs: readonly (readonly [name: string, input: number, backward: Backward])[] = [
  ["the bias gradient summed over everything", 2, change(([dX, dW, dB], d) => [dX, dW, d.sum().expand(dB.shape)])],
  ["the bias gradient averaged", 2, change(([dX, dW, dB]) => [dX, dW, dB.div(3)])],
  ["a factor of two", 0, change(([dX, dW, dB]) => [dX.mul(2), dW, dB])],
  ["a transposed factor in dX", 0, change(([, dW, dB], d, _, w) => [matmul(d, w.t()), dW, dB])],
  ["a transposed dW", 1, change(([dX, dW, dB]) => [dX, dW.t(), dB])],
  ["a sign", 1, change(([dX, dW, dB]) => [dX, dW.neg(), dB])],
  ["a gradient that is missing", 1, change(([dX, dW, dB]) => [dX, dW.mul(0), dB])],
];

const inputs = (): [Tensor, Tensor, Tensor] => {
  manualSeed(3);
  const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: "float64", requiresGrad: true });
  return [leaf(3, 3), leaf(3, 3), leaf(3)];
};

describe("the gradient check", () => {
  it("passes what is right, element by element and under a random upstream gradient, to the second order", () => {
    expect(autograd.gradcheck(linearWith(right), inputs())).toBe(true);
    expect(autograd.gradcheck(linearWith(right), inputs(), { fastMode: true })).toBe(true);
    expect(autograd.gradgradcheck(linearWith(right), inputs())).toBe(true);
  });

  it.each(bugs)("catches a planted bug: %s", (_, input, backward) => {
    const broken = linearWith(backward);
    for (const fastMode of [false, true])
      expect(() => autograd.gradcheck(broken, inputs(), { fastMode })).toThrow(`the gradient of input ${input} at`);
    expect(autograd.gradcheck(broken, inputs(), { raiseException: false })).toBe(false);
  });

  it("of second order catches a backward that is right and whose own gradient is not", () => {
    const square = autogradSquare((d, x) => d.mul(x.detach()).mul(2));
    expect(autograd.gradcheck(square, inputs().slice(0, 1) as [Tensor])).toBe(true);
    expect(() => autograd.gradgradcheck(square, inputs().slice(0, 1) as [Tensor])).toThrow(/the gradient of input 0/);
  });

  it("refuses to check nothing", () => {
    expect(() => autograd.gradcheck((x) => x, [randn(2, { dtype: "float64" })])).toThrow(ValueError);
    expect(() => autograd.gradcheck((x) => x, [randn(2, { requiresGrad: true })])).toThrow(/differences need float64/);
  });
});

const autogradSquare = (backward: (d: Tensor, x: Tensor) => Tensor): ((x: Tensor) => Tensor) => {
  const run = defineOp({
    name: "squareUnderTest",
    shape: ([x]) => x as Tensor,
    forward: (k, [y], [x]) => k.unary("square", y as Tensor, x as Tensor),
    savesInputs: [0],
    backward: ([d], { input }) => [backward(d as Tensor, input(0))],
  });
  return (x) => run([x], undefined);
};
