/** Calls of every kernel that threads share out, large enough to fall into parts, with sizes that leave a rest. */
import type { Operand } from "../../src/backend/backend.js";
import {
  all,
  attention,
  batched,
  binary,
  call,
  convolutions,
  filled,
  floats,
  indices,
  matmul,
  positive,
  specOf,
  squares,
  type ThreadedCall,
  transposed,
  unary,
  windows,
} from "./calls.js";
import { cellCalls } from "./cellCalls.js";
import { optimizerSteps } from "./optimizerSteps.js";
import { make, reference } from "./twins.js";

export const threadedCalls: readonly ThreadedCall[] = [
  ...(["relu", "exp", "log", "sqrt", "silu", "sigmoid", "softplus", "logSigmoid", "geluTanh", "mish"] as const).map(
    (op) => unary(op, floats),
  ),
  ...(["tanh", "erf", "gelu", "sin", "cos", "tan", "exp2", "expm1", "log2", "log10", "log1p"] as const).map((op) =>
    unary(op, ["float32"]),
  ),
  binary("pow", ["float32"], "whole", [1111], [1]),
  binary("pow", ["float32"], "a row", [37, 50], [0, 1]),
  binary("geluBackward", ["float32"], "whole", [1111], [1]),
  binary("geluBackward", ["float32"], "a row", [37, 50], [0, 1]),
  call("unary relu of what is not contiguous", floats, (dtype) => {
    const [out, x] = [make(dtype, [70, 40]), transposed(dtype, 70, 40)];
    return [out, (k) => k.unary("relu", out, x)];
  }),
  binary("add", all.slice(0, 4), "whole", [1111], [1]),
  binary("mul", floats, "a row", [37, 50], [0, 1]),
  binary("sub", floats, "a column", [37, 50], [1, 0]),
  binary("div", floats, "a plane for each channel", [7, 5, 300], [0, 1, 0]),
  binary("maximum", floats, "planes of planes", [3, 4, 5, 300], [0, 1, 0, 4]),
  call("binary add of a number, in place", floats, (dtype) => {
    const out = make(dtype, [1111]);
    const x = filled(dtype, [1111]);
    return [
      out,
      (k) => {
        k.copy(out, x);
        k.binary("mul", out, out, 1.5);
      },
    ];
  }),
  call("compare lt", all, (dtype) => {
    const [out, a, b] = [make("bool", [1111]), filled(dtype, [1111]), filled(dtype, [1111])];
    return [out, (k) => k.compare("lt", out, a, b)];
  }),
  call("predicate isNaN", floats, (dtype) => {
    const [out, x] = [make("bool", [1111]), filled(dtype, [1111])];
    return [out, (k) => k.predicate("isNaN", out, x)];
  }),
  call("where, in a row", all, (dtype) => {
    const [out, c, a] = [make(dtype, [1111]), filled("bool", [1111]), filled(dtype, [1111])];
    return [out, (k) => k.where(out, c, a, 1)];
  }),
  call("where, by rows", all, (dtype) => {
    const [out, c, a, b] = [
      make(dtype, [37, 50]),
      filled("bool", [37, 50]),
      filled(dtype, [37, 50], [0, 1]),
      filled(dtype, [37, 50], [1, 0]),
    ];
    return [out, (k) => k.where(out, c, a, b)];
  }),
  call("fill", all, (dtype) => {
    const out = make(dtype, [1111]);
    return [out, (k) => k.fill(out, 1)];
  }),
  call("copy, whole", all, (dtype) => {
    const [out, x] = [make(dtype, [22222]), filled(dtype, [22222])];
    return [out, (k) => k.copy(out, x)];
  }),
  call("copy, transposed", all, (dtype) => {
    const [out, x] = [make(dtype, [70, 45]), transposed(dtype, 70, 45)];
    return [out, (k) => k.copy(out, x)];
  }),
  call("copy, five dimensions", all, (dtype) => {
    const shape = [3, 2, 40, 3, 5];
    const [out, x] = [make(dtype, shape), filled(dtype, shape, [2, 1, 90, 6, 18])];
    return [out, (k) => k.copy(out, x)];
  }),
  ...all.map((to) =>
    call(`cast to ${to}`, all, (dtype) => {
      const [out, x] = [make(to, [33333]), filled(dtype, [33333])];
      return [out, (k) => k.copy(out, x)];
    }),
  ),
  matmul(70, 70, 70, "plain"),
  matmul(97, 33, 301, "a turned"),
  matmul(33, 263, 90, "b turned"),
  matmul(1, 150, 40, "plain"),
  matmul(1, 147, 40, "b turned"),
  matmul(150, 1, 40, "plain"),
  matmul(147, 1, 40, "a turned"),
  matmul(40, 3, 5, "plain"),
  batched("contiguous", [5, 7]),
  batched("exchanged", [5, 7], [330, 1650, 30, 1]),
  batched("of one b", [6], [330, 30, 1]),
  call("matmul of a large batch", ["float32"], (dtype) => {
    const [out, a, b] = [make(dtype, [2, 256, 256]), filled(dtype, [2, 256, 257]), filled(dtype, [2, 257, 256])];
    return [out, (k) => k.matmul(out, a, b)];
  }),
  ...(
    [
      [70, 40],
      [33, 200],
      [1, 150],
      [150, 1],
    ] as const
  ).map(([M, N]) =>
    call(`linear ${M} ${N}`, floats, (dtype) => {
      const [out, x, w, b] = [make(dtype, [M, N]), filled(dtype, [M, 65]), filled(dtype, [N, 65]), filled(dtype, [N])];
      return [out, (k) => k.linear(out, x, w, b)];
    }),
  ),
  ...convolutions(7, 3, 20, 9, specOf(1, 1, 1, 1)),
  ...convolutions(1, 20, 40, 60, specOf(1, 1, 1, 1)),
  ...convolutions(2, 6, 6, 9, specOf(2, 1, 1, 6)),
  ...convolutions(5, 4, 8, 10, specOf(2, 0, 2, 2)),
  ...convolutions(3, 7, 14, 9, specOf(1, 1, 1, 7)),
  ...convolutions(5, 19, 37, 13, specOf(1, 1, 1, 1)),
  ...convolutions(5, 40, 430, 13, specOf(1, 1, 1, 1)),
  ...convolutions(3, 18, 34, 14, specOf(1, 0, 1, 2)),
  call("maxPool", floats, (dtype) => {
    const [out, places, x] = [
      make(dtype, [3, 5, 1, 4, 4]),
      make("int32", [3, 5, 1, 4, 4]),
      filled(dtype, [3, 5, 1, 9, 9]),
    ];
    return [[out, places], (k) => k.maxPool(out, places, x, windows)];
  }),
  ...(
    [
      ["overlapping windows", windows, 4],
      ["squares", squares, 5],
    ] as const
  ).map(([name, moved, side]) =>
    call(`maxPoolBackward, ${name}`, floats, (dtype) => {
      const [image, result] = [
        [3, 5, 1, 11, 11],
        [3, 5, 1, side, side],
      ] as const;
      const [dX, dOut, places] = [make(dtype, image), filled(dtype, result), make("int32", result)];
      reference.maxPool(make(dtype, result), places, filled(dtype, image), moved);
      return [dX, (k) => k.maxPoolBackward(dX, dOut, places, moved)];
    }),
  ),
  call("avgPool", floats, (dtype) => {
    const [out, x] = [make(dtype, [3, 5, 1, 4, 4]), filled(dtype, [3, 5, 1, 9, 9])];
    return [out, (k) => k.avgPool(out, x, windows, null)];
  }),
  call("avgPoolBackward", floats, (dtype) => {
    const [dX, dOut] = [make(dtype, [3, 5, 1, 9, 9]), filled(dtype, [3, 5, 1, 4, 4])];
    return [dX, (k) => k.avgPoolBackward(dX, dOut, windows, 4)];
  }),
  ...(["sum", "prod", "mean", "amax", "amin", "all", "any"] as const).map((op) =>
    call(`reduce ${op}`, floats, (dtype) => {
      const out = make(op === "all" || op === "any" ? "bool" : dtype, [37]);
      const x = filled(dtype, [37, 19]);
      return [out, (k) => k.reduce(op, out, x, [1])];
    }),
  ),
  call("reduce sum of all", floats, (dtype) => {
    const [out, x] = [make(dtype, []), filled(dtype, [5, 32768 + 7])];
    return [out, (k) => k.reduce("sum", out, x, [0, 1])];
  }),
  call("reduce mean of columns", floats, (dtype) => {
    const [out, x] = [make(dtype, [1203]), filled(dtype, [43, 1203])];
    return [out, (k) => k.reduce("mean", out, x, [0])];
  }),
  call("reduce sum of blocks", floats, (dtype) => {
    const [out, x] = [make(dtype, [13, 11]), filled(dtype, [13, 19, 11])];
    return [out, (k) => k.reduce("sum", out, x, [1])];
  }),
  call("reduce sum of all but channels", floats, (dtype) => {
    const [out, x] = [make(dtype, [13]), filled(dtype, [3, 13, 40])];
    return [out, (k) => k.reduce("sum", out, x, [0, 2])];
  }),
  call("argReduce", floats, (dtype) => {
    const [out, x] = [make("int32", [37]), filled(dtype, [37, 19])];
    return [out, (k) => k.argReduce("argmax", out, x, 1)];
  }),
  ...(["softmax", "logSoftmax"] as const).flatMap((op) =>
    [0, 1].flatMap((dim) => [
      call(`${op} along ${dim}`, floats, (dtype) => {
        const [out, x] = [make(dtype, [37, 19]), filled(dtype, [37, 19])];
        return [out, (k) => k.softmax(op, out, x, dim)];
      }),
      call(`${op} backward along ${dim}`, floats, (dtype) => {
        const [dX, dY, y] = [make(dtype, [37, 19]), filled(dtype, [37, 19]), filled(dtype, [37, 19])];
        return [dX, (k) => k.softmaxBackward(op, dX, dY, y, dim)];
      }),
    ]),
  ),
  ...[[1], [0, 2]].map((dims) =>
    call(`standardize over ${dims.join(" and ")}`, floats, (dtype) => {
      const shape = dims.length === 1 ? [37, 19] : [5, 13, 19];
      const kept = shape.map((size, d) => (dims.includes(d) ? 1 : size));
      const [y, mean, variance] = [make(dtype, shape), make(dtype, kept), make(dtype, kept)];
      const x = filled(dtype, shape);
      return [[y, mean, variance], (k) => k.standardize(y, mean, variance, x, dims, 1e-5)];
    }),
  ),
  ...(
    [
      [5, 37, 30],
      [29, 37, 1],
    ] as const
  ).map(([N, C, L]) =>
    call(`batchNorm and its gradient, ${L} positions`, floats, (dtype) => {
      const image = [N, C, L];
      const [x, dY, w, b] = [filled(dtype, image), filled(dtype, image), filled(dtype, [C]), filled(dtype, [C])];
      const [y, dX] = [make(dtype, image), make(dtype, image)];
      const [means, variances, dW, dB] = [make(dtype, [C]), make(dtype, [C]), make(dtype, [C]), make(dtype, [C])];
      return [
        [y, dX, means, variances, dW, dB],
        (k) => {
          k.batchNorm(y, means, variances, x, w, b, 1e-5);
          k.batchNormBackward(dX, dW, dB, dY, x, means, variances, w, 1e-5);
        },
      ];
    }),
  ),
  call("layerNorm and its gradient", floats, (dtype) => {
    const [R, C] = [37, 90];
    const [x, dY, w, b] = [filled(dtype, [R, C]), filled(dtype, [R, C]), filled(dtype, [C]), filled(dtype, [C])];
    const [y, dX, means, rstds, dW, dB] = [[R, C], [R, C], [R], [R], [C], [C]].map((shape) => make(dtype, shape)) as [
      Operand,
      Operand,
      Operand,
      Operand,
      Operand,
      Operand,
    ];
    return [
      [y, dX, means, rstds, dW, dB],
      (k) => {
        k.layerNorm(y, means, rstds, x, w, b, 1e-5);
        k.layerNormBackward(dX, dW, dB, dY, x, means, rstds, w);
      },
    ];
  }),
  ...(["lstm", "gru", "rnnTanh", "rnnRelu"] as const).map((op) =>
    call(`a step of ${op} and its gradient`, floats, (dtype) => {
      const { outputs, forward, backward } = cellCalls(op, dtype, 37, 29);
      return [
        outputs,
        (k) => {
          forward(k);
          backward(k);
        },
      ];
    }),
  ),
  attention("of a few heads, causal", [5], true),
  attention("of more heads than parts, masked", [37], false),
  attention("of batches", [2, 3], false),
  attention("of batches of batches", [2, 2, 3], true),
  ...[0, 1].flatMap((dim) => [
    call(`indexSelect along ${dim}`, all, (dtype) => {
      const [out, x] = [make(dtype, dim === 0 ? [50, 19] : [37, 50]), filled(dtype, [37, 19])];
      const index = indices([50], dim === 0 ? 37 : 19);
      return [out, (k) => k.indexSelect(out, x, index, dim)];
    }),
    call(`gather along ${dim}`, all, (dtype) => {
      const shape = dim === 0 ? [50, 19] : [37, 50];
      const [out, x, index] = [make(dtype, shape), filled(dtype, [37, 19]), indices(shape, dim === 0 ? 37 : 19)];
      return [out, (k) => k.gather(out, x, index, dim)];
    }),
    call(`scatter along ${dim}`, floats, (dtype) => {
      const shape = dim === 0 ? [50, 19] : [37, 50];
      const [out, index, src] = [make(dtype, [37, 19]), indices(shape, dim === 0 ? 37 : 19), filled(dtype, shape)];
      return [
        out,
        (k) => {
          k.fill(out, 0);
          k.scatter("sum", out, index, src, dim);
        },
      ];
    }),
  ]),
  call("take", all, (dtype) => {
    const [out, x, offsets] = [make(dtype, [1111]), filled(dtype, [300]), indices([1111], 300)];
    return [out, (k) => k.take(out, x, offsets)];
  }),
  call("gatherRows", ["float32", "uint8"], (dtype) => {
    const [out, source, rows] = [make("float32", [50, 19]), filled(dtype, [37, 19]), indices([50], 37)];
    return [out, (k) => k.gatherRows(out, source, rows, 0.5)];
  }),
  call("crossEntropy and its gradient", floats, (dtype) => {
    const [losses, p, dX] = [make(dtype, [37]), make(dtype, [37, 10]), make(dtype, [37, 10])];
    const counted = make(dtype, []);
    const [x, target] = [filled(dtype, [37, 10]), indices([37], 10)];
    const one = { ...filled(dtype, []), shape: [37], strides: [0] };
    return [
      [losses, p, counted, dX],
      (k) => {
        k.crossEntropy(losses, p, counted, x, target, -100);
        k.crossEntropyBackward(dX, p, target, one, -100);
      },
    ];
  }),
  ...optimizerSteps.map(([op, count, scalars], i) =>
    call(`optimizerStep ${op}, case ${i}`, floats, (dtype) => {
      const sizes = [500, 3, 0, 611, 64];
      const of = (fill: (n: number) => Operand): Operand[] => sizes.map(fill);
      const [params, grads] = [of((n) => make(dtype, [n])), of((n) => filled(dtype, [n]))];
      const starts = Array.from({ length: 1 + count }, () => of((n) => positive(dtype, [n])));
      const states = params.map(({ shape }) => Array.from({ length: count }, () => make(dtype, shape)));
      return [
        [...params, ...states.flat()],
        (k) => {
          params.forEach((param, t) => {
            [param, ...(states[t] as Operand[])].forEach((x, part) => {
              k.copy(x, starts[part]?.[t] as Operand);
            });
          });
          k.optimizerStep(op, params, grads, states, scalars);
        },
      ];
    }),
  ),
];
