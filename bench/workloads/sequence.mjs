// Networks over sequences: forward, cross entropy, backward, one step of the optimizer.

export const lstm = {
  isTraining: true,
  title: "LSTM 64 → 128, 50 steps, SGD",
  cases: [{ name: "batch 32" }],
  /** Of each of the 50 steps: gates from the input, gates from the state. The first layer's input needs no gradient. */
  multiplyAdds: () => 50 * 32 * (2 * 64 * 512 + 3 * 128 * 512) + 3 * 32 * 128 * 10,
  ours: ({ manualSeed, nn, optim, rand, randint }) => {
    manualSeed(0);
    const [cell, head] = [new nn.LSTM(64, 128, { batchFirst: true }), new nn.Linear(128, 10)];
    const [x, y] = [rand(32, 50, 64), randint(0, 10, [32])];
    const lossFn = new nn.CrossEntropyLoss();
    return {
      loss: () => lossFn.forward(head.forward(cell.forward(x)[0].select(1, -1)), y),
      optimizer: new optim.SGD([...cell.parameters(), ...head.parameters()], { lr: 0.05 }),
    };
  },
  torch: `
torch.manual_seed(0)
cell, head = nn.LSTM(64, 128, batch_first=True), nn.Linear(128, 10)
x, y = torch.rand(32, 50, 64), torch.randint(0, 10, (32,))
loss_fn = nn.CrossEntropyLoss()
optimizer = optim.SGD([*cell.parameters(), *head.parameters()], lr=0.05)
loss = lambda: loss_fn(head(cell(x)[0][:, -1]), y)
`,
};

export const transformer = {
  isTraining: true,
  title: "transformer, 4 layers, d 128, 4 heads, T 128, AdamW",
  cases: [{ name: "batch 16" }],
  /** A layer: four projections and two linear layers of 512, and the two products of attention. */
  multiplyAdds: () => 3 * 16 * 128 * (4 * (4 * 128 * 128 + 2 * 128 * 512 + 2 * 128 * 128) + 128 * 64),
  ours: ({ manualSeed, nn, optim, randint }) => {
    manualSeed(0);
    const embed = new nn.Embedding(64, 128);
    const layer = () => new nn.TransformerEncoderLayer(128, 4, { dimFeedforward: 512, dropout: 0, batchFirst: true });
    const layers = [layer(), layer(), layer(), layer()];
    const head = new nn.Linear(128, 64);
    const model = new nn.Sequential(embed, ...layers, head);
    const [x, y] = [randint(0, 64, [16, 128]), randint(0, 64, [16 * 128])];
    const lossFn = new nn.CrossEntropyLoss();
    return {
      loss: () => lossFn.forward(model.forward(x).reshape(16 * 128, 64), y),
      optimizer: new optim.AdamW(model.parameters()),
    };
  },
  // TransformerEncoder copies one layer; here each draws its own.
  torch: `
torch.manual_seed(0)
embed = nn.Embedding(64, 128)
layers = [nn.TransformerEncoderLayer(128, 4, dim_feedforward=512, dropout=0.0, batch_first=True) for _ in range(4)]
head = nn.Linear(128, 64)
model = nn.Sequential(embed, *layers, head)
x, y = torch.randint(0, 64, (16, 128)), torch.randint(0, 64, (16 * 128,))
loss_fn = nn.CrossEntropyLoss()
optimizer = optim.AdamW(model.parameters())
loss = lambda: loss_fn(model(x).reshape(16 * 128, 64), y)
`,
};
