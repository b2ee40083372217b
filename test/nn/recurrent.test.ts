import { describe, expect, it } from "vitest";
import { cat, manualSeed, memoryStats, nn, noGrad, randn, type Tensor, tensor } from "../../src/index.js";
import { gradcheck, gradgradcheck } from "../../src/inspect/gradcheck.js";

const {
  packPaddedSequence,
  padPackedSequence,
  padSequence,
  packSequence,
  unpackSequence,
  unpadSequence,
  PackedSequence,
} = nn.utils.rnn;

const close = (a: Tensor, b: Tensor, tolerance = 1e-12): void => {
  expect(a.shape).toEqual(b.shape);
  expect(a.numel() === 0 ? 0 : a.sub(b).abs().amax().item()).toBeLessThanOrEqual(tolerance);
};

const kinds = { RNN: nn.RNN, GRU: nn.GRU, LSTM: nn.LSTM } as const;
type Kind = keyof typeof kinds;

const make = (kind: Kind, options: nn.RecurrentOptions = {}, hidden = 4): nn.RNN | nn.GRU | nn.LSTM =>
  new kinds[kind](3, hidden, options).double();

/** Hidden states at the end. */
const lastOf = (states: Tensor | [Tensor, Tensor]): Tensor[] => (Array.isArray(states) ? states : [states]);

describe("packed sequences", () => {
  it("are what PyTorch packs, sorted or not", () => {
    const padded = tensor(
      [
        [1, 2, 0],
        [3, 4, 5],
        [6, 0, 0],
      ],
      { dtype: "float32" },
    );
    const packed = packPaddedSequence(padded, [2, 3, 1], { batchFirst: true, enforceSorted: false });
    expect(packed.data.toArray()).toEqual([3, 1, 6, 4, 2, 5]);
    expect(packed.batchSizes).toEqual([3, 2, 1]);
    expect(packed.sortedIndices?.toArray()).toEqual([1, 0, 2]);
    expect(packed.unsortedIndices?.toArray()).toEqual([1, 0, 2]);
    const [again, lengths] = padPackedSequence(packed, { batchFirst: true });
    expect(again.toArray()).toEqual(padded.toArray());
    expect(lengths.toArray()).toEqual([2, 3, 1]);
    const [wide] = padPackedSequence(packed, { batchFirst: true, paddingValue: -1, totalLength: 4 });
    expect(wide.toArray()).toEqual([
      [1, 2, -1, -1],
      [3, 4, 5, -1],
      [6, -1, -1, -1],
    ]);
    expect(unpackSequence(packed).map((x) => x.toArray())).toEqual([[1, 2], [3, 4, 5], [6]]);
  });

  it("come from and go to lists", () => {
    const list = [tensor([1, 2, 3]), tensor([4]), tensor([5, 6])];
    expect(padSequence(list, { batchFirst: true }).toArray()).toEqual([
      [1, 2, 3],
      [4, 0, 0],
      [5, 6, 0],
    ]);
    expect(padSequence(list, { batchFirst: true, paddingSide: "left", paddingValue: 9 }).toArray()).toEqual([
      [1, 2, 3],
      [9, 9, 4],
      [9, 5, 6],
    ]);
    expect(padSequence(list).shape).toEqual([3, 3]);
    expect(unpadSequence(padSequence(list), [3, 1, 2]).map((x) => x.toArray())).toEqual([[1, 2, 3], [4], [5, 6]]);
    expect(packSequence(list, { enforceSorted: false }).batchSizes).toEqual([3, 2, 1]);
  });

  it("are refused where lengths do not fit", () => {
    const x = randn(3, 2, 1);
    expect(() => packPaddedSequence(x, [2, 3])).toThrow(/lengths \[2, 3\] do not fall[\s\S]*enforceSorted: false/);
    expect(() => packPaddedSequence(x, [3, 0])).toThrow(/\[3, 0\] do not fit 2 sequences of 3 steps/);
    expect(() => packPaddedSequence(x, [4, 1])).toThrow(/do not fit/);
    expect(() => packPaddedSequence(x, [3])).toThrow(/do not fit/);
    expect(() => new PackedSequence(randn(4), [2, 3])).toThrow(/data does not fit the batch sizes/);
    expect(() => padPackedSequence(packPaddedSequence(x, [3, 1]), { totalLength: 2 })).toThrow(/totalLength is 2/);
    expect(() => padSequence([randn(2, 3), randn(2, 4)])).toThrow(/differ in more than their lengths/);
    expect(() => padSequence([])).toThrow(/there is no sequence/);
  });
});

