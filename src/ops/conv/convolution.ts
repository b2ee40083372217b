import { defineOp, type Op } from "../../autograd/defineOp.js";
import type { ConvSpec } from "../../backend/backend.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sum } from "../reduce/reduce.js";

/**
 * The three kernels of a convolution over [N, C, D, H, W]. Each is linear in both of its inputs, and the gradient of each is
 * made of the other two: so they have gradients of any order.
 */
interface Shaped extends ConvSpec {
  /** Shape of the result. */
  readonly shape: Shape;
}

const conv_: Op<Shaped> = defineOp<Shaped>({
  name: "conv",
  shape: ([x], { shape }) => ({ shape, dtype: (x as Tensor).dtype }),
  forward: (k, [y], [x, w, b], spec) => k.conv(y as Tensor, x as Tensor, w as Tensor, b ?? null, spec),
  savesInputs: [0, 1],
  backward: ([d_], { input, needs, attrs }) => {
    const [d, x, w] = [d_ as Tensor, input(0), input(1)];
    return [
      needs[0] ? convInput_([d, w], { ...attrs, shape: x.shape }) : null,
      needs[1] ? convWeight_([d, x], { ...attrs, shape: w.shape }) : null,
      needs[2] ? sum(d, [0, 2, 3, 4]) : null,
    ];
  },
});

const convInput_: Op<Shaped> = defineOp<Shaped>({
  name: "convInput",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dX], [d, w], spec) => k.convBackwardInput(dX as Tensor, d as Tensor, w as Tensor, spec),
  savesInputs: [0, 1],
  backward: ([g_], { input, needs, attrs }) => {
    const [g, d, w] = [g_ as Tensor, input(0), input(1)];
    return [
      needs[0] ? conv_([g, w], { ...attrs, shape: d.shape }) : null,
      needs[1] ? convWeight_([d, g], { ...attrs, shape: w.shape }) : null,
    ];
  },
});

const convWeight_: Op<Shaped> = defineOp<Shaped>({
  name: "convWeight",
  shape: ([d], { shape }) => ({ shape, dtype: (d as Tensor).dtype }),
  forward: (k, [dW], [d, x], spec) => k.convBackwardWeight(dW as Tensor, d as Tensor, x as Tensor, spec),
  savesInputs: [0, 1],
  backward: ([g_], { input, needs, attrs }) => {
    const [g, d, x] = [g_ as Tensor, input(0), input(1)];
    return [
      needs[0] ? conv_([x, g], { ...attrs, shape: d.shape }) : null,
      needs[1] ? convInput_([d, g], { ...attrs, shape: x.shape }) : null,
    ];
  },
});

/** x [N, C, D, H, W] under w [O, C/groups, KD, KH, KW], plus bias [O]; `shape` is the result's. */
export const convolve = (x: Tensor, w: Tensor, bias: Tensor | null, shape: Shape, spec: ConvSpec): Tensor =>
  conv_(bias === null ? [x, w] : [x, w, bias], { ...spec, shape });

/** The adjoint in x: from [N, O, …] to [N, C, …]. */
export const convolveTransposed = (d: Tensor, w: Tensor, shape: Shape, spec: ConvSpec): Tensor =>
  convInput_([d, w], { ...spec, shape });
