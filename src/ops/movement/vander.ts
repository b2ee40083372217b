import { arange } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import { checkShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { pow } from "../elementwise/arithmetic.js";
import { to } from "../elementwise/cast.js";
import { flip } from "./flip.js";
import { unsqueeze } from "./reshape.js";

export interface VanderOptions {
  /** Number of powers. Default as many as elements. */
  N?: number | null | undefined;
  /** Powers from 0 up; else down to 0. Default false. */
  increasing?: boolean | undefined;
}

/** Powers of each element, as rows. @shape x [M] → y [M, N] @source torch.vander */
export const vander = (x: Tensor, options: VanderOptions = {}): Tensor => {
  if (x.ndim !== 1) throw new ShapeError({ op: "vander", problem: "takes a vector", args: { x: x.shape } });
  const n = options.N ?? x.numel();
  checkShape("vander", [n]);
  const base = x.isFloatingPoint() ? x : to(x, "int32");
  const powers = pow(unsqueeze(base, 1), arange(n));
  return options.increasing ? powers : flip(powers, 1);
};