describe.each(Object.keys(kinds) as Kind[])("%s", (kind) => {
  it.each([{}, { bidirectional: true, numLayers: 2 }, { bias: false, bidirectional: true }])(
    "gives each packed sequence what it gives it alone, with gradients: %j",
    (options) => {
      manualSeed(5);
      const layer = make(kind, options);
      const lengths = [2, 4, 1];
      const sequences = lengths.map((length) => randn(length, 3, { dtype: "float64", requiresGrad: true }));
      const packed = packSequence(sequences, { enforceSorted: false });
      const [y, states] = (layer as nn.LSTM).forward(packed);
      const outputs = unpackSequence(y);
      const loss = (list: readonly Tensor[]): Tensor =>
        list
          .map((x, i) =>
            x
              .sin()
              .sum()
              .mul(i + 1),
          )
          .reduce((a, b) => a.add(b));
      loss([...outputs, ...lastOf(states)]).backward();
      const grads = sequences.map((x) => x.grad as Tensor);
      const weights = layer.parameters().map((p) => p.grad as Tensor);
      layer.zeroGrad();
      const alone = sequences.map((x) => {
        x.grad = null;
        return (layer as nn.LSTM).forward(x);
      });
      alone.forEach(([own], n) => {
        close(outputs[n] as Tensor, own);
      });
      const together = lastOf(states).map((_, i) => {
        const each = alone.map(([, last]) => (lastOf(last)[i] as Tensor).unsqueeze(1));
        return cat(each, 1);
      });
      together.forEach((state, i) => {
        close(lastOf(states)[i] as Tensor, state);
      });
      loss([...alone.map(([own]) => own), ...together]).backward();
      sequences.forEach((x, n) => {
        close(x.grad as Tensor, grads[n] as Tensor);
      });
      layer.parameters().forEach((p, i) => {
        close(p.grad as Tensor, weights[i] as Tensor);
      });
    },
  );

  it("has derivatives of first and second order that differences confirm", () => {
    manualSeed(6);
    const layer = make(kind, { bidirectional: true }, 2);
    const x = randn(2, 2, 3, { dtype: "float64", requiresGrad: true });
    // The weights are arguments too: differences change them in place.
    const run = (input: Tensor, ..._weights: Tensor[]): Tensor => (layer as nn.RNN).forward(input)[0];
    expect(gradcheck(run, [x, ...layer.parameters()])).toBe(true);
    expect(gradgradcheck(run, [x, ...layer.parameters()])).toBe(true);
  });

  it("has them through packed sequences and through the states, first and last, as well", () => {
    manualSeed(8);
    for (const options of [{ bidirectional: true }, ...(kind === "RNN" ? [{ nonlinearity: "relu" as const }] : [])]) {
      const layer = make(kind, options, 2);
      const sides = "bidirectional" in options ? 2 : 1;
      const data = randn(6, 3, { dtype: "float64", requiresGrad: true });
      const states = lastOf([
        randn(sides, 3, 2, { dtype: "float64", requiresGrad: true }),
        randn(sides, 3, 2, { dtype: "float64", requiresGrad: true }),
      ]).slice(0, kind === "LSTM" ? 2 : 1);
      const run = (input: Tensor, ...rest: Tensor[]): Tensor => {
        const given = (kind === "LSTM" ? rest.slice(0, 2) : rest[0]) as [Tensor, Tensor];
        const [y, last] = (layer as nn.LSTM).forward(new PackedSequence(input, [3, 2, 1]), given);
        return cat([y.data, ...lastOf(last)].map((x) => x.flatten()));
      };
      const inputs: [Tensor, ...Tensor[]] = [data, ...states, ...layer.parameters()];
      expect(gradcheck(run, inputs)).toBe(true);
      expect(gradgradcheck(run, inputs)).toBe(true);
    }
  });

  it("gives back what it saved with the graph", () => {
    const [T, N, H, layers] = [5, 4, 8, 2];
    const layer = new kinds[kind](3, H, { numLayers: layers }) as nn.RNN;
    const x = randn(T, N, 3);
    const train = (): number => {
      layer.zeroGrad();
      layer.forward(x)[0].sum().backward();
      return memoryStats().inUse;
    };
    train();
    const before = train();
    // First and last states, which a person may hold, are left to the collector; of a layer's outputs is more than that.
    expect(train() - before).toBeLessThan(layers * T * N * H * 4);
  });

  it("keeps nothing for backward where there is none", () => {
    const [T, N, H] = [50, 4, 8];
    const layer = new kinds[kind](3, H) as nn.RNN;
    const x = randn(T, N, 3);
    const before = memoryStats().inUse;
    noGrad(() => layer.forward(x));
    // The gates, the result, an LSTM's cells, and something for the states; not what is saved, which is as large again.
    const most = { RNN: 3, GRU: 5, LSTM: 7 }[kind] * T * N * H * 4;
    expect(memoryStats().inUse - before).toBeLessThan(most);
  });

  it("refuses states of another dtype", () => {
    const layer = make(kind) as nn.RNN;
    const state = randn(1, 2, 4);
    const given = kind === "LSTM" ? [state, state] : state;
    expect(() => layer.forward(randn(2, 2, 3, { dtype: "float64" }), given as Tensor)).toThrow(
      /dtypes differ \(gates float64, .*h0 float32[\s\S]*one dtype[\s\S]*convert the states/,
    );
  });

  it("drops between layers in training only", () => {
    manualSeed(7);
    const layer = make(kind, { numLayers: 2, dropout: 0.5 });
    const x = randn(3, 2, 3, { dtype: "float64" });
    const run = (): Tensor => (layer as nn.RNN).forward(x)[0];
    manualSeed(1);
    const one = run();
    manualSeed(1);
    close(run(), one);
    expect(run().sub(one).abs().amax().item()).toBeGreaterThan(1e-3);
    layer.eval();
    close(run(), run());
  });

  it("refuses inputs and states that do not fit", () => {
    const layer = make(kind) as nn.RNN;
    expect(() => layer.forward(randn(2, 2, 5))).toThrow(/has 5 features, not 3/);
    expect(() => layer.forward(randn(2, 2, 2, 3))).toThrow(/has 4 dimensions/);
    expect(() => layer.forward(randn(0, 2, 3))).toThrow(/no steps/);
    const wrong = randn(1, 5, 4);
    const states = kind === "LSTM" ? [wrong, wrong] : wrong;
    expect(() => layer.forward(randn(2, 2, 3), states as Tensor)).toThrow(/h0 does not fit[\s\S]*\[1, 2, 4\]/);
    expect(() => new kinds[kind](3, 4, { numLayers: 0 })).toThrow(/numLayers is 0/);
    expect(() => new kinds[kind](3, 4, { dropout: 2 })).toThrow(/dropout is 2/);
    expect(() => new kinds[kind](-3, 4)).toThrow(/inputSize is -3/);
  });
});

describe("cells", () => {
  it("refuse states that do not fit, and an LSTM its projection where it has none", () => {
    expect(() => new nn.GRUCell(3, 4).forward(randn(2, 3), randn(3, 4))).toThrow(/state does not fit/);
    expect(() => new nn.LSTMCell(3, 4).forward(randn(2, 5))).toThrow(/input does not fit/);
    expect(() => new nn.LSTM(3, 4, { projSize: 4 })).toThrow(/projSize is 4/);
    expect(() => new nn.GRU(3, 4, { projSize: 2 })).toThrow(/for an LSTM only/);
    expect(() => new nn.RNN(3, 4, { nonlinearity: "gelu" as "relu" })).toThrow(/nonlinearity is gelu/);
  });
});
