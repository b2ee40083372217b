import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { permute, transpose } from "./reshape.js";

/** The dimensions in reverse order, as `x.T`. @source torch.Tensor.T */
export const T = (x: Tensor): Tensor =>
  permute(
    x,
    x.shape.map((_, d) => x.ndim - 1 - d),
  );

const swapLast = (op: string, x: Tensor): Tensor => {
  if (x.ndim === 0) return x;
  if (x.ndim === 1) throw new ShapeError({ op, problem: "takes matrices, or batches of them", args: { x: x.shape } });
  return transpose(x, -2, -1);
};

/** Each matrix transposed, as `x.mT`. @shape x [...S, M, N] → y [...S, N, M] @source torch.Tensor.mT */
export const mT = (x: Tensor): Tensor => swapLast("mT", x);
/** As `x.mT`: real numbers are their own conjugates. @source torch.Tensor.mH */
export const mH = (x: Tensor): Tensor => swapLast("mH", x);
/** Each matrix transposed. @source torch.adjoint */
export const adjoint = (x: Tensor): Tensor => swapLast("adjoint", x);

/** A matrix transposed, as `x.H`. @source torch.Tensor.H */
export const H = (x: Tensor): Tensor => {
  if (x.ndim !== 0 && x.ndim !== 2)
    throw new ShapeError({
      op: "H",
      problem: "takes a matrix",
      args: { x: x.shape },
      hint: "mH takes batches of matrices",
    });
  return swapLast("H", x);
};
