/** A call that is refused says why, and leaves every tensor as it was: values, versions, graph and gradient. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as mt from "../../src/index.js";
import { MytorchError, nn, noGrad, optim, type Tensor } from "../../src/index.js";

/** What bad calls are made with. Every call gets its own. */
const makeTensors = () => {
  const leaf = mt.randn(3, 4, { requiresGrad: true });
  const inner = leaf.mul(2);
  inner.sum().backward(null, { retainGraph: true });
  const plain = mt.randn(3, 4);
  return {
    leaf,
    inner,
    plain,
    /** A view of plain, whose elements do not lie side by side. */
    view: plain.t().narrow(0, 1, 2),
    expanded: mt.ones(4).expand(3, 4),
    other: mt.randn(2, 5),
    vector: mt.randn(7),
    ints: mt.tensor([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3]]), // biome-ignore format: one matrix
    bools: mt.tensor([true, false, true]),
    far: mt.tensor([0, 9]),
    scalar: mt.tensor(2.5),
    singular: mt.zeros(3, 3),
    none: mt.zeros(0, 4),
  };
};
type Tensors = ReturnType<typeof makeTensors>;

/** JavaScript is not held by types. */
const loose = (x: unknown): never => x as never;

const bad: Readonly<Record<string, (t: Tensors) => unknown>> = {
  "add of shapes that do not meet": ({ plain, other }) => plain.add(other),
  "add_ of a larger shape": ({ plain }) => plain.narrow(0, 0, 1).add_(plain),
  "add_ on a leaf": ({ leaf }) => leaf.add_(1),
  "add_ on an expanded tensor": ({ expanded }) => expanded.add_(1),
  "add_ of a fraction to integers": ({ ints }) => ints.add_(0.5),
  "div_ of integers": ({ ints }) => ints.div_(2),
  "mul_ through a view, of another shape": ({ view, vector }) => view.mul_(vector),
  "sqrt_ of integers": ({ ints }) => ints.sqrt_(),
  "copy_ of a shape that does not expand": ({ plain, vector }) => plain.copy_(vector),
  "fill_ with a vector": ({ plain, vector }) => plain.fill_(vector),
  "maskedFill_ with a mask of another shape": ({ plain, bools }) => plain.maskedFill_(bools, 1),
  "maskedFill_ with numbers": ({ plain, ints }) => plain.maskedFill_(ints, 1),
  "indexPut_ out of range": ({ plain, far }) => plain.indexPut_([far], 1),
  "indexPut_ of a value that does not fit": ({ plain, vector }) => plain.indexPut_([0], vector),
  "indexAdd_ out of range": ({ plain, far, other }) => plain.indexAdd_(0, far, other.narrow(1, 0, 4)),
  "indexCopy_ out of range": ({ plain, far }) => plain.indexCopy_(0, far, mt.ones(2, 4)),
  "indexFill_ out of range": ({ plain, far }) => plain.indexFill_(0, far, 1),
  "scatter_ out of range": ({ plain }) => plain.scatter_(1, mt.tensor([[0, 9]]), mt.ones(1, 2)),
  "scatterAdd_ out of range": ({ plain }) => plain.scatterAdd_(1, mt.tensor([[0, -1]]), mt.ones(1, 2)),
  "scatterReduce_ by an unknown rule": ({ plain }) =>
    plain.scatterReduce_(0, mt.tensor([[0]]), mt.ones(1, 1), loose("middle")),
  "maskedScatter_ with too few values": ({ plain }) => plain.maskedScatter_(plain.eq(plain), mt.ones(2)),
  "put_ out of range": ({ plain, far }) => plain.put_(far.mul(100), mt.ones(2)),
  "fillDiagonal_ of a vector": ({ vector }) => vector.fillDiagonal_(1),
  "normal_ with a negative spread": ({ plain }) => plain.normal_(0, -1),
  "uniform_ of integers": ({ ints }) => ints.uniform_(),
  "random_ of an empty range": ({ plain }) => plain.random_(3, 3),
  "clamp_ without bounds": ({ plain }) => plain.clamp_({}),
  "cumsum_ along no dimension": ({ plain }) => plain.cumsum_(5),
  "addmm_ of sizes that do not meet": ({ plain, other }) => plain.addmm_(other, other),
  "lerp_ of another dtype": ({ plain, ints }) => plain.lerp_(ints, 0.5),
  "bitwiseAnd_ of floats": ({ plain }) => plain.bitwiseAnd_(1),
  "detach_ of a view": ({ view }) => view.detach_(),
  "requiresGrad_ of integers": ({ ints }) => ints.requiresGrad_(),
  "requiresGrad_(false) of an inner result": ({ inner }) => inner.requiresGrad_(false),
  "a gradient of another shape": ({ leaf, vector }) => {
    leaf.grad = vector;
  },
  "backward of a matrix": ({ inner }) => inner.backward(),
  "backward with a gradient of another shape": ({ inner, vector }) => inner.backward(vector),
  "backward without a graph": ({ plain }) => plain.sum().backward(),
  "grad of what is not in the graph": ({ inner }) => mt.autograd.grad(inner.sum(), mt.ones(2, { requiresGrad: true })),
  "backward after a saved value was changed": ({ leaf }) => {
    const y = leaf.mul(1).exp();
    const loss = y.mul(y).sum();
    noGrad(() => y.storage.version++);
    loss.backward();
  },
  "a registered hook without a graph": ({ plain }) => plain.registerHook((d) => d),
  "matmul of sizes that do not meet": ({ plain, other }) => plain.matmul(other),
  "linear with a bias that does not fit": ({ plain, vector }) => nn.functional.linear(plain, mt.ones(2, 4), vector),
  "cat of ranks that differ": ({ plain, vector }) => mt.cat([plain, vector]),
  "stack of shapes that differ": ({ plain, other }) => mt.stack([plain, other]),
  "reshape to another size": ({ plain }) => plain.reshape(5, 5),
  "view of elements that do not lie side by side": ({ view }) => view.view(-1),
  "expand of a size above 1": ({ plain }) => plain.expand(9, 4),
  "permute that names a dimension twice": ({ plain }) => plain.permute(0, 0),
  "squeeze of no dimension": ({ plain }) => plain.squeeze(4),
  "gather out of range": ({ plain, far }) => plain.gather(0, far.unsqueeze(1)),
  "indexSelect with fractions": ({ plain, vector }) => plain.indexSelect(0, vector),
  "take out of range": ({ plain, far }) => plain.take(far.mul(9)),
  "an index beyond the end": ({ plain }) => plain.index(7),
  "more indices than dimensions": ({ plain }) => plain.index(0, 0, 0),
  "amax of nothing": ({ none }) => none.amax(0),
  "argmax of nothing": ({ none }) => none.argmax(),
  "mean of integers": ({ ints }) => ints.mean(),
  "topk of more than there are": ({ plain }) => plain.topk(9),
  "sort along no dimension": ({ plain }) => plain.sort({ dim: 3 }),
  "inverse of a singular matrix": ({ singular }) => singular.inverse(),
  "cholesky of no definite matrix": ({ singular }) => singular.cholesky(),
  "solve of sizes that do not meet": ({ singular, other }) => mt.linalg.solve(singular, other),
  "einsum with a letter of two sizes": ({ plain, other }) => mt.einsum("ij,ij->i", plain, other),
  "conv2d with channels that do not meet": () => nn.functional.conv2d(mt.ones(1, 3, 5, 5), mt.ones(2, 4, 3, 3)),
  "maxPool2d with padding above half the window": () => nn.functional.maxPool2d(mt.ones(1, 1, 4, 4), 2, { padding: 2 }),
  "batchNorm of one value a channel": () => {
    nn.functional.batchNorm(mt.ones(1, 3), mt.zeros(3), mt.ones(3), { training: true });
  },
  "layerNorm over sizes that are not there": ({ plain }) => nn.functional.layerNorm(plain, [5]),
  "crossEntropy with a class that is not there": ({ plain }) => nn.functional.crossEntropy(plain, mt.tensor([0, 1, 9])),
  "embedding of an index that is not there": ({ plain, far }) => nn.functional.embedding(far, plain),
  "dropout with p above 1": ({ plain }) => nn.functional.dropout(plain, { p: 2 }),
  "pad in a mode that is not there": ({ plain }) => nn.functional.pad(plain, [1, 1], { mode: loose("mirror") }),
  "item of several": ({ plain }) => plain.item(),
  "an optimizer without parameters": () => new optim.SGD([], { lr: 0.1 }),
  "an optimizer with a negative rate": ({ leaf }) => new optim.Adam([leaf], { lr: -1 }),
  "an optimizer over an inner result": ({ inner }) => new optim.SGD([inner], { lr: 0.1 }),
  "clipping gradients that are not finite": ({ leaf }) => {
    leaf.grad = mt.full([3, 4], Number.NaN);
    nn.utils.clipGradNorm_([leaf], 1, { errorIfNonfinite: true });
  },
};

