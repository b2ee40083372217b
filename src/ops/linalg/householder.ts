import { eye } from "../../tensor/create.js";
import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul, sub } from "../elementwise/arithmetic.js";
import { expand } from "../movement/broadcast.js";
import { unsqueeze } from "../movement/reshape.js";
import { narrow } from "../movement/slice.js";
import { tril } from "../movement/triangle.js";
import { matmul } from "./matmul.js";
import { mT, requireMatrices } from "./solve.js";

/**
 * The first n columns of H₁ · H₂ · … with Hᵢ = I − τᵢ · vᵢ · vᵢᵀ; vᵢ is column i of A below the diagonal, 1 on it.
 *
 * @shape A [...B, m, n], m ≥ n; tau [...B, k], k ≤ n → [...B, m, n]
 * @source torch.linalg.householder_product
 */
export const householderProduct = (A: Tensor, tau: Tensor): Tensor => {
  requireMatrices("householderProduct", A, false);
  const [m, n] = A.shape.slice(-2) as [number, number];
  const k = tau.shape.at(-1) ?? 0;
  if (m < n || k > n || tau.ndim !== A.ndim - 1) {
    throw new ShapeError({
      op: "householderProduct",
      problem: "the reflections do not fit the matrix",
      rule: "A [...B, m, n] with m ≥ n, tau [...B, k] with k ≤ n",
      args: { A: A.shape, tau: tau.shape },
    });
  }
  const vectors = add(tril(A, -1), eye(m, n, { dtype: A.dtype }));
  let product = expand(eye(m, n, { dtype: A.dtype }), A.shape);
  for (let i = k - 1; i >= 0; i--) {
    const v = narrow(vectors, -1, i, 1);
    const weight = unsqueeze(narrow(tau, -1, i, 1), -1);
    product = sub(product, mul(weight, matmul(v, matmul(mT(v), product))));
  }
  return product;
};
