import { describe, expect, it } from "vitest";
import { autograd, GradError, noGrad, ShapeError, slice, type Tensor, tensor, zeros } from "../../src/index.js";

type Program = (x: Tensor, w: Tensor) => Tensor;

interface Case {
  readonly name: string;
  readonly program: Program;
  readonly y: number[];
  /** Gradients under the upstream gradient 1, 2, 3, …; null where x is not in the graph. */
  readonly first: [number[] | null, number[]];
  /** Gradients of the sum of squares of the first ones. */
  readonly second: [number[] | null, number[]];
}

/** x = [[1, 2], [3, 4]], w = [½, 2], float64; the numbers are PyTorch 1.13's. */
const cases: Case[] = [
  {
    name: "a row multiplied",
    program: (x, w) => {
      const b = x.mul(1);
      b.select(0, 1).mul_(w);
      return b.mul(b);
    },
    y: [1, 4, 2.25, 64],
    first: [
      [2, 8, 4.5, 128],
      [27, 256],
    ],
    second: [
      [8, 64, 985.5, 73728],
      [3078, 98304],
    ],
  },
  {
    name: "a column replaced, then the whole multiplied by what the view reads",
    program: (x, w) => {
      const b = x.mul(1);
      const v = b.t().select(0, 0);
      v.copy_(w.mul(w));
      b.mul_(v.sum());
      return b.mul(v.sum());
    },
    y: [19.19140625, 153.53125, 307.0625, 307.0625],
    first: [
      [0, 153.53125, 0, 307.0625],
      [1824.3125, 7911.375],
    ],
    second: [
      [0, 7254581.859375, 0, 14509163.71875],
      [82642071.9765625, 368926612.171875],
    ],
  },
  {
    name: "the diagonal multiplied",
    program: (x, w) => {
      const b = x.mul(x);
      const v = b.diagonal();
      v.mul_(w);
      return b.mul(v.sum());
    },
    y: [16.25, 130, 292.5, 1040],
    first: [
      [196, 260, 585, 4696],
      [196, 4696],
    ],
    second: [
      [1760004, 2478224, 5652054, 72014496],
      [1683172, 60988288],
    ],
  },
  {
    name: "a row zeroed under an older view, which changes after that",
    program: (x, w) => {
      const b = x.mul(x);
      const v = b.view(-1).index(slice(null, null, 3));
      b.indexPut_([0], 0);
      v.add_(w.sum());
      return b.mul(v.sum());
    },
    y: [52.5, 0, 189, 388.5],
    first: [
      [0, 0, 378, 1500],
      [312, 312],
    ],
    second: [
      [0, 0, 572184, 2899656],
      [364176, 364176],
    ],
  },
  {
    name: "elements put by tensors",
    program: (x, w) => {
      const b = x.mul(x);
      b.indexPut_(
        [
          [0, 0],
          [0, 1],
        ],
        w.mul(w),
      );
      return b.pow(2);
    },
    y: [0.0625, 16, 81, 256],
    first: [
      [0, 0, 324, 1024],
      [0.5, 64],
    ],
    second: [
      [0, 0, 209952, 1572864],
      [3, 12288],
    ],
  },
  {
    name: "a column added to at repeated places",
    program: (x, w) => {
      const b = x.mul(x);
      b.index(slice(), 0).indexAdd_(0, tensor([1, 1]), w);
      return b.pow(2);
    },
    y: [1, 16, 132.25, 256],
    first: [
      [4, 64, 414, 1024],
      [69, 69],
    ],
    second: [
      [96, 12288, 303048, 1572864],
      [31464, 31464],
    ],
  },
  {
    name: "asStrided with elements that share places",
    program: (x, w) => {
      const s = x.mul(x).asStrided([2, 2], [1, 1]);
      return s.mul(s).mul(w);
    },
    y: [0.5, 32, 8, 162],
    first: [
      [2, 176, 864, 0],
      [49, 356],
    ],
    second: [
      [416, 147904, 1800576, 0],
      [33808, 769024],
    ],
  },
  {
    name: "rows of a tensor that needed no gradient before",
    program: (x, w) => {
      const b = zeros(2, 2, { dtype: "float64" });
      b.select(0, 0).mul_(w);
      b.indexPut_([1], w.mul(w));
      return b.mul(x);
    },
    y: [0, 0, 0.75, 16],
    first: [
      [0, 0, 0.75, 16],
      [9, 64],
    ],
    second: [
      [0, 0, 54, 2048],
      [328.5, 4608],
    ],
  },
  {
    name: "a row of a base that is strided itself",
    program: (x, w) => {
      const b = x.mul(x).unsqueeze(2).repeat(2, 1, 1, 2).select(0, 0).detach().select(2, 0).detach();
      b.select(0, 1).add_(w.mul(w));
      return b.mul(b);
    },
    y: [1, 16, 85.5625, 400],
    first: [null, [55.5, 640]],
    second: [null, [12987, 573440]],
  },
  {
    name: "what a mask chooses",
    program: (x, w) => {
      const b = x.mul(x);
      b.indexPut_([b.gt(3)], w.sum());
      return b.mul(b);
    },
    y: [1, 6.25, 6.25, 6.25],
    first: [
      [4, 0, 0, 0],
      [45, 45],
    ],
    second: [
      [96, 0, 0, 0],
      [3240, 3240],
    ],
  },
];

