import { defineMultiOp } from "../../autograd/defineOp.js";
import { observe } from "../../tensor/recorder.js";
import type { Tensor } from "../../tensor/tensor.js";
import { add, mul } from "../elementwise/arithmetic.js";
import { eq } from "../elementwise/compare.js";
import { log } from "../elementwise/exponential.js";
import { unsqueeze } from "../movement/reshape.js";
import { productOfOthers } from "../reduce/cumulative.js";
import { any } from "../reduce/reduce.js";
import { svd } from "./factor.js";
import { matmul } from "./matmul.js";
import { inv, mT, requireMatrices } from "./solve.js";

const det_ = defineMultiOp({
  name: "det",
  shape: ([A]) => {
    const meta = { shape: (A as Tensor).shape.slice(0, -2), dtype: (A as Tensor).dtype };
    return [meta, meta, meta];
  },
  forward: (k, outputs, [A]) => {
    k.factor("det", outputs, [A as Tensor], [(A as Tensor).shape.at(-1) as number]);
  },
  savesInputs: [0],
  savesOutputs: [0],
  backward: ([dDet, , dLog], { arrived, input, output }) => {
    const A = input(0);
    const scale = (d: Tensor): Tensor => unsqueeze(unsqueeze(d, -1), -1);
    const isSingular = observe(any(eq(output(0), 0)), ([flag]) => flag === 1);
    const parts = [
      ...(arrived(0)
        ? [mul(scale(dDet as Tensor), isSingular ? cofactors(A) : mul(scale(output(0)), mT(inv(A))))]
        : []),
      ...(arrived(2) ? [mul(scale(dLog as Tensor), mT(inv(A)))] : []),
    ];
    return [parts.length === 0 ? null : parts.reduce((a, b) => add(a, b))];
  },
});

/** det(A) · A⁻ᵀ where A may be singular: each singular value gives way to the product of the others. */
const cofactors = (A: Tensor): Tensor => {
  const { U, S, Vh } = svd(A);
  const sign = mul(det(U.detach()), det(Vh.detach()));
  const others = productOfOthers(S, S.ndim - 1);
  return mul(matmul(mul(U, unsqueeze(others, -2)), Vh), unsqueeze(unsqueeze(sign, -1), -1));
};

/** The determinant. @grad dY · det · A⁻ᵀ; of a singular matrix its cofactors @source torch.linalg.det */
export const det = (A: Tensor): Tensor => {
  requireMatrices("det", A, true);
  return det_([A], undefined)[0] as Tensor;
};

/** The determinant's sign, and ln of its size. @source torch.linalg.slogdet */
export const slogdet = (A: Tensor): { sign: Tensor; logabsdet: Tensor } => {
  requireMatrices("slogdet", A, true);
  const [, sign, logabsdet] = det_([A], undefined) as [Tensor, Tensor, Tensor];
  return { sign: sign.detach(), logabsdet };
};

/** ln of the determinant; NaN where it is negative. @source torch.logdet */
export const logdet = (A: Tensor): Tensor => {
  const { sign, logabsdet } = slogdet(A);
  return logabsdet.add(log(sign).mul(0));
};
