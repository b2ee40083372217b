// Multilayer perceptrons: forward, cross entropy, backward, one step of the optimizer.

/** Multiply-adds of a training step: each weight counts forward, for its own gradient, and (but for the first layer's) for its input's. */
const multiplyAdds = (batch, widths) =>
  widths.slice(1).reduce((sum, width, i) => sum + (i === 0 ? 2 : 3) * batch * widths[i] * width, 0);

export const mlp = {
  isTraining: true,
  title: "MLP 784-128-10, SGD",
  cases: [1, 10, 100, 1000].map((batch) => ({ name: `batch ${batch}`, batch })),
  multiplyAdds: ({ batch }) => multiplyAdds(batch, [784, 128, 10]),
  ours: ({ manualSeed, nn, optim, rand, randint }, { batch }) => {
    manualSeed(0);
    const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
    const [x, y] = [rand(batch, 784), randint(0, 10, [batch])];
    const lossFn = new nn.CrossEntropyLoss();
    return { loss: () => lossFn.forward(model.forward(x), y), optimizer, start: [x, ...model.parameters(), y] };
  },
  torch: `
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = optim.SGD(model.parameters(), lr=0.05)
x, y = torch.rand(batch, 784), torch.randint(0, 10, (batch,))
loss_fn = nn.CrossEntropyLoss()
loss = lambda: loss_fn(model(x), y)
`,
  others: ["numpy", "jax-js", "tfjs-wasm", "tfjs-cpu", "js-pytorch"],
};

export const wideMlp = {
  isTraining: true,
  title: "MLP 784-1024-1024-10, AdamW",
  cases: [{ name: "batch 256", batch: 256 }],
  multiplyAdds: ({ batch }) => multiplyAdds(batch, [784, 1024, 1024, 10]),
  ours: ({ manualSeed, nn, optim, rand, randint }, { batch }) => {
    manualSeed(0);
    const model = new nn.Sequential(
      new nn.Linear(784, 1024),
      new nn.ReLU(),
      new nn.Linear(1024, 1024),
      new nn.ReLU(),
      new nn.Linear(1024, 10),
    );
    const optimizer = new optim.AdamW(model.parameters());
    const [x, y] = [rand(batch, 784), randint(0, 10, [batch])];
    const lossFn = new nn.CrossEntropyLoss();
    return { loss: () => lossFn.forward(model.forward(x), y), optimizer };
  },
  torch: `
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
optimizer = optim.AdamW(model.parameters())
x, y = torch.rand(batch, 784), torch.randint(0, 10, (batch,))
loss_fn = nn.CrossEntropyLoss()
loss = lambda: loss_fn(model(x), y)
`,
};

export const tiny = {
  isTraining: true,
  title: "2-3-1 network, SGD",
  cases: [{ name: "2 samples" }],
  ours: ({ manualSeed, nn, optim, tensor }) => {
    manualSeed(0);
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
    const float = { dtype: "float32" };
    const [x, y] = [
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        float,
      ),
      tensor([[1], [0]], float),
    ];
    const lossFn = new nn.MSELoss();
    return { loss: () => lossFn.forward(model.forward(x), y), optimizer };
  },
  torch: `
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
optimizer = optim.SGD(model.parameters(), lr=0.01)
x, y = torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[1.], [0.]])
loss_fn = nn.MSELoss()
loss = lambda: loss_fn(model(x), y)
`,
};
