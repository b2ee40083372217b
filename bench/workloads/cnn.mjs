// Convolutional networks on 100 images of 28 × 28: forward, cross entropy, backward, SGD.

const sgd = (mt, layers, x) => {
  const model = new mt.nn.Sequential(...layers);
  const y = mt.randint(0, 10, [100]);
  const lossFn = new mt.nn.CrossEntropyLoss();
  return {
    loss: () => lossFn.forward(model.forward(x), y),
    optimizer: new mt.optim.SGD(model.parameters(), { lr: 0.05 }),
  };
};
const torchEnd = `
optimizer = optim.SGD(model.parameters(), lr=0.05)
y = torch.randint(0, 10, (100,))
loss_fn = nn.CrossEntropyLoss()
loss = lambda: loss_fn(model(x), y)
`;

export const cnn = {
  isTraining: true,
  title: "CNN, SGD, batch 100",
  cases: [
    { name: "8 and 16 channels", a: 8, b: 16, padding: 0, dense: 0 },
    { name: "32 and 64 channels, 128 dense", a: 32, b: 64, padding: 1, dense: 128 },
  ],
  /** Two convolutions 3 × 3, each followed by ReLU and a pool of 2; the first layer's input needs no gradient. */
  multiplyAdds: ({ a, b, padding, dense }) => {
    const first = 28 - 2 + 2 * padding;
    const second = Math.floor(first / 2) - 2 + 2 * padding;
    const flat = b * Math.floor(second / 2) ** 2;
    const linear = dense === 0 ? flat * 10 : flat * dense + dense * 10;
    return 100 * (2 * a * 9 * first ** 2 + 3 * b * a * 9 * second ** 2 + 3 * linear);
  },
  ours: (mt, { a, b, padding, dense }) => {
    mt.manualSeed(0);
    const { nn } = mt;
    const side = Math.floor((Math.floor((28 - 2 + 2 * padding) / 2) - 2 + 2 * padding) / 2);
    const layers = [
      new nn.Conv2d(1, a, 3, { padding }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(a, b, 3, { padding }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
    ];
    if (dense > 0) layers.push(new nn.Linear(b * side * side, dense), new nn.ReLU(), new nn.Linear(dense, 10));
    else layers.push(new nn.Linear(b * side * side, 10));
    return sgd(mt, layers, mt.rand(100, 1, 28, 28));
  },
  torch: `
torch.manual_seed(0)
side = ((28 - 2 + 2 * padding) // 2 - 2 + 2 * padding) // 2
layers = [nn.Conv2d(1, a, 3, padding=padding), nn.ReLU(), nn.MaxPool2d(2),
          nn.Conv2d(a, b, 3, padding=padding), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
if dense > 0: layers += [nn.Linear(b * side * side, dense), nn.ReLU(), nn.Linear(dense, 10)]
else: layers += [nn.Linear(b * side * side, 10)]
model = nn.Sequential(*layers)
x = torch.rand(100, 1, 28, 28)
${torchEnd}`,
};

/** The shapes of ResNet-18 on 224 × 224 images: channels in, channels out, size of the input, window, stride. */
const shapes = [
  [3, 64, 224, 7, 2],
  [64, 64, 56, 3, 1],
  [64, 128, 56, 3, 2],
  [64, 128, 56, 1, 2],
  [128, 128, 28, 3, 1],
  [256, 256, 14, 3, 1],
  [512, 512, 7, 3, 1],
];

export const conv = {
  title: "convolutions of ResNet-18, batch 1",
  cases: shapes.flatMap(([C, O, size, window, stride]) =>
    ["forward", "and both gradients"].map((pass) => ({
      name: `${C} → ${O}, ${size}², ${window}×${window}${stride > 1 ? `, stride ${stride}` : ""}, ${pass}`,
      C,
      O,
      size,
      window,
      stride,
      backward: pass === "forward" ? 0 : 1,
    })),
  ),
  multiplyAdds: ({ C, O, size, window, stride, backward }) =>
    (backward ? 3 : 1) * C * O * window ** 2 * Math.ceil(size / stride) ** 2,
  ours: ({ manualSeed, nn, randn, sum }, { C, O, size, window, stride, backward }) => {
    manualSeed(0);
    const [x, w] = [randn(1, C, size, size), randn(O, C, window, window).mul(0.05)];
    const options = { stride, padding: Math.floor(window / 2) };
    if (!backward) return { result: () => nn.functional.conv2d(x, w, options) };
    x.requiresGrad = true;
    w.requiresGrad = true;
    return { loss: () => sum(nn.functional.conv2d(x, w, options)), inputs: [x, w] };
  },
  torch: `
torch.manual_seed(0)
x, w = torch.randn(1, C, size, size), torch.randn(O, C, window, window).mul(0.05)
if backward:
    x.requires_grad = w.requires_grad = True
    inputs = [x, w]
    loss = lambda: F.conv2d(x, w, stride=stride, padding=window // 2).sum()
else: result = lambda: F.conv2d(x, w, stride=stride, padding=window // 2)
`,
};
