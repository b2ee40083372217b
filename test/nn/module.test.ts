import { describe, expect, it } from "vitest";
import { autograd, manualSeed, nn, ones, optim, randn, type Tensor, tensor, zeros } from "../../src/index.js";

/** A module whose output is its input times a parameter. */
class Scale extends nn.Module {
  readonly factor = new nn.Parameter(tensor([2, 3], { dtype: "float32" }));
  override forward(x: Tensor): Tensor {
    return x.mul(this.factor);
  }
}

class Tied extends nn.Module {
  readonly first = new nn.Linear(3, 3, { bias: false });
  readonly second = this.first;
  override forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x));
  }
}

const mlp = () => new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.ReLU(), new nn.Linear(4, 2));

describe("a module's parts", () => {
  it("are found by dotted names, in the order of assignment", () => {
    const model = mlp();
    expect([...model.namedChildren()].map(([name]) => name)).toEqual(["0", "1", "2", "3"]);
    expect([...model.namedModules()].map(([name]) => name)).toEqual(["", "0", "1", "2", "3"]);
    expect([...model.namedParameters({ prefix: "net" })].map(([name]) => name)).toEqual(
      ["0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias"].map((name) => `net.${name}`),
    );
    expect([...model.namedBuffers()].map(([name]) => name)).toEqual([
      "1.running_mean",
      "1.running_var",
      "1.num_batches_tracked",
    ]);
    expect([...model.namedParameters({ recurse: false })]).toEqual([]);
    expect(model.buffers()).toHaveLength(3);
    expect(model.getSubmodule("1")).toBe(model.children()[1]);
    expect(model.getSubmodule("")).toBe(model);
    expect(model.getParameter("3.weight").shape).toEqual([2, 4]);
    expect(model.getBuffer("1.running_var").toArray()).toEqual([1, 1, 1, 1]);
    expect(() => model.getSubmodule("7")).toThrow(/Sequential has no "7"[\s\S]*one of 0, 1, 2, 3/);
    expect(() => model.getParameter("0.wait")).toThrow(/Linear has no "wait"[\s\S]*one of weight, bias/);
    expect(() => model.getBuffer("0.weight")).toThrow(/Linear has no "weight"/);
  });

  it("that are shared count once as parameters, and stand under each name in the state, as in PyTorch", () => {
    const tied = new Tied();
    expect(tied.parameters()).toHaveLength(1);
    expect([...tied.namedParameters({ removeDuplicate: false })].map(([name]) => name)).toEqual([
      "first.weight",
      "second.weight",
    ]);
    expect(tied.children()).toHaveLength(1);
    expect(Object.keys(tied.stateDict())).toEqual(["first.weight", "second.weight"]);
    tied.loadStateDict({ "first.weight": ones(3, 3), "second.weight": ones(3, 3) });
    expect(tied.first.weight.sum().item()).toBe(9);
    new optim.SGD(tied.parameters(), { lr: 0.1 });
    expect(() => new optim.SGD([tied.first.weight, tied.second.weight], { lr: 0.1 })).toThrow(/given twice/);
  });

  it.each([
    ["an array", () => ({ layers: [new nn.ReLU(), new nn.Linear(2, 2)] }), /layers\[0\] is a ReLU/],
    ["a Map", () => ({ byName: new Map([["a", new nn.Linear(2, 2)]]) }), /byName\.get\(a\) is a Linear/],
    ["an object", () => ({ parts: { head: new nn.Linear(2, 2) } }), /parts\.head is a Linear/],
    [
      "an array of parameters",
      () => ({ w: [new nn.Parameter(ones(2))] }),
      /w\[0\] is a parameter \[2\][\s\S]*ParameterList/,
    ],
  ])("in %s are refused by name, instead of silently left out of training", (_what, fields, message) => {
    const model = Object.assign(new Scale(), fields());
    expect(() => model.parameters()).toThrow(message);
    expect(() => model.stateDict()).toThrow(message);
    expect(() => new nn.Sequential(model).parameters()).toThrow(message);
  });

  it("may be listed a second time, and a #private field hides them on purpose", () => {
    class Listed extends nn.Module {
      readonly a = new nn.Linear(2, 2);
      readonly all = [this.a];
      readonly #teacher = [new nn.Linear(2, 2)];
      override forward(x: Tensor): Tensor {
        return (this.#teacher[0] as nn.Linear).forward(this.a.forward(x));
      }
    }
    expect(new Listed().parameters()).toHaveLength(2);
  });

  it("are registered under new names only", () => {
    const scale = new Scale();
    scale.registerBuffer("seen", zeros(1));
    expect(() => scale.registerBuffer("seen", zeros(1))).toThrow(/"seen" is taken/);
    expect(() => scale.registerModule("factor", new nn.ReLU())).toThrow(/"factor" is taken/);
    expect(() => scale.registerParameter("a.b", new nn.Parameter(ones(1)))).toThrow(/"a\.b" is no name/);
  });
});

describe("a module's state", () => {
  it("leaves out buffers that are not persistent", () => {
    const scale = new Scale();
    scale.registerBuffer("kept", zeros(2));
    scale.registerBuffer("cache", zeros(2), { persistent: false });
    expect(Object.keys(scale.stateDict())).toEqual(["factor", "kept"]);
    expect(scale.buffers()).toHaveLength(2);
    expect(Object.keys(scale.stateDict({ prefix: "x." }))).toEqual(["x.factor", "x.kept"]);
    expect(scale.stateDict().factor).not.toBe(scale.factor);
    expect(scale.stateDict({ keepVars: true }).factor).toBe(scale.factor);
  });

  it("that does not fit is refused with every missing, unexpected and wrong key, and changes nothing", () => {
    const model = mlp();
    const before = model.parameters().map((p) => p.toArray());
    const state: Record<string, Tensor> = { ...model.stateDict(), extra: ones(1), "0.weight": ones(4, 5) };
    delete state["0.bias"];
    delete state["1.running_mean"];
    const load = () => model.loadStateDict(state);
    expect(load).toThrow(nn.StateDictError);
    expect(load).toThrow(/missing +0\.bias, 1\.running_mean/);
    expect(load).toThrow(/unexpected +extra/);
    expect(load).toThrow(/0\.weight +\[4, 5\] in the state, \[4, 3\] in the module/);
    expect(() => model.loadStateDict({ "0.bias": 3 as unknown as Tensor }, { strict: false })).toThrow(
      /not a tensor but number/,
    );
    expect(() => model.loadStateDict({ "0.weight": ones(9) }, { strict: false })).toThrow(/\[9\] in the state/);
    expect(model.parameters().map((p) => p.toArray())).toEqual(before);
  });

  it("is loaded in part without strict, and says what was missing", () => {
    const model = mlp();
    const keys = model.loadStateDict({ "0.bias": ones(4), other: ones(1) }, { strict: false });
    expect(keys.unexpectedKeys).toEqual(["other"]);
    expect(keys.missingKeys).toContain("0.weight");
    expect(model.getParameter("0.bias").toArray()).toEqual([1, 1, 1, 1]);
  });

  it("saved from a wrapped model gets a hint", () => {
    const wrapped = new nn.Sequential(mlp());
    expect(() => mlp().loadStateDict(wrapped.stateDict())).toThrow(/every key begins with "0\."/);
  });

  it("runs its hooks, which may rename old keys", () => {
    const scale = new Scale();
    const calls: string[] = [];
    scale.registerStateDictPreHook((_module, prefix) => calls.push(`pre ${prefix}`));
    scale.registerStateDictPostHook((_module, state, prefix) => {
      state[`${prefix}version`] = tensor(1);
    });
    scale.registerLoadStateDictPreHook((_module, state, prefix) => {
      delete state[`${prefix}version`];
      if (state[`${prefix}scale`] === undefined) return;
      state[`${prefix}factor`] = state[`${prefix}scale`] as Tensor;
      delete state[`${prefix}scale`];
    });
    const remove = scale.registerLoadStateDictPostHook((_module, keys) =>
      calls.push(`post ${keys.missingKeys.length}`),
    );
    const model = new nn.Sequential(scale);
    expect(Object.keys(model.stateDict())).toEqual(["0.factor", "0.version"]);
    model.loadStateDict(model.stateDict());
    const old = { "0.scale": ones(2) };
    model.loadStateDict(old);
    expect(Object.keys(old)).toEqual(["0.scale"]);
    expect(scale.factor.toArray()).toEqual([1, 1]);
    remove();
    model.loadStateDict(old);
    expect(calls).toEqual(["pre 0.", "pre 0.", "post 0", "post 0"]);
  });

  it("changes its dtype in place: an optimizer keeps its parameters", () => {
    const model = mlp();
    const [weight] = model.parameters() as [nn.Parameter];
    const before = weight.toArray();
    model.forward(randn(5, 3)).sum().backward();
    model.double();
    expect(model.parameters()[0]).toBe(weight);
    expect([weight.dtype, weight.grad?.dtype]).toEqual(["float64", "float64"]);
    expect(weight.toArray()).toEqual(before);
    expect(model.getBuffer("1.running_mean").dtype).toBe("float64");
    expect(model.getBuffer("1.num_batches_tracked").dtype).toBe("int32");
    const sgd = new optim.SGD(model.parameters(), { lr: 0.1 });
    sgd.zeroGrad();
    model
      .forward(randn(5, 3, { dtype: "float64" }))
      .square()
      .sum()
      .backward();
    expect(weight.grad?.dtype).toBe("float64");
    sgd.step();
    expect(weight.toArray()).not.toEqual(before);
    expect(model.float().parameters()[0]?.dtype).toBe("float32");
    expect(() => model.to("int32")).toThrow(/parameters cannot be int32/);
    expect(() => model.to("float16" as "float32")).toThrow(/cannot be float16[\s\S]*exist in files only/);
  });
});

describe("a module's hooks", () => {
  it("see and replace inputs and outputs, and go when removed", () => {
    const scale = new Scale();
    const removers = [
      scale.registerForwardPreHook((_module, [x]) => [(x as Tensor).add(1)]),
      scale.registerForwardHook((_module, _inputs, y) => (y as Tensor).mul(10)),
    ];
    expect(scale.forward(tensor([1, 1], { dtype: "float32" })).toArray()).toEqual([40, 60]);
    for (const remove of removers) remove();
    expect(scale.forward(tensor([1, 1], { dtype: "float32" })).toArray()).toEqual([2, 3]);
  });

  it("of backward get the gradients of inputs and outputs, and may replace them, as in PyTorch", () => {
    const scale = new Scale();
    const seen: unknown[] = [];
    scale.registerFullBackwardPreHook((_module, [dY]) => {
      seen.push(dY?.toArray());
      return [(dY as Tensor).mul(10)];
    });
    scale.registerFullBackwardHook((_module, gradInput, gradOutput) => {
      seen.push(
        gradInput.map((g) => g?.toArray()),
        gradOutput.map((g) => g?.toArray()),
      );
      return [(gradInput[0] as Tensor).mul(-1)];
    });
    const x = tensor([5, 7], { dtype: "float32", requiresGrad: true });
    scale.forward(x).sum().backward();
    expect(seen).toEqual([[1, 1], [[20, 30]], [[10, 10]]]);
    expect(x.grad?.toArray()).toEqual([-20, -30]);
    expect(scale.factor.grad?.toArray()).toEqual([50, 70]);
  });

  it("of backward run too where no input wants a gradient, and can be differentiated again", () => {
    const scale = new Scale();
    const inputs: unknown[] = [];
    const remove = scale.registerFullBackwardHook((_module, gradInput) => {
      inputs.push(gradInput);
      return undefined;
    });
    scale.forward(ones(2)).sum().backward();
    expect(inputs).toEqual([[null]]);
    remove();
    scale.registerFullBackwardHook((_module, [dX]) => [(dX as Tensor).mul(2)]);
    const x = tensor([1, 2], { dtype: "float32", requiresGrad: true });
    const [dX] = autograd.grad(scale.forward(x.square()).sum(), [x], { createGraph: true });
    expect(dX?.toArray()).toEqual([8, 24]);
    const [ddX] = autograd.grad((dX as Tensor).sum(), [x]);
    expect(ddX?.toArray()).toEqual([8, 12]);
  });
});

describe("apply, modes and requiresGrad_", () => {
  it("reach every module", () => {
    const model = mlp();
    const order: string[] = [];
    model.apply((module) => order.push(module.constructor.name));
    expect(order).toEqual(["Linear", "BatchNorm1d", "ReLU", "Linear", "Sequential"]);
    model.eval();
    expect(model.modules().every(({ training }) => !training)).toBe(true);
    model.requiresGrad_(false);
    expect(model.parameters().some(({ requiresGrad }) => requiresGrad)).toBe(false);
    expect(model.forward(randn(2, 3)).requiresGrad).toBe(false);
  });
});

describe("summary", () => {
  it("lists shapes, parameters and multiply-adds of a network counted by hand, and leaves modes as they were", () => {
    manualSeed(0);
    const net = new nn.Sequential(
      new nn.Conv2d(1, 8, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.ConvTranspose2d(8, 4, 2, { stride: 2 }),
      new nn.Flatten(),
      new nn.Linear(4 * 28 * 28, 10),
    );
    net.getSubmodule("0").eval();
    const { layers, parameters, trainable, multiplyAdds } = nn.summary(net, [2, 1, 28, 28]);
    expect(layers.map(({ output }) => output)).toEqual([
      [2, 10],
      [2, 8, 28, 28],
      [2, 8, 28, 28],
      [2, 8, 14, 14],
      [2, 4, 28, 28],
      [2, 3136],
      [2, 10],
    ]);
    expect(layers.map((layer) => layer.multiplyAdds)).toEqual([
      0,
      2 * 28 * 28 * 8 * 9,
      0,
      0,
      2 * 14 * 14 * 8 * 4 * 4,
      0,
      2 * 31360,
    ]);
    expect(parameters).toBe(80 + (8 * 4 * 4 + 4) + 31370);
    expect(trainable).toBe(parameters);
    expect(multiplyAdds).toBe(layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0));
    expect(net.modules().map(({ training }) => training)).toEqual([true, false, true, true, true, true, true]);
  });

  it("takes several inputs, tensors, and integers for embeddings", () => {
    const tokens = new nn.Sequential(new nn.Embedding(10, 4), new nn.LayerNorm([3, 4]), new nn.Linear(4, 2));
    expect(nn.summary(tokens, [5, 3], { dtype: "int32" }).multiplyAdds).toBe(5 * 3 * 8);
    expect(nn.summary(tokens, zeros([5, 3], { dtype: "int32" })).multiplyAdds).toBe(5 * 3 * 8);
    const lstm = new nn.LSTM(3, 4);
    expect(nn.summary(lstm, [7, 2, 3]).multiplyAdds).toBe(7 * 2 * 16 * (3 + 4));
    const both = new nn.Bilinear(3, 4, 2);
    const text = String(
      nn.summary(both, [
        [5, 3],
        [5, 4],
      ]),
    );
    expect(text).toMatch(/Bilinear +\[5, 2\] +26 +120/);
    expect(text).toMatch(/parameters 26, trainable 26, multiply-adds 120/);
  });
});
