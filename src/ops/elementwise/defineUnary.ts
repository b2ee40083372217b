import { defineOp, type Op } from "../../autograd/defineOp.js";
import type { BinaryOp, UnaryOp } from "../../backend/ops.js";
import { zerosLike } from "../../tensor/create.js";
import { floatType } from "../../tensor/promotion.js";
import type { Tensor } from "../../tensor/tensor.js";
import { to } from "./cast.js";

export interface UnaryDefinition {
  readonly name: string;
  readonly kernel: UnaryOp;
  /** Integers become floats first (sqrt), or stay (neg). Default: they become floats. */
  readonly keepsIntegers?: boolean;
  /** dX by the input; by the output (then the input may go); or flat: 0 wherever it exists. */
  readonly gradX?: (d: Tensor, x: Tensor) => Tensor;
  readonly gradY?: (d: Tensor, y: Tensor) => Tensor;
  readonly grad?: (d: Tensor) => Tensor;
}

/** Defines an op of one tensor, element by element. */
export const defineUnary = (def: UnaryDefinition): ((x: Tensor) => Tensor) => {
  const { name, kernel, gradX, gradY, grad } = def;
  const run = defineOp({
    name,
    shape: ([x]) => x as Tensor,
    forward: (k, [y], [x]) => k.unary(kernel, y as Tensor, x as Tensor),
    ...(gradX && { savesInputs: [0] }),
    ...(gradY && { savesOutputs: [0] }),
    backward: ([d], { input, output }) => {
      if (gradX) return [gradX(d as Tensor, input(0))];
      if (gradY) return [gradY(d as Tensor, output(0))];
      return [grad ? grad(d as Tensor) : zerosLike(d as Tensor)];
    },
  });
  return (x) => run([def.keepsIntegers ? x : to(x, floatType(x.dtype))], undefined);
};

/** The gradient kernels: dX from dY and a saved output y, with derivatives of their own. */
export const defineGradKernel = (
  kernel: BinaryOp,
  gradOfY: (dd: Tensor, d: Tensor, y: Tensor) => Tensor | null,
): ((d: Tensor, y: Tensor) => Tensor) => {
  const run: Op = defineOp({
    name: kernel,
    shape: ([d]) => d as Tensor,
    forward: (k, [dX], [d, y]) => k.binary(kernel, dX as Tensor, d as Tensor, y as Tensor),
    savesInputs: [0, 1],
    backward: ([dd], { input }) => [
      run([dd as Tensor, input(1)], undefined),
      gradOfY(dd as Tensor, input(0), input(1)),
    ],
  });
  return (d, y) => run([d, y], undefined);
};
