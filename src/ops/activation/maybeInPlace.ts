import { inPlace } from "../../autograd/inPlace.js";
import type { Tensor } from "../../tensor/tensor.js";

export interface InPlaceOption {
  /** Write the result into x. Default false. */
  inplace?: boolean | undefined;
}

/** The result of an activation, written into x where asked for. */
export const maybeInPlace = (op: string, x: Tensor, inplace: boolean | undefined, compute: () => Tensor): Tensor =>
  inplace === true ? inPlace(op, x, compute) : compute();
