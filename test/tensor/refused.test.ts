/** What is refused, and in which words: the op, the rule, each argument, and what to do. */
import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import { data, nn, optim, rand, randint, type Tensor, tensor, zeros } from "../../src/index.js";

const F = nn.functional;
/** What a program without types may pass. */
const untyped = (value: unknown): never => value as never;

type Refusal = readonly [
  name: string,
  run: () => unknown,
  type: abstract new (...args: never[]) => Error,
  text: RegExp,
];

const shapes: readonly Refusal[] = [
  [
    "an axis out of range",
    () => rand(2, 3).sum(2),
    mt.ShapeError,
    /^sum: dimension 2 is out of range\n {2}rule {2}an integer from -2 to 1 for 2 dim/,
  ],
  ["an axis that is NaN", () => rand(2, 3).sum(Number.NaN), mt.ShapeError, /^sum: dimension NaN is out of range/],
  ["an axis twice", () => rand(2, 3).sum([0, -2]), mt.ShapeError, /^sum: dimension 0 appears twice/],
  [
    "shapes that do not broadcast",
    () => rand(2, 3).add(rand(3, 2)),
    mt.ShapeError,
    /^add: shapes do not broadcast: sizes 3 and 2 at dimension 1\n[\s\S]*a {5}\[2, 3\]\n {2}b {5}\[3, 2\]$/,
  ],
  [
    "batches that do not fit",
    () => rand(2, 3, 4).matmul(rand(3, 4, 5)),
    mt.ShapeError,
    /^matmul: the batch dimensions do not broadcast\n[\s\S]*\[2, 3, 4\]\n[\s\S]*\[3, 4, 5\]/,
  ],
  ["a view that is none", () => rand(2, 3).t().view(6), mt.ShapeError, /^view: [\s\S]*hint {5}use reshape\(\)/],
  ["a size of NaN", () => zeros(Number.NaN), mt.ShapeError, /^zeros: NaN is not a size/],
  ["a size below 0", () => zeros(2, -1), mt.ShapeError, /^zeros: -1 is not a size\n[\s\S]*shape {2}\[2, -1\]/],
  ["half a size", () => zeros(2.5), mt.ShapeError, /^zeros: 2\.5 is not a size/],
  ["more than there is room for", () => zeros(1e6, 1e6), mt.OutOfMemoryError, /^allocate: no room for/],
  [
    "ragged arrays, a row too short",
    () => tensor([[1, 2], [3]]),
    mt.ShapeError,
    /ragged at \[1\]: it has length 1 where 2 was expected/,
  ],
  [
    "ragged arrays, a number for a row",
    () => tensor([[1], 2]),
    mt.ShapeError,
    /ragged at \[1\]: a value stands where an array/,
  ],
  [
    "ragged arrays, a row for a number",
    () => tensor([1, [2]]),
    mt.ShapeError,
    /ragged at \[1\]: an array stands where a value/,
  ],
  [
    "the item of several",
    () => rand(3).item(),
    mt.ShapeError,
    /^item: only a tensor with one element has an item, this one has 3/,
  ],
  ["an index out of range", () => rand(2, 3).select(0, 2), mt.IndexError, /^select: index 2 is out of range/],
  [
    "losses of unequal shapes",
    () => F.mseLoss(rand(3, 1), rand(3)),
    mt.ShapeError,
    /^mseLoss: [\s\S]*input {3}\[3, 1\]\n {2}target {2}\[3\]/,
  ],
  [
    "features that do not fit",
    () => new nn.Linear(784, 10).forward(rand(3, 28)),
    mt.ShapeError,
    /^linear: the input has 28 features, the weight takes 784/,
  ],
  ["the largest of nothing", () => rand(0, 3).argmax(0), mt.ShapeError, /^argmax: there is no element to choose from/],
];

