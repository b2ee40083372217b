import { describe, expect, it } from "vitest";
import {
  autograd,
  cat,
  manualSeed,
  matmul,
  maximum,
  nn,
  noGrad,
  ReleasedError,
  randn,
  scope,
  type Tensor,
  tensor,
  where,
} from "../../src/index.js";
import { GradError } from "../../src/tensor/errors.js";

/** The analytic gradient under a random upstream one, against central differences, in float64. */
const gradcheck = (fn: (...xs: Tensor[]) => Tensor, ...shapes: number[][]): void => {
  manualSeed(7);
  const inputs = shapes.map((shape) => randn(shape, { dtype: "float64", requiresGrad: true }));
  const y = fn(...inputs);
  const upstream = randn(y.shape, { dtype: "float64" });
  autograd.backward([y], [upstream]);
  const loss = (): number =>
    fn(...inputs)
      .detach()
      .mul(upstream)
      .sum()
      .item();
  const h = 1e-6;
  let someNonZero = false;
  for (const x of inputs) {
    const analytic = x.grad?.toTypedArray() ?? [];
    let isNonZero = false;
    for (let i = 0; i < x.numel(); i++) {
      const element = noGrad(() => x.view(-1).narrow(0, i, 1));
      noGrad(() => element.add_(h));
      const up = loss();
      noGrad(() => element.sub_(2 * h));
      const down = loss();
      noGrad(() => element.add_(h));
      const numeric = (up - down) / (2 * h);
      const a = analytic[i] ?? 0;
      isNonZero ||= a !== 0;
      expect(Math.abs(a - numeric)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(numeric));
    }
    someNonZero ||= isNonZero;
  }
  // Zero against zero proves nothing.
  expect(someNonZero).toBe(true);
};

const cases: [string, (...xs: Tensor[]) => Tensor, ...number[][]][] = [
  ["add, broadcast", (a, b) => a.add(b), [3, 4], [1, 4]],
  ["sub from a column", (a, b) => a.sub(b), [3, 4], [3, 1]],
  ["mul", (a, b) => a.mul(b), [2, 3, 4], [3, 1]],
  ["div", (a, b) => a.div(b.exp()), [3, 4], [4]],
  ["pow", (a, b) => a.exp().pow(b), [5], [5]],
  ["maximum", (a, b) => maximum(a, b), [6], [6]],
  ["relu", (x) => x.relu(), [4, 5]],
  ["sigmoid and tanh", (x) => x.sigmoid().mul(x.tanh()), [7]],
  ["exp, log and sqrt", (x) => x.exp().add(1).log().sqrt(), [7]],
  ["sum over a dimension", (x) => x.sum(1).mul(x.sum(0).sum()), [3, 4]],
  ["mean over two dimensions", (x) => x.mean([0, 2]), [2, 3, 4]],
  ["var and std", (x) => x.var(1).add(x.std(1)), [3, 5]],
  ["prod", (x) => x.prod(1), [3, 4]],
  ["amax", (x) => x.amax(1), [3, 4]],
  ["logsumexp", (x) => x.logsumexp(1), [3, 4]],
  ["softmax", (x) => x.softmax(1), [3, 4]],
  ["logSoftmax of a middle dimension", (x) => x.logSoftmax(1), [2, 3, 4]],
  ["matmul", (a, b) => matmul(a, b), [3, 5], [5, 2]],
  ["batched matmul, broadcast", (a, b) => matmul(a, b), [2, 1, 3, 4], [5, 4, 2]],
  ["linear", (x, w, b) => nn.functional.linear(x, w, b), [4, 3], [2, 3], [2]],
  ["mseLoss", (a, b) => nn.functional.mseLoss(a, b), [3, 2], [3, 2]],
  ["crossEntropy", (x) => nn.functional.crossEntropy(x, tensor([1, 0, 3])), [3, 4]],
  ["permute, slice and reshape", (x) => x.permute(2, 0, 1).narrow(0, 1, 2).reshape(-1), [2, 3, 4]],
  ["expand", (x) => x.expand(4, 3).mul(x.mul(2)), [1, 3]],
  ["cat", (a, b) => cat([a, b], 1).mul(2), [2, 3], [2, 1]],
  ["where", (a, b) => where(a.gt(b), a.mul(a), b), [6], [6]],
  [
    "gather",
    (x) =>
      x.gather(
        1,
        tensor([
          [0, 0],
          [2, 1],
        ]),
      ),
    [2, 3],
  ],
  ["indexSelect with repeats", (x) => x.indexSelect(0, tensor([2, 0, 2])), [3, 2]],
];