const numbers = (x: Tensor | null | undefined): number[] | null => (x ? Array.from(x.toTypedArray()) : null);

describe("in-place changes of views", () => {
  for (const { name, program, y, first, second } of cases) {
    it(`have first and second derivatives: ${name}`, () => {
      const leaves = [
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          { dtype: "float64", requiresGrad: true },
        ),
        tensor([0.5, 2], { dtype: "float64", requiresGrad: true }),
      ] as const;
      const out = program(...leaves);
      const upstream = tensor(
        [
          [1, 2],
          [3, 4],
        ],
        { dtype: "float64" },
      );
      const options = { createGraph: true, allowUnused: true } as const;
      const grads = autograd.grad(out, leaves, { gradOutputs: upstream, ...options });
      const squares = grads.flatMap((g) => (g === null ? [] : [g.mul(g).sum()]));
      const again = autograd.grad(
        squares.reduce((a, b) => a.add(b)),
        leaves,
        { allowUnused: true },
      );
      expect(numbers(out)).toEqual(y);
      expect(grads.map(numbers)).toEqual(first);
      expect(again.map(numbers)).toEqual(second);
    });
  }

  it("refuse a tensor whose elements share one place", () => {
    const x = zeros(1).expand(3);
    expect(() => x.add_(1)).toThrow(ShapeError);
    expect(x.toArray()).toEqual([0, 0, 0]);
  });

  it("refuse a view of a leaf, and change nothing", () => {
    const x = tensor([1, 2], { dtype: "float32", requiresGrad: true });
    expect(() => x.narrow(0, 0, 1).mul_(3)).toThrow(GradError);
    expect(() => x.indexPut_([0], 5)).toThrow(GradError);
    expect(() => x.indexPut_([[0]], 5)).toThrow(GradError);
    expect(x.toArray()).toEqual([1, 2]);
    noGrad(() => x.indexPut_([0], 5));
    expect(x.toArray()).toEqual([5, 2]);
  });

  it("reach an op that takes the view as its second input", () => {
    const w = tensor([3], { dtype: "float32", requiresGrad: true });
    const base = zeros(2);
    const view = base.narrow(0, 0, 1);
    base.add_(w);
    w.mul(view).sum().backward();
    expect(w.grad?.toArray()).toEqual([6]);
  });

  it("keep the dtype of what is changed, and the gradient's of what changed it", () => {
    const w = tensor([3], { dtype: "float64", requiresGrad: true });
    const x = tensor([2], { dtype: "float32" });
    const y = x.clone().mul_(w);
    expect([y.dtype, y.item()]).toEqual(["float32", 6]);
    y.mul(y).sum().backward();
    expect([w.grad?.dtype, w.grad?.item()]).toEqual(["float64", 24]);
  });
});