const values: readonly Refusal[] = [
  [
    "a dtype of files",
    () => tensor([1], { dtype: untyped("float16") }),
    mt.DTypeError,
    /^dtype: float16 is not a dtype\n {2}rule {2}float32, float64, int32, uint8, bool$/,
  ],
  [
    "int64",
    () => rand(2).to(untyped("int64")),
    mt.DTypeError,
    /^dtype: int64 is not a dtype\n[\s\S]*hint {2}int32 stands where PyTorch has int64/,
  ],
  [
    "NaN as an integer",
    () => tensor([1, Number.NaN], { dtype: "int32" }),
    mt.DTypeError,
    /^tensor: NaN at element 1 is not an int32/,
  ],
  [
    "an integer that does not fit",
    () => tensor(2 ** 31, { dtype: "int32" }),
    mt.DTypeError,
    /^tensor: 2147483648 is not an int32/,
  ],
  ["a fill that does not fit", () => mt.full([2], 300, { dtype: "uint8" }), mt.DTypeError, /^full: 300 is not a uint8/],
  ["a fill with NaN", () => tensor([1]).fill_(Number.NaN), mt.DTypeError, /NaN is not an int32/],
  ["a string for a number", () => tensor(untyped([[1, "2"]])), mt.DTypeError, /^tensor: a string stands at \[0\]\[1\]/],
  [
    "nothing for values",
    () => tensor(untyped(undefined)),
    mt.DTypeError,
    /^tensor: undefined stands where values were expected/,
  ],
  [
    "another typed array",
    () => tensor(untyped(new Int16Array(2))),
    mt.DTypeError,
    /^tensor: an Int16Array stands [\s\S]*Float32Array/,
  ],
  [
    "a string for a tensor",
    () => rand(2).add(untyped("1")),
    mt.DTypeError,
    /^add: a string stands where a tensor is wanted/,
  ],
  [
    "nothing for a tensor",
    () => rand(2).mul(untyped(undefined)),
    mt.DTypeError,
    /^mul: undefined stands where a tensor is wanted/,
  ],
  ["the negative of a bool", () => tensor([true]).neg(), mt.DTypeError, /^neg: bool tensors have no sign/],
  [
    "the mean of integers",
    () => tensor([1, 2]).mean(),
    mt.DTypeError,
    /^mean: [\s\S]*hint {2}convert first: x\.to\("float32"\)/,
  ],
  [
    "products of unlike dtypes",
    () => rand(2, 2).matmul(randint(0, 2, [2, 2])),
    mt.DTypeError,
    /^matmul: the dtypes differ \(float32 and int32\)/,
  ],
  [
    "a float label",
    () => F.crossEntropy(rand(3, 4), rand(3)),
    mt.DTypeError,
    /^crossEntropy: labels are class indices \(int32\), not float32/,
  ],
  [
    "a label that is no class",
    () => F.crossEntropy(rand(3, 4), tensor([0, 1, 4])),
    mt.IndexError,
    /^crossEntropy: label 4 of row 2 is not a class\n {2}rule {4}class indices from 0 to 3/,
  ],
  [
    "a learning rate below 0",
    () => new optim.SGD([rand(2, { requiresGrad: true })], { lr: -1 }),
    mt.ValueError,
    /^SGD: lr is -1/,
  ],
  ["a seed that is NaN", () => mt.manualSeed(Number.NaN), mt.ValueError, /^manualSeed: NaN is not a seed/],
  ["a range with no integer", () => randint(5, 5, [1]), mt.ValueError, /^randint: there is no integer from 5/],
  [
    "a step that leads away",
    () => mt.arange(0, 5, -1),
    mt.ValueError,
    /^arange: the step does not lead from start to end/,
  ],
  [
    "a memory limit that is NaN",
    () => mt.setMemoryLimit(Number.NaN),
    mt.ValueError,
    /^setMemoryLimit: NaN is not a number of bytes/,
  ],
  ["an async scope", () => mt.scope(async () => rand(1)), mt.ValueError, /^scope: the function is async/],
];

const gradients: readonly Refusal[] = [
  [
    "a gradient for integers",
    () => tensor([1]).requiresGrad_(),
    mt.GradError,
    /^requiresGrad_: only floating tensors can have gradients, this one is int32/,
  ],
  ["backward from what has no graph", () => rand(1).backward(), mt.GradError, /^backward: [\s\S]*hint/],
  [
    "backward from several without a gradient",
    () => rand(3, { requiresGrad: true }).mul(2).backward(),
    mt.GradError,
    /a gradient can be left out only for a tensor with one element/,
  ],
  [
    "a change in place of a leaf",
    () => rand(2, { requiresGrad: true }).add_(1),
    mt.GradError,
    /^add_: a leaf that requires a gradient cannot be changed/,
  ],
];

const sets: readonly Refusal[] = [
  [
    "an empty data set",
    () => new data.DataLoader(new data.TensorDataset(rand(0, 3))),
    mt.ValueError,
    /^DataLoader: the data set is empty/,
  ],
  [
    "a batch of nothing",
    () => new data.DataLoader(new data.TensorDataset(rand(3)), { batchSize: 0 }),
    mt.ValueError,
    /^DataLoader: batchSize is 0/,
  ],
  [
    "data of unequal length",
    () => new data.TensorDataset(rand(3), rand(4)),
    mt.ShapeError,
    /^TensorDataset: [\s\S]*tensors\[0\] {2}\[3\]\n {2}tensors\[1\] {2}\[4\]/,
  ],
];

describe("is refused with a typed error that says why:", () => {
  it.each([...shapes, ...values, ...gradients, ...sets])("%s", (_, run, type, text) => {
    expect(run).toThrow(type);
    expect(run).toThrow(mt.MytorchError);
    expect(run).toThrow(text);
  });

  it("matrices of which one looks transposed, word for word", () => {
    const fail = (a: Tensor, b: Tensor): string => {
      try {
        a.matmul(b);
      } catch (error) {
        return String(error);
      }
      return "";
    };
    expect(fail(rand(32, 784), rand(10, 784))).toBe(
      [
        "ShapeError: matmul: inner sizes differ (784 and 10)",
        "  rule  a[M,K] · b[K,N] → [M,N]",
        "  a     [32, 784]",
        "  b     [10, 784]",
        "  hint  b looks transposed: matmul(a, b.t())",
      ].join("\n"),
    );
    expect(fail(rand(784, 32), rand(784, 10))).toMatch(/hint {2}a looks transposed: matmul\(a\.t\(\), b\)$/);
    expect(fail(rand(2, 3), rand(4, 5))).not.toMatch(/hint/);
  });

  it("and what was there stays as it was", () => {
    const before = mt.memoryStats();
    const x = tensor([1, 2]);
    expect(() => x.to(untyped("float16"))).toThrow(mt.DTypeError);
    expect(() => F.crossEntropy(rand(3, 4).requiresGrad_(), tensor([0, 1, 9]))).toThrow(mt.IndexError);
    expect(x.toArray()).toEqual([1, 2]);
    expect(Number.isSafeInteger(mt.memoryStats().inUse)).toBe(true);
    expect(mt.memoryStats().limit).toBe(before.limit);
  });

  it("an empty batch gives NaN as its mean loss, as in PyTorch, and no error", () => {
    const loss = F.crossEntropy(rand(0, 4), zeros(0, { dtype: "int32" }));
    expect(loss.item()).toBeNaN();
  });
});
