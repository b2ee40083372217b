import { arange } from "../../tensor/create.js";
import { checkShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { pow } from "../elementwise/arithmetic.js";
import { unsqueeze } from "../movement/reshape.js";

/** Powers 0 … N−1 of each element, as rows. @shape x [...B, M] → y [...B, M, N], N = M unless given @source torch.linalg.vander */
export const vander = (x: Tensor, { N = null }: { N?: number | null | undefined } = {}): Tensor => {
  const n = N ?? x.shape.at(-1) ?? 1;
  checkShape("vander", [n]);
  return pow(unsqueeze(x.ndim === 0 ? unsqueeze(x, 0) : x, -1), arange(n));
};
