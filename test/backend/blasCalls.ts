import type { Operand } from "../../src/backend/backend.js";
import { attention, call, convolutions, filled, floats, matmul, specOf, type ThreadedCall } from "./calls.js";
import { make } from "./twins.js";

/** Calls that go to a BLAS and are cut into pieces, with sizes that leave a rest. */
export const blasCalls: readonly ThreadedCall[] = [
  ...(["plain", "a turned", "b turned"] as const).flatMap((form) => [
    matmul(101, 301, 90, form),
    matmul(523, 70, 83, form),
    matmul(310, 1030, 65, form),
  ]),
  ...(
    [
      [101, 130],
      [700, 130],
      [10, 390],
    ] as const
  ).map(([M, K]) =>
    call(`linear ${M} 261 ${K}`, floats, (dtype) => {
      const [out, x, w, b] = [[M, 261], [M, K], [261, K], [261]].map((shape) => filled(dtype, shape)) as [
        Operand,
        Operand,
        Operand,
        Operand,
      ];
      return [out, (k) => k.linear(out, x, w, b)];
    }),
  ),
  call("matmul of batches", floats, (dtype) => {
    const out = make(dtype, [3, 7, 40, 50]);
    const [a, b] = [
      filled(dtype, [3, 7, 40, 60], [2400, 7200, 60, 1]),
      filled(dtype, [3, 7, 60, 50], [3000, 0, 1, 60]),
    ];
    return [out, (k) => k.matmul(out, a, b)];
  }),
  call("matmul of batches that are cut themselves", floats, (dtype) => {
    const [out, a, b] = [make(dtype, [2, 90, 301]), filled(dtype, [2, 90, 95]), filled(dtype, [2, 95, 301])];
    return [out, (k) => k.matmul(out, a, b)];
  }),
  attention("of a few heads, causal", [5], true, [70, 90, 40, 33]),
  attention("of batches, masked", [2, 6], false, [50, 33, 20, 40]),
  ...convolutions(3, 20, 40, 25, specOf(1, 1, 1, 1)),
  ...convolutions(1, 64, 48, 40, specOf(1, 1, 1, 1)),
  ...convolutions(5, 40, 430, 13, specOf(1, 1, 1, 1)),
  ...convolutions(3, 34, 38, 19, specOf(1, 1, 1, 2)),
  ...convolutions(2, 42, 60, 41, specOf(2, 1, 1, 3)),
  ...convolutions(1, 300, 70, 21, specOf(1, 0, 2, 1)),
  call("conv of 1 × 1 and its gradients", floats, (dtype) => {
    const spec = { ...specOf(1, 0, 1, 1) };
    const [x, w, bias, dOut] = [[1, 280, 1, 30, 31], [33, 280, 1, 1, 1], [33], [1, 33, 1, 30, 31]].map((shape) =>
      filled(dtype, shape),
    ) as [Operand, Operand, Operand, Operand];
    const [out, dX, dW] = [dOut, x, w].map(({ shape }) => make(dtype, shape)) as [Operand, Operand, Operand];
    return [
      [out, dX, dW],
      (k) => {
        k.conv(out, x, w, bias, spec);
        k.convBackwardInput(dX, dOut, w, spec);
        k.convBackwardWeight(dW, dOut, x, spec);
      },
    ];
  }),
];