interface State {
  readonly data: readonly number[];
  readonly version: number;
  readonly edge: Tensor["edge"];
  readonly requiresGrad: boolean;
  readonly grad: Tensor | null;
  readonly gradData: readonly number[] | null;
}

const stateOf = (x: Tensor): State => ({
  data: [...x.toTypedArray()],
  version: x.storage.version,
  edge: x.edge,
  requiresGrad: x.requiresGrad,
  grad: x.grad,
  gradData: x.grad === null ? null : [...x.grad.toTypedArray()],
});

const refused = (call: (t: Tensors) => unknown, tensors: Tensors): unknown => {
  try {
    call(tensors);
  } catch (error) {
    return error;
  }
  return undefined;
};

/** These set up something on purpose before they fail. */
const setsUp = new Set(["clipping gradients that are not finite"]);

describe("a refused call", () => {
  it.each(Object.entries(bad))("says what is wrong and changes nothing: %s", (name, call) => {
    const tensors = makeTensors();
    const before = Object.entries(tensors).map(([key, x]) => [key, x, stateOf(x)] as const);
    const error = refused(call, tensors);
    expect(error).toBeInstanceOf(MytorchError);
    const { op, message } = error as MytorchError;
    expect(op.length, "it names the op").toBeGreaterThan(0);
    expect(message.length, "it says what is wrong").toBeGreaterThan(op.length + 15);
    expect(message).not.toMatch(/undefined|\[object|null \(/);
    if (setsUp.has(name)) return;
    for (const [key, x, was] of before) expect({ key, ...stateOf(x) }).toEqual({ key, ...was });
  });

  it("leaves a graph that still works, whatever was refused before", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(bad)), { minLength: 1, maxLength: 8 }), (names) => {
        const tensors = makeTensors();
        for (const name of names) if (!setsUp.has(name)) refused(bad[name] as (t: Tensors) => unknown, tensors);
        const { leaf, inner, view, plain } = tensors;
        leaf.grad = null;
        inner.mul(3).sum().backward();
        expect([...((leaf.grad as Tensor | null)?.toTypedArray() ?? [])]).toEqual(new Array(12).fill(6));
        expect([...view.toTypedArray()]).toEqual([...plain.t().narrow(0, 1, 2).clone().toTypedArray()]);
      }),
      { numRuns: 60 },
    );
  });
});
