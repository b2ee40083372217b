// Single operators, without a graph.

const square = [16, 32, 64, 128, 256, 512, 1024].map((n) => ({ name: `${n}³`, M: n, K: n, N: n, a: 0, b: 0 }));

export const matmul = {
  title: "matmul [M, K] · [K, N]",
  cases: [
    ...square,
    { name: "512³, a transposed", M: 512, K: 512, N: 512, a: 1, b: 0 },
    { name: "512³, b transposed", M: 512, K: 512, N: 512, a: 0, b: 1 },
    { name: "tall, 4096 · 64 · 64", M: 4096, K: 64, N: 64, a: 0, b: 0 },
    { name: "wide, 64 · 64 · 4096", M: 64, K: 64, N: 4096, a: 0, b: 0 },
    { name: "a row, 1 · 1024 · 1024", M: 1, K: 1024, N: 1024, a: 0, b: 0 },
  ],
  multiplyAdds: ({ M, K, N }) => M * K * N,
  ours: ({ manualSeed, matmul: product, rand }, { M, K, N, a, b }) => {
    manualSeed(0);
    const [x, y] = [a ? rand(K, M).t() : rand(M, K), b ? rand(N, K).t() : rand(K, N)];
    return { result: () => product(x, y), start: [a ? x.t() : x, b ? y.t() : y] };
  },
  torch: `
torch.manual_seed(0)
x, y = torch.rand(K, M).t() if a else torch.rand(M, K), torch.rand(N, K).t() if b else torch.rand(K, N)
result = lambda: x @ y
`,
  others: ["numpy", "OpenBLAS"],
};

const sizes = [
  ["1 k", 1, 1000],
  ["100 k", 100, 1000],
  ["4 M", 4000, 1000],
];
/** By name: ours, PyTorch's, and the bytes that have to move for each element. */
const operators = {
  add: [({ add }, x, y) => add(x, y), "x + y", 12],
  relu: [({ relu }, x) => relu(x), "torch.relu(x)", 8],
  exp: [({ exp }, x) => exp(x), "torch.exp(x)", 8],
  gelu: [({ nn }, x) => nn.functional.gelu(x), "F.gelu(x)", 8],
  sum: [({ sum }, x) => sum(x), "x.sum()", 4],
  "sum of columns": [({ sum }, x) => sum(x, 0), "x.sum(0)", 4],
  softmax: [({ softmax }, x) => softmax(x, 1), "torch.softmax(x, 1)", 8],
  "layer norm": [({ nn }, x) => nn.functional.layerNorm(x, [1000]), "F.layer_norm(x, [1000])", 8],
};

export const elementwise = {
  title: "elementwise, reductions, rows of 1000",
  cases: Object.entries(operators).flatMap(([op, [, , bytes]]) =>
    sizes.map(([size, rows, columns]) => ({ name: `${op}, ${size}`, op, rows, columns, bytes })),
  ),
  /** Read and written. */
  bytes: ({ rows, columns, bytes }) => rows * columns * bytes,
  ours: (mt, { op, rows, columns }) => {
    mt.manualSeed(0);
    const [x, y] = [mt.rand(rows, columns), mt.rand(rows, columns)];
    const [run] = operators[op];
    return { result: () => run(mt, x, y) };
  },
  torch: ({ op }) => `
torch.manual_seed(0)
x, y = torch.rand(rows, columns), torch.rand(rows, columns)
result = lambda: ${operators[op][1]}
`,
};
