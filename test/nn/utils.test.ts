import { describe, expect, it } from "vitest";
import { manualSeed, nn, optim, type Tensor, tensor } from "../../src/index.js";

const { weightNorm, removeWeightNorm, spectralNorm, removeSpectralNorm } = nn.utils;

const close = (x: Tensor | null | undefined, expected: readonly number[], tolerance = 2e-6): void => {
  const flat = Array.from((x as Tensor).toTypedArray(), Number);
  expect(flat).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((flat[i] as number) - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  });
};

const x = tensor([[1, 2, 3, 4]], { dtype: "float32" });

// The numbers are PyTorch 1.13's after manual_seed(0).
describe("weightNorm", () => {
  it("has PyTorch's keys, outputs and gradients, trains, and comes off again", () => {
    manualSeed(0);
    const layer = weightNorm(new nn.Linear(4, 3));
    expect(Object.keys(layer.stateDict())).toEqual(["bias", "weight_g", "weight_v"]);
    close(layer.getParameter("weight_g"), [0.6137664914131165, 0.4607923924922943, 0.22796161472797394]);
    const y = layer.forward(x);
    close(y, [-2.6514198780059814, 1.3004982471466064, -0.8323214054107666]);
    y.square().sum().backward();
    close(layer.getParameter("weight_g").grad, [18.780797958374023, 9.209979057312012, 4.572768688201904]);
    close(layer.getParameter("weight_v").grad?.select(0, 1), [6.4500875473, 2.5221269131, 8.0009946823, 2.4801399708]);
    const sgd = new optim.SGD(layer.parameters(), { lr: 0.01 });
    sgd.step();
    expect(layer.forward(x).toArray()).not.toEqual(y.toArray());
    const before = layer.forward(x).toArray();
    removeWeightNorm(layer);
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "bias"]);
    expect(layer.forward(x).toArray()).toEqual(before);
    expect(() => removeWeightNorm(layer)).toThrow(/"weight" of this Linear is not normalised/);
    weightNorm(layer);
    expect(() => weightNorm(layer)).toThrow(/normalised already/);
  });

  it("goes on a recurrent layer's weights too, with one length for all", () => {
    manualSeed(0);
    const layer = weightNorm(new nn.LSTM(2, 2), { name: "weight_hh_l0", dim: null });
    expect(Object.keys(layer.stateDict())).toEqual([
      "weight_ih_l0",
      "bias_ih_l0",
      "bias_hh_l0",
      "weight_hh_l0_g",
      "weight_hh_l0_v",
    ]);
    expect(layer.getParameter("weight_hh_l0_g").shape).toEqual([]);
    const [y] = layer.forward(tensor([[[1, 1]], [[1, 1]]], { dtype: "float32" }));
    close(y, [-0.12700872123241425, -0.00967052485793829, -0.17236922681331635, -0.020378848537802696]);
    expect(() => weightNorm(new nn.LSTM(2, 2), { name: "wait" })).toThrow(/LSTM has no "wait"/);
  });
});

describe("spectralNorm", () => {
  it("draws, iterates, computes and differentiates as PyTorch's, and comes off again", () => {
    manualSeed(0);
    const layer = spectralNorm(new nn.Linear(4, 3));
    expect(Object.keys(layer.stateDict())).toEqual(["bias", "weight_orig", "weight_u", "weight_v"]);
    close(layer.getBuffer("weight_u"), [0.5964317917823792, 0.8014264702796936, -0.0445503368973732]);
    close(
      layer.getBuffer("weight_v"),
      [0.5681789517402649, 0.6770175695419312, -0.028742052614688873, -0.4668980538845062],
    );
    const y = layer.forward(x);
    close(y, [-5.215672492980957, 3.22525691986084, -1.5710278749465942], 5e-6);
    y.sum().backward();
    const row = [0.6430854797363281, 6.95881462097168, 4.087350845336914, 9.738683700561523];
    close(layer.getParameter("weight_orig").grad?.select(0, 0), row, 5e-6);
    close(layer.getBuffer("weight_u"), [0.7244603037834167, 0.5816980600357056, 0.36984407901763916]);
    layer.eval();
    const still = layer.forward(x).toArray();
    expect(layer.forward(x).toArray()).toEqual(still);
    removeSpectralNorm(layer);
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "bias"]);
    expect(layer.forward(x).toArray()).toEqual(still);
    expect(() => removeSpectralNorm(layer)).toThrow(/not normalised/);
    expect(() => spectralNorm(layer, { nPowerIterations: 0 })).toThrow(/nPowerIterations is 0/);
  });

  it("brings the largest singular value of a convolution's weight to 1", () => {
    manualSeed(3);
    const layer = spectralNorm(new nn.ConvTranspose2d(3, 5, 3), { nPowerIterations: 30 });
    layer.forward(
      tensor(
        Array.from({ length: 48 }, (_, i) => Math.sin(i)),
        { dtype: "float32" },
      ).reshape([1, 3, 4, 4]),
    );
    const matrix = layer.weight.detach().permute([1, 0, 2, 3]).reshape([5, -1]);
    const { S } = matrix.svd();
    expect(S.amax().item()).toBeCloseTo(1, 3);
  });
});

describe("containers of parameters", () => {
  it("register them, and print as PyTorch's", () => {
    const w = () =>
      new nn.Parameter(
        tensor(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          { dtype: "float32" },
        ),
      );
    const dict = new nn.ParameterDict({ a: w(), b: w() });
    expect(Object.keys(dict.stateDict())).toEqual(["a", "b"]);
    expect(dict.get("b")).toBe(dict.parameters()[1]);
    expect(dict.has("c")).toBe(false);
    expect(() => dict.get("c")).toThrow(/ParameterDict has no "c"[\s\S]*one of a, b/);
    expect(() => dict.forward()).toThrow(/container/);
    const list = new nn.ParameterList([w()]);
    expect(list.length).toBe(1);
    expect(String(list)).toBe("ParameterList(  (0): Parameter containing: [torch.float32 of size 2x3])");
    expect([...new nn.ModuleDict({ a: new nn.ReLU() })].map(([name]) => name)).toEqual(["a"]);
  });
});

describe("Embedding.fromPretrained", () => {
  it("takes a table, draws nothing, and is frozen unless told otherwise", () => {
    const table = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { dtype: "float32" },
    );
    const layer = nn.Embedding.fromPretrained(table, { paddingIdx: 0 });
    expect(layer.forward(tensor([2, 0], { dtype: "int32" })).toArray()).toEqual([
      [5, 6],
      [1, 2],
    ]);
    expect(layer.weight.requiresGrad).toBe(false);
    expect(nn.Embedding.fromPretrained(table, { freeze: false }).weight.requiresGrad).toBe(true);
    expect(
      nn.EmbeddingBag.fromPretrained(table, { mode: "sum" })
        .forward(tensor([[0, 1]], { dtype: "int32" }))
        .toArray(),
    ).toEqual([[4, 6]]);
    expect(() => nn.Embedding.fromPretrained(tensor([1, 2]))).toThrow(/the table is no matrix/);
  });
});
