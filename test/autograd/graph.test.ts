import { describe, expect, it } from "vitest";
import { noGrad, ReleasedError, scope, type Tensor, tensor } from "../../src/index.js";
import { GradError } from "../../src/tensor/errors.js";

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

  it.each([
    ["split", (x: Tensor) => x.split(2)],
    ["unbind", (x: Tensor) => x.unbind()],
    ["chunk", (x: Tensor) => x.chunk(3)],
    ["tensorSplit", (x: Tensor) => x.tensorSplit(3)],
  ])("makes the parts of %s outputs of one node, which puts their gradients together", (_, cut) => {
    const x = tensor([[1], [2], [3], [4], [5]], { dtype: "float32", requiresGrad: true });
    const [first, ...others] = cut(x) as [Tensor, ...Tensor[]];
    const last = others.at(-1) as Tensor;
    for (const part of others) expect(part.edge?.node).toBe(first.edge?.node);
    // Those in between get none: zeros stand for it.
    first.mul(first).sum().add(last.sum()).backward();
    const wanted = x.detach().mul(0);
    wanted.narrow(0, 0, first.size(0)).copy_(first.detach().mul(2));
    wanted.narrow(0, 5 - last.size(0), last.size(0)).fill_(1);
    expect(x.grad?.toArray()).toEqual(wanted.toArray());
  });

  it("changes a part in place as any view", () => {
    const x = tensor([1, 2, 3], { dtype: "float32", requiresGrad: true });
    const y = x.mul(2);
    const [a, b] = y.unbind() as [Tensor, Tensor];
    a.mul_(5);
    y.sum().add(b).backward();
    expect(y.toArray()).toEqual([10, 4, 6]);
    expect(x.grad?.toArray()).toEqual([10, 4, 2]);
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