describe("gradients agree with central differences under a random upstream gradient", () => {
  it.each(cases)("%s", (_name, fn, ...shapes) => gradcheck(fn, ...shapes));

  it("and their gradients do too", () => {
    for (const [, fn, ...shapes] of cases.filter(([name]) => !["amax", "maximum", "relu"].includes(name))) {
      gradcheck(
        (...xs) => {
          const y = fn(...xs.map((x) => x.mul(1).add(x.mul(x).mul(0.1))));
          const [g] = autograd.grad(y.mul(y).sum(), xs, { createGraph: true });
          return g as Tensor;
        },
        ...shapes,
      );
    }
  });

  it.each([
    ["a bias gradient summed over everything", (d: Tensor) => d.sum().expand(1, 4)],
    ["a factor of two", (d: Tensor) => d.mul(2)],
    ["a wrong sign", (d: Tensor) => d.neg()],
  ])("a planted bug is caught: %s", (_name, distort) => {
    const broken = (x: Tensor): Tensor => {
      const y = x.mul(x.detach().mul(0).add(1));
      y.registerHook((d) => distort(d).expand(d.shape));
      return y;
    };
    expect(() => gradcheck(broken, [3, 4])).toThrow();
  });
});

describe("the graph", () => {
  it("sums over every path: diamonds and b + b", () => {
    const a = tensor(1, { dtype: "float32", requiresGrad: true });
    const b = a.add(a);
    b.add(b).backward();
    expect(a.grad?.item()).toBe(4);
  });

  it("walks a chain of 100,000 ops", () => {
    const x = tensor(1, { dtype: "float64", requiresGrad: true });
    let y: Tensor = x;
    for (let i = 0; i < 100_000; i++) y = y.add(1);
    y.backward();
    expect(x.grad?.item()).toBe(1);
  });

  it("refuses a second backward before any gradient changes", () => {
    const x = tensor([1, 2], { dtype: "float32", requiresGrad: true });
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(/graph was freed[\s\S]*retainGraph/);
    expect(x.grad?.toArray()).toEqual([2, 4]);
  });

  it("refuses a saved value that was changed in place", () => {
    const x = tensor([1, 2], { dtype: "float32", requiresGrad: true });
    const y = x.mul(2);
    const z = y.mul(y).sum();
    noGrad(() => y.add_(1));
    expect(() => z.backward()).toThrow(GradError);
  });

  it("refuses in-place changes of a leaf that requires a gradient", () => {
    const x = tensor([1], { dtype: "float32", requiresGrad: true });
    expect(() => x.add_(1)).toThrow(GradError);
    noGrad(() => x.add_(1));
    expect(x.toArray()).toEqual([2]);
  });

  it("follows in-place changes through views", () => {
    const x = tensor([1, 2, 3.5], { requiresGrad: true });
    const y = x.mul(1);
    y.narrow(0, 0, 2).mul_(3);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([3, 3, 1]);
  });
});

describe("lifetime", () => {
  it("inner results stay readable until the next backward, and say so afterwards", () => {
    const x = tensor([1, 2], { dtype: "float32", requiresGrad: true });
    const first = x.mul(2);
    const loss = first.sum();
    loss.backward();
    expect(first.toArray()).toEqual([2, 4]);
    x.mul(3).sum().backward();
    expect(() => first.toArray()).toThrow(ReleasedError);
    expect(loss.item()).toBe(6);
  });

  it("keeps what was detached, and what a later graph still needs", () => {
    const x = tensor([1, 2], { dtype: "float32", requiresGrad: true });
    const first = x.mul(2);
    const kept = first.detach();
    first.sum().backward();
    x.mul(3).sum().backward();
    expect(kept.toArray()).toEqual([2, 4]);
  });

  it("scope gives back everything but what it returns", () => {
    const y = scope(() => {
      const inner = tensor([1, 2, 3]).add(1);
      return { sum: inner.sum(), inner: inner.mul(2) };
    });
    expect(y.sum.item()).toBe(9);
    expect(y.inner.toArray()).toEqual([4, 6, 8]);
  });
});
